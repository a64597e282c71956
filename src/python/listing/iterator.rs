//! `ListingIterator`: what both blocking iterators share.

use std::sync::{Mutex, PoisonError};

use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyCapsule, PyTuple};
use pyo3::{PyTraverseError, PyVisit};

use super::pages::Pages;
use super::reading::ReportHandle;
use super::unread::Unread;
use crate::core::client::Client;
use crate::core::listing::rechunk::Page;
use crate::python::arrow::stream::{RowSource, stream_of};
use crate::python::arrow::{BatchAccumulator, Batches, End, StreamRequest, table};
use crate::python::convert::arguments::functions::Functions;
use crate::python::convert::arguments::listing_request::ListingArguments;
use crate::python::convert::errors::to_python_error;
use crate::python::partition;

/// What `SessionIterator` and `PageIterator` share: a list that is read piece by piece.
///
/// No request is made before the first item is asked for. A few pages are read ahead; `close()`,
/// leaving a `with` block or dropping the iterator stops that. If a request fails nothing is lost:
/// what was handed out stays valid, and the next `next()` tries that request again.
#[pyclass(frozen, subclass, weakref, module = "blocks_sessions")]
pub struct ListingIterator {
    pub pages: Pages,
    /// Sessions that were made and not handed out yet.
    pub unread: Unread,
    /// Rows on their way into a table.
    batches: BatchAccumulator,
    /// What the latest failed Arrow stream failed with.
    stream_error: Mutex<Option<PyErr>>,
}

impl ListingIterator {
    pub fn new(
        py: Python<'_>,
        client: Client,
        arguments: ListingArguments,
        eager: bool,
        functions: Functions,
    ) -> PyResult<Self> {
        let pages = Pages::new(py, client, arguments, eager, functions)?;
        let (unread, batches) = (Unread::default(), BatchAccumulator::new(pages.projection()));
        Ok(Self { pages, unread, batches, stream_error: Mutex::new(None) })
    }

    /// The next page that no table waits for.
    pub fn next_page(&self, py: Python<'_>) -> PyResult<Option<Page>> {
        if !self.pages.is_closed() {
            self.check_none_waits()?;
        }
        self.pages.next(py)
    }

    /// Refuses to go on behind rows that were read for a table, and wait for it.
    pub fn check_none_waits(&self) -> PyResult<()> {
        self.batches.check_none_waits()
    }

    /// The next rows that were not handed out yet, as a page.
    pub fn next_rows(&self, py: Python<'_>) -> PyResult<Option<Page>> {
        self.pages.listing()?;
        match self.unread.take_page().filter(|_| !self.pages.is_closed()) {
            Some(page) => Ok(Some(page)),
            None => self.pages.next(py),
        }
    }

    /// Sessions that were read and have not reached the reader.
    fn not_arrived(&self) -> usize {
        self.unread.len() + self.batches.waiting()
    }

    fn yielded(&self) -> u64 {
        self.pages.yielded(self.not_arrived())
    }

    /// Refuses a table or a stream that would lack rows which went elsewhere.
    fn check_reader(&self) -> PyResult<()> {
        self.pages.listing()?;
        let checked = self.batches.check_reader(None, self.pages.end(), self.yielded());
        checked.map_err(|error| to_python_error(&error))
    }

    /// Reads all that is left into columns.
    fn gather(&self, py: Python<'_>) -> PyResult<Batches> {
        self.check_reader()?;
        let _gathering = self.batches.begin().map_err(|error| to_python_error(&error))?;
        while let Some(page) = self.next_rows(py)? {
            if let Err(error) = self.batches.add(py, &page) {
                self.pages.put_back(page)?;
                return Err(error);
            }
        }
        self.batches.take(py)
    }

    fn table<'py>(&self, py: Python<'py>, function: &str) -> PyResult<Bound<'py, PyAny>> {
        table(py, function, || self.gather(py), |batches| self.batches.put_back(batches))
    }
}

impl Drop for ListingIterator {
    fn drop(&mut self) {
        // What a fork left behind is nobody's, and its locks may be held for ever.
        if self.pages.listing().is_ok() {
            self.pages.leave(self.not_arrived());
            self.pages.note_misfits(self.batches.misfits());
        }
    }
}

/// A listing as the source of a stream.
struct Listed(Py<ListingIterator>);

impl RowSource for Listed {
    fn next_rows(&self, py: Python<'_>) -> PyResult<Option<Page>> {
        self.0.get().next_rows(py)
    }

    fn batches(&self) -> &BatchAccumulator {
        &self.0.get().batches
    }

    fn put_back(&self, page: Page) {
        // One of another process is not read, and so has nothing to take back.
        let _ours = self.0.get().pages.put_back(page);
    }

