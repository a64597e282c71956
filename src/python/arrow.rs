//! Columns for Python: Arrow streams of pages and listings, and the tables gathered from them.
//! Rows become columns with the interpreter detached; a stream attaches to it only for the next page.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arrow_array::ffi_stream::FFI_ArrowArrayStream;
use arrow_array::{RecordBatch, RecordBatchIterator};
use arrow_schema::{ArrowError, SchemaRef};
use pyo3::exceptions::{PyKeyboardInterrupt, PyRuntimeError};
use pyo3::prelude::*;
use pyo3::types::PyCapsule;

use crate::core::arrow::{Columns, schema};
use crate::core::error::Error;
use crate::core::filter::Projection;
use crate::core::listing::rechunk::Page;
use crate::python::aio::AsyncListing;
use crate::python::convert::errors::to_python_error;
use crate::python::listing::ListingIterator;
use crate::python::page::SessionPage;
use crate::python::runtime::reentrancy::attach_below;
use crate::python::runtime::{in_python, interrupt_again, process};

/// Rows on their way into a table. What a failed attempt gathered is there for the next one.
#[derive(Default)]
pub struct BatchAccumulator(Mutex<Gathered>);

#[derive(Default)]
struct Gathered {
    columns: Columns,
    batches: VecDeque<RecordBatch>,
}

impl BatchAccumulator {
    /// For tables of all columns, or of those that are chosen.
    pub fn new(projection: Option<Arc<Projection>>) -> Self {
        Self(Mutex::new(Gathered { columns: Columns::new(projection), batches: VecDeque::new() }))
    }

    fn lock(&self) -> MutexGuard<'_, Gathered> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Refuses to go on behind rows that a table was to have, and has not got: they would be lost.
    pub fn check_none_waits(&self) -> PyResult<()> {
        if !self.lock().holds_rows() {
            return Ok(());
        }
        Err(to_python_error(&Error::Configuration(
            "sessions of this listing were read for a table that was not finished, and wait for it: call \
             to_arrow(), to_pandas() or to_polars() again, or make a new iterator"
                .to_owned(),
        )))
    }

    pub fn add(&self, py: Python<'_>, page: &Page) -> PyResult<()> {
        py.detach(|| self.lock().add(page)).map_err(|error| raised(&error))
    }

    /// All that was gathered.
    pub fn take(&self, py: Python<'_>) -> PyResult<Batches> {
        let taken = py.detach(|| {
            let mut gathered = self.lock();
            gathered.take().map(|batches| Batches(batches.into(), gathered.columns.schema()))
        });
        taken.map_err(|error| raised(&error))
    }
}

impl Gathered {
    fn add(&mut self, page: &Page) -> Result<(), ArrowError> {
        for session in page.sessions() {
            self.columns.push(session);
            if self.columns.is_full() {
                self.close_batch()?;
            }
        }
        Ok(())
    }

    /// Ends the batch in the making, if it has any rows.
    fn close_batch(&mut self) -> Result<(), ArrowError> {
        if self.columns.rows() > 0 {
            self.batches.push_back(self.columns.finish()?);
        }
        Ok(())
    }

    fn take(&mut self) -> Result<VecDeque<RecordBatch>, ArrowError> {
        self.close_batch()?;
        Ok(std::mem::take(&mut self.batches))
    }

    fn holds_rows(&self) -> bool {
        self.columns.rows() > 0 || !self.batches.is_empty()
    }

    fn next(&mut self) -> Option<RecordBatch> {
        self.batches.pop_front()
    }
}

/// Record batches in memory; each stream of them is a new one.
#[pyclass(frozen, name = "_Batches", module = "blocks_sessions._core")]
pub struct Batches(Vec<RecordBatch>, SchemaRef);

impl Batches {
    /// One page as columns.
    pub fn of_page(py: Python<'_>, page: &Page) -> PyResult<Self> {
        let batches = BatchAccumulator::new(page.projection.clone());
        batches.add(py, page)?;
        batches.take(py)
    }

    pub fn stream(self, py: Python<'_>) -> PyResult<Bound<'_, PyCapsule>> {
        export(py, self.1, self.0.into_iter().map(Ok))
    }
}

#[pymethods]
impl Batches {
    #[pyo3(signature = (requested_schema=None))]
    #[expect(unused_variables, reason = "a wish, which the interface lets a producer ignore")]
    fn __arrow_c_stream__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<&Bound<'py, PyCapsule>>,
    ) -> PyResult<Bound<'py, PyCapsule>> {
        export(py, self.1.clone(), self.0.clone().into_iter().map(Ok))
    }
}

/// The table of an async listing in the making.
#[pyclass(frozen, name = "_BatchAccumulator", module = "blocks_sessions._core")]
pub struct AsyncBatchAccumulator(BatchAccumulator);

