//! The fields of a session that the service documents: the one table behind attributes, columns, filters
//! and masks, and which values fit each. A new field is added here, in `core::mask::policy::preset`, in
//! `session.py` with its stub, and in the emulator's generator; a mirror's tables are made of this one, so `mirror::FORMAT`
//! then counts up. It knows no Arrow and no Python.

use super::time::micros_of;
use crate::core::json::{Kind as Json, Value};

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

/// Floats hold every whole number up to here.
const EXACT: u64 = 1 << 53;

impl Kind {
    /// Whether a value fits the column of such a field; a null does.
    pub fn fits(self, value: Value<'_>) -> bool {
        if value.is_null() {
            return true;
        }
        match self {
            Self::Text => value.as_str().is_some(),
            Self::Moment => moment(value).is_some(),
            Self::Integer => integer(value).is_some(),
            Self::Float => float(value).is_some(),
            Self::Bool => truth(value).is_some(),
            Self::Texts => is_texts(value),
            Self::Object => value.is_object(),
            Self::Any => any(value).is_some(),
        }
    }
}

/// A time, in microseconds since 1970.
pub fn moment(value: Value<'_>) -> Option<i64> {
    micros_of(value.utf8()?)
}

/// A whole number, also one that was sent as `12.0`.
pub fn integer(value: Value<'_>) -> Option<i64> {
    match value.kind() {
        Json::Integer(digits) => digits.parse().ok(),
        Json::Float(number) => whole(number),
        _ => None,
    }
}

/// A float as the whole number that it is, as far as floats tell whole numbers apart.
#[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "bounded by EXACT")]
fn whole(number: f64) -> Option<i64> {
    (number.fract() == 0.0 && number.abs() <= EXACT as f64).then_some(number as i64)
}

pub fn float(value: Value<'_>) -> Option<f64> {
    match value.kind() {
        Json::Float(number) => Some(number),
        Json::Integer(_) => exact(integer(value)?),
        _ => None,
    }
}

/// A whole number as a float, unless that would change it.
#[expect(clippy::cast_precision_loss, reason = "only numbers that floats hold exactly get there")]
fn exact(number: i64) -> Option<f64> {
    (number.unsigned_abs() <= EXACT).then_some(number as f64)
}

pub fn truth(value: Value<'_>) -> Option<bool> {
    match value.kind() {
        Json::Bool(truth) => Some(truth),
        _ => None,
    }
}

/// An object as JSON text.
pub fn object(value: Value<'_>) -> Option<&str> {
    value.is_object().then(|| value.raw())
}

/// Text as it is, an object as JSON text. A text with a lone surrogate fits no column.
pub fn any(value: Value<'_>) -> Option<&str> {
    match value.kind() {
        Json::String(text) => text.as_str(),
        _ => object(value),
    }
}

/// Whether a value is a list whose elements are all text or null.
pub fn is_texts(value: Value<'_>) -> bool {
    let fits = |text: Value<'_>| text.is_null() || text.as_str().is_some();
    matches!(value.kind(), Json::Array(_)) && value.elements().all(fits)
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

/// What the service's own front-ends are sent beside fields of those names: another shape, which no column
/// is made of.
pub const OTHER_SHAPE: [&str; 29] = [
    "last_entry_date",
    "total_count",
    "conversation._id",
    "conversation.SessionId",
    "conversation.WidgetId",
    "conversation.AgentId",
    "conversation.CreatedAt",
    "conversation.Query",
    "conversation.QueryId",
    "conversation.Response",
    "conversation.ResponseId",
    "conversation.QueryTimestamp",
    "conversation.ResponseTimestamp",
    "conversation.ConversationType",
    "conversation.UserId",
    "conversation.UserEmail",
    "conversation.UserRole",
    "conversation.Summary",
    "conversation.Playground",
    "conversation.Metadata.processing_time",
    "conversation.Metadata.total_tokens",
    "conversation.Metadata.prompt_tokens",
    "conversation.Metadata.completion_tokens",
    "conversation.Metadata.word_count",
    "conversation.Metadata.source_count",
    "conversation.Metadata.total_messages_in_history",
    "conversation.Metadata.kb_ids",
    "conversation.Metadata.tool_calls_made",
    "conversation.Metadata.summary_updated",
];