    fn end(&self) -> End {
        self.0.get().pages.end()
    }

    fn yielded(&self) -> u64 {
        self.0.get().yielded()
    }

    fn note_failure(&self, error: PyErr) {
        *self.0.get().stream_error.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
    }
}

#[pymethods]
impl ListingIterator {
    /// `total_count` of the latest answer; `None` before the first, or if the service sends none.
    #[getter]
    fn total_count(&self) -> PyResult<Option<u64>> {
        Ok(self.pages.listing()?.report().total_count_last)
    }

    /// How many answers have come.
    #[getter]
    fn pages_fetched(&self) -> PyResult<u64> {
        Ok(self.pages.listing()?.pages_fetched())
    }

    /// What is known of the listing so far.
    #[getter]
    fn report<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.pages.note_misfits(self.batches.misfits());
        self.pages.report(py, self.not_arrived(), self.batches.doubt())
    }

    /// What stays of the listing's report when it is gone.
    fn _reading(&self) -> PyResult<ReportHandle> {
        self.pages.reading()
    }

    /// What reading a part came to, and the ids that it yielded.
    fn _evidence<'py>(&self, py: Python<'py>, part: &str) -> PyResult<(String, Bound<'py, PyBytes>)> {
        let arrived = self.not_arrived() == 0 && self.batches.doubt().is_none();
        partition::evidence(py, &self.pages, part, arrived)
    }

    /// The report, as the core reads it again.
    fn _report_text(&self) -> PyResult<String> {
        let lost = self.batches.doubt().map_or(0, |_| 1);
        partition::report_text(&self.pages, self.not_arrived() + lost)
    }

    /// Stop the listing and its requests; sessions that were handed out stay valid.
    fn close(&self, py: Python<'_>) -> PyResult<()> {
        self.pages.close(py)
    }

    /// Return what is left as a pyarrow table, of the schema that `SessionsClient.schema()` tells.
    ///
    /// Raises:
    ///     ConfigurationError: pyarrow is not installed, or rows of the listing went elsewhere: it was
    ///         read to its end, or closed, or a stream took a part of it.
    ///     SessionsError: Whatever a request failed with. What was read until then is kept: the next
    ///         call goes on from there and returns it too.
    fn to_arrow<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.table(py, "to_arrow")
    }

    /// Return what is left as a pandas frame.
    ///
    /// Counts and flags stay integers and booleans where some are missing.
    ///
    /// Raises:
    ///     ConfigurationError: pandas or pyarrow is not installed.
    ///     SessionsError: Whatever a request failed with. What was read until then is kept: the next
    ///         call goes on from there and returns it too.
    fn to_pandas<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.table(py, "to_pandas")
    }

    /// Return what is left as a polars frame.
    ///
    /// Raises:
    ///     ConfigurationError: polars is not installed.
    ///     SessionsError: Whatever a request failed with. What was read until then is kept: the next
    ///         call goes on from there and returns it too.
    fn to_polars<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.table(py, "to_polars")
    }

    #[pyo3(signature = (requested_schema=None, *, batch_size=None))]
    fn __arrow_c_stream__<'py>(
        slf: &Bound<'py, Self>,
        requested_schema: Option<&Bound<'py, PyCapsule>>,
        batch_size: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyCapsule>> {
        let request = StreamRequest::read(requested_schema, batch_size)?;
        slf.get().check_reader()?;
        stream_of(slf.py(), Listed(slf.clone().unbind()), request)
    }

    /// The exception with which the latest Arrow stream of the iterator failed.
    ///
    /// Whoever reads a stream (polars, DuckDB, pyarrow) raises an error of its own, with the text only.
    #[getter]
    fn stream_error(&self, py: Python<'_>) -> Option<PyErr> {
        let error = self.stream_error.lock().unwrap_or_else(PoisonError::into_inner);
        error.as_ref().map(|error| error.clone_ref(py))
    }

    fn __iter__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    fn __enter__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    #[pyo3(signature = (*_exception))]
    fn __exit__(&self, py: Python<'_>, _exception: &Bound<'_, PyTuple>) -> PyResult<()> {
        self.close(py)
    }

    fn __repr__(slf: &Bound<'_, Self>) -> PyResult<String> {
        Ok(format!("<{}: {}>", slf.get_type().name()?, slf.get().pages.summary(slf.get().not_arrived())))
    }

    /// A card for notebooks: what is listed, how far it is, and what to do next. It reads nothing.
    fn _repr_html_<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        let unread = slf.get().not_arrived();
        let html = slf.py().import("blocks_sessions.display")?.getattr("listing_html")?;
        html.call1((slf.get_type().name()?, slf.get().pages.facts(slf.py(), unread)?))
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        self.pages.traverse(&visit)
    }
}
