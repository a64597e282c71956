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

/// A list of objects that have most of their keys in common, as a text: some spelled otherwise, some with space
/// around the colon, some longer than are compared in one step, some twice.
fn alike() -> impl Strategy<Value = String> {
    let key = prop_oneof![
        6 => "[ab]{1,2}",
        1 => "[a:]{1,3}",
        1 => ":{28,33}[ab]?",
        1 => prop::sample::select(vec![r"\u0061", r#"a\""#, "é", "", r"a\\"]).prop_map(str::to_owned),
    ];
    let colon = prop_oneof![8 => Just(":"), 1 => Just(" :"), 1 => Just(":\n ")];
    let value = prop_oneof![
        4 => prop::sample::select(vec!["1", "-0.5e3", "null", r#""b""#, r#""a\"b""#, "[]"]).prop_map(str::to_owned),
        1 => (key.clone(), 0..9).prop_map(|(key, number)| format!(r#"[{{"{key}":{number}}},{{"{key}":2}}]"#)),
        1 => (key.clone(), 0..9).prop_map(|(key, number)| format!(r#"{{"{key}":{number}}}"#)),
    ];
    let member = (key, colon, value).prop_map(|(key, colon, value)| format!(r#""{key}"{colon}{value}"#));
    let members = prop::collection::vec(member, 1..6);
    let change = (any::<prop::sample::Index>(), any::<prop::sample::Index>());
    (members.clone(), members, prop::collection::vec(change, 1..12), any::<bool>()).prop_map(
        |(common, others, changes, wrapped)| {
            let object = |(place, other): &(prop::sample::Index, prop::sample::Index)| {
                let mut own = common.clone();
                // One in some has a member of another's in the place of one of its own.
                if let Some(place) = Some(place.index(3 * own.len())).filter(|place| *place < own.len()) {
                    own[place].clone_from(&others[other.index(others.len())]);
                }
                format!("{{{}}}", own.join(","))
            };
            let list = changes.iter().map(object).collect::<Vec<_>>().join(",");
            if wrapped { format!(r#"{{"sessions":[{list}],"a":1}}"#) } else { format!("[{list}]") }
        },
    )
}

proptest! {
    #[test]
    fn objects_that_are_alike(text in alike()) {
        agree(text.as_bytes());
        walk(read(text.as_bytes()).expect("valid").root());
    }

    #[test]
    fn objects_that_are_alike_and_damaged(text in alike(), at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut text = text.into_bytes();
        let at = at.index(text.len());
        agree(&text[..at]);
        text[at] = byte;
        agree(&text);
    }

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
