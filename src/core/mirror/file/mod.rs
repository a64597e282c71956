//! What makes a file a mirror: its header, its tables, the parameters that it was begun with, and who may write.
//! Sessions are read and written by the files below it.

pub mod columns;
pub mod gone;
pub mod rows;
mod same;
pub mod writer;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::ffi::{SQLITE_IOERR_NOMEM, SQLITE_IOERR_SHMMAP};
use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension as _};
use serde_json::{Map, Value};

use self::columns::declarations;
use crate::core::error::{Difference, Error, Result, StorageError};
use crate::core::storage::durable;

/// "BLKS" in the header of the file, for `file` and for us.
const APPLICATION_ID: i64 = 0x424C_4B53;
/// The version of the tables.
const FORMAT: i64 = 1;
/// Under this name the number of live sessions stands that the last run left.
pub const LIVE: &str = "live";
/// How long a statement waits for a reader that holds the file for a moment.
const BUSY: Duration = Duration::from_secs(10);

/// What a mirror is a copy of: a run with others would mix two lists. Nothing secret, nothing personal.
pub type Parameters = Vec<(&'static str, String)>;

/// What this file is, as far as it can be told without writing to it.
pub enum Found {
    /// Nothing there, or an empty file.
    Nothing,
    Mirror,
}

/// A failure of SQLite, as one of ours.
pub fn failed(path: &Path, error: &rusqlite::Error) -> Error {
    if let rusqlite::Error::ToSqlConversionFailure(cause) = error
        && let Some(Error::Memory(told)) = cause.downcast_ref::<Error>()
    {
        return Error::Memory(told.clone());
    }
    let extended = error.sqlite_error().map(|error| error.extended_code);
    // Its own memory, or that for the index of its log: neither says anything of the disk.
    if let Some(SQLITE_IOERR_NOMEM | SQLITE_IOERR_SHMMAP) = extended {
        return no_memory(path);
    }
    let code = error.sqlite_error_code();
    let (kind, what) = match code {
        Some(ErrorCode::DiskFull) => (std::io::ErrorKind::StorageFull, "Could not write"),
        Some(ErrorCode::ReadOnly) => (std::io::ErrorKind::ReadOnlyFilesystem, "Could not write"),
        Some(ErrorCode::PermissionDenied | ErrorCode::CannotOpen) => {
            (std::io::ErrorKind::PermissionDenied, "Could not open")
        }
        Some(ErrorCode::NotADatabase) => return no_mirror(path, &error.to_string()),
        Some(ErrorCode::DatabaseCorrupt) => {
            let message = format!(
                "{} is damaged ({error}). Nothing was changed; restore it from a copy, or choose another path",
                path.display()
            );
            return StorageError::damaged(path, message);
        }
        Some(ErrorCode::OutOfMemory) => return no_memory(path),
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            let message = format!(
                "{} is in use by another program: {error}. Try again when it has ended",
                path.display()
            );
            return StorageError::locked(path, message, None);
        }
        _ => (std::io::ErrorKind::Other, "Could not read or write"),
    };
    let errno = |number| std::io::Error::from_raw_os_error(number);
    // The numbers of Linux, macOS and most others.
    let error = match kind {
        std::io::ErrorKind::StorageFull => errno(28),
        std::io::ErrorKind::ReadOnlyFilesystem => errno(30),
        std::io::ErrorKind::PermissionDenied if path.parent().is_some_and(Path::is_dir) => errno(13),
        std::io::ErrorKind::PermissionDenied => errno(2),
        _ if code == Some(ErrorCode::SystemIoFailure) => errno(5),
        kind => std::io::Error::new(kind, error.to_string()),
    };
    StorageError::failed(what, path, &error)
}

fn no_memory(path: &Path) -> Error {
    Error::Memory(format!("there is not enough memory to work on {}", path.display()))
}

fn no_mirror(path: &Path, why: &str) -> Error {
    let message = format!(
        "{} was not made by blocks-sessions ({why}). Nothing was changed; choose another path",
        path.display()
    );
    StorageError::conflict(path, message, Vec::new())
}

/// The same path wherever the process goes.
pub fn absolute(path: &Path) -> Result<PathBuf> {
    std::path::absolute(path).map_err(|error| StorageError::failed("Could not find", path, &error))
}

/// Where the lock of a mirror stands.
pub fn lock_path(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".lock");
    PathBuf::from(name)
}

/// A connection that can change nothing.
pub fn connect_read_only(path: &Path) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let open = || -> rusqlite::Result<Connection> {
        let connection = Connection::open_with_flags(path, flags)?;
        connection.busy_timeout(BUSY)?;
        connection.pragma_update(None, "query_only", true)?;
        Ok(connection)
    };
    open().map_err(|error| failed(path, &error))
}

/// Looks what a file is, and writes nothing.
///
/// # Errors
/// It is something else, or was written by a newer version.
pub fn look(path: &Path) -> Result<Found> {
    match std::fs::metadata(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Found::Nothing),
        Err(error) => return Err(StorageError::failed("Could not open", path, &error)),
        Ok(found) if found.is_dir() => {
            return Err(no_mirror(path, "it is a folder"));
        }
        // A log beside an empty file holds what was committed to it.
        Ok(found) if found.len() == 0 && !has_log(path) => return Ok(Found::Nothing),
        Ok(_) => {}
    }
    let connection = connect_read_only(path)?;
    let header = |name: &str| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    let id = header("application_id").map_err(|error| failed(path, &error))?;
    if id != APPLICATION_ID {
        return Err(no_mirror(path, "it is another program's database"));
    }
    let format = header("user_version").map_err(|error| failed(path, &error))?;
    if format > FORMAT {
        let message = format!(
            "{} is a mirror of format {format}, and this version knows up to {FORMAT}. Upgrade blocks-sessions",
            path.display()
        );
        return Err(StorageError::damaged(path, message));
    }
    Ok(Found::Mirror)
}