#[pymethods]
impl AsyncBatchAccumulator {
    /// The table of what a listing keeps.
    #[new]
    fn new(listing: &Bound<'_, AsyncListing>) -> Self {
        Self(BatchAccumulator::new(listing.get().projection()))
    }

    fn add(&self, py: Python<'_>, page: &Bound<'_, SessionPage>) -> PyResult<()> {
        self.0.add(py, &page.get().page)
    }

    fn take(&self, py: Python<'_>) -> PyResult<Batches> {
        self.0.take(py)
    }

    fn check_none_waits(&self) -> PyResult<()> {
        self.0.check_none_waits()
    }
}

/// A table as `blocks_sessions.frames` makes it, by one of its functions. What that needs is looked
/// for before anything is read.
pub fn table<'py>(
    py: Python<'py>,
    function: &str,
    gather: impl FnOnce() -> PyResult<Batches>,
) -> PyResult<Bound<'py, PyAny>> {
    let frames = py.import("blocks_sessions.frames")?;
    frames.call_method1("check", (function,))?;
    frames.call_method1(function, (gather()?,))
}

/// The schema of every table, as pyarrow has it.
pub fn python_schema(py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
    table(py, "schema", || Ok(Batches(Vec::new(), schema())))
}

/// An Arrow stream of what a listing still has. It reads nothing before it is read itself.
pub fn listing_stream<'py>(listing: &Bound<'py, ListingIterator>) -> PyResult<Bound<'py, PyCapsule>> {
    // The thread that is to let go of the listing must be there.
    process(listing.py())?;
    let listed = Some(listing.clone().unbind());
    let schema = listing.get().batches.lock().columns.schema();
    export(listing.py(), schema, ListingReader { listing: listed, failure: None })
}

struct ListingReader {
    /// There until the reader is dropped.
    listing: Option<Py<ListingIterator>>,
    /// What ended the last batch early: told when the next one is asked for.
    failure: Option<ArrowError>,
}

impl Iterator for ListingReader {
    type Item = Result<RecordBatch, ArrowError>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(failure) = self.failure.take() {
            return Some(Err(failure));
        }
        let batches = &self.listing.as_ref()?.get().batches;
        loop {
            if let Some(batch) = batches.lock().next() {
                return Some(Ok(batch));
            }
            match self.read_page() {
                Ok(Some(page)) => match batches.lock().add(&page) {
                    Ok(()) => continue,
                    Err(error) => self.failure = Some(error),
                },
                Ok(None) => {}
                Err(error) => self.failure = Some(error),
            }
            break;
        }
        // Rows that came before a failure reach the reader before it does.
        let mut gathered = batches.lock();
        match gathered.close_batch() {
            Ok(()) => gathered.next().map(Ok).or_else(|| self.failure.take().map(Err)),
            Err(error) => Some(Err(error)),
        }
    }
}

impl ListingReader {
    /// The next page; `None` at the end of the listing.
    fn read_page(&self) -> Result<Option<Page>, ArrowError> {
        let Some(listing) = &self.listing else { return Ok(None) };
        let read = attach_below(|py| {
            ListingIterator::next_rows(listing.bind(py)).map_err(|error| told(py, listing.get(), &error))
        });
        let stopping = || Err(ArrowError::ExternalError("the interpreter is shutting down".into()));
        read.unwrap_or_else(stopping)
    }
}

/// The error in the reader's terms, which has only its text; the exception itself is kept. A Ctrl-C would
/// be taken for a failure there, and so comes again once the reader is left.
fn told(py: Python<'_>, listing: &ListingIterator, error: &PyErr) -> ArrowError {
    // Streams hand texts on as C strings.
    let text = error.to_string().replace('\0', " ");
    listing.note_failure(error.clone_ref(py));
    if error.is_instance_of::<PyKeyboardInterrupt>(py)
        && let Err(unheard) = interrupt_again(py)
    {
        unheard.write_unraisable(py, None);
    }
    ArrowError::ExternalError(text.into())
}

impl Drop for ListingReader {
    /// Whoever lets go of a stream may have let go of the interpreter first, on a thread that still
    /// counts as attached to it.
    fn drop(&mut self) {
        let listing = self.listing.take();
        in_python(move |_| drop(listing));
    }
}

/// The stream as the Arrow PyCapsule interface wants it. A reader that asks for other types casts them
/// itself: the interface leaves that open, and to be able to would double the compiled module.
fn export(
    py: Python<'_>,
    schema: SchemaRef,
    batches: impl Iterator<Item = Result<RecordBatch, ArrowError>> + Send + 'static,
) -> PyResult<Bound<'_, PyCapsule>> {
    let reader = RecordBatchIterator::new(batches, schema);
    PyCapsule::new_with_value(py, FFI_ArrowArrayStream::new(Box::new(reader)), c"arrow_array_stream")
}

fn raised(error: &ArrowError) -> PyErr {
    PyRuntimeError::new_err(error.to_string())
}
