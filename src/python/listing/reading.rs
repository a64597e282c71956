//! What stays of a listing when its iterator is gone, and who reads or closes it.

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::thread::ThreadId;

use pyo3::prelude::*;
use pyo3::types::{PyWeakref, PyWeakrefMethods, PyWeakrefReference};

use crate::core::listing::Listing;
use crate::core::model::report::ListingReport;
use crate::python::convert::report::report_to_python;
use crate::python::runtime::awaitable::current_task;

/// A listing's report, for whoever does not keep the listing alive.
pub struct KeptReport {
    listing: Weak<Listing>,
    /// Sessions that were read and had not reached the caller when the iterator was let go of.
    unread: AtomicUsize,
    /// Values that did not fit the columns of its tables.
    misfits: AtomicU64,
    /// It was read to its end before.
    finished: AtomicBool,
    last: Mutex<Option<ListingReport>>,
}

impl KeptReport {
    pub fn new(listing: &Arc<Listing>) -> Self {
        let (listing, unread, misfits) = (Arc::downgrade(listing), AtomicUsize::new(0), AtomicU64::new(0));
        Self { listing, unread, misfits, finished: AtomicBool::new(false), last: Mutex::new(None) }
    }

    /// Notes how many sessions an iterator that is let go of leaves unread.
    pub fn leave(&self, unread: usize) {
        self.unread.store(unread, Ordering::Relaxed);
    }

    /// Notes how many values did not fit the columns of its tables.
    pub fn note_misfits(&self, misfits: u64) {
        self.misfits.store(misfits, Ordering::Relaxed);
    }

    pub fn misfits(&self) -> u64 {
        self.misfits.load(Ordering::Relaxed)
    }

    /// Keeps the last report of a listing that is let go of: one that is not at its end is closed by that.
    pub fn keep(&self, listing: &Listing) {
        self.finished.store(listing.is_finished(), Ordering::Relaxed);
        listing.close();
        let report = listing.report().without(self.unread.load(Ordering::Relaxed));
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some(report);
    }

    /// The report, if there was an answer, or an end without one (of no items, for example).
    fn report(&self) -> Option<ListingReport> {
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let report = last.or_else(|| self.listing.upgrade().map(|listing| listing.report()))?;
        let is_finished = self.listing.upgrade().is_some_and(|listing| listing.is_finished());
        let known = report.started_at.is_some() || is_finished || self.finished.load(Ordering::Relaxed);
        known.then(|| report.with_misfits(self.misfits()))
    }
}

/// A reading of a list that somebody else does.
#[pyclass(frozen, name = "_Reading", module = "blocks_sessions._core")]
pub struct ReportHandle(Arc<KeptReport>);

impl ReportHandle {
    pub fn new(kept: Arc<KeptReport>) -> Self {
        Self(kept)
    }
}

#[pymethods]
impl ReportHandle {
    /// What is known of it; `None` before the first answer. While its iterator lives, only that knows what
    /// of it has not reached the caller.
    fn report<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        self.0.report().map(|report| report_to_python(py, &report)).transpose()
    }
}

/// Who reads or closes a listing: a task of asyncio, or else a thread.
pub enum Caller {
    Thread(ThreadId),
    Task(Py<PyWeakref>),
    /// Code that was called from within a call for a page: nobody who waits for it.
    Callback,
}

impl Caller {
    /// Whoever runs here.
    pub fn here(py: Python<'_>) -> Self {
        let task = current_task(py).and_then(|task| PyWeakrefReference::new(&task).ok());
        match task.and_then(|task| task.into_any().cast_into::<PyWeakref>().ok()) {
            Some(task) => Self::Task(task.unbind()),
            None => Self::Thread(std::thread::current().id()),
        }
    }

    /// Whether it is whoever runs here.
    pub fn is_here(&self, py: Python<'_>) -> bool {
        match self {
            Self::Callback => false,
            Self::Thread(thread) => *thread == std::thread::current().id(),
            Self::Task(task) => {
                let known = task.bind(py).upgrade();
                known.zip(current_task(py)).is_some_and(|(known, task)| known.is(&task))
            }
        }
    }
}
