//! Answers: their shape, their count, and what a listing reads from them.

use blocks_sessions::core::model::page_body::PageBody;
use bytes::Bytes;

fn answer(text: &str) -> PageBody {
    PageBody::parse(Bytes::copy_from_slice(text.as_bytes())).expect("an answer")
}

fn refusal(text: impl AsRef<[u8]>) -> String {
    PageBody::parse(Bytes::copy_from_slice(text.as_ref())).expect_err("no answer").to_string()
}

#[test]
fn reads_the_shape_of_the_page() {
    let answer = answer(r#"{"sessions": [{"session_id": "a"}, {}], "total_count": 247, "more": [1]}"#);
    assert_eq!((answer.len(), answer.total_count()), (2, Some(247)));
    assert_eq!(answer.session(0).unwrap().get("session_id").unwrap().as_str(), Some("a"));
    assert_eq!(answer.session(1).unwrap().raw(), "{}");
    assert!(answer.session(2).is_none());
    assert_eq!(answer.total_count_note(), None);
}

#[test]
fn says_what_is_wrong() {
    for (body, part) in [
        ("", "empty"),
        (" \r\n ", "empty"),
        ("<!DOCTYPE html><html>", "HTML"),
        ("\n <html><body>Bad gateway", "HTML"),
        ("Service unavailable", "not valid JSON"),
        ("null", "is null"),
        ("[]", "is an array"),
        ("[{\"sessions\": []}]", "is an array"),
        ("\"sessions\"", "is a string"),
        ("{}", "without `sessions`"),
        ("{\"detail\": \"Token missing\"}", "without `sessions`"),
        ("{\"sessions\": [{}, null]}", "limit=1, and go on one behind"),
        ("{\"sessions\": {\"a\": {}}}", "`sessions` is an object"),
        ("{\"sessions\": [{}, {}, 7]}", "`sessions[2]` is a number"),
        ("{\"sessions\": [null]}", "`sessions[0]` is null"),
        ("{\"sessions\": [{\"a\": 1}", "cut short"),
        ("{\"sessions\": [{\"a\": \"half a str", "cut short"),
        ("{\"sessions\": [] \"total_count\": 1}", "expected a comma"),
    ] {
        assert!(refusal(body).contains(part), "{body:?}: {}", refusal(body));
    }
    let wide: Vec<u8> = "{\"sessions\": []}".encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert!(refusal(wide).contains("UTF-16"));
    assert!(refusal(b"{\"sessions\": [\"\xff\"]}").contains("UTF-8"));
}

#[test]
fn every_cut_of_an_answer_is_refused() {
    let whole = r#"{"sessions":[{"session_id":"aé\u0041\ud83d\ude00","n":-1.5e+3,"t":[true,null]}],"total_count":12}"#;
    for end in 0..whole.len() {
        let cut = whole.as_bytes().get(..end).unwrap();
        assert!(PageBody::parse(Bytes::copy_from_slice(cut)).is_err(), "{end}");
    }
}

#[test]
fn a_count_is_a_count_or_noted() {
    let count = |text: &str| {
        let answer = answer(&format!(r#"{{"sessions": [], "total_count": {text}}}"#));
        (answer.total_count(), answer.total_count_note().map(str::to_owned))
    };
    assert_eq!(count("0"), (Some(0), None));
    assert_eq!(count("9223372036854775807"), (Some(i64::MAX as u64), None));
    assert_eq!(count("null"), (None, None));
    // As serialisers write whole numbers that know floats only.
    assert_eq!((count("250.0"), count("1e3")), ((Some(250), None), (Some(1_000), None)));
    for (text, word) in [
        ("-1", "negative"),
        ("9223372036854775808", "large"),
        ("12.5", "whole"),
        ("1e300", "whole"),
        ("-3.0", "whole"),
        ("\"247\"", "string"),
        ("true", "boolean"),
        ("[]", "array"),
        ("{}", "object"),
    ] {
        let (total, note) = count(text);
        assert_eq!(total, None);
        assert!(note.as_ref().is_some_and(|note| note.contains(word)), "{text}: {note:?}");
    }
    let answer = answer(r#"{"sessions": []}"#);
    assert_eq!((answer.total_count(), answer.total_count_note()), (None, None));
}

/// Null is how some serialisers write an empty list; nothing else is.
#[test]
fn null_sessions_are_an_empty_list() {
    let none = answer(r#"{"sessions": null, "total_count": 0}"#);
    assert_eq!((none.len(), none.total_count()), (0, Some(0)));
    for other in ["{}", "0", "\"\"", "false"] {
        let body = format!(r#"{{"sessions": {other}}}"#);
        assert!(refusal(body.into_bytes()).contains("where an array was expected"));
    }
}

#[test]
fn a_total_below_its_own_page_is_unknown() {
    for (total, known) in [("0", None), ("1", None), ("2", Some(2)), ("9", Some(9))] {
        let answer = answer(&format!(r#"{{"sessions": [{{}}, {{}}], "total_count": {total}}}"#));
        assert_eq!(answer.total_count(), known);
        assert_eq!(answer.total_count_note().is_some(), known.is_none());
    }
}

#[test]
fn facts_hold_ids_and_keys() {
    let facts = answer(
        r#"{"total_count": 9, "sessions": [
            {"session_id": "a", "last_message_at": "1970-01-01T00:00:01Z", "updated_at": "1970-01-01T01:00:00+01:00"},
            {"session_id": "\u0061", "created_at": "1970-01-01", "last_entry_date": "1970-01-01T00:00:00.000007"},
            {"session_id": 1, "created_at": "yesterday", "updated_at": 12, "last_message_at": null},
            {"session_id": "1"}, {"session_id": ""}, {"session_id": null}, {"session_id": ["a"]}, {}]}"#,
    )
    .facts(42);
    assert_eq!((facts.total_count, facts.answered_at, facts.rows.len()), (Some(9), 42, 8));
    let ids: Vec<_> = facts.rows.iter().map(|row| row.id).collect();
    assert_eq!(ids[0], ids[1], "the same text, escaped or not");
    assert!(ids[0].is_some() && ids[2].is_some() && ids[3].is_some());
    assert!(ids[2] != ids[3] && ids[0] != ids[3], "a number and a text are two ids");
    assert_eq!(ids[4..], [None; 4]);
    assert_eq!(facts.rows[0].keys, [Some(1_000_000), Some(0), None, None]);
    assert_eq!(facts.rows[1].keys, [None, None, Some(0), Some(7)]);
    assert_eq!(facts.rows[2].keys, [None; 4]);
}

#[test]
fn facts_of_the_other_shape() {
    let facts = answer(
        r#"{"sessions": [
            {"session_id": "s", "created_at": "1970-01-01T00:00:02", "last_entry_date": "1970-01-01T00:00:03",
             "total_count": 4, "conversation": {"SessionId": "x", "CreatedAt": "1970-01-01T00:00:09"}},
            {"conversation": {"SessionId": "s", "CreatedAt": "1970-01-01T00:00:02",
                              "QueryTimestamp": "1970-01-01T00:00:04"}, "session_id": null},
            {"session_id": "t", "conversation": "none"}]}"#,
    )
    .facts(0);
    assert_eq!(facts.rows[0].keys, [None, None, Some(2_000_000), Some(3_000_000)]);
    assert_eq!(facts.rows[1].keys, [None, None, Some(2_000_000), Some(4_000_000)]);
    assert_eq!(facts.rows[0].id, facts.rows[1].id);
    assert!(facts.rows[2].id.is_some());
    assert_eq!(facts.total_count, None, "a session's own total_count is no list's");
}

#[test]
fn a_later_null_takes_a_field_away() {
    let facts = answer(r#"{"sessions": [{"session_id": "a", "session_id": null}]}"#).facts(0);
    assert_eq!(facts.rows[0].id, None);
}
