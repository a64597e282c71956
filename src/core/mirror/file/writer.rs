//! The only code that writes to a mirror: rows, their changes, and what the next run must know, each time in
//! one transaction. It is told what was read and what that proves; it asks nobody.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OptionalExtension as _, TransactionBehavior};

use super::columns::moment;
use super::gone::{Seen, prune, remove_unseen};
use super::rows::{Statements, store_page};
use super::{self as file, Parameters};
use crate::core::error::{Result, StorageError};
use crate::core::listing::rechunk::Page;
use crate::core::mirror::mode::Vanished;
use crate::core::mirror::report::Counts;
use crate::core::mirror::state::State;
use crate::core::mirror::unfinished::Unfinished;
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

/// How a run ended.
pub struct Ending<'a> {
    pub state: &'a State,
    pub complete: bool,
    pub proven_at: Option<i64>,
    pub certificate: Option<&'static str>,
    /// As JSON.
    pub report: String,
    /// What the run had to meet if it were there: whatever it did not is gone.
    pub seen: Seen,
    pub vanished: Vanished,
    /// The run was cut off, and the next one goes on with it.
    pub goes_on: bool,
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
        let stored = self.with_connection(|connection| file::meta(connection, "state"))?;
        Ok(stored.and_then(|stored| serde_json::from_str(&stored).ok()).unwrap_or_default())
    }

    /// The run that was cut off, if one was, with the hashes of the ids that it stored.
    pub fn unfinished(&self) -> Result<Option<(Unfinished, Vec<u128>)>> {
        self.with_connection(Unfinished::read)
    }

    /// The run at hand.
    pub fn run(&self) -> i64 {
        self.run
    }

    /// Goes on with a run that was cut off.
    pub fn go_on(&mut self, run: i64) {
        self.run = run;
    }

    /// Begins a run.
    pub fn begin(&mut self, mode: &str, at: i64) -> Result<()> {
        self.run = self.with_connection(|connection| {
            Unfinished::forget(connection)?;
            connection.execute("insert into syncs (mode, started_at) values (?1, ?2)", (mode, moment(at)))?;
            Ok(connection.last_insert_rowid())
        })?;
        Ok(())
    }

    /// Stores what was read, and how far that proves anything: all of it, or nothing.
    pub fn store(&mut self, pages: &[Page], proof: Option<&(Unfinished, Vec<u128>)>) -> Result<Counts> {
        let (run, path) = (self.run, self.path.clone());
        let Some(connection) = &mut self.connection else { return Ok(Counts::default()) };
        let statements = &self.statements;
        let mut store = || -> rusqlite::Result<Counts> {
            let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let mut counts = Counts::default();
            for page in pages {
                store_page(&transaction, statements, run, page, &mut counts)?;
            }
            if let Some((unfinished, ids)) = proof {
                unfinished.write(&transaction, ids)?;
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
            let order = ending.state.order.as_deref();
            let vanished =
                remove_unseen(&transaction, run, ending.at, (&ending.seen, order), ending.vanished)?;
            if !ending.goes_on {
                Unfinished::forget(&transaction)?;
            }
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
        self.with_connection(latest_seq)
    }

    /// How many sessions are live.
    pub fn live(&self) -> Result<u64> {
        let count: i64 = self.with_connection(|connection| {
            connection.query_row("select count(*) from live", [], |row| row.get(0))
        })?;
        Ok(u64::try_from(count).unwrap_or(0))
    }

    /// Reads something by the connection that writes.
    pub fn with_connection<T>(&self, read: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T> {
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

/// The number of the latest change, removed ones too.
pub fn latest_seq(connection: &Connection) -> rusqlite::Result<i64> {
    let seq = connection
        .query_row("select seq from sqlite_sequence where name = 'changes'", [], |row| row.get(0))
        .optional()?;
    Ok(seq.unwrap_or(0))
}
