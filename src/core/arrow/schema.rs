//! The fixed schema: which field of a session is which column, and of which type.

use std::sync::{Arc, LazyLock};

use arrow_schema::{DataType, Field, Schema, SchemaRef, TimeUnit};

/// What a column holds, and so which values fit it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
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
pub(super) const FIELDS: [(&str, Kind); 29] = [
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
pub(super) const USER_INFO: usize = 24;

/// The texts in `user_info` that have columns of their own, behind those of the fields.
pub(super) const USER_FIELDS: [(&str, &str); 4] =
    [("name", "user_name"), ("email", "user_email"), ("phone", "user_phone"), ("location", "user_location")];

/// The last column: JSON text of whatever has no other.
const EXTRA: &str = "extra";

/// The schema of every batch.
pub fn schema() -> SchemaRef {
    static SCHEMA: LazyLock<SchemaRef> = LazyLock::new(|| {
        let fields = FIELDS.map(|(name, kind)| Field::new(name, data_type(kind), true));
        let user_fields = USER_FIELDS.map(|(_, name)| Field::new(name, DataType::Utf8, true));
        let extra = Field::new(EXTRA, DataType::Utf8, true);
        Arc::new(Schema::new(fields.into_iter().chain(user_fields).chain([extra]).collect::<Vec<_>>()))
    });
    SCHEMA.clone()
}

pub(super) fn data_type(kind: Kind) -> DataType {
    match kind {
        Kind::Text | Kind::Object | Kind::Any => DataType::Utf8,
        Kind::Moment => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
        Kind::Integer => DataType::Int64,
        Kind::Float => DataType::Float64,
        Kind::Bool => DataType::Boolean,
        Kind::Texts => DataType::new_list(DataType::Utf8, true),
    }
}
