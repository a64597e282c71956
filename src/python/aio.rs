//! What the async iterators stand on: a listing whose pages are awaited.
//! It crosses into an event loop once a page; the iterators themselves are written in Python.

use std::sync::Arc;

use pyo3::prelude::*;
use pyo3::types::PyDict;
use pyo3::{PyTraverseError, PyVisit};

use crate::core::client::Client;
use crate::core::filter::Projection;
use crate::python::convert::listing_request::ListingArguments;
use crate::python::convert::report::report_to_python;
use crate::python::convert::token::TokenFunction;
use crate::python::page::SessionPage;
use crate::python::pages::{PageLease, Pages};
use crate::python::progress::Ending;

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
        token: Option<Py<TokenFunction>>,
    ) -> PyResult<Self> {
        Ok(Self { pages: Pages::new(py, client, arguments, eager, token)? })
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
        self.pages.next_async(py)
    }

    /// Takes what `fetch` brought, and tells of progress and doubts.
    fn receive(&self, py: Python<'_>, lease: Option<&Bound<'_, PageLease>>) -> PyResult<Option<SessionPage>> {
        let Some(lease) = lease else {
            self.pages.tell(py, None)?;
            return Ok(None);
        };
        let page = lease.get().take(|page| self.pages.tell(py, Some(page)))?;
        Ok(page.map(SessionPage::new))
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
        report_to_python(py, &self.pages.listing()?.report().without(unread))
    }

    fn summary(&self, unread: usize) -> String {
        self.pages.summary(unread)
    }

    #[expect(clippy::needless_pass_by_value, reason = "what pyo3 expects")]
    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        self.pages.traverse(&visit)
    }
}
