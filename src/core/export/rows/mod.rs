//! Sessions to pieces, in the thread that reads the listing: lines of text as they were sent, or columns.
//! A piece knows nothing of files, commits and compression.

mod columns;
mod json_lines;

use arrow_array::RecordBatch;

pub use self::columns::ColumnRows;
pub use self::json_lines::JsonLineRows;
use crate::core::error::Result;
use crate::core::json::Value;

/// Some rows on their way to a sink.
#[derive(Debug)]
pub enum Piece {
    Text(Vec<u8>),
    Batch(RecordBatch),
}

/// Gathers rows into pieces.
pub trait Rows: Send {
    fn push(&mut self, session: Value<'_>);

    /// Asks for room for so many bytes of sessions more, before the first of them is added.
    ///
    /// # Errors
    /// There is not enough memory.
    fn reserve(&mut self, bytes: usize) -> Result<()>;

    /// Whether a piece of a good size is ready.
    fn is_full(&self) -> bool;

    /// What was gathered, if anything; then it starts anew.
    ///
    /// # Errors
    /// Never in practice: columns are made to their schema.
    fn take(&mut self) -> Result<Option<Piece>>;
}
