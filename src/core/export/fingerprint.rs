//! What makes two calls the same export: the parameters that decide which rows a file holds, and how.
//! Nothing in it is secret or personal: what could be is kept as a hash.

use ring::digest::{SHA256, digest};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::core::error::Difference;
use crate::core::model::hex::short_hex;

/// Names and texts, in the order in which differences are told.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Fingerprint(Map<String, Value>);

/// What is said of a parameter that was not given.
const NOT_GIVEN: &str = "not given";

impl Fingerprint {
    /// Adds a parameter as it is.
    pub fn plain(&mut self, name: &str, value: Option<String>) {
        self.0.insert(name.to_owned(), value.map_or(Value::Null, Value::String));
    }

    /// Adds a parameter as a hash: it may be secret or personal.
    pub fn hashed(&mut self, name: &str, value: Option<&str>) {
        self.plain(name, value.map(hash));
    }

    /// What is not the same now; a parameter that one of them does not know was not given.
    pub fn differences(&self, now: &Self) -> Vec<Difference> {
        let text = |map: &Map<String, Value>, name: &String| match map.get(name) {
            Some(Value::String(text)) => text.clone(),
            _ => NOT_GIVEN.to_owned(),
        };
        let gone = self.0.keys().filter(|name| !now.0.contains_key(*name));
        now.0
            .keys()
            .chain(gone)
            .map(|name| Difference { name: name.clone(), then: text(&self.0, name), now: text(&now.0, name) })
            .filter(|difference| difference.then != difference.now)
            .collect()
    }
}

/// Enough of a SHA-256 to tell two values apart, and not enough to look like the value.
fn hash(text: &str) -> String {
    let digest = digest(&SHA256, format!("blocks-sessions export\0{text}").as_bytes());
    format!("sha256:{}", short_hex(digest.as_ref()))
}
