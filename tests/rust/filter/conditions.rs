//! What a condition takes, by SQL's three values.

use super::takes;

const SESSION: &str = r#"{
    "session_id": "s1", "status": "closed", "rating": 2, "lead_score": 0.5, "revenue": null, "resolved": true,
    "escalated": false, "tags": ["billing", "support", null], "created_at": "2026-01-24T08:00:00Z",
    "last_message_at": "2026-01-24T09:30:00.25+01:00", "closed_at": "soon", "message_count": 3.0,
    "user_messages": 9007199254740993, "agent_messages": 4,
    "user_info": {"name": "Zoë", "email": "zoe@example.com"},
    "metadata": {"source": "website", "visits": 12, "odd key": "x", "score": 1.5, "vip": true, "list": [1, "a", true],
                 "due": "2026-01-25", "huge": 123456789012345678901234567890, "deep": {"er": null}},
    "location": "New York", "sentiment": {"label": "good"}, "feedback": "Great 100% 😀 service\\it's", "plan": "pro",
    "conversation": {"UserEmail": "a@b.c"}
}"#;

/// Splits true, not taken though its negation is (false), and unknown (neither).
fn outcome(text: &str) -> Option<bool> {
    match (takes(text, SESSION), takes(&format!("not ({text}\n)"), SESSION)) {
        (true, false) => Some(true),
        (false, true) => Some(false),
        (false, false) => None,
        (true, true) => panic!("{text} and its negation"),
    }
}

fn check(outcome_wanted: Option<bool>, texts: &[&str]) {
    for text in texts {
        assert_eq!(outcome(text), outcome_wanted, "{text}");
    }
}

#[test]
fn true_ones() {
    check(
        Some(true),
        &[
            "status = 'closed'",
            "'closed' = status",
            "status != 'open' and status <> 'Closed'",
            "rating <= 2 and rating >= 2.0 and rating < 3 and rating > -1",
            "rating between 1 and 2",
            "rating not between 3 and 4",
            "lead_score = .5 and lead_score = 5e-1",
            "status in ('open', 'closed')",
            "status not in ('open')",
            "rating in (1, 2.0)",
            "tags contains 'billing'",
            "tags not contains 'x'",
            "metadata.list contains 1 and metadata.list contains 'a' and metadata.list contains true",
            "metadata.source in ('website', 'mobile_app')",
            "metadata.\"odd key\" = 'x'",
            "metadata.deep.er is null and metadata.nothing is null and metadata.source.below is null",
            "revenue is null and status is not null",
            "resolved and not escalated",
            "resolved is true and escalated is false and revenue is null",
            "metadata.vip",
            "metadata.vip is true",
            "metadata.visits is not true",
            "(revenue > 1) is null",
            "(revenue > 1) is unknown and (rating = 2) is not unknown",
            "(rating = 2) = resolved",
            "feedback like 'Great%service%' and feedback like '%100\u{25} _ %'",
            "feedback like '%\\it''s'",
            "feedback ilike 'GREAT%' and feedback not like 'great%'",
            "lower(status) = 'closed' and lower(user_info.name) = 'zoë'",
            "length(user_info.name) = 3 and length(tags) = 3 and length(status) > 5",
            "user_email like '%@example.com'",
            "created_at >= '2026-01-24' and created_at < '2026-01-25'",
            "created_at = timestamp '2026-01-24 08:00:00' and created_at > date '2026-01-24'",
            "created_at = '2026-01-24T09:00:00+01:00'",
            "created_at between '2026-01-24' and '2026-01-24T08:00:00'",
            "last_message_at - created_at = interval '30 minutes' + interval '0.25 s'",
            "last_message_at - created_at < '1 hour'",
            "created_at > now() - interval '8 days' and created_at < now() - interval 7 day",
            "created_at + interval '1 month' < now() + interval '30' day",
            "interval '1 day' + created_at > '2026-01-25'",
            "metadata.due > created_at and metadata.due = date '2026-01-25'",
            "metadata.due < now()",
            "created_at in ('2026-01-01', '2026-01-24T08:00:00Z')",
            "user_messages = 9007199254740993 and user_messages > 9007199254740992",
            "metadata.huge = 123456789012345678901234567890 and metadata.huge > 1e29",
            "agent_messages < user_messages",
            "location = 'New York' and location < 'New Zealand'",
            "sentiment is not null and sentiment.label = 'good' and metadata is not null",
            "conversation.UserEmail = 'a@b.c'",
            "plan = 'pro'",
            "STATUS_X is null",
            "true or null",
            "1 < 2 and 'a' < 'b'",
            "status = 'closed' or rating = null",
            "message_count > 2 and message_count = 3",
            "status\n=\t'closed' -- a comment",
            "STATUS_X IS NULL AND Status_Y Is Null /* both */",
        ],
    );
}

