//! Checks a mirror against what its own runs noted in it: the file as SQLite checks it, the number of sessions,
//! and that each row holds the text of the session that it is called. It reads only.

use std::path::Path;

use rusqlite::{Connection, ErrorCode};

use super::file;
use super::file::columns::id_of;
use super::reader::Mirror;
use crate::core::error::Result;
use crate::core::json::Document;
use crate::core::model::counted::grouped;
use crate::core::storage::Verification;

/// Faults of the file that are told one by one.
const MOST: usize = 10;

/// Checks the mirror.
///
/// # Errors
/// It is none, or cannot be read.
pub fn verify(path: &Path) -> Result<Verification> {
    let mut found = Verification::default();
    let mirror = match Mirror::open(path) {
        Ok(mirror) => mirror,
        // Its first bytes say that it is ours, and SQLite reads no further.
        Err(error) if file::has_our_header(path) => {
            found.find(format!("SQLite cannot read it: {error}"));
            return Ok(found);
        }
        Err(error) => return Err(error),
    };
    let connection = file::connect_read_only(mirror.path())?;
    match look(&connection, &mut found) {
        Ok(()) => Ok(found),
        Err(error) if is_damaged(&error) => {
            found.find(format!("SQLite cannot read it: {error}"));
            Ok(found)
        }
        Err(error) => Err(file::failed(mirror.path(), &error)),
    }
}

fn is_damaged(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase))
}

/// All of it in one transaction: a run may be writing.
fn look(connection: &Connection, found: &mut Verification) -> rusqlite::Result<()> {
    let connection = connection.unchecked_transaction()?;
    found.rows = connection
        .query_row("select count(*) from live", [], |row| row.get(0))
        .map(|count: i64| u64::try_from(count).unwrap_or(0))?;
    sound(&connection, found)?;
    texts(&connection, found)?;
    last_run(&connection, found)
}

fn sound(connection: &Connection, found: &mut Verification) -> rusqlite::Result<()> {
    let told: Vec<String> = connection
        .prepare(&format!("pragma integrity_check({MOST})"))?
        .query_map([], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    told.iter().filter(|line| *line != "ok").for_each(|line| found.find(format!("SQLite finds: {line}")));
    Ok(())
}

/// Each row is called by the id that its own text has.
fn texts(connection: &Connection, found: &mut Verification) -> rusqlite::Result<()> {
    let mut rows = connection.prepare("select session_id, raw from sessions")?;
    let mut rows = rows.query([])?;
    let mut others = 0;
    while let Some(row) = rows.next()? {
        let (id, raw): (String, String) = (row.get(0)?, row.get(1)?);
        let document = Document::parse(raw.into()).ok();
        let own = document.filter(|it| it.root().is_object()).and_then(|it| id_of(it.root()));
        others += u64::from(own != Some(id));
    }
    if others > 0 {
        let rows = grouped(others);
        found.find(format!("rows that do not hold the session that they are called by: {rows}"));
    }
    Ok(())
}

/// What the latest run noted, if it came to its end: one that did not leaves what it stored, and goes on.
fn last_run(connection: &Connection, found: &mut Verification) -> rusqlite::Result<()> {
    let mut runs =
        connection.prepare("select ended_at is not null, complete from syncs order by id desc limit 1")?;
    let latest: Option<(bool, bool)> =
        runs.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.next().transpose()?;
    match latest {
        None => found.find("no sync has filled it yet"),
        Some((false, _)) => found.find("its last sync did not come to its end: the next one goes on"),
        Some((true, complete)) => {
            let noted = file::meta(connection, file::LIVE)?.and_then(|text| text.parse().ok());
            if let Some(noted) = noted.filter(|noted: &u64| *noted != found.rows) {
                let (rows, noted) = (grouped(found.rows), grouped(noted));
                found.find(format!("it holds {rows} sessions, and its last sync left {noted}"));
            }
            if !complete {
                found.find("its last sync is not proven to be whole");
            }
        }
    }
    Ok(())
}
