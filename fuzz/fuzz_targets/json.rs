//! Any bytes: the reader agrees with serde_json on what is JSON and on what it says, and every value
//! on the tape can be reached.
#![no_main]

use blocks_sessions::core::json::Document;
use bytes::Bytes;
use libfuzzer_sys::fuzz_target;
use serde_json::Value as Serde;

#[path = "../../tests/rust/json/to_serde.rs"]
mod to_serde;

use to_serde::to_serde;

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

/// At least how deeply the text nests.
fn depth(text: &[u8]) -> usize {
    text.iter().filter(|byte| matches!(byte, b'[' | b'{')).count()
}
