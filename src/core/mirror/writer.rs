//! The only code that writes to a mirror: rows, their changes, and what the next run must know, each time in
//! one transaction. It is told what was read and what that proves; it asks nobody.

use std::path::{Path, PathBuf};
use std::time::Duration;

use arrow_array::RecordBatch;
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, OptionalExtension as _, Transaction, TransactionBehavior, params_from_iter};

use super::columns::{cell, declarations, id_of, moment};
use super::file::{self, Parameters};
use super::report::Counts;
use super::same::is_same;
use super::state::State;
use super::sync::Vanished;
use crate::core::arrow::Columns;
use crate::core::error::{Result, StorageError};
use crate::core::json::Value as Json;
use crate::core::listing::rechunk::Page;
use crate::core::storage::FileLock;

/// Who writes to one mirror now.
pub struct Writer {
    path: PathBuf,
    /// There until it is closed.
    connection: Option<Connection>,
    lock: Option<FileLock>,
    statements: Statements,
    /// The run at hand.
    run: i64,
}

/// The long statements, put together once.
struct Statements {
    insert: String,
    update: String,
}

/// How a run ended.
pub struct Ending<'a> {
    pub state: &'a State,
    pub complete: bool,
    pub proven_at: Option<i64>,
    pub certificate: Option<&'static str>,
    /// As JSON.
    pub report: String,
    /// All was read and that is proven: what was not seen is gone.
    pub all_seen: bool,
    pub vanished: Vanished,
    pub at: i64,
    /// Changes before this moment are removed.
    pub prune_before: Option<i64>,
}

impl Writer {
    /// Opens a file for writing, or makes it.
    ///
    /// # Errors
    /// Somebody else writes it, it is no mirror or one of another list, or the system refused.
    pub fn open(path: &Path, parameters: &Parameters) -> Result<Self> {
        let path = file::absolute(path)?;
        // What is refused is refused before a lock is made beside it.
        file::look(&path)?;
        let lock = FileLock::acquire(&file::lock_path(&path)).map_err(|error| of_mirror(&path, error))?;
        match file::connect(&path, parameters) {
            Ok(connection) => Ok(Self::new(path, connection, Some(lock))),
            Err(error) => {
                let _ = lock.remove();
                Err(error)
            }
        }
    }

    /// One that is gone when it is dropped.
    pub fn in_memory(parameters: &Parameters) -> Result<Self> {
        Ok(Self::new(PathBuf::from(":memory:"), file::connect_memory(parameters)?, None))
    }

    fn new(path: PathBuf, connection: Connection, lock: Option<FileLock>) -> Self {
        Self { path, connection: Some(connection), lock, statements: Statements::new(), run: 0 }
    }

    /// What the last run left.
    pub fn state(&self) -> Result<State> {
        let stored = self.read(|connection| file::meta(connection, "state"))?;
        Ok(stored.and_then(|stored| serde_json::from_str(&stored).ok()).unwrap_or_default())
    }

    /// Begins a run.
    pub fn begin(&mut self, mode: &str, at: i64) -> Result<()> {
        self.run = self.read(|connection| {
            connection.execute("insert into syncs (mode, started_at) values (?1, ?2)", (mode, moment(at)))?;
            Ok(connection.last_insert_rowid())
        })?;
        Ok(())
    }

    /// Stores what was read: all of it, or nothing.
    pub fn store(&mut self, pages: &[Page]) -> Result<Counts> {
        let (run, path) = (self.run, self.path.clone());
        let Some(connection) = &mut self.connection else { return Ok(Counts::default()) };
        let statements = &self.statements;
        let mut store = || -> rusqlite::Result<Counts> {
            let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let mut counts = Counts::default();
            for page in pages {
                store_page(&transaction, statements, run, page, &mut counts)?;
            }
            transaction.commit()?;
            Ok(counts)
        };
        store().map_err(|error| file::failed(&path, &error))
    }

    /// Ends a run: what it proved, and what follows from that, in one transaction.
    pub fn end(&mut self, ending: &Ending<'_>) -> Result<Counts> {
        let (run, path) = (self.run, self.path.clone());
        let Some(connection) = &mut self.connection else { return Ok(Counts::default()) };
        let mut end = || -> rusqlite::Result<Counts> {
            let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let vanished = if ending.all_seen { remove_unseen(&transaction, run, ending)? } else { 0 };
            let mut state = ending.state.clone();
            if let Some(before) = ending.prune_before {
                state.pruned_through = prune(&transaction, before)?.max(state.pruned_through);
            }
            let text = serde_json::to_string(&state).unwrap_or_default();
            file::set_meta(&transaction, "state", &text)?;
            let live: i64 = transaction.query_row("select count(*) from live", [], |row| row.get(0))?;
            file::set_meta(&transaction, file::LIVE, &live.to_string())?;
            transaction.execute(
                "update syncs set ended_at = ?1, proven_at = ?2, complete = ?3, certificate = ?4, report = ?5 where id = ?6",
                (
                    moment(ending.at),
                    ending.proven_at.filter(|_| ending.complete).map(moment),
                    ending.complete,
                    ending.certificate,
                    &ending.report,
                    run,
                ),
            )?;
            transaction.commit()?;
            Ok(Counts { vanished, ..Counts::default() })
        };
        end().map_err(|error| file::failed(&path, &error))
    }

