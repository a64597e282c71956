//! A listing as the iterators of both clients read it: a page at a time, with progress and warnings.

use std::sync::{Arc, Mutex, PoisonError};

use pyo3::prelude::*;

use super::arguments::ListingArguments;
use super::errors::to_python_error;
use super::progress::Progress;
use super::runtime::{spawn, wait};
use crate::core::client::Client;
use crate::core::error::Error;
use crate::core::listing::Listing;
use crate::core::listing::page::Page;
use crate::core::listing::plan::Range;

/// One page a call.
pub struct Pages {
    pub listing: Arc<Listing>,
    process: u32,
    progress: Option<Progress>,
    range: Range,
}

impl Pages {
    pub fn new(py: Python<'_>, client: Client, arguments: ListingArguments, eager: bool) -> PyResult<Self> {
        let progress = arguments.progress.map(|wish| Progress::new(wish.bind(py))).transpose()?.flatten();
        let range = arguments.request.range();
        let listing = arguments.request.start(client, eager).map_err(|error| to_python_error(&error))?;
        Ok(Self { listing: Arc::new(listing), process: std::process::id(), progress, range })
    }

    /// The next page, waited for.
    pub fn next(&self, py: Python<'_>) -> PyResult<Option<Page>> {
        self.check_process()?;
        let page = wait(py, self.listing.next_page()).inspect_err(|_| self.stop_progress(py))?;
        // What follows may raise, and the page must not be lost by it.
        if let Err(error) = self.tell(py, page.as_ref()) {
            page.into_iter().for_each(|page| self.listing.put_back(page));
            return Err(error);
        }
        Ok(page)
    }

    /// An awaitable of the next page, which comes as a [`Delivery`].
    pub fn next_async<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.check_process()?;
        let listing = self.listing.clone();
        spawn(py, async move {
            let page = listing.next_page().await?;
            Ok(page.map(|page| Delivery { listing, page: Mutex::new(Some(page)) }))
        })
    }

    /// Tells of progress, or, at the end, of doubts.
    pub fn tell(&self, py: Python<'_>, page: Option<&Page>) -> PyResult<()> {
        if let Some(page) = page {
            return self.show_progress(py, page);
        }
        self.stop_progress(py);
        self.warn(py)
    }

    /// An iterator cannot go on in a forked child: its requests are the parent's.
    fn check_process(&self) -> PyResult<()> {
        if self.process == std::process::id() {
            return Ok(());
        }
        Err(to_python_error(&Error::Configuration(
            "this iterator was made in another process; make a new one after the fork".to_owned(),
        )))
    }

    fn show_progress(&self, py: Python<'_>, page: &Page) -> PyResult<()> {
        let Some(progress) = &self.progress else { return Ok(()) };
        // By where the page stands, so that one which is handed out again is not counted twice.
        let done = page.offset.saturating_sub(self.range.offset) + page.len() as u64;
        let total = self.listing.report().total_count_last;
        let total = total
            .map(|total| total.saturating_sub(self.range.offset).min(self.range.max_items.unwrap_or(total)));
        progress.show(py, done, total)
    }

    pub fn stop_progress(&self, py: Python<'_>) {
        if let Some(progress) = &self.progress {
            progress.close(py);
        }
    }

    fn warn(&self, py: Python<'_>) -> PyResult<()> {
        let Some(doubt) = self.listing.take_doubt() else { return Ok(()) };
        let category = py.import("blocks_sessions.exceptions")?.getattr("IncompleteListingWarning")?;
        py.import("warnings")?.getattr("warn")?.call1((doubt, category, 2))?;
        Ok(())
    }

    pub fn close(&self, py: Python<'_>) {
        if self.check_process().is_ok() {
            self.listing.close();
        }
        self.stop_progress(py);
    }
}

/// A page on its way to an event loop. If nobody takes it, since the task that wanted it was
/// cancelled, it goes back to the listing.
#[pyclass(frozen, name = "_Delivery", module = "blocks_sessions._core")]
pub struct Delivery {
    listing: Arc<Listing>,
    page: Mutex<Option<Page>>,
}

impl Delivery {
    pub fn take(&self) -> Option<Page> {
        self.page.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl Drop for Delivery {
    fn drop(&mut self) {
        if let Some(page) = self.take() {
            self.listing.put_back(page);
        }
    }
}
