//! Sessions to Arrow record batches, straight from the tape.
//!
//! The schema is fixed, whatever a session holds. Nothing that was sent is lost: an unknown field, and
//! a value that does not fit its column, is kept as sent in the JSON of the column `extra`. This is
//! the only code that names Arrow, but for the bindings; it knows nothing of pages and requests.

mod column;
mod extra;
mod schema;

use std::sync::Arc;

use arrow_array::builder::StringBuilder;
use arrow_array::{Array, RecordBatch};
use arrow_schema::ArrowError;

use self::column::Column;
use self::extra::Extra;
pub use self::schema::schema;
use crate::core::json::Value;
use crate::core::model::fields::{FIELDS, USER_FIELDS, USER_INFO};

/// Text columns count in 31 bits: a batch is to end long before, and never holds more memory than
/// this and one page.
const FULL_BYTES: usize = 32 << 20;
/// Sessions in a batch, when there are enough.
const FULL_ROWS: usize = 8_192;

/// A record batch in the making.
pub struct Columns {
    fields: Vec<Column>,
    user_fields: [StringBuilder; USER_FIELDS.len()],
    extra: Extra,
    /// For each field the one that came after it the last time; behind them, the first of a session.
    following: [usize; FIELDS.len() + 1],
    rows: usize,
    bytes: usize,
}

/// The value of each field in one session.
type Row<'a> = [Option<Value<'a>>; FIELDS.len()];

impl Default for Columns {
    fn default() -> Self {
        Self {
            fields: FIELDS.iter().map(|(_, kind)| Column::new(*kind)).collect(),
            user_fields: std::array::from_fn(|_| StringBuilder::new()),
            extra: Extra::default(),
            following: [0; FIELDS.len() + 1],
            rows: 0,
            bytes: 0,
        }
    }
}

impl Columns {
    /// Adds one session.
    pub fn push(&mut self, session: Value<'_>) {
        let row = self.sort(session);
        for ((column, value), (name, _)) in self.fields.iter_mut().zip(row).zip(FIELDS) {
            if let Some(value) = column.append(value) {
                self.extra.keep(name, value);
            }
        }
        self.push_user(row.get(USER_INFO).copied().flatten());
        self.extra.finish_row();
        self.rows += 1;
        self.bytes += session.raw().len();
    }

    /// Finds the value of each field; what belongs to none goes to `extra`.
    fn sort<'a>(&mut self, session: Value<'a>) -> Row<'a> {
        let mut row = [None; FIELDS.len()];
        let mut last = FIELDS.len();
        for (key, value) in session.entries().with_keys() {
            let field = key.as_str().and_then(|name| self.field(last, name));
            match field.and_then(|field| row.get_mut(field).zip(Some(field))) {
                Some((place, field)) => {
                    *place = Some(value);
                    last = field;
                }
                None => self.extra.keep_unknown(key, value),
            }
        }
        row
    }

    /// The field of a name: most often the one that came next the last time.
    fn field(&mut self, last: usize, name: &str) -> Option<usize> {
        let following = self.following.get_mut(last)?;
        if FIELDS.get(*following).is_some_and(|(expected, _)| *expected == name) {
            return Some(*following);
        }
        let field = FIELDS.iter().position(|(known, _)| *known == name)?;
        *following = field;
        Some(field)
    }

    /// Text in the user's profile has columns of its own, beside the profile's.
    fn push_user(&mut self, profile: Option<Value<'_>>) {
        let mut found = [None; USER_FIELDS.len()];
        for (name, value) in profile.into_iter().flat_map(Value::entries) {
            let field = USER_FIELDS.iter().position(|(known, _)| name.as_str() == Some(known));
            if let Some(place) = field.and_then(|field| found.get_mut(field)) {
                *place = value.as_str();
            }
        }
        for (column, text) in self.user_fields.iter_mut().zip(found) {
            column.append_option(text);
        }
    }

    /// The sessions added since the last batch.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Whether it is time to take a batch.
    pub fn is_full(&self) -> bool {
        self.rows >= FULL_ROWS || self.bytes >= FULL_BYTES
    }

    /// Takes what was added as a batch, and starts anew.
    ///
    /// # Errors
    /// Never in practice: the columns are made to the schema.
    pub fn finish(&mut self) -> Result<RecordBatch, ArrowError> {
        (self.rows, self.bytes) = (0, 0);
        let mut arrays: Vec<_> = self.fields.iter_mut().map(Column::finish).collect();
        arrays.extend(self.user_fields.iter_mut().map(|column| Arc::new(column.finish()) as _));
        arrays.push(Arc::new(self.extra.finish()));
        // Columns grow by doubling, and what was not needed would be held as long as the table is.
        arrays.iter_mut().for_each(Array::shrink_to_fit);
        RecordBatch::try_new(schema(), arrays)
    }
}
