//! What the async iterators stand on: a listing whose pages are awaited.
//! It crosses into an event loop once a page; the iterators themselves are written in Python.

use std::sync::Arc;

use pyo3::prelude::*;

use super::arguments::ListingArguments;
use super::listing_report::report_to_python;
use super::page::SessionPage;
use super::pages::{Delivery, Pages};
use super::token::LatestLoop;
use crate::core::client::Client;

/// A listing for an event loop.
#[pyclass(frozen, name = "_AsyncListing", module = "blocks_sessions._core")]
pub struct AsyncListing {
    pages: Pages,
    latest_loop: Option<Arc<LatestLoop>>,
}

impl AsyncListing {
    pub fn start(
        py: Python<'_>,
        client: Client,
        arguments: ListingArguments,
        eager: bool,
        latest_loop: Option<Arc<LatestLoop>>,
    ) -> PyResult<Self> {
        Ok(Self { pages: Pages::new(py, client, arguments, eager)?, latest_loop })
    }
}

#[pymethods]
impl AsyncListing {
    /// An awaitable of the next page on its way, or of `None` at the end.
    fn fetch<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        if let Some(latest_loop) = &self.latest_loop {
            latest_loop.note(py)?;
        }
        self.pages.next_async(py)
    }

    /// Takes what `fetch` brought, and tells of progress and doubts.
    fn receive(
        &self,
        py: Python<'_>,
        delivery: Option<&Bound<'_, Delivery>>,
    ) -> PyResult<Option<SessionPage>> {
        let page = delivery.and_then(|delivery| delivery.get().take());
        if let Err(error) = self.pages.tell(py, page.as_ref()) {
            page.into_iter().for_each(|page| self.pages.listing.put_back(page));
            return Err(error);
        }
        Ok(page.map(SessionPage::new))
    }

    /// Ends the progress bar of a listing that failed, or was cancelled.
    fn pause(&self, py: Python<'_>) {
        self.pages.stop_progress(py);
    }

    fn close(&self, py: Python<'_>) {
        self.pages.close(py);
    }

    #[getter]
    fn closed(&self) -> bool {
        self.pages.listing.is_closed()
    }

    #[getter]
    fn total_count(&self) -> Option<u64> {
        self.pages.listing.report().total_count_last
    }

    #[getter]
    fn pages_fetched(&self) -> u64 {
        self.pages.listing.pages_fetched()
    }

    #[getter]
    fn report<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        report_to_python(py, &self.pages.listing.report())
    }

    #[getter]
    fn summary(&self) -> String {
        self.pages.listing.summary()
    }
}
