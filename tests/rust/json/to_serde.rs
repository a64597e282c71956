//! A value of the tape as serde_json holds it: shared by the tests here and the fuzz targets.

use blocks_sessions::core::json::{Kind, Text, Value};
use serde_json::Value as Serde;

/// `None` where serde_json cannot hold it: a lone surrogate.
pub fn to_serde(value: Value<'_>) -> Option<Serde> {
    Some(match value.kind() {
        Kind::Null => Serde::Null,
        Kind::Bool(truth) => Serde::Bool(truth),
        Kind::Integer(_) | Kind::Float(_) => serde_json::from_str(value.raw()).ok()?,
        Kind::String(text) => Serde::String(text.as_str()?.to_owned()),
        Kind::Array(elements) => elements.map(to_serde).collect::<Option<_>>()?,
        Kind::Object(entries) => {
            let entry = |(key, value): (Text<'_>, _)| Some((key.as_str()?.to_owned(), to_serde(value)?));
            Serde::Object(entries.map(entry).collect::<Option<_>>()?)
        }
    })
}
