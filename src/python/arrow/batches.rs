//! Record batches in memory, and the tables that `blocks_sessions.frames` makes of them.

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use pyo3::prelude::*;
use pyo3::types::PyCapsule;

use super::gathered::BatchAccumulator;
use super::requested::{StreamRequest, requested};
use super::stream::export;
use crate::core::arrow::schema;
use crate::core::listing::rechunk::Page;

/// Record batches in memory; each stream of them is a new one.
#[pyclass(frozen, name = "_Batches", module = "blocks_sessions._core")]
pub struct Batches {
    batches: Vec<RecordBatch>,
    schema: SchemaRef,
}

impl Batches {
    pub fn new(batches: Vec<RecordBatch>, schema: SchemaRef) -> Self {
        Self { batches, schema }
    }

    /// Rows as columns.
    pub fn of_page(py: Python<'_>, page: &Page) -> PyResult<Self> {
        let batches = BatchAccumulator::new(page.projection.clone());
        batches.add(py, page)?;
        batches.take(py)
    }

    pub fn iter(&self) -> std::slice::Iter<'_, RecordBatch> {
        self.batches.iter()
    }

    pub fn rows(&self) -> u64 {
        self.batches.iter().map(|batch| batch.num_rows() as u64).sum()
    }

    /// A stream of the batches, in the layout that its reader wishes for.
    pub fn stream<'py>(
        &self,
        py: Python<'py>,
        request: StreamRequest<'_, 'py>,
    ) -> PyResult<Bound<'py, PyCapsule>> {
        let layout = requested(py, &self.schema, request)?;
        export(py, layout, self.batches.clone().into_iter().map(Ok), request.batch_size)
    }
}

#[pymethods]
impl Batches {
    #[pyo3(signature = (requested_schema=None, *, batch_size=None))]
    fn __arrow_c_stream__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<&Bound<'py, PyCapsule>>,
        batch_size: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyCapsule>> {
        self.stream(py, StreamRequest::read(requested_schema, batch_size)?)
    }
}

/// A table as `blocks_sessions.frames` makes it, by one of its functions. What that needs is looked
/// for before anything is read; what it fails to take is given to `put_back`.
pub fn table<'py>(
    py: Python<'py>,
    function: &str,
    gather: impl FnOnce() -> PyResult<Batches>,
    put_back: impl FnOnce(&Batches),
) -> PyResult<Bound<'py, PyAny>> {
    let frames = py.import("blocks_sessions.frames")?;
    frames.call_method1("check", (function,))?;
    let batches = Bound::new(py, gather()?)?;
    let made = frames.call_method1(function, (&batches,));
    if made.is_err() {
        put_back(batches.get());
    }
    made
}

/// The schema of every table, as pyarrow has it.
pub fn python_schema(py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
    table(py, "schema", || Ok(Batches::new(Vec::new(), schema())), |_| {})
}
