//! Any statement that reads a mirror: its rows all at once, or as SQLite comes by them.

use rusqlite::types::Value;
use rusqlite::{Connection, ErrorCode, ffi};

use super::file;
use super::reader::Mirror;
use crate::core::error::{Error, Result};

/// What a query gives.
#[derive(Debug, Default)]
pub struct Rows {
    pub names: Vec<String>,
    pub rows: Vec<Vec<Value>>,
}

impl Mirror {
    /// Any statement of SQLite's that changes nothing.
    ///
    /// # Errors
    /// [`Error::Configuration`] with what SQLite says of the statement.
    pub fn query(&self, sql: &str, parameters: &[Value]) -> Result<Rows> {
        let mut found = Rows::default();
        let Rows { names, rows } = &mut found;
        self.query_each(
            sql,
            parameters,
            |columns| *names = columns,
            |row| {
                rows.push(row);
                true
            },
        )?;
        Ok(found)
    }

    /// As [`Self::query`], with the rows as they come: first the names of the columns, then each row, until `row`
    /// says that no more are wanted.
    ///
    /// # Errors
    /// The same, and some may come after rows.
    pub fn query_each(
        &self,
        sql: &str,
        parameters: &[Value],
        names: impl FnOnce(Vec<String>),
        row: impl FnMut(Vec<Value>) -> bool,
    ) -> Result<()> {
        if sql.trim().is_empty() {
            let message = "the query is empty: write a statement, as in \"select count(*) from live\"";
            return Err(Error::Configuration(message.to_owned()));
        }
        let connection = file::connect_read_only(self.path())?;
        query(&connection, sql, parameters, names, row).map_err(|error| told(self, &error))
    }
}

fn told(mirror: &Mirror, error: &rusqlite::Error) -> Error {
    match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => file::failed(mirror.path(), error),
        Some(ErrorCode::ReadOnly) => Error::Configuration(
            "query() changes nothing: only statements that read are taken. Open the file with sqlite3 to change it"
                .to_owned(),
        ),
        _ => Error::Configuration(format!("the query is not one of SQLite's: {error}")),
    }
}

fn query(
    connection: &Connection,
    sql: &str,
    parameters: &[Value],
    tell_names: impl FnOnce(Vec<String>),
    mut take: impl FnMut(Vec<Value>) -> bool,
) -> rusqlite::Result<()> {
    let mut statement = connection.prepare(sql)?;
    // Opened for reading only, the file is safe; a statement may still write another, as `vacuum into` does.
    if !statement.readonly() {
        return Err(rusqlite::Error::SqliteFailure(ffi::Error::new(ffi::SQLITE_READONLY), None));
    }
    let names: Vec<String> = statement.column_names().into_iter().map(str::to_owned).collect();
    let width = names.len();
    let mut rows = statement.query(rusqlite::params_from_iter(parameters))?;
    tell_names(names);
    while let Some(row) = rows.next()? {
        let row = (0..width).map(|column| row.get::<_, Value>(column)).collect::<rusqlite::Result<_>>()?;
        if !take(row) {
            break;
        }
    }
    Ok(())
}
