//! The tape against serde_json, on texts of all kinds; and the cases that the Python tests read.

use std::fs;
use std::path::Path;

use blocks_sessions::core::json::{Document, Value};
use bytes::Bytes;
use proptest::prelude::*;
use serde_json::Value as Serde;

use super::to_serde::to_serde;

fn read(text: &[u8]) -> Option<Document> {
    Document::parse(Bytes::copy_from_slice(text)).ok()
}

/// Both read it alike, or both refuse it.
fn agree(text: &[u8]) {
    let ours = read(text);
    if let Ok(theirs) = serde_json::from_slice::<Serde>(text) {
        let ours = ours.unwrap_or_else(|| panic!("refused: {}", String::from_utf8_lossy(text)));
        assert_eq!(to_serde(ours.root()), Some(theirs));
    } else {
        // Lone surrogates and a byte order mark are all that we read and serde_json does not.
        let more = ours.is_some_and(|ours| to_serde(ours.root()).is_some());
        assert!(!more || text.starts_with("\u{feff}".as_bytes()), "{}", String::from_utf8_lossy(text));
    }
}

/// Every value can be reached, and its raw text is read as the same value again.
fn walk(value: Value<'_>) {
    let again = read(value.raw().as_bytes()).expect("the raw text of a value is valid");
    assert_eq!(again.root().raw(), value.raw());
    assert_eq!(to_serde(again.root()), to_serde(value));
    for element in value.elements() {
        walk(element);
    }
    for (key, entry) in value.entries() {
        walk(entry);
        if let Some(key) = key.as_str() {
            assert!(value.get(key).is_some());
        }
    }
}

fn values() -> impl Strategy<Value = Serde> {
    let leaf = prop_oneof![
        Just(Serde::Null),
        any::<bool>().prop_map(Serde::from),
        any::<i64>().prop_map(Serde::from),
        any::<f64>().prop_filter("JSON has no NaN", |number| number.is_finite()).prop_map(Serde::from),
        any::<String>().prop_map(Serde::from),
        "[a-z\"\\\\\u{8}\n\u{1f}é😀]{0,20}".prop_map(Serde::from),
    ];
    leaf.prop_recursive(6, 60, 8, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..8).prop_map(Serde::from),
            prop::collection::vec((any::<String>(), inner), 0..8)
                .prop_map(|entries| Serde::Object(entries.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn whatever_serde_writes(value in values(), pretty in any::<bool>()) {
        let text = if pretty { serde_json::to_vec_pretty(&value) } else { serde_json::to_vec(&value) }.unwrap();
        agree(&text);
        walk(read(&text).expect("valid").root());
    }

    #[test]
    fn whatever_is_cut_or_damaged(value in values(), at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut text = serde_json::to_vec(&value).unwrap();
        let at = at.index(text.len());
        agree(&text[..at]);
        text[at] = byte;
        agree(&text);
    }

    #[test]
    fn any_pieces(pieces in prop::collection::vec("[\\[\\]{}:,\" \\\\ntrue01.eE+-]|\\\\u00|\"a\"|null|true|12", 0..12)) {
        agree(pieces.concat().as_bytes());
    }
}

fn cases(folder: &str) -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/json").join(folder);
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let cases: Vec<_> = files.map(|path| (path.display().to_string(), fs::read(path).unwrap())).collect();
    assert!(cases.len() > 10);
    cases
}

#[test]
fn the_valid_cases_are_read() {
    for (name, text) in cases("valid") {
        walk(read(&text).unwrap_or_else(|| panic!("{name} was refused")).root());
    }
}

#[test]
fn the_other_cases_are_refused() {
    for (name, text) in [cases("invalid"), cases("stricter")].concat() {
        assert!(read(&text).is_none(), "{name} was read");
    }
}
