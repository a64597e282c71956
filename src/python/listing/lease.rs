//! A page on its way to an event loop: taken by the task that asked for it, or given back.

use std::sync::{Arc, Mutex, PoisonError};

use pyo3::prelude::*;
use tokio::sync::OwnedMutexGuard;

use crate::core::listing::Listing;
use crate::core::listing::rechunk::Page;
use crate::python::runtime::fork::ProcessBound;

/// A page on its way to an event loop. If nobody takes it, since the task that wanted it was
/// cancelled, it goes back to the listing before anybody else has a turn.
#[pyclass(frozen, name = "_PageLease", module = "blocks_sessions._core")]
pub struct PageLease {
    /// Locked with the interpreter at hand only.
    page: Mutex<Option<ProcessBound<LeasedPage>>>,
}

struct LeasedPage {
    page: Option<Page>,
    listing: Arc<Listing>,
    _turn: OwnedMutexGuard<()>,
}

impl PageLease {
    /// A page of this listing, whose next one waits for the turn that this one holds.
    pub fn new(page: Page, listing: Arc<Listing>, turn: OwnedMutexGuard<()>) -> Self {
        let leased = LeasedPage { page: Some(page), listing, _turn: turn };
        Self { page: Mutex::new(Some(ProcessBound::new(leased))) }
    }

    /// Takes the page if `look` has nothing against it.
    pub fn take<E>(&self, look: impl FnOnce(&Page) -> Result<(), E>) -> Result<Option<Page>, E> {
        let page = self.page.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(mut page) = page.and_then(ProcessBound::into_inner) else { return Ok(None) };
        page.page.as_ref().map_or(Ok(()), look)?;
        Ok(page.page.take())
    }
}

impl Drop for LeasedPage {
    fn drop(&mut self) {
        if let Some(page) = self.page.take() {
            self.listing.put_back(page);
        }
    }
}
