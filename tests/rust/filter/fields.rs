//! `fields=`: which names are taken, and what is kept of a session.

use blocks_sessions::core::filter::{Projection, Source};
use blocks_sessions::core::json::Document;
use bytes::Bytes;

fn projection(names: &[&str]) -> Result<Projection, Vec<String>> {
    let names: Vec<String> = names.iter().map(ToString::to_string).collect();
    Projection::parse(&names).map_err(|faults| faults.iter().map(ToString::to_string).collect())
}

fn kept(names: &[&str], session: &str) -> String {
    let document = Document::parse(Bytes::copy_from_slice(session.as_bytes())).unwrap();
    let mut text = String::new();
    projection(names).unwrap().write(document.root(), &mut text);
    text
}

#[test]
fn what_is_named_is_kept_in_the_order_sent() {
    let session = r#"{"session_id": "s", "rating": 5.0, "metadata": {"source": "web", "device": {"os": "x"}}, "plan": [1, 2],
        "user_info": {"email": "e", "name": "n"}, "status": 7}"#;
    for (names, wanted) in [
        (&["rating", "session_id"][..], r#"{"session_id":"s","rating":5.0}"#),
        (&["metadata.source"], r#"{"metadata":{"source":"web"}}"#),
        (&["metadata.device.os", "metadata.source"], r#"{"metadata":{"source":"web","device":{"os":"x"}}}"#),
        (&["metadata.source", "metadata"], r#"{"metadata":{"source": "web", "device": {"os": "x"}}}"#),
        (&["metadata.nothing", "closed_at"], "{}"),
        (&["metadata.source.below", "plan.x"], "{}"),
        (&["user_email"], r#"{"user_info":{"email":"e"}}"#),
        (&["plan"], r#"{"plan":[1, 2]}"#),
        (&["extra"], r#"{"plan":[1, 2],"status":7}"#),
        (&["extra", "rating"], r#"{"rating":5.0,"plan":[1, 2],"status":7}"#),
    ] {
        assert_eq!(kept(names, session), wanted, "{names:?}");
    }
}

#[test]
fn the_last_of_repeated_keys_counts() {
    let session = r#"{"metadata": {"source": "a"}, "metadata": {"device": "b"}}"#;
    assert_eq!(kept(&["metadata.source"], session), "{}");
    let session = r#"{"metadata": {"source": "a"}, "metadata": {"source": "b"}}"#;
    assert_eq!(kept(&["metadata.source"], session), r#"{"metadata":{"source":"b"}}"#);
}

#[test]
fn names_are_columns() {
    let projection =
        projection(&["status", "user_email", "extra", "metadata.\"odd key\"", "\"odd\""]).unwrap();
    let names: Vec<&str> = projection.names().iter().map(|name| &*name.text).collect();
    assert_eq!(names, ["status", "user_email", "extra", "metadata.\"odd key\"", "\"odd\""]);
    assert_eq!(projection.names()[0].source, Source::Field(4));
    assert_eq!(projection.names()[1].source, Source::User(1));
    assert!(projection.keeps_extra());
}

#[test]
fn wrong_names_are_told_all_at_once() {
    let told = projection(&["statis", "status", "status", "a..b", "status.x", "tags.0"]).unwrap_err();
    assert_eq!(
        told,
        [
            "unknown field 'statis'; did you mean 'status'?",
            "'status' is named twice",
            "an empty name at character 3 of 'a..b'",
            "'status' has no fields of its own, as 'status.x' would need",
            "'tags' has no fields of its own, as 'tags.0' would need",
        ]
    );
    assert_eq!(projection(&[]).unwrap_err().len(), 1);
    assert!(projection(&["\"statis\""]).is_ok());
}

#[test]
fn an_expression_is_no_name() {
    let elements = "array elements are not addressed; a path is written with dots, and an odd name in it in double quotes";
    let computed = "nothing is computed here; name the field itself; an odd name stands in double quotes";
    for (name, told) in [
        ("tags[0]", elements),
        ("metadata['source']", elements),
        ("metadata.list[*].x", elements),
        ("lower(status)", computed),
        ("count(*)", computed),
        ("length(metadata.source)", computed),
    ] {
        assert_eq!(projection(&[name]).unwrap_err(), [format!("'{name}' is no name: {told}")]);
    }
    for name in
        ["\"tags[0]\"", "metadata.\"lower(x)\"", "metadata.\"a \"\" b[0]\"", "metadata.Rating (1-5)", "(x)"]
    {
        assert!(projection(&[name]).is_ok(), "{name}");
    }
}
