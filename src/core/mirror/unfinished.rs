//! A run that was cut off, as the file keeps it until its end: what it read and proved so far. It holds no session
//! id, only their hashes under a key of its own.

use std::fmt::Write as _;

use rusqlite::Connection;
use serde::{Deserialize, Serialize};

use super::file::{meta, set_meta};
use super::mode::Scope;
use crate::core::listing::{Consistency, Resume, SavedProof};
use crate::core::model::row_facts::IdKey;

/// The run; the hashes of the ids that it stored stand beside it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Unfinished {
    pub run: i64,
    pub scope: Scope,
    pub consistency: Consistency,
    /// By this machine's clock.
    pub began: i64,
    pub proof: SavedProof,
    pub id_key: IdKey,
}

const RUN: &str = "unfinished";
/// Begins the names of the entries with ids, one for each transaction.
const IDS: &str = "unfinished_ids:";
/// Hexadecimal digits of one hash.
const DIGITS: usize = 32;

impl Unfinished {
    /// With all ids that it stored. `None` where there is none, or what there is cannot be read.
    pub fn read(connection: &Connection) -> rusqlite::Result<Option<(Self, Vec<u128>)>> {
        let Some(run) = meta(connection, RUN)?.and_then(|text| serde_json::from_str(&text).ok()) else {
            return Ok(None);
        };
        let mut statement = connection.prepare("select value from meta where key glob ?1")?;
        let mut rows = statement.query([format!("{IDS}*")])?;
        let mut ids = Vec::new();
        while let Some(row) = rows.next()? {
            let text: String = row.get(0)?;
            for at in (0..text.len()).step_by(DIGITS) {
                let id = text.get(at..at + DIGITS).and_then(|digits| u128::from_str_radix(digits, 16).ok());
                let Some(id) = id else { return Ok(None) };
                ids.push(id);
            }
        }
        Ok(Some((run, ids)))
    }

    /// Replaces what was kept, and adds the ids that were stored since.
    pub fn write(&self, connection: &Connection, ids: &[u128]) -> rusqlite::Result<()> {
        let told = serde_json::to_string(self)
            .map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))?;
        set_meta(connection, RUN, &told)?;
        let count: i64 = connection
            .prepare_cached("select count(*) from meta where key glob ?1")?
            .query_row([format!("{IDS}*")], |row| row.get(0))?;
        let text = ids.iter().fold(String::with_capacity(ids.len() * DIGITS), |mut text, id| {
            let _ = write!(text, "{id:032x}");
            text
        });
        set_meta(connection, &format!("{IDS}{count}"), &text)
    }

    /// The run is over, or begun anew.
    pub fn forget(connection: &Connection) -> rusqlite::Result<()> {
        connection
            .execute("delete from meta where key = ?1 or key glob ?2", (RUN, format!("{IDS}*")))
            .map(drop)
    }

    pub fn resume(self, ids: Vec<u128>) -> Resume {
        Resume { proof: Some(self.proof), ids, id_key: self.id_key }
    }
}
