//! A listing as the iterators of both clients read it: a page at a time, with progress and warnings.

use std::sync::{Arc, Mutex, PoisonError};

use pyo3::prelude::*;
use pyo3::{PyTraverseError, PyVisit};
use tokio::sync::OwnedMutexGuard;

use super::awaitable::spawn;
use super::errors::to_python_error;
use super::listing_request::ListingArguments;
use super::process::ProcessBound;
use super::progress::Progress;
use super::runtime::wait;
use super::token::TokenFunction;
use crate::core::client::Client;
use crate::core::error::Error;
use crate::core::listing::Listing;
use crate::core::listing::page::Page;
use crate::core::listing::plan::Range;

/// One page a call.
pub struct Pages {
    listing: ProcessBound<Arc<Listing>>,
    progress: Option<Progress>,
    range: Range,
    /// The client's, which may be gone before its iterators are.
    token: Option<Py<TokenFunction>>,
    /// Of the awaitables, one after the other: a page that comes back takes its old place.
    turn: Arc<tokio::sync::Mutex<()>>,
}

impl Pages {
    pub fn new(
        py: Python<'_>,
        client: Client,
        arguments: ListingArguments,
        eager: bool,
        token: Option<Py<TokenFunction>>,
    ) -> PyResult<Self> {
        let progress = arguments.progress.map(|wish| Progress::new(wish.bind(py))).transpose()?.flatten();
        let range = arguments.request.range();
        let listing = arguments.request.start(client, eager).map_err(|error| to_python_error(&error))?;
        let listing = ProcessBound::new(Arc::new(listing));
        Ok(Self { listing, progress, range, token, turn: Arc::default() })
    }

    /// The listing.
    ///
    /// # Errors
    /// In a forked child, where its requests are not ours.
    pub fn listing(&self) -> PyResult<&Arc<Listing>> {
        self.listing.get().ok_or_else(|| {
            to_python_error(&Error::Configuration(
                "this iterator was made in another process; make a new one after the fork".to_owned(),
            ))
        })
    }

    pub fn summary(&self) -> String {
        let listing = self.listing.get();
        listing.map_or_else(|| "made in another process".to_owned(), |listing| listing.summary())
    }

    pub fn is_closed(&self) -> bool {
        self.listing.get().is_some_and(|listing| listing.is_closed())
    }

    /// The next page, waited for.
    pub fn next(&self, py: Python<'_>) -> PyResult<Option<Page>> {
        let listing = self.listing()?;
        let page = wait(py, listing.next_page()).inspect_err(|_| self.stop_progress(py))?;
        // What follows may raise, and the page must not be lost by it.
        if let Err(error) = self.tell(py, page.as_ref()) {
            if let Some(page) = page {
                listing.put_back(page);
            }
            return Err(error);
        }
        Ok(page)
    }

    /// An awaitable of the next page, which comes as a [`Delivery`].
    pub fn next_async<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        if let Some(token) = &self.token {
            token.get().note_loop(py)?;
        }
        let (listing, turn) = (self.listing()?.clone(), self.turn.clone());
        spawn(py, async move {
            let turn = turn.lock_owned().await;
            let page = listing.next_page().await?;
            Ok(page.map(|page| Delivery::new(Parcel { page: Some(page), listing, _turn: turn })))
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

    fn show_progress(&self, py: Python<'_>, page: &Page) -> PyResult<()> {
        let Some(progress) = &self.progress else { return Ok(()) };
        // By where the page stands, so that one which is handed out again is not counted twice.
        let done = page.offset.saturating_sub(self.range.offset) + page.len() as u64;
        let total = self.listing()?.report().total_count_last;
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
        let Some(doubt) = self.listing()?.take_doubt() else { return Ok(()) };
        py.import("blocks_sessions._warn")?.getattr("incomplete")?.call1((doubt,))?;
        Ok(())
    }

    pub fn close(&self, py: Python<'_>) {
        if let Some(listing) = self.listing.get() {
            listing.close();
            self.stop_progress(py);
        }
    }

    /// Shows the garbage collector what is held of Python's.
    pub fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        self.progress.as_ref().map_or(Ok(()), |progress| progress.traverse(visit))?;
        visit.call(&self.token)
    }
}

/// A page on its way to an event loop. If nobody takes it, since the task that wanted it was
/// cancelled, it goes back to the listing before anybody else has a turn.
#[pyclass(frozen, name = "_Delivery", module = "blocks_sessions._core")]
pub struct Delivery {
    /// Locked with the interpreter at hand only.
    parcel: Mutex<Option<ProcessBound<Parcel>>>,
}

struct Parcel {
    page: Option<Page>,
    listing: Arc<Listing>,
    _turn: OwnedMutexGuard<()>,
}

impl Delivery {
    fn new(parcel: Parcel) -> Self {
        Self { parcel: Mutex::new(Some(ProcessBound::new(parcel))) }
    }

    /// Takes the page if `look` has nothing against it.
    pub fn take<E>(&self, look: impl FnOnce(&Page) -> Result<(), E>) -> Result<Option<Page>, E> {
        let parcel = self.parcel.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(mut parcel) = parcel.and_then(ProcessBound::into_inner) else { return Ok(None) };
        parcel.page.as_ref().map_or(Ok(()), look)?;
        Ok(parcel.page.take())
    }
}

impl Drop for Parcel {
    fn drop(&mut self) {
        if let Some(page) = self.page.take() {
            self.listing.put_back(page);
        }
    }
}
