//! Sessions to Arrow record batches, straight from the tape.
//!
//! The schema is fixed, whatever a session holds. Nothing that was sent is lost: an unknown field, and
//! a value that does not fit its column, is kept as sent in the JSON of the column `extra`. Where fields are
//! chosen there are only their columns, and what does not fit one is counted instead. It
//! builds the batches that exports, mirrors and the bindings write or hand on; it knows nothing of pages and requests.

mod column;
pub mod csv;
mod extra;
pub mod layout;
mod schema;

use std::sync::Arc;

use arrow_array::builder::StringBuilder;
use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_schema::{ArrowError, SchemaRef};

use self::column::Column;
use self::extra::Extra;
pub use self::schema::{schema, schema_of};
use crate::core::error::{Result, room_for};
use crate::core::filter::{Name, Path, Projection, Source};
use crate::core::json::Value;
use crate::core::model::fields::{FIELDS, Kind, USER_FIELDS, USER_INFO};

/// Text columns count in 31 bits: a batch is to end long before, and never holds more memory than
/// this and one page.
const FULL_BYTES: usize = 32 << 20;
/// Sessions in a batch, when there are enough.
const FULL_ROWS: usize = 8_192;

/// A record batch in the making.
pub struct Columns {
    /// Those of the fields; `None` where a field is not wanted.
    fields: Vec<Option<Column>>,
    user_fields: [Option<StringBuilder>; USER_FIELDS.len()],
    extra: Option<Extra>,
    /// Values below a field, or of an unknown one.
    paths: Vec<(Path, StringBuilder)>,
    /// Which fields are wanted, in order; `None` for all.
    projection: Option<Arc<Projection>>,
    schema: SchemaRef,
    /// For each field the one that came after it the last time; behind them, the first of a session.
    following: [usize; FIELDS.len() + 1],
    rows: usize,
    bytes: usize,
    /// For how many bytes there was room when it was last asked.
    room: usize,
    misfits: u64,
}

/// The value of each field in one session.
type Row<'a> = [Option<Value<'a>>; FIELDS.len()];

impl Default for Columns {
    fn default() -> Self {
        Self::new(None)
    }
}

impl Columns {
    /// Columns of all fields, or of those that are chosen.
    pub fn new(projection: Option<Arc<Projection>>) -> Self {
        let names = || projection.iter().flat_map(|projection| projection.names());
        let wanted = |source: &Source| projection.is_none() || names().any(|name| name.source == *source);
        let field = |(place, (_, kind)): (usize, &(&str, Kind))| {
            wanted(&Source::Field(place)).then(|| Column::new(*kind))
        };
        let user = |place| wanted(&Source::User(place)).then(StringBuilder::new);
        let path = |name: &Name| match &name.source {
            Source::Path(path) => Some((path.clone(), StringBuilder::new())),
            _ => None,
        };
        Self {
            fields: FIELDS.iter().enumerate().map(field).collect(),
            user_fields: std::array::from_fn(user),
            extra: wanted(&Source::Extra).then(Extra::default),
            paths: names().filter_map(path).collect(),
            schema: schema_of(projection.as_deref()),
            projection,
            following: [0; FIELDS.len() + 1],
            rows: 0,
            bytes: 0,
            room: 0,
            misfits: 0,
        }
    }

    /// The schema of the batches.
    pub fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }

    /// How many values were left out, since they do not fit their column and `extra` is not wanted.
    pub fn misfits(&self) -> u64 {
        self.misfits
    }

    /// Asks for room for so many bytes of sessions more, before the first of them is added.
    ///
    /// # Errors
    /// There is not enough memory.
    pub fn reserve(&mut self, bytes: usize) -> Result<()> {
        let needed = self.bytes.saturating_add(bytes);
        if needed > self.room {
            // Columns grow by doubling.
            let room = needed.saturating_mul(2);
            room_for(room, "the columns of a table")?;
            self.room = room;
        }
        Ok(())
    }

    /// Adds one session.
    pub fn push(&mut self, session: Value<'_>) {
        let row = self.sort(session);
        for ((column, value), (name, kind)) in self.fields.iter_mut().zip(row).zip(FIELDS) {
            let misfit = match (column, &self.extra) {
                (Some(column), _) => column.append(value),
                // It would not fit the column that nobody wants, and so belongs to `extra`.
                (None, Some(_)) => value.filter(|value| !kind.fits(*value)),
                (None, None) => None,
            };
            match (misfit, &mut self.extra) {
                (Some(value), Some(extra)) => extra.keep(name, value),
                (Some(_), None) => self.misfits += 1,
                (None, _) => {}
            }
        }
        self.push_user(row.get(USER_INFO).copied().flatten());
        for (path, column) in &mut self.paths {
            self.misfits += u64::from(!append_text(column, path.find(session)));
        }
        if let Some(extra) = &mut self.extra {
            extra.finish_row();
        }
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
                None => {
                    if let Some(extra) = &mut self.extra {
                        extra.keep_unknown(key, value);
                    }
                }
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
        if self.user_fields.iter().all(Option::is_none) {
            return;
        }
        let mut found = [None; USER_FIELDS.len()];
        for (name, value) in profile.into_iter().flat_map(Value::entries) {
            let field = USER_FIELDS.iter().position(|(known, _)| name.as_str() == Some(known));
            if let Some(place) = field.and_then(|field| found.get_mut(field)) {
                *place = value.as_str();
            }
        }
        for (column, text) in self.user_fields.iter_mut().zip(found) {
            if let Some(column) = column {
                column.append_option(text);
            }
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
        (self.rows, self.bytes, self.room) = (0, 0, 0);
        let mut arrays = self.finish_columns();
        // Columns grow by doubling, and what was not needed would be held as long as the table is.
        arrays.iter_mut().for_each(Array::shrink_to_fit);
        RecordBatch::try_new(self.schema(), arrays)
    }

    /// The columns in the order of the schema.
    fn finish_columns(&mut self) -> Vec<ArrayRef> {
        let field = |column: &mut Option<Column>| column.as_mut().map(Column::finish);
        let text = |column: &mut Option<StringBuilder>| Some(Arc::new(column.as_mut()?.finish()) as ArrayRef);
        let mut fields: Vec<_> = self.fields.iter_mut().map(field).collect();
        let mut users: Vec<_> = self.user_fields.iter_mut().map(text).collect();
        let mut extra = self.extra.as_mut().map(|extra| Arc::new(extra.finish()) as ArrayRef);
        let mut paths = self.paths.iter_mut().map(|(_, column)| Arc::new(column.finish()) as ArrayRef);
        let Some(projection) = &self.projection else {
            return fields.into_iter().chain(users).chain([extra]).flatten().collect();
        };
        let array = |name: &Name| match &name.source {
            Source::Field(place) => fields.get_mut(*place).and_then(Option::take),
            Source::User(place) => users.get_mut(*place).and_then(Option::take),
            Source::Extra => extra.take(),
            Source::Path(_) => paths.next(),
        };
        projection.names().iter().filter_map(array).collect()
    }
}

/// Adds text as it is and anything else as JSON text, or a null; says whether it fits: a text with a lone
/// surrogate does not.
fn append_text(column: &mut StringBuilder, value: Option<Value<'_>>) -> bool {
    let value = value.filter(|value| !value.is_null());
    let text = value.and_then(|value| if value.is_text() { value.as_str() } else { Some(value.raw()) });
    column.append_option(text);
    value.is_none() || text.is_some()
}
