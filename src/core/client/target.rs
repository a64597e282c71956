//! What one call asks for, whichever of the service's endpoints it is.

use bytes::Bytes;
use http::header::{AUTHORIZATION, HeaderMap};
use http::{HeaderName, Method};
use url::Url;

use super::request::{CallHeaders, ListRequest};
use crate::core::config::{ClientConfig, Identity};
use crate::core::error::{Error, Result};

/// A request, but for its headers.
pub struct Target {
    pub method: Method,
    pub url: Url,
    pub body: Option<Bytes>,
    /// Whose sessions; nobody's where only the service is asked for.
    pub agent: Option<String>,
    pub offset: Option<i64>,
    pub limit: Option<i64>,
}

impl Target {
    /// One page.
    pub fn page(config: &ClientConfig, url: &Url, request: &ListRequest) -> Self {
        Self {
            method: Method::POST,
            url: url.clone(),
            body: Some(request.body(config.agent_id.as_deref(), config.project_key.expose())),
            agent: request.agent_id.clone().or_else(|| config.agent_id.clone()),
            offset: Some(request.offset),
            limit: Some(request.limit),
        }
    }

    /// Whether the service is there, and takes the credentials.
    pub fn ping(config: &ClientConfig) -> Self {
        let url = config.endpoint("ping");
        Self { method: Method::GET, url, body: None, agent: None, offset: None, limit: None }
    }
}

/// A client's headers, with those of one call in their place.
pub fn headers(ours: &HeaderMap, call: &CallHeaders, identity: &Identity) -> Result<HeaderMap> {
    let named = |name: &HeaderName| call.set.contains_key(name) || call.removed.contains(name);
    if named(&AUTHORIZATION) && !matches!(identity, Identity::Anonymous) {
        return Err(Error::Configuration(
            "extra_headers: authorization is already made from the access token or client credentials".into(),
        ));
    }
    let mut headers = ours.clone();
    for name in call.removed.iter().chain(call.set.keys()) {
        headers.remove(name);
    }
    for (name, value) in &call.set {
        headers.append(name, value.clone());
    }
    Ok(headers)
}