    /// The number of the latest change.
    pub fn seq(&self) -> Result<i64> {
        self.read(latest_seq)
    }

    /// How many sessions are live.
    pub fn live(&self) -> Result<u64> {
        let count: i64 =
            self.read(|connection| connection.query_row("select count(*) from live", [], |row| row.get(0)))?;
        Ok(u64::try_from(count).unwrap_or(0))
    }

    /// Reads something by the connection that writes.
    pub fn read<T>(&self, read: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T> {
        let closed = || StorageError::damaged(&self.path, "the mirror was closed".to_owned());
        let connection = self.connection.as_ref().ok_or_else(closed)?;
        read(connection).map_err(|error| file::failed(&self.path, &error))
    }

    /// Leaves one file, as tools expect it that know no log beside it. Where a reader's long transaction
    /// prevents that the log stays, and the next run tries again.
    pub fn close(&mut self) {
        if let Some(connection) = self.connection.take() {
            let _ = connection.busy_timeout(Duration::from_millis(200));
            let _ = connection.pragma_update_and_check(None, "journal_mode", "delete", |_| Ok(()));
            drop(connection);
        }
        if let Some(lock) = self.lock.take() {
            let _ = lock.remove();
        }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.close();
    }
}

/// The lock stands beside the mirror: what the user named is the mirror.
fn of_mirror(path: &Path, error: crate::core::error::Error) -> crate::core::error::Error {
    use crate::core::error::{Error, StorageKind};
    match error {
        Error::Storage(error) if error.kind == StorageKind::Locked => {
            let message = error.message.replacen(
                &file::lock_path(path).display().to_string(),
                &path.display().to_string(),
                1,
            );
            StorageError::locked(path, message, error.errno)
        }
        other => other,
    }
}

impl Statements {
    fn new() -> Self {
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

fn store_page(
    transaction: &Transaction<'_>,
    statements: &Statements,
    run: i64,
    page: &Page,
    counts: &mut Counts,
) -> rusqlite::Result<()> {
    let mut columns = Columns::default();
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

fn tell(
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

/// Marks or removes what a complete run has not seen. What is removed leaves no trace of what it was.
fn remove_unseen(transaction: &Transaction<'_>, run: i64, ending: &Ending<'_>) -> rusqlite::Result<u64> {
    let unseen: Vec<(i64, String, String)> = transaction
        .prepare("select rowid, session_id, raw from sessions where vanished_at is null and seen_sync <> ?1")?
        .query_map([run], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
        .collect::<rusqlite::Result<_>>()?;
    let at = moment(ending.at);
    for (rowid, id, raw) in &unseen {
        let told = (run, at.as_str(), "vanished", id.as_str());
        match ending.vanished {
            Vanished::Mark => {
                transaction
                    .prepare_cached("update sessions set vanished_at = ?1, changed_at = ?1 where rowid = ?2")?
                    .execute((&at, rowid))?;
                tell(transaction, told, Some(raw), None)?;
            }
            Vanished::Drop => {
                erase(transaction, id)?;
                tell(transaction, told, None, None)?;
            }
        }
    }
    if ending.vanished == Vanished::Drop {
        let marked: Vec<String> = transaction
            .prepare("select session_id from sessions where vanished_at is not null")?
            .query_map([], |row| row.get(0))?
            .collect::<rusqlite::Result<_>>()?;
        for id in &marked {
            erase(transaction, id)?;
        }
    }
    Ok(unseen.len() as u64)
}

/// Removes a session, and what its changes say of it.
fn erase(transaction: &Transaction<'_>, id: &str) -> rusqlite::Result<()> {
    transaction.prepare_cached("delete from sessions where session_id = ?1")?.execute([id])?;
    transaction.prepare_cached("delete from changes where session_id = ?1")?.execute([id]).map(drop)
}

/// Removes changes before a moment; gives the number of the latest that is gone.
fn prune(transaction: &Transaction<'_>, before: i64) -> rusqlite::Result<i64> {
    let at = moment(before);
    let latest: Option<i64> =
        transaction.query_row("select max(seq) from changes where at < ?1", [&at], |row| row.get(0))?;
    let Some(latest) = latest else { return Ok(0) };
    transaction.execute("delete from changes where seq <= ?1 and at < ?2", (latest, &at))?;
    Ok(latest)
}

/// The number of the latest change, removed ones too.
pub fn latest_seq(connection: &Connection) -> rusqlite::Result<i64> {
    let seq = connection
        .query_row("select seq from sqlite_sequence where name = 'changes'", [], |row| row.get(0))
        .optional()?;
    Ok(seq.unwrap_or(0))
}
