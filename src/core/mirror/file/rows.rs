//! Sessions on their way into the file: what is new, what says something else, and what is told of it.

use arrow_array::RecordBatch;
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{OptionalExtension as _, Transaction, params_from_iter};

use super::columns::{cell, declarations, id_of, moment};
use super::same::is_same;
use crate::core::arrow::Columns;
use crate::core::json::Value as Json;
use crate::core::listing::rechunk::Page;
use crate::core::mirror::report::Counts;

/// The long statements, put together once.
pub struct Statements {
    insert: String,
    update: String,
}

impl Statements {
    pub fn new() -> Self {
        let names: Vec<String> = declarations().into_iter().map(|(name, _)| format!("\"{name}\"")).collect();
        let (count, list) = (names.len(), names.join(", "));
        let places = (1..=count + 4).map(|place| format!("?{place}")).collect::<Vec<_>>().join(", ");
        let set = names.iter().enumerate().map(|(at, name)| format!("{name} = ?{}", at + 1));
        let set = set.collect::<Vec<_>>().join(", ");
        let (raw, changed, seen, first) = (count + 1, count + 2, count + 3, count + 4);
        Self {
            insert: format!(
                "insert into sessions ({list}, raw, changed_at, seen_sync, first_seen_at) values ({places})"
            ),
            update: format!(
                "update sessions set {set}, raw = ?{raw}, changed_at = ?{changed}, seen_sync = ?{seen}, \
                 vanished_at = null where rowid = ?{first}"
            ),
        }
    }
}

/// What is stored of a session that is there already.
struct Stored {
    rowid: i64,
    raw: String,
    vanished: bool,
}

/// Stores the sessions of a page.
pub fn store_page(
    transaction: &Transaction<'_>,
    statements: &Statements,
    run: i64,
    page: &Page,
    counts: &mut Counts,
) -> rusqlite::Result<()> {
    let mut columns = Columns::default();
    columns.reserve(page.bytes()).map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))?;
    page.sessions().for_each(|session| columns.push(session));
    let batch = columns.finish().map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))?;
    let answered_at = page.parts.iter().map(|part| part.response.answered_at).max().unwrap_or_default();
    let at = moment(answered_at);
    for (row, session) in page.sessions().enumerate() {
        let Some(id) = id_of(session) else {
            counts.without_id += 1;
            continue;
        };
        let stored = find(transaction, &id)?;
        let new = Row { id: &id, batch: &batch, place: row, session, at: &at, run };
        match stored {
            None => {
                new.write(transaction, &statements.insert, &at)?;
                new.tell(transaction, "created", None)?;
                counts.created += 1;
            }
            Some(old) if !old.vanished && is_same(&old.raw, session.raw()) => {
                transaction
                    .prepare_cached("update sessions set seen_sync = ?1 where rowid = ?2")?
                    .execute((run, old.rowid))?;
                counts.unchanged += 1;
            }
            Some(old) => {
                new.write(transaction, &statements.update, old.rowid)?;
                let (kind, count) = if old.vanished {
                    ("returned", &mut counts.returned)
                } else {
                    ("updated", &mut counts.updated)
                };
                new.tell(transaction, kind, Some(&old.raw))?;
                *count += 1;
            }
        }
    }
    Ok(())
}

fn find(transaction: &Transaction<'_>, id: &str) -> rusqlite::Result<Option<Stored>> {
    transaction
        .prepare_cached("select rowid, raw, vanished_at is not null from sessions where session_id = ?1")?
        .query_row([id], |row| Ok(Stored { rowid: row.get(0)?, raw: row.get(1)?, vanished: row.get(2)? }))
        .optional()
}

/// A session on its way into the file.
struct Row<'a> {
    id: &'a str,
    batch: &'a RecordBatch,
    place: usize,
    session: Json<'a>,
    at: &'a str,
    run: i64,
}

impl Row<'_> {
    /// Runs the statement with the session's columns, its text, when and by which run, and one value more.
    fn write(
        &self,
        transaction: &Transaction<'_>,
        statement: &str,
        last: impl rusqlite::ToSql,
    ) -> rusqlite::Result<()> {
        // The first column is the key, which a session of another shape has elsewhere.
        let id = ToSqlOutput::Borrowed(ValueRef::Text(self.id.as_bytes()));
        let cells = (1..self.batch.num_columns()).map(|column| cell(self.batch, column, self.place));
        let text = |text| ToSqlOutput::Borrowed(ValueRef::Text(text));
        let rest = [
            text(self.session.raw().as_bytes()),
            text(self.at.as_bytes()),
            ToSqlOutput::Borrowed(ValueRef::Integer(self.run)),
            last.to_sql()?,
        ];
        transaction
            .prepare_cached(statement)?
            .execute(params_from_iter(std::iter::once(id).chain(cells).chain(rest)))
            .map(drop)
    }

    fn tell(&self, transaction: &Transaction<'_>, kind: &str, before: Option<&str>) -> rusqlite::Result<()> {
        tell(transaction, (self.run, self.at, kind, self.id), before, Some(self.session.raw()))
    }
}

/// Notes a change.
pub fn tell(
    transaction: &Transaction<'_>,
    (run, at, kind, id): (i64, &str, &str, &str),
    before: Option<&str>,
    after: Option<&str>,
) -> rusqlite::Result<()> {
    transaction
        .prepare_cached(
            "insert into changes (sync, at, kind, session_id, before, after) values (?1, ?2, ?3, ?4, ?5, ?6)",
        )?
        .execute((run, at, kind, id, before, after))
        .map(drop)
}
