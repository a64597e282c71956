//! Names that nobody documents, and whether any session has them.

use blocks_sessions::core::filter::{Choice, ChoiceRequest, Sightings};
use blocks_sessions::core::json::Document;
use bytes::Bytes;

use super::NOW;

fn sightings(condition: &str, fields: &[&str]) -> Option<Sightings> {
    let request = ChoiceRequest {
        condition: Some(condition.to_owned()),
        fields: (!fields.is_empty()).then(|| fields.iter().map(|name| (*name).to_owned()).collect()),
        ..ChoiceRequest::default()
    };
    Choice::read(&request, NOW).unwrap().sightings()
}

fn absent(condition: &str, fields: &[&str], sessions: &[&str]) -> Vec<String> {
    let Some(sightings) = sightings(condition, fields) else { return Vec::new() };
    for session in sessions {
        let document = Document::parse(Bytes::copy_from_slice(session.as_bytes())).unwrap();
        sightings.look(std::iter::once(document.root()));
    }
    sightings.absent(sessions.len() as u64)
}

#[test]
fn a_name_that_no_session_has_is_told_with_what_was_meant() {
    let sessions =
        [r#"{"session_id": "a", "plan": "pro", "metadata": {"closed": 1}}"#, r#"{"session_id": "b"}"#];
    let none = |name: &str| format!("where: no session has a field '{name}' (2 sessions were read)");
    let text = |name: &str| format!("{}; a text stands in single quotes: '{name}'", none(name));
    let time = "a time stands in single quotes, as in '2026-01-31', and now() is the present";
    for (condition, told) in [
        ("status = closed", text("closed")),
        ("closed = status", text("closed")),
        ("status in ('idle', closed)", text("closed")),
        ("status like closed", text("closed")),
        ("tags contains billing", text("billing")),
        ("metadata.source = website", text("website")),
        ("plan = premium", text("premium")),
        ("created_at > yesterday", format!("{}; {time}", none("yesterday"))),
        ("ratng2 = 5", none("ratng2")),
        ("rating > threshold", none("threshold")),
        ("customer.tier = 'gold'", none("customer")),
        ("email = 'a@b.c'", format!("{}; did you mean 'user_info.email'?", none("email"))),
    ] {
        assert_eq!(absent(condition, &[], &sessions), [told], "{condition}");
    }
    assert_eq!(
        absent("rating = 1", &["session_id", "ratng2", "plan", "customer.tier"], &sessions),
        [
            "fields: no session has a field 'ratng2' (2 sessions were read)",
            "fields: no session has a field 'customer' (2 sessions were read)"
        ]
    );
}

#[test]
fn a_path_is_told_once_enough_was_read() {
    let one = r#"{"session_id": "a", "metadata": {"source": "web"}, "user_info": {"email": "x"}}"#;
    let condition =
        "metadata.sorce = 'web' or user_info.emial = 'x' or metadata.source = 'x' or user_info.phone = '1'";
    let told = |name: &str| format!("where: no session has a field '{name}' (100 sessions were read)");
    assert_eq!(absent(condition, &[], &[one; 100]), [told("metadata.sorce"), told("user_info.emial")]);
    assert_eq!(absent(condition, &[], &[one; 99]), Vec::<String>::new());
    let fields = absent("rating = 1", &["metadata.sorce", "metadata.source", "metadata"], &[one; 100]);
    assert_eq!(fields, [told("metadata.sorce").replace("where", "fields")]);
    assert!(absent("metadata.\"sorce\" = 'web'", &[], &[one; 100]).is_empty());
}

#[test]
fn what_is_known_seen_or_in_quotes_is_not_told() {
    let sessions = [r#"{"session_id": "a"}"#, r#"{"plan": null, "session_id": "b"}"#];
    for condition in [
        "plan = 'pro'",
        "rating = 5 and user_email = 'x' and user_info.nick = 'x'",
        "metadata.nothing = 'x'",
        "closed is null and metadata.reviewed is not null",
        "conversation.UserEmail is null and last_entry_date is null",
        "\"closed\" = 'x'",
    ] {
        assert_eq!(
            absent(condition, &["session_id", "\"odd\""], &sessions),
            Vec::<String>::new(),
            "{condition}"
        );
    }
    assert!(sightings("rating = 5", &["session_id", "metadata", "user_info.email"]).is_none());
}

#[test]
fn more_names_than_are_watched_for_are_no_reason_to_fail() {
    let condition: Vec<String> = (0..100).map(|number| format!("odd{number}x = 1")).collect();
    assert_eq!(absent(&condition.join(" or "), &[], &["{\"odd0x\": 1}"]).len(), 63);
}
