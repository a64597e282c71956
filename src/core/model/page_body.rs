//! One answer of the service, checked for its shape: a list of sessions and a count.
//! It reads what a listing has to know of each session, in both shapes that the service is known to
//! send, and leaves everything else on the tape.

use std::hash::Hasher;

use bytes::Bytes;
use siphasher::sip128::SipHasher13;

use super::fields::integer;
use super::time::micros_of;
use crate::core::json::{Document, Fault, JsonError, Kind, Value};
use crate::core::model::row_facts::{Facts, IdKey, KEY_FIELDS, RowFacts};

/// Counts beyond this are nonsense; it is also what every reader's integers can hold.
const MAX_COUNT: u64 = i64::MAX as u64;

/// A body that is no answer: one sentence, which repeats nothing of the body.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PageBodyError {
    #[error("The answer's body is empty, where a JSON object with `sessions` was expected.")]
    Empty,
    #[error(
        "The answer is a web page (HTML), not JSON: the base URL probably leads to a website or to a proxy's \
         own page. Check `base_url`."
    )]
    Html,
    #[error("The answer is XML, not JSON. Check that `base_url` leads to the sessions API.")]
    Xml,
    #[error("The answer was cut short: its JSON ends at byte {offset}, in the middle of the document.")]
    Truncated { offset: usize },
    #[error("The answer is not valid JSON: {0}.")]
    Json(JsonError),
    #[error("The answer is {found}, where a JSON object with `sessions` was expected. Check `base_url`.")]
    Root { found: &'static str },
    #[error(
        "The answer is a JSON object without `sessions`. Check that `base_url` leads to the sessions API."
    )]
    NoSessions,
    #[error("The answer's `sessions` is {found}, where an array was expected.")]
    Sessions { found: &'static str },
    #[error(
        "The answer's `sessions[{row}]` is {found}, where an object was expected (rows are counted from 0). To read \
         around it, {}.", around(*row)
    )]
    Session { row: usize, found: &'static str },
    /// Too large for what memory there is.
    #[error("There is not enough memory to read the answer.")]
    Memory,
}

/// One valid answer.
#[derive(Debug)]
pub struct PageBody {
    document: Document,
    /// Where each session stands on the tape.
    rows: Vec<u32>,
    total_count: Option<u64>,
    total_count_note: Option<String>,
}

impl PageBody {
    /// Reads and checks the body of an answer with status 200.
    ///
    /// # Errors
    /// When it is no JSON, or not of the shape of an answer.
    pub fn parse(body: Bytes) -> Result<Self, PageBodyError> {
        let markup = markup(&body);
        let document = Document::parse(body).map_err(|error| match (error.fault, markup) {
            (Fault::Empty, _) => PageBodyError::Empty,
            (Fault::Memory, _) => PageBodyError::Memory,
            (_, Some(markup)) => markup,
            (Fault::Truncated, None) => PageBodyError::Truncated { offset: error.offset },
            (_, None) => PageBodyError::Json(error),
        })?;
        Self::of(document)
    }

    /// Checks a document of the shape of an answer.
    ///
    /// # Errors
    /// When it is not of that shape.
    pub fn of(document: Document) -> Result<Self, PageBodyError> {
        let rows = rows(&document)?;
        let (total_count, total_count_note) = total_count(document.root().get("total_count"), rows.len());
        Ok(Self { document, rows, total_count, total_count_note })
    }

