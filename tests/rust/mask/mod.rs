//! The mask: policies, pseudonyms, detectors, and pages rewritten.

mod detectors;
mod labelled;
mod pages;
mod policies;
mod pseudonyms;
mod reference;

use std::sync::Arc;

use blocks_sessions::core::mask::Mask;
use blocks_sessions::core::mask::policy::PolicySpec;
use blocks_sessions::core::mask::pseudonym::MaskKey;
use blocks_sessions::core::model::page_body::PageBody;

/// The key of the documented vector: the bytes from 0 to 31.
pub fn key() -> MaskKey {
    MaskKey::from_bytes(&(0..32).collect::<Vec<u8>>()).unwrap()
}

/// A mask of the preset `gdpr` with these fields of its own.
pub fn gdpr(fields: &[(&str, &str)]) -> Arc<Mask> {
    masked(PolicySpec { fields: pairs(fields), ..PolicySpec::default() })
}

pub fn masked(policy: PolicySpec) -> Arc<Mask> {
    Arc::new(Mask::new(policy, key(), Vec::new()).unwrap())
}

pub fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// One session as the mask leaves it.
pub fn session(mask: &Arc<Mask>, json: &str) -> serde_json::Value {
    let page = format!("{{\"sessions\":[{json}],\"total_count\":1}}");
    let masked = mask.page(&PageBody::parse(page.into()).unwrap()).unwrap();
    serde_json::from_str(masked.body.session(0).unwrap().raw()).unwrap()
}
