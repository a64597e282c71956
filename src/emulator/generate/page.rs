//! The two sessions that the service's page shows, word for word.
//! They are the first of the default agent's list.

/// The agent that the page speaks of.
pub(super) const AGENT: &str = "agent_123";

/// One example, with the times by which a list is sorted (seconds since 1970).
#[derive(Clone, Copy)]
pub(super) struct Example {
    pub(super) id: &'static str,
    pub(super) text: &'static str,
    pub(super) created: i64,
    pub(super) active: i64,
}

pub(super) const EXAMPLES: [Example; 2] = [
    Example {
        id: "session_abc123",
        text: r#"{"session_id":"session_abc123","agent_id":"agent_123","widget_id":"widget_456","user_id":"user_789","status":"active","created_at":"2026-01-12T08:30:00Z","updated_at":"2026-01-12T09:45:00Z","last_message_at":"2026-01-12T09:45:00Z","message_count":15,"duration_seconds":4500,"user_info":{"name":"John Doe","email":"john@example.com","location":"New York, US"},"metadata":{"source":"website","page_url":"https://example.com/support","device":"desktop","browser":"Chrome"},"tags":["support","billing"],"rating":5,"feedback":"Great service!","resolved":true}"#,
        created: 1_768_206_600,
        active: 1_768_211_100,
    },
    Example {
        id: "session_def456",
        text: r#"{"session_id":"session_def456","agent_id":"agent_123","widget_id":"widget_456","user_id":"user_012","status":"closed","created_at":"2026-01-11T14:20:00Z","updated_at":"2026-01-11T14:55:00Z","last_message_at":"2026-01-11T14:55:00Z","message_count":8,"duration_seconds":2100,"user_info":{"name":"Jane Smith","email":"jane@example.com"},"metadata":{"source":"mobile_app"},"tags":["product_inquiry"],"rating":4,"resolved":true}"#,
        created: 1_768_141_200,
        active: 1_768_143_300,
    },
];