    /// The number of sessions.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// One session, counted from 0.
    pub fn session(&self, row: usize) -> Option<Value<'_>> {
        self.rows.get(row).map(|index| self.document.at(*index))
    }

    /// All sessions in order.
    pub fn sessions(&self) -> impl ExactSizeIterator<Item = Value<'_>> {
        self.rows.iter().map(|index| self.document.at(*index))
    }

    /// How many sessions the whole list has, as the service says; `None` if it says nothing, or nonsense.
    pub fn total_count(&self) -> Option<u64> {
        self.total_count
    }

    /// What is wrong with the `total_count` that was sent, if anything.
    pub fn total_count_note(&self) -> Option<&str> {
        self.total_count_note.as_deref()
    }

    /// The length of the text that it was read from.
    pub fn source_length(&self) -> usize {
        self.document.source().len()
    }

    /// The bytes of memory that the answer takes.
    pub fn memory(&self) -> usize {
        self.document.memory() + self.rows.capacity() * size_of::<u32>()
    }

    /// The candidate sort keys of one row, as of [`RowFacts`].
    pub fn keys(&self, row: usize) -> Option<[Option<i64>; KEY_FIELDS.len()]> {
        Some(row_facts(self.session(row)?, IdKey::of_process()).keys)
    }

    /// What a listing has to know of the answer. `answered_at` is the service's clock.
    pub fn facts(&self, answered_at: i64) -> Facts {
        self.facts_keyed(IdKey::of_process(), answered_at)
    }

    /// As [`Self::facts`], with ids hashed under a key of the caller's.
    pub fn facts_keyed(&self, key: IdKey, answered_at: i64) -> Facts {
        let rows = self.sessions().map(|session| row_facts(session, key)).collect();
        Facts { rows, total_count: self.total_count, answered_at, dated: true }
    }
}

fn rows(document: &Document) -> Result<Vec<u32>, PageBodyError> {
    let root = document.root();
    if !root.is_object() {
        return Err(PageBodyError::Root { found: describe(root) });
    }
    let sessions = root.get("sessions").ok_or(PageBodyError::NoSessions)?;
    if sessions.is_null() {
        // How some serialisers write an empty list.
        return Ok(Vec::new());
    }
    let Kind::Array(sessions) = sessions.kind() else {
        return Err(PageBodyError::Sessions { found: describe(sessions) });
    };
    let check = |(row, session): (usize, Value<'_>)| match session.kind() {
        Kind::Object(_) => Ok(session.index()),
        _ => Err(PageBodyError::Session { row, found: describe(session) }),
    };
    let mut rows = Vec::new();
    rows.try_reserve_exact(sessions.len()).map_err(|_| PageBodyError::Memory)?;
    for session in sessions.enumerate() {
        rows.push(check(session)?);
    }
    Ok(rows)
}

