//! Columns for Python: Arrow streams of pages and listings, and the tables gathered from them.
//! Rows become columns with the interpreter detached; a stream attaches to it only for the next page.
//! It knows where rows come from by [`RowSource`](stream::RowSource) alone: nothing of pages and listings.

mod batches;
mod gathered;
mod readers;
mod requested;
pub mod stream;

pub use batches::{Batches, python_schema, table};
pub use gathered::BatchAccumulator;
pub use readers::End;
pub use requested::StreamRequest;

use arrow_schema::ArrowError;
use pyo3::PyErr;
use pyo3::exceptions::{PyMemoryError, PyRuntimeError};

fn raised(error: &ArrowError) -> PyErr {
    match error {
        ArrowError::MemoryError(told) => PyMemoryError::new_err(told.clone()),
        other => PyRuntimeError::new_err(other.to_string()),
    }
}