#[test]
fn false_ones() {
    check(
        Some(false),
        &[
            "status = 'Closed'",
            "status < 'a'",
            "rating = 3",
            "rating = null and rating = 3",
            "escalated",
            "tags contains 'bill'",
            "status like 'close'",
            "feedback like 'great%'",
            "status is null",
            "metadata.list contains '1'",
            "user_messages = 9007199254740992",
            "false",
            "resolved = false",
            "location > 'New Zealand'",
            "status in ('a', 'b')",
            "metadata.visits in (1, 13)",
        ],
    );
}

#[test]
fn unknown_ones() {
    check(
        None,
        &[
            "revenue = 5",
            "revenue != 5",
            "revenue in (1, 2)",
            "revenue between 1 and 2",
            "rating = null",
            "rating in (1, null)",
            "null",
            "metadata.nothing",
            "metadata.source",
            "metadata.visits = '12'",
            "metadata.visits in ('12')",
            "metadata.source > 5",
            "metadata.source contains 'web'",
            "metadata.source < now()",
            "closed_at < '2026-02-01'",
            "sentiment = 'good'",
            "metadata.missing like '%'",
            "lower(metadata.visits) = '12'",
            "length(metadata.visits) = 2",
            "tags contains null",
            "revenue > 1 and true",
            "revenue > 1 or false",
            "metadata.deep = 1",
            "resolved = metadata.nothing",
            "closed_at + interval '1 day' > now()",
        ],
    );
}

#[test]
fn text_compares_by_code_points_and_lone_surrogates_are_characters() {
    let session = r#"{"feedback": "\ud800", "plan": "\uffff", "context": {"emoji": "😀"}}"#;
    for text in ["feedback < plan", "plan < context.emoji", "length(feedback) = 1", "feedback like '_'"] {
        assert!(takes(text, session), "{text}");
    }
}

#[test]
fn the_last_of_repeated_keys_counts() {
    let session =
        r#"{"status": "open", "metadata": {"a": 1, "a": 2}, "status": "closed", "metadata": {"a": 3}}"#;
    assert!(takes("status = 'closed' and metadata.a = 3", session));
}

#[test]
fn documented_fields_take_only_their_type() {
    let session = r#"{"status": 5, "rating": "5", "resolved": "true", "tags": ["a", 1], "metadata": "x",
                      "created_at": 1769860800}"#;
    for field in ["status", "rating", "resolved", "tags", "metadata", "created_at"] {
        assert!(takes(&format!("{field} is null"), session), "{field}");
    }
}

#[test]
fn long_chains_and_lists_are_read() {
    let ids: Vec<String> = (0..20_000).map(|id| format!("'session_{id}'")).collect();
    let text = format!("session_id in ({})", ids.join(", "));
    assert!(takes(&text, r#"{"session_id": "session_19999"}"#));
    assert!(!takes(&text, r#"{"session_id": "session_20000"}"#));
    let chain = vec!["rating = 1"; 450].join(" or ");
    assert!(takes(&chain, r#"{"rating": 1}"#));
}
