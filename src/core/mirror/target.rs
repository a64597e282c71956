//! What a run is asked to copy, and of what: whatever is wrong with it is told before a file is made.

use bytes::Bytes;

use super::file::Parameters;
use super::file::columns::id_of;
use crate::core::client::Client;
use crate::core::error::{Error, Result};
use crate::core::listing::{Consistency, ListingRequest};
use crate::core::model::hex::short_hex;
use crate::core::model::page_body::PageBody;

/// Refuses what a mirror cannot be made of.
pub fn check(client: &Client, request: &ListingRequest) -> Result<()> {
    if request.consistency == Consistency::Fast {
        return Err(Error::Configuration(
            "a mirror stands on proofs: consistency must be \"checked\" or \"strict\", not \"fast\""
                .to_owned(),
        ));
    }
    check_mask(client)?;
    // What is wrong with the request is told before a file is made.
    request.clone().start(client.clone(), true).map(drop)
}

/// Pseudonyms must outlive the process, and a session must keep what it is known by.
fn check_mask(client: &Client) -> Result<()> {
    let Some(mask) = &client.config().mask else { return Ok(()) };
    mask.check_lasting().map_err(Error::Configuration)?;
    let probe = PageBody::parse(Bytes::from_static(br#"{"sessions":[{"session_id":"probe"}]}"#));
    let masked = probe.and_then(|probe| mask.page(&probe));
    let keeps = masked.is_ok_and(|masked| masked.body.session(0).is_some_and(|row| id_of(row).is_some()));
    if keeps {
        return Ok(());
    }
    Err(Error::Configuration(
        "the mask drops session_id, by which a mirror knows its sessions: give it another treatment, such as \
         \"token:session\""
            .to_owned(),
    ))
}

/// What a mirror is a copy of; see [`super::file::check_parameters`].
pub fn parameters(client: &Client, request: &ListingRequest) -> Parameters {
    let config = client.config();
    let agent = request.agent_id.clone().or_else(|| config.agent_id.clone());
    let body = serde_json::Value::Object(request.extra_body.clone()).to_string();
    let mask = config.mask.as_ref().map_or_else(|| "none".to_owned(), |mask| mask.fingerprint());
    vec![
        ("mask", mask),
        ("base_url", config.base_url.to_string()),
        ("agent_id", agent.unwrap_or_default()),
        ("project_key", hashed(config.project_key.expose())),
        ("extra_body", hashed(&body)),
    ]
}

/// A parameter that may be secret or personal.
fn hashed(text: &str) -> String {
    let digest = ring::digest::digest(&ring::digest::SHA256, text.as_bytes());
    format!("sha256:{}", short_hex(digest.as_ref()))
}
