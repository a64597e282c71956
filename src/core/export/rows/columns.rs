//! Sessions as record batches, for CSV and Parquet.

use super::{Piece, Rows};
use crate::core::arrow::Columns;
use crate::core::error::{Error, Result};
use crate::core::json::Value;

/// Columns in the making.
pub struct ColumnRows(Columns);

impl ColumnRows {
    pub fn new(columns: Columns) -> Self {
        Self(columns)
    }
}

impl Rows for ColumnRows {
    fn push(&mut self, session: Value<'_>) {
        self.0.push(session);
    }

    fn reserve(&mut self, bytes: usize) -> Result<()> {
        self.0.reserve(bytes)
    }

    fn is_full(&self) -> bool {
        self.0.is_full()
    }

    fn take(&mut self) -> Result<Option<Piece>> {
        if self.0.rows() == 0 {
            return Ok(None);
        }
        let failed =
            |error| Error::Configuration(format!("a table could not be made of the sessions: {error}"));
        self.0.finish().map(|batch| Some(Piece::Batch(batch))).map_err(failed)
    }
}
