//! What a mirror holds, for whoever reads it: each call opens the file for itself, read-only, so that a reader
//! may be shared, forked and forgotten. Sessions come as pages, made from the texts that were sent.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use rusqlite::{Connection, OptionalExtension as _};

use super::file::writer::latest_seq;
use super::file::{self, Found};
use super::state::State;
use crate::core::client::request::refuse;
use crate::core::client::response::Response;
use crate::core::error::{Error, Result, StorageError};
use crate::core::filter::{Choice, ChoiceRequest, Projection};
use crate::core::listing::rechunk::Page;
use crate::core::listing::row_filter;
use crate::core::model::page_body::PageBody;
use crate::core::model::time::now;

/// Sessions in one page of a mirror.
const PAGE: usize = 2_000;

/// A mirror, to be read.
#[derive(Debug, Clone)]
pub struct Mirror {
    path: PathBuf,
}

/// One change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    pub seq: i64,
    /// `created`, `updated`, `vanished` or `returned`.
    pub kind: String,
    pub session_id: String,
    /// As ISO 8601.
    pub at: String,
    /// JSON texts.
    pub before: Option<String>,
    pub after: Option<String>,
}

/// What the last run left, as the file says it.
#[derive(Debug, Clone, Default)]
pub struct LastRun {
    pub id: i64,
    pub mode: String,
    pub started_at: String,
    pub ended_at: Option<String>,
    pub proven_at: Option<String>,
    pub complete: bool,
    pub certificate: Option<String>,
    /// As JSON.
    pub report: Option<String>,
    pub deletions_proven_at: Option<i64>,
    pub seq: i64,
    pub sessions: u64,
}

/// The rows of a mirror that are still to be read, in the order of their activity.
pub struct Cursor {
    mirror: Mirror,
    rows: std::vec::IntoIter<i64>,
    choice: Choice,
    read: u64,
}

impl Mirror {
    /// # Errors
    /// There is no file, or it is no mirror.
    pub fn open(path: &Path) -> Result<Self> {
        let path = file::absolute(path)?;
        match file::look(&path)? {
            Found::Mirror => Ok(Self { path }),
            Found::Nothing => {
                let message =
                    format!("{} is no mirror: there is nothing there. Make it with sync()", path.display());
                Err(StorageError::damaged(&path, message))
            }
        }
    }

    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Live sessions; with `vanished` the others too.
    pub fn count(&self, vanished: bool) -> Result<u64> {
        let table = if vanished { "sessions" } else { "live" };
        let count: i64 = self.read(|connection| {
            connection.query_row(&format!("select count(*) from {table}"), [], |row| row.get(0))
        })?;
        Ok(u64::try_from(count).unwrap_or(0))
    }

    /// The sessions that a choice takes, the most recently active first.
    ///
    /// # Errors
    /// The choice is wrong: everything, at once.
    pub fn sessions(&self, request: &ChoiceRequest, vanished: bool) -> Result<Cursor> {
        let choice = Choice::read(request, now());
        let choice = choice.or_else(|faults| refuse(faults).map(|()| Choice::default()))?;
        let only = if vanished { "" } else { "where vanished_at is null" };
        let rows: Vec<i64> = self.read(|connection| {
            connection
                .prepare(&format!(
                    "select rowid from sessions {only} order by last_message_at desc, created_at desc, rowid"
                ))?
                .query_map([], |row| row.get(0))?
                .collect()
        })?;
        Ok(Cursor { mirror: self.clone(), rows: rows.into_iter(), choice, read: 0 })
    }

    /// Changes after a number, at most so many.
    ///
    /// # Errors
    /// Some of them were removed: the sentence says from where it can go on.
    pub fn changes(&self, since: i64, most: usize) -> Result<Vec<Change>> {
        check_kept(&self.path, since, self.state()?.pruned_through)?;
        self.read(|connection| changes(connection, since, most))
    }

    /// What the last run left; `None` before the first.
    pub fn last_run(&self) -> Result<Option<LastRun>> {
        let deletions_proven_at = self.state()?.deletions_proven_at;
        self.read(|connection| {
            let seq = latest_seq(connection)?;
            let live: i64 = connection.query_row("select count(*) from live", [], |row| row.get(0))?;
            let sessions = u64::try_from(live).unwrap_or(0);
            connection
                .query_row(
                    "select id, mode, started_at, ended_at, proven_at, complete, certificate, report \
                     from syncs order by id desc limit 1",
                    [],
                    |row| {
                        Ok(LastRun {
                            id: row.get(0)?,
                            mode: row.get(1)?,
                            started_at: row.get(2)?,
                            ended_at: row.get(3)?,
                            proven_at: row.get(4)?,
                            complete: row.get(5)?,
                            certificate: row.get(6)?,
                            report: row.get(7)?,
                            deletions_proven_at,
                            seq,
                            sessions,
                        })
                    },
                )
                .optional()
        })
    }