fn describe(value: Value<'_>) -> &'static str {
    match value.kind() {
        Kind::Null => "null",
        Kind::Bool(_) => "a boolean",
        Kind::Integer(_) | Kind::Float(_) => "a number",
        Kind::String(_) => "a string",
        Kind::Array(_) => "an array",
        Kind::Object(_) => "an object",
    }
}

/// What the answer is, where it begins as no JSON does.
fn markup(body: &[u8]) -> Option<PageBodyError> {
    let start = body.trim_ascii_start();
    if !start.starts_with(b"<") {
        return None;
    }
    let head = start.get(..start.len().min(512)).unwrap_or_default().to_ascii_lowercase();
    let is_html = head.windows(5).any(|part| part == b"<html" || part == b"html>");
    Some(if head.starts_with(b"<?xml") && !is_html { PageBodyError::Xml } else { PageBodyError::Html })
}

fn around(row: usize) -> String {
    match row {
        0 => "go on one behind it".to_owned(),
        row => format!("list what stands before it with limit={row}, and go on one behind it"),
    }
}

/// The count, and what is wrong with it: the service may leave it out, but what it sends must be one.
fn total_count(sent: Option<Value<'_>>, rows: usize) -> (Option<u64>, Option<String>) {
    let Some(sent) = sent.filter(|value| !value.is_null()) else {
        return (None, None);
    };
    // A whole number is one however it is written, as in `250.0`.
    let count = sent.as_u64().or_else(|| integer(sent)?.try_into().ok());
    let found = match (sent.kind(), count) {
        (_, Some(count)) if count < rows as u64 => "less than the sessions beside it",
        (_, Some(count)) if count <= MAX_COUNT => return (Some(count), None),
        (Kind::Integer(digits), _) if digits.starts_with('-') => "negative",
        (Kind::Integer(_), _) => "impossibly large",
        (Kind::Float(_), _) => "not a whole number",
        _ => describe(sent),
    };
    (None, Some(format!("The service sent a `total_count` that is {found}; it was ignored.")))
}

/// The fields of the service's other shape, inside `conversation`, that stand in for a session's own.
const STAND_INS: [(&str, &str); 3] =
    [("session_id", "SessionId"), ("created_at", "CreatedAt"), ("last_entry_date", "QueryTimestamp")];

fn row_facts(session: Value<'_>, key: IdKey) -> RowFacts {
    let mut found = Fields::default();
    for (key, value) in session.entries().with_keys() {
        // Most keys are none that matter, and told so by their length.
        if key.plain_length().is_some_and(|length| !LENGTHS.contains(&length)) {
            continue;
        }
        if let Some(field) = key.utf8().and_then(|name| found.of(name)) {
            *field = Some(value).filter(|value| !value.is_null());
        }
    }
    if let Some(conversation) = found.conversation {
        for (name, stand_in) in STAND_INS {
            if let Some(field) = found.of(name.as_bytes()).filter(|field| field.is_none()) {
                *field = conversation.get(stand_in);
            }
        }
    }
    let micros = |key: Option<Value<'_>>| micros_of(key?.utf8()?);
    RowFacts { id: found.id.and_then(|id| hash_id(id, key)), keys: found.keys.map(micros) }
}

/// The lengths of the names that [`Fields::of`] knows.
const LENGTHS: [usize; 3] = [10, 12, 15];

/// The values of a session that matter to a listing.
#[derive(Default)]
struct Fields<'a> {
    id: Option<Value<'a>>,
    keys: [Option<Value<'a>>; KEY_FIELDS.len()],
    conversation: Option<Value<'a>>,
}

impl<'a> Fields<'a> {
    /// The place for a field's value, if the field matters.
    #[inline]
    fn of(&mut self, name: &[u8]) -> Option<&mut Option<Value<'a>>> {
        match name {
            b"session_id" => Some(&mut self.id),
            b"conversation" => Some(&mut self.conversation),
            _ => {
                let known = |(_, field): &(_, &str)| field.as_bytes() == name;
                self.keys.iter_mut().zip(KEY_FIELDS).find(known).map(|(key, _)| key)
            }
        }
    }
}

/// By what a session is told from others, in both shapes of it; `None` if it names no session.
#[must_use]
pub fn session_hash(session: Value<'_>, key: IdKey) -> Option<u128> {
    row_facts(session, key).id
}

/// As [`session_hash`], of an id that is text.
#[must_use]
pub fn text_hash(id: &[u8], key: IdKey) -> Option<u128> {
    (!id.is_empty()).then(|| hash_bytes(b's', id, key))
}

/// A hash of an id, under a random key, so that nobody can make two ids that collide. An id that is
/// empty or neither text nor an integer names no session.
fn hash_id(id: Value<'_>, key: IdKey) -> Option<u128> {
    // Nearly every id is such a text.
    if let Some(text) = id.utf8() {
        return text_hash(text, key);
    }
    match id.kind() {
        Kind::String(text) => text_hash(text.as_bytes(), key),
        Kind::Integer(digits) => Some(hash_bytes(b'i', digits.as_bytes(), key)),
        _ => None,
    }
}

fn hash_bytes(kind: u8, bytes: &[u8], IdKey(first, second): IdKey) -> u128 {
    let mut hasher = SipHasher13::new_with_keys(first, second);
    hasher.write(bytes);
    // The text and the number of the same digits are two ids.
    hasher.write_u8(kind);
    siphasher::sip128::Hasher128::finish128(&hasher).as_u128()
}

/// Makes what the first answer would make, before it comes.
pub(in crate::core) fn warm_up() {
    let _made = IdKey::of_process();
}
