//! The presets: what is done to every field that the service is known to send.
//! Every field of the model must stand here, in both presets, or the crate does not build.

use super::treatment::Treatment::{self, Coarse, Drop, Keep, Partial, Redact, Text, Token, Url};
use crate::core::mask::kind::Kind;
use crate::core::model::fields;

/// A table of treatments to begin from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Preset {
    /// Pseudonyms for who is who, the rest coarse, redacted or searched.
    Gdpr,
    /// For texts that a model is trained on: no ids, no times, no pseudonyms.
    Training,
    /// No field is named.
    Empty,
}

/// Names as policies write them.
pub const NAMES: [(&str, Preset); 3] =
    [("gdpr", Preset::Gdpr), ("training", Preset::Training), ("none", Preset::Empty)];

/// One row: the path, then what `gdpr` and `training` do.
type Row = (&'static str, Treatment, Treatment);

const SESSION: Treatment = Token(Some(Kind::Session));
const USER: Treatment = Token(Some(Kind::User));
const EMAIL: Treatment = Token(Some(Kind::Email));
const PHONE: Treatment = Token(Some(Kind::Phone));

/// The fields of the service's page.
const PAGE: [Row; 38] = [
    ("session_id", SESSION, Drop),
    ("agent_id", Keep, Drop),
    ("widget_id", Keep, Drop),
    ("user_id", USER, Drop),
    ("status", Keep, Keep),
    ("user_agent", Coarse, Drop),
    ("ip_address", Partial, Drop),
    ("feedback", Text, Text),
    ("created_at", Keep, Drop),
    ("updated_at", Keep, Drop),
    ("last_message_at", Keep, Drop),
    ("closed_at", Keep, Drop),
    ("message_count", Keep, Keep),
    ("user_messages", Keep, Keep),
    ("agent_messages", Keep, Keep),
    ("duration_seconds", Keep, Keep),
    ("response_time_avg", Keep, Keep),
    ("rating", Keep, Keep),
    ("lead_score", Keep, Drop),
    ("revenue", Keep, Drop),
    ("resolved", Keep, Keep),
    ("escalated", Keep, Keep),
    ("conversion", Keep, Keep),
    ("tags", Text, Text),
    ("user_info", Drop, Drop),
    ("metadata", Drop, Drop),
    ("context", Drop, Drop),
    ("location", Coarse, Drop),
    ("sentiment", Text, Text),
    ("user_info.name", Redact, Drop),
    ("user_info.email", EMAIL, Drop),
    ("user_info.phone", PHONE, Drop),
    ("user_info.location", Coarse, Drop),
    ("metadata.source", Keep, Drop),
    ("metadata.device", Keep, Drop),
    ("metadata.browser", Keep, Drop),
    ("metadata.page_url", Url, Drop),
    ("metadata.referrer", Url, Drop),
];

/// What the service's own front-ends are sent instead.
const OTHER_SHAPE: [Row; 29] = [
    ("last_entry_date", Keep, Drop),
    ("total_count", Keep, Keep),
    ("conversation._id", Drop, Drop),
    ("conversation.SessionId", SESSION, Drop),
    ("conversation.WidgetId", Keep, Drop),
    ("conversation.AgentId", Keep, Drop),
    ("conversation.CreatedAt", Keep, Drop),
    ("conversation.Query", Text, Text),
    ("conversation.QueryId", Drop, Drop),
    ("conversation.Response", Text, Text),
    ("conversation.ResponseId", Drop, Drop),
    ("conversation.QueryTimestamp", Keep, Drop),
    ("conversation.ResponseTimestamp", Keep, Drop),
    ("conversation.ConversationType", Keep, Drop),
    ("conversation.UserId", USER, Drop),
    ("conversation.UserEmail", EMAIL, Drop),
    ("conversation.UserRole", Text, Drop),
    ("conversation.Summary", Text, Text),
    ("conversation.Playground", Keep, Drop),
    ("conversation.Metadata.processing_time", Keep, Keep),
    ("conversation.Metadata.total_tokens", Keep, Keep),
    ("conversation.Metadata.prompt_tokens", Keep, Keep),
    ("conversation.Metadata.completion_tokens", Keep, Keep),
    ("conversation.Metadata.word_count", Keep, Keep),
    ("conversation.Metadata.source_count", Keep, Keep),
    ("conversation.Metadata.total_messages_in_history", Keep, Keep),
    ("conversation.Metadata.kb_ids", Drop, Drop),
    ("conversation.Metadata.tool_calls_made", Keep, Keep),
    ("conversation.Metadata.summary_updated", Keep, Keep),
];

impl Preset {
    /// Every field that it names, and what is done to it.
    pub fn rows(self) -> impl Iterator<Item = (&'static str, Treatment)> {
        let named = self != Self::Empty;
        let treatment = move |(path, gdpr, training): &Row| {
            (*path, if self == Self::Training { *training } else { *gdpr })
        };
        PAGE.iter().chain(&OTHER_SHAPE).filter(move |_| named).map(treatment)
    }

    /// As policies write it.
    pub fn name(self) -> &'static str {
        NAMES.iter().find(|(_, preset)| *preset == self).map_or("none", |(name, _)| name)
    }

    /// What the detectors do to e-mail addresses: where fields are pseudonyms, texts join them.
    pub(super) fn found_email(self) -> Treatment {
        if self == Self::Gdpr { Token(None) } else { Redact }
    }
}

/// Whether a table has the path of a name within something.
#[expect(clippy::indexing_slicing, reason = "evaluated while compiling: out of range ends the build")]
const fn names(rows: &[Row], within: &str, name: &str) -> bool {
    let mut place = 0;
    while place < rows.len() {
        let (start, rest) = halves(rows[place].0, within.len());
        if same(start, within.as_bytes()) && same(rest, name.as_bytes()) {
            return true;
        }
        place += 1;
    }
    false
}

const fn halves(path: &str, middle: usize) -> (&[u8], &[u8]) {
    match path.as_bytes().split_at_checked(middle) {
        Some(halves) => halves,
        None => (path.as_bytes(), &[]),
    }
}

#[expect(clippy::indexing_slicing, reason = "evaluated while compiling: out of range ends the build")]
const fn same(one: &[u8], other: &[u8]) -> bool {
    let mut place = 0;
    while place < one.len() && place < other.len() && one[place] == other[place] {
        place += 1;
    }
    place == one.len() && place == other.len()
}

// A field of the model without a treatment ends the build here.
#[expect(clippy::indexing_slicing, reason = "evaluated while compiling: out of range ends the build")]
const _: () = {
    let mut place = 0;
    while place < fields::FIELDS.len() {
        assert!(
            names(&PAGE, "", fields::FIELDS[place].0),
            "a field of the model has no treatment in the presets"
        );
        place += 1;
    }
    place = 0;
    while place < fields::USER_FIELDS.len() {
        assert!(
            names(&PAGE, "user_info.", fields::USER_FIELDS[place].0),
            "a field of the model has no treatment in the presets"
        );
        place += 1;
    }
    place = 0;
    while place < fields::OTHER_SHAPE.len() {
        assert!(
            names(&OTHER_SHAPE, "", fields::OTHER_SHAPE[place]),
            "a field of the model has no treatment in the presets"
        );
        place += 1;
    }
};
