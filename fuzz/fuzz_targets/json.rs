//! Any bytes: the reader agrees with serde_json on what is JSON and on what it says, and every value
//! on the tape can be reached.
#![no_main]

use blocks_sessions::core::json::{Document, Kind, Value};
use bytes::Bytes;
use libfuzzer_sys::fuzz_target;
use serde_json::Value as Serde;

fuzz_target!(|text: &[u8]| {
    let ours = Document::parse(Bytes::copy_from_slice(text)).ok();
    let ours = ours.as_ref().map(|document| document.root());
    match serde_json::from_slice::<Serde>(text) {
        // It reads integers of any length; we stop where Python does.
        Ok(theirs) => match ours {
            Some(ours) => assert_eq!(to_serde(ours), Some(theirs)),
            None => assert!(text.len() > 4_300),
        },
        // It reads no lone surrogate, no byte order mark, and one level less.
        Err(_) => {
            if let Some(ours) = ours {
                let more =
                    text.starts_with(b"\xef\xbb\xbf") || to_serde(ours).is_none() || depth(text) >= 128;
                assert!(more, "we read what is no JSON");
            }
        }
    }
});

fn to_serde(value: Value<'_>) -> Option<Serde> {
    Some(match value.kind() {
        Kind::Null => Serde::Null,
        Kind::Bool(truth) => Serde::Bool(truth),
        Kind::Integer(_) | Kind::Float(_) => serde_json::from_str(value.raw()).ok()?,
        Kind::String(text) => Serde::String(text.as_str()?.to_owned()),
        Kind::Array(elements) => elements.map(to_serde).collect::<Option<_>>()?,
        Kind::Object(entries) => {
            let mut object = serde_json::Map::new();
            for (key, value) in entries {
                object.insert(key.as_str()?.to_owned(), to_serde(value)?);
            }
            Serde::Object(object)
        }
    })
}

/// At least how deeply the text nests.
fn depth(text: &[u8]) -> usize {
    text.iter().filter(|byte| matches!(byte, b'[' | b'{')).count()
}
