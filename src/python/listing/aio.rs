//! What the async iterators stand on: a listing whose pages are awaited.
//! It crosses into an event loop once a page; the iterators themselves are written in Python.

use std::sync::Arc;

use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};
use pyo3::{PyTraverseError, PyVisit};

use super::lease::PageLease;
use super::pages::Pages;
use super::progress::Ending;
use super::reading::ReportHandle;
use crate::core::client::Client;
use crate::core::filter::Projection;
use crate::python::arrow::{BatchAccumulator, Batches, End};
use crate::python::convert::arguments::functions::Functions;
use crate::python::convert::arguments::listing_request::ListingArguments;
use crate::python::convert::errors::{never_an_end, to_python_error};
use crate::python::page::SessionPage;
use crate::python::partition;

/// A listing for an event loop.
#[pyclass(frozen, name = "_AsyncListing", module = "blocks_sessions._core")]
pub struct AsyncListing {
    pages: Pages,
}

impl AsyncListing {
    pub fn start(
        py: Python<'_>,
        client: Client,
        arguments: ListingArguments,
        eager: bool,
        functions: Functions,
    ) -> PyResult<Self> {
        Ok(Self { pages: Pages::new(py, client, arguments, eager, functions)? })
    }
}

impl AsyncListing {
    /// The fields that are kept; `None` for all.
    pub fn projection(&self) -> Option<Arc<Projection>> {
        self.pages.projection()
    }
}

#[pymethods]
impl AsyncListing {
    /// An awaitable of the next page on its way, or of `None` at the end.
    fn fetch<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.pages.next_async(py).map_err(|error| never_an_end(py, error))
    }

    /// Takes what `fetch` brought, and tells of progress and doubts.
    fn receive(&self, py: Python<'_>, lease: Option<&Bound<'_, PageLease>>) -> PyResult<Option<SessionPage>> {
        let Some(lease) = lease else {
            self.pages.tell(py, None).map_err(|error| never_an_end(py, error))?;
            return self.pages.closed_end(py).map(|()| None);
        };
        let page = lease.get().take(|page| self.pages.tell(py, Some(page)));
        Ok(page.map_err(|error| never_an_end(py, error))?.map(SessionPage::new))
    }

    /// Takes back a page that did not become rows of a table.
    fn put_back(&self, page: &Bound<'_, SessionPage>) -> PyResult<()> {
        self.pages.put_back(page.get().page.clone())
    }

    /// What reading a part came to, and the ids that it yielded; `unread` sessions wait to be handed out.
    fn evidence<'py>(
        &self,
        py: Python<'py>,
        part: &str,
        unread: usize,
    ) -> PyResult<(String, Bound<'py, PyBytes>)> {
        partition::evidence(py, &self.pages, part, unread == 0)
    }

    /// The report, as the core reads it again.
    fn report_text(&self, unread: usize) -> PyResult<String> {
        partition::report_text(&self.pages, unread)
    }

    /// Ends the progress bar of a listing that failed, or was cancelled.
    fn pause(&self, py: Python<'_>) -> PyResult<()> {
        self.pages.end_progress(py, Ending::Failed)
    }

    fn close(&self, py: Python<'_>) -> PyResult<()> {
        self.pages.close(py)
    }

    /// What a notebook shows; `unread` sessions wait to be handed out.
    fn facts<'py>(&self, py: Python<'py>, unread: usize) -> PyResult<Bound<'py, PyDict>> {
        self.pages.facts(py, unread)
    }

    #[getter]
    fn closed(&self) -> bool {
        self.pages.is_closed()
    }

    #[getter]
    fn total_count(&self) -> PyResult<Option<u64>> {
        Ok(self.pages.listing()?.report().total_count_last)
    }

    #[getter]
    fn pages_fetched(&self) -> PyResult<u64> {
        Ok(self.pages.listing()?.pages_fetched())
    }

    fn report<'py>(&self, py: Python<'py>, unread: usize) -> PyResult<Bound<'py, PyAny>> {
        self.pages.report(py, unread, None)
    }

    /// Notes how many sessions the iterator, which is let go of, leaves unread.
    fn leave(&self, unread: usize) {
        self.pages.leave(unread);
    }

    /// Notes how many values did not fit the columns of its tables.
    fn note_misfits(&self, misfits: u64) {
        self.pages.note_misfits(misfits);
    }

    /// What stays of the listing's report when it is gone.
    fn reading(&self) -> PyResult<ReportHandle> {
        self.pages.reading()
    }

    /// Refuses a table that would lack rows which went elsewhere.
    fn check_reader(&self, batches: &AsyncBatchAccumulator, unread: usize) -> PyResult<()> {
        let yielded = self.pages.yielded(unread);
        let checked = batches.0.check_reader(None, self.pages.end(), yielded);
        checked.map_err(|error| to_python_error(&error))
    }

    /// Whether it was closed, and whoever asks did that; an error for anybody else.
    fn is_over(&self, py: Python<'_>) -> PyResult<bool> {
        let closed = self.pages.end() == End::Closed;
        if closed {
            self.pages.closed_end(py)?;
        }
        Ok(closed)
    }

    fn summary(&self, unread: usize) -> String {
        self.pages.summary(unread)
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        self.pages.traverse(&visit)
    }
}

/// The table of an async listing in the making.
#[pyclass(frozen, name = "_BatchAccumulator", module = "blocks_sessions._core")]
pub struct AsyncBatchAccumulator(BatchAccumulator);

#[pymethods]
impl AsyncBatchAccumulator {
    /// The table of what a listing keeps, or of these fields; without either, of all columns.
    #[new]
    #[pyo3(signature = (listing=None, fields=None))]
    fn new(listing: Option<&Bound<'_, AsyncListing>>, fields: Option<Vec<String>>) -> Self {
        let chosen = fields.and_then(|fields| Projection::parse(&fields).ok()).map(Arc::new);
        Self(BatchAccumulator::new(chosen.or_else(|| listing?.get().projection())))
    }

    /// How many values did not fit their columns.
    #[getter]
    fn misfits(&self) -> u64 {
        self.0.misfits()
    }

    #[getter]
    fn waiting(&self) -> usize {
        self.0.waiting()
    }

    fn add(&self, py: Python<'_>, page: &Bound<'_, SessionPage>) -> PyResult<()> {
        self.0.add(py, &page.get().page)
    }

    /// Adds sessions that are a JSON array.
    fn add_json(&self, py: Python<'_>, text: &[u8]) -> PyResult<()> {
        self.0.add_json(py, text)
    }

    /// Begins a table, which no other may be made beside; `end` ends that.
    fn begin(&self) -> PyResult<()> {
        self.0.begin().map(std::mem::forget).map_err(|error| to_python_error(&error))
    }

    fn end(&self) {
        self.0.end();
    }

    fn take(&self, py: Python<'_>) -> PyResult<Batches> {
        self.0.take(py)
    }

    /// Takes back what did not become a table.
    fn put_back(&self, batches: &Bound<'_, Batches>) {
        self.0.put_back(batches.get());
    }

    fn check_none_waits(&self) -> PyResult<()> {
        self.0.check_none_waits()
    }
}
