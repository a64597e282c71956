//! The fields of a session that the service documents: the one table behind attributes, columns, filters
//! and masks. A new field is added here; it knows no Arrow and no Python.

/// What a column holds, and so which values fit it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Text,
    Moment,
    Integer,
    Float,
    Bool,
    /// A list of texts.
    Texts,
    /// An object, as JSON text.
    Object,
    /// Text as it is, anything else as JSON text.
    Any,
}

/// The fields of a session that have columns, in the order of the columns.
pub const FIELDS: [(&str, Kind); 29] = [
    ("session_id", Kind::Text),
    ("agent_id", Kind::Text),
    ("widget_id", Kind::Text),
    ("user_id", Kind::Text),
    ("status", Kind::Text),
    ("user_agent", Kind::Text),
    ("ip_address", Kind::Text),
    ("feedback", Kind::Text),
    ("created_at", Kind::Moment),
    ("updated_at", Kind::Moment),
    ("last_message_at", Kind::Moment),
    ("closed_at", Kind::Moment),
    ("message_count", Kind::Integer),
    ("user_messages", Kind::Integer),
    ("agent_messages", Kind::Integer),
    ("duration_seconds", Kind::Float),
    ("response_time_avg", Kind::Float),
    ("rating", Kind::Float),
    ("lead_score", Kind::Float),
    ("revenue", Kind::Float),
    ("resolved", Kind::Bool),
    ("escalated", Kind::Bool),
    ("conversion", Kind::Bool),
    ("tags", Kind::Texts),
    ("user_info", Kind::Object),
    ("metadata", Kind::Object),
    ("context", Kind::Object),
    ("location", Kind::Any),
    ("sentiment", Kind::Any),
];

/// The place of `user_info` among them.
pub const USER_INFO: usize = 24;

/// The texts in `user_info` that have columns of their own, behind those of the fields.
pub const USER_FIELDS: [(&str, &str); 4] =
    [("name", "user_name"), ("email", "user_email"), ("phone", "user_phone"), ("location", "user_location")];