    fn state(&self) -> Result<State> {
        let stored = self.read(|connection| file::meta(connection, "state"))?;
        Ok(stored.and_then(|stored| serde_json::from_str(&stored).ok()).unwrap_or_default())
    }

    fn read<T>(&self, read: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T> {
        let connection = file::connect_read_only(&self.path)?;
        read(&connection).map_err(|error| file::failed(&self.path, &error))
    }

    /// The texts of some rows; those that are gone meanwhile are left out.
    fn texts(&self, rows: &[i64]) -> Result<Vec<String>> {
        self.read(|connection| {
            // One transaction: outside of one each row would lock the file and let go of it again.
            let _reading = connection.unchecked_transaction()?;
            let mut find = connection.prepare("select raw from sessions where rowid = ?1")?;
            let texts = rows.iter().map(|row| find.query_row([row], |row| row.get(0)).optional());
            Ok(texts.collect::<rusqlite::Result<Vec<_>>>()?.into_iter().flatten().collect())
        })
    }
}

impl Cursor {
    /// The fields that are kept of each session; `None` for all.
    #[must_use]
    pub fn projection(&self) -> Option<Arc<Projection>> {
        self.choice.projection.clone()
    }

    /// The next page; `None` at the end. A page may be empty: a condition took none of its sessions.
    pub fn next_page(&mut self) -> Result<Option<Page>> {
        let rows: Vec<i64> = self.rows.by_ref().take(PAGE).collect();
        if rows.is_empty() {
            return Ok(None);
        }
        let texts = self.mirror.texts(&rows)?;
        let page = page_of(&texts, self.read, &self.choice).map_err(|error| {
            StorageError::damaged(&self.mirror.path, format!("{}: {error}", self.mirror.path.display()))
        })?;
        self.read += rows.len() as u64;
        Ok(Some(page))
    }
}

/// Sessions as the page that the service would have sent.
fn page_of(
    texts: &[String],
    offset: u64,
    choice: &Choice,
) -> Result<Page, crate::core::model::page_body::PageBodyError> {
    let length: usize = texts.iter().map(|text| text.len() + 1).sum();
    let mut body = String::with_capacity(length + 32);
    body.push_str(r#"{"sessions":["#);
    for (place, text) in texts.iter().enumerate() {
        if place > 0 {
            body.push(',');
        }
        body.push_str(text);
    }
    let _ = write!(body, "]}}");
    let answer = Arc::new(PageBody::parse(Bytes::from(body))?);
    let response = Response {
        answer,
        request_id: None,
        elapsed: Duration::ZERO,
        attempts: 0,
        answered_at: 0,
        dated: false,
        mask: None,
    };
    let limit = u32::try_from(PAGE).unwrap_or(u32::MAX);
    let taken = row_filter::taken(choice.condition.as_deref(), &response.answer);
    Ok(Page::chosen(Arc::new(response), &taken, limit, offset, choice))
}

/// Refuses to go on behind changes that are gone.
pub(super) fn check_kept(path: &Path, since: i64, pruned_through: i64) -> Result<()> {
    if since < 0 {
        return Err(Error::Configuration("since is the number of a change: 0 or more".to_owned()));
    }
    if since > 0 && since < pruned_through {
        let message = format!(
            "The changes after {since} in {} are gone up to {pruned_through} (keep_changes). Read the sessions \
             anew, and go on with since={pruned_through}",
            path.display()
        );
        return Err(StorageError::damaged(path, message));
    }
    Ok(())
}

pub(super) fn changes(connection: &Connection, since: i64, most: usize) -> rusqlite::Result<Vec<Change>> {
    connection
        .prepare_cached(
            "select seq, kind, session_id, at, before, after from changes where seq > ?1 order by seq limit ?2",
        )?
        .query_map((since, i64::try_from(most).unwrap_or(i64::MAX)), |row| {
            Ok(Change {
                seq: row.get(0)?,
                kind: row.get(1)?,
                session_id: row.get(2)?,
                at: row.get(3)?,
                before: row.get(4)?,
                after: row.get(5)?,
            })
        })?
        .collect()
}