/// Whether the first bytes are those of a mirror, whatever became of the rest.
pub fn has_our_header(path: &Path) -> bool {
    use std::io::Read as _;
    /// Where SQLite's header holds the application's id.
    const PLACE: usize = 68;
    let mut header = [0; PLACE + 4];
    let read = std::fs::File::open(path).and_then(|mut file| file.read_exact(&mut header));
    let id = header.last_chunk::<4>().map(|id| i64::from(i32::from_be_bytes(*id)));
    read.is_ok() && id == Some(APPLICATION_ID)
}

fn has_log(path: &Path) -> bool {
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    std::fs::metadata(PathBuf::from(log)).is_ok_and(|log| log.len() > 0)
}

/// Refuses a mirror of another list, parameter by parameter.
pub fn check_parameters(path: &Path, connection: &Connection, now: &Parameters) -> Result<()> {
    let stored = meta(connection, "parameters").map_err(|error| failed(path, &error))?.unwrap_or_default();
    let then: Map<String, Value> = serde_json::from_str(&stored).unwrap_or_default();
    let text = |name: &str| then.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let differs = |(name, now): &(&str, String)| {
        let then = text(name);
        (then != *now).then(|| Difference { name: (*name).to_owned(), then, now: now.clone() })
    };
    let differences: Vec<_> = now.iter().filter_map(differs).collect();
    if differences.is_empty() {
        return Ok(());
    }
    let told = differences.iter().fold(String::new(), |mut told, Difference { name, then, now }| {
        let _ = write!(told, "{}{name} was {then:?} and is {now:?}", if told.is_empty() { "" } else { "; " });
        told
    });
    let message = format!(
        "{} is a mirror of another list: {told}. Use the parameters that it was begun with, or another path",
        path.display()
    );
    Err(StorageError::conflict(path, message, differences))
}

/// A connection that writes, to a file that is a mirror when this returns.
///
/// # Errors
/// What the system refused.
pub fn connect(path: &Path, parameters: &Parameters) -> Result<Connection> {
    let is_new = matches!(look(path)?, Found::Nothing);
    if is_new {
        // Made by us, so that nobody else may read it; SQLite gives its log the same mode.
        durable::private()
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)
            .map_err(|error| StorageError::failed("Could not create", path, &error))?;
    } else {
        check_parameters(path, &connect_read_only(path)?, parameters)?;
    }
    let open = || -> rusqlite::Result<Connection> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags)?;
        prepare(&connection, parameters, is_new)?;
        Ok(connection)
    };
    open().map_err(|error| failed(path, &error))
}

/// A mirror in memory, which is gone with its connection.
pub fn connect_memory(parameters: &Parameters) -> Result<Connection> {
    let open = || -> rusqlite::Result<Connection> {
        let connection = Connection::open_in_memory()?;
        prepare(&connection, parameters, true)?;
        Ok(connection)
    };
    open().map_err(|error| failed(Path::new(":memory:"), &error))
}

fn prepare(connection: &Connection, parameters: &Parameters, is_new: bool) -> rusqlite::Result<()> {
    connection.busy_timeout(BUSY)?;
    connection.pragma_update(None, "secure_delete", true)?;
    connection.pragma_update_and_check(None, "journal_mode", "wal", |_| Ok(()))?;
    connection.pragma_update(None, "synchronous", "full")?;
    connection.set_prepared_statement_cache_capacity(32);
    if is_new {
        connection.execute_batch(&tables())?;
        let parameters: Map<String, Value> = parameters
            .iter()
            .map(|(name, value)| ((*name).to_owned(), Value::from(value.as_str())))
            .collect();
        set_meta(connection, "parameters", &Value::from(parameters).to_string())?;
    }
    Ok(())
}

/// The tables, made in one transaction together with the header that says what they are.
fn tables() -> String {
    let columns = declarations().into_iter().fold(String::new(), |mut columns, (name, kind)| {
        let key = if name == "session_id" { " primary key not null" } else { "" };
        let _ = write!(columns, "\"{name}\" {kind}{key}, ");
        columns
    });
    format!(
        "begin immediate;
        create table if not exists sessions ({columns} raw text not null, first_seen_at text not null,
            changed_at text not null, vanished_at text, seen_sync integer not null);
        create table if not exists changes (seq integer primary key autoincrement, sync integer not null,
            at text not null, kind text not null, session_id text not null, before text, after text);
        create table if not exists syncs (id integer primary key, mode text not null, started_at text not null,
            ended_at text, proven_at text, complete integer not null default 0, certificate text, report text);
        create table if not exists meta (key text primary key, value text);
        create index if not exists sessions_last_message_at on sessions (last_message_at);
        create index if not exists sessions_status on sessions (status);
        create index if not exists sessions_user_id on sessions (user_id);
        create index if not exists sessions_changed_at on sessions (changed_at);
        create view if not exists live as select * from sessions where vanished_at is null;
        pragma application_id = {APPLICATION_ID};
        pragma user_version = {FORMAT};
        commit;"
    )
}

pub fn meta(connection: &Connection, key: &str) -> rusqlite::Result<Option<String>> {
    connection.query_row("select value from meta where key = ?1", [key], |row| row.get(0)).optional()
}

pub fn set_meta(connection: &Connection, key: &str, value: &str) -> rusqlite::Result<()> {
    connection
        .prepare_cached("insert into meta (key, value) values (?1, ?2) on conflict (key) do update set value = excluded.value")?
        .execute([key, value])
        .map(drop)
}
