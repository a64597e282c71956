//! Every field that the service is known to send, in both shapes: each preset says what is done to it.

use super::masked;
use blocks_sessions::core::mask::policy::PolicySpec;
use blocks_sessions::core::model::fields::{FIELDS, OTHER_SHAPE, USER_FIELDS};
use blocks_sessions::core::model::page_body::PageBody;
use std::collections::BTreeSet;

/// All that the service's page names, an example of each.
const PAGE: &str = r#"{
    "session_id": "session_abc123", "agent_id": "agent_123", "widget_id": "widget_456", "user_id": "user_789",
    "status": "active", "created_at": "2026-01-12T08:30:00Z", "updated_at": "2026-01-12T09:45:00Z",
    "last_message_at": "2026-01-12T09:45:00Z", "closed_at": "2026-01-12T09:50:00Z", "message_count": 15,
    "duration_seconds": 4500, "response_time_avg": 1.5, "user_messages": 7, "agent_messages": 8,
    "user_info": {"name": "John Doe", "email": "john@example.com", "phone": "+1-555-0100", "location": "New York, US"},
    "user_agent": "curl/8", "ip_address": "203.0.113.7", "location": "US",
    "metadata": {"source": "website", "page_url": "https://example.com/support", "referrer": "https://example.com/",
        "device": "desktop", "browser": "Chrome", "campaign": "spring"},
    "tags": ["support", "billing"], "context": {"cart": 3}, "rating": 5, "feedback": "Great service!",
    "resolved": true, "escalated": false, "sentiment": "good", "lead_score": 0.5, "conversion": true, "revenue": 9.5}"#;

/// All that its front-ends are sent instead.
const OTHER: &str = r#"{
    "agent_id": "a", "widget_id": "w", "session_id": "s1", "created_at": "2026-01-12T08:30:00Z",
    "last_entry_date": "2026-01-12T08:30:00Z", "total_count": 4,
    "conversation": {"_id": "x", "SessionId": "s1", "WidgetId": "w", "AgentId": "a",
        "CreatedAt": "2026-01-12T08:30:00Z", "Query": "q", "QueryId": "q1", "Response": "r", "ResponseId": "r1",
        "Metadata": {"processing_time": 1.5, "total_tokens": 1, "prompt_tokens": 1, "completion_tokens": 1,
            "word_count": 1, "source_count": 1, "total_messages_in_history": 1, "kb_ids": ["k"],
            "tool_calls_made": 1, "summary_updated": true},
        "QueryTimestamp": "2026-01-12T08:30:00Z", "ResponseTimestamp": "2026-01-12T08:30:00Z",
        "ConversationType": "chat", "UserId": "u1", "UserEmail": "jo@example.com", "UserRole": ["admin"],
        "Summary": "s", "Playground": false}}"#;

/// The paths that a preset met in a session, and those of them that it does not name.
fn met(preset: &str, session: &str) -> (BTreeSet<String>, Vec<String>) {
    let mask = masked(PolicySpec { preset: preset.into(), ..PolicySpec::default() });
    let page = PageBody::parse(format!(r#"{{"sessions":[{session}]}}"#).into()).unwrap();
    let mut report = mask.report();
    mask.page(&page).unwrap().tally.add_to(&mut report, 0..1);
    let unknown = report.paths.iter().filter(|(_, path)| path.unknown).map(|(path, _)| path.clone());
    (report.paths.keys().cloned().collect(), unknown.collect())
}

#[test]
fn each_preset_names_every_field_of_the_reference() {
    for preset in ["gdpr", "training"] {
        for session in [PAGE, OTHER] {
            assert_eq!(met(preset, session).1, Vec::<String>::new(), "{preset}");
        }
    }
    assert_eq!(met("gdpr", r#"{"rating": 5, "brand_new": 1}"#).1, ["brand_new"]);
}

#[test]
fn the_examples_hold_every_field_of_the_model() {
    let (page, other) = (met("gdpr", PAGE).0, met("gdpr", OTHER).0);
    let within = |path: &str| page.iter().any(|met| met == path || met.starts_with(&format!("{path}.")));
    for (field, _) in FIELDS {
        assert!(within(field), "{field}");
    }
    for (field, _) in USER_FIELDS {
        assert!(within(&format!("user_info.{field}")), "{field}");
    }
    for field in OTHER_SHAPE {
        assert!(other.contains(field), "{field}");
    }
}
