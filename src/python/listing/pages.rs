//! A listing as the iterators of both clients read it: a page at a time, with progress and warnings.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use pyo3::prelude::*;
use pyo3::types::PyDict;
use pyo3::{PyTraverseError, PyVisit};

use super::lease::PageLease;
use super::progress::{Ending, Progress};
use super::reading::{Caller, KeptReport, ReportHandle};
use crate::core::client::Client;
use crate::core::error::Error;
use crate::core::filter::{Choice, Projection};
use crate::core::listing::plan::Range;
use crate::core::listing::rechunk::Page;
use crate::core::listing::{Consistency, Listing, ListingRequest};
use crate::python::arrow::End;
use crate::python::convert::arguments::functions::Functions;
use crate::python::convert::arguments::listing_request::ListingArguments;
use crate::python::convert::errors::{never_an_end, to_python_error};
use crate::python::convert::report::report_to_python;

use crate::python::runtime::awaitable::spawn_for;
use crate::python::runtime::caller::CallerContext;
use crate::python::runtime::fork::ProcessBound;
use crate::python::runtime::reentrancy::call_out;
use crate::python::runtime::wait_for;
use crate::threads::Load;

/// One page a call.
pub struct Pages {
    listing: ProcessBound<Arc<Listing>>,
    progress: Option<Progress>,
    requested: RequestedRange,
    /// The last call for a page raised: Ctrl-C, or a failure. The next one goes on.
    interrupted: AtomicBool,
    /// Who asked last for a page, and who closed it.
    reader: Mutex<Option<Caller>>,
    closer: Mutex<Option<Caller>>,
    /// Calls for a page that have not returned: what closes the listing then, on the reader's own thread, is a
    /// callback, and not the loop around the call.
    under_way: AtomicUsize,
    /// Where its report stays when it is gone.
    kept_report: Arc<KeptReport>,
    /// The client's, which may be gone before its iterators are.
    functions: Functions,
    /// Whoever made it: the lines of its requests are theirs, also those between two pages.
    caller: Arc<CallerContext>,
    /// Of the awaitables, one after the other: a page that comes back takes its old place.
    turn: Arc<tokio::sync::Mutex<()>>,
}

impl Pages {
    pub fn new(
        py: Python<'_>,
        client: Client,
        arguments: ListingArguments,
        eager: bool,
        functions: Functions,
    ) -> PyResult<Self> {
        let progress = arguments.progress.map(|wish| Progress::new(wish.bind(py))).transpose()?.flatten();
        let requested = RequestedRange::of(&arguments.request);
        let listing = arguments.request.start(client, eager).map_err(|error| to_python_error(&error))?;
        let kept_report = Arc::new(KeptReport::new(&listing));
        let (reader, closer) = (Mutex::new(None), Mutex::new(None));
        let interrupted = AtomicBool::new(false);
        let (listing, caller) = (ProcessBound::new(listing), CallerContext::here(py)?);
        Ok(Self {
            listing,
            progress,
            requested,
            interrupted,
            reader,
            closer,
            under_way: AtomicUsize::new(0),
            kept_report,
            functions,
            caller,
            turn: Arc::default(),
        })
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

    /// The fields that are kept; `None` for all, and of a listing that is not ours.
    pub fn projection(&self) -> Option<Arc<Projection>> {
        self.listing.get().and_then(|listing| listing.choice().projection.clone())
    }

    /// One line; `unread` sessions wait to be handed out.
    pub fn summary(&self, unread: usize) -> String {
        let listing = self.listing.get();
        listing.map_or_else(|| "made in another process".to_owned(), |listing| listing.summary(unread))
    }

    pub fn is_closed(&self) -> bool {
        self.listing.get().is_some_and(|listing| listing.is_closed())
    }

    /// How far the listing is.
    pub fn end(&self) -> End {
        match self.listing.get() {
            Some(listing) if listing.is_finished() => End::Finished,
            Some(listing) if listing.is_closed() => End::Closed,
            _ => End::Open,
        }
    }

    /// The end of a listing that is closed. For whoever was reading when somebody else closed it, it is none.
    pub fn closed_end(&self, py: Python<'_>) -> PyResult<()> {
        let ended = self.end() != End::Closed || is_here(&self.closer, py) || !is_here(&self.reader, py);
        if ended { Ok(()) } else { Err(to_python_error(&closed())) }
    }

    /// Notes who asks for a page of a listing that is open.
    fn note_reader(&self, py: Python<'_>) {
        if self.end() == End::Open {
            *self.reader.lock().unwrap_or_else(PoisonError::into_inner) = Some(Caller::here(py));
        }
    }

    /// Sessions that reached the caller; `unread` are read and wait.
    pub fn yielded(&self, unread: usize) -> u64 {
        self.listing.get().map_or(0, |listing| listing.report().without(unread).yielded)
    }

    /// What is known so far; `unread` sessions have not reached the caller, and `doubt` says why others have not.
    pub fn report<'py>(
        &self,
        py: Python<'py>,
        unread: usize,
        doubt: Option<String>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let mut report = self.listing()?.report().without(unread).doubted(doubt);
        // What was closed when all that was wanted had been handed out was not closed before its end.
        report.closed &= self.requested.range.max_items.is_none_or(|most| report.yielded < most);
        report_to_python(py, &report.with_misfits(self.kept_report.misfits()))
    }

    pub fn reading(&self) -> PyResult<ReportHandle> {
        self.listing()?;
        Ok(ReportHandle::new(self.kept_report.clone()))
    }

    /// Notes how many sessions an iterator that is let go of leaves unread.
    pub fn leave(&self, unread: usize) {
        self.kept_report.leave(unread);
    }

    /// Notes how many values did not fit the columns of its tables.
    pub fn note_misfits(&self, misfits: u64) {
        self.kept_report.note_misfits(misfits);
    }

    /// Takes back a page that did not reach the caller.
    pub fn put_back(&self, page: Page) -> PyResult<()> {
        self.listing()?.put_back(page);
        Ok(())
    }

    /// The next page, waited for. No error of a callback looks like the end of the iteration.
    pub fn next(&self, py: Python<'_>) -> PyResult<Option<Page>> {
        self.under_way.fetch_add(1, Ordering::AcqRel);
        let read = self.read(py);
        self.under_way.fetch_sub(1, Ordering::AcqRel);
        read.map_err(|error| never_an_end(py, error))
    }

    fn read(&self, py: Python<'_>) -> PyResult<Option<Page>> {
        let listing = self.listing()?;
        self.note_reader(py);
        self.begin_progress(py)?;
        loop {
            let page = match wait_for(py, self.caller.clone(), load(listing), listing.next_page()) {
                Ok(page) => page,
                Err(error) => return Err(self.failed(py, error)),
            };
            self.interrupted.store(false, Ordering::Relaxed);
            // What follows may raise, and the page must not be lost by it.
            if let Err(error) = self.tell(py, page.as_ref()) {
                if let Some(page) = page {
                    listing.put_back(page);
                }
                return Err(error);
            }
            // A page without sessions is one of which only the progress is told.
            if page.as_ref().is_some_and(Page::is_empty) {
                continue;
            }
            if page.is_none() {
                self.closed_end(py)?;
            }
            return Ok(page);
        }
    }

    /// An awaitable of the next page, which comes as a [`PageLease`].
    pub fn next_async<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.functions.note_loop(py)?;
        let (listing, turn) = (self.listing()?.clone(), self.turn.clone());
        self.note_reader(py);
        self.begin_progress(py)?;
        let was_closed = listing.is_closed();
        spawn_for(py, self.caller.clone(), load(&listing), async move {
            let turn = turn.lock_owned().await;
            let page = listing.next_page().await?;
            if page.is_none() && listing.is_closed() && !was_closed && !listing.is_finished() {
                return Err(closed());
            }
            Ok(page.map(|page| PageLease::new(page, listing, turn)))
        })
    }

    /// Tells of progress, or, at the end, of doubts.
    pub fn tell(&self, py: Python<'_>, page: Option<&Page>) -> PyResult<()> {
        if let Some(page) = page {
            return self.show_progress(py, page);
        }
        if self.end() == End::Closed {
            return self.end_progress(py, Ending::Stopped);
        }
        self.end_progress(py, Ending::Finished)?;
        self.warn(py)
    }

    fn begin_progress(&self, py: Python<'_>) -> PyResult<()> {
        let over = self.end() != End::Open;
        match &self.progress {
            Some(progress) if !over => progress.begin(py),
            _ => Ok(()),
        }
    }

    fn show_progress(&self, py: Python<'_>, page: &Page) -> PyResult<()> {
        let Some(progress) = &self.progress else { return Ok(()) };
        // By where the page ends, so that one which is handed out again is not counted twice.
        let done = page.read;
        let listing = self.listing()?;
        if listing.choice().condition.is_some() {
            progress.keep(py, page.offset + page.len() as u64)?;
        }
        let total = listing.report().total_count_last;
        let total = total.map(|total| self.requested.to_be_read_of(total, listing.choice()));
        progress.show(py, done, total)
    }

    pub fn end_progress(&self, py: Python<'_>, ending: Ending) -> PyResult<()> {
        self.progress.as_ref().map_or(Ok(()), |progress| progress.end(py, ending))
    }

    /// Ends the bar of a listing that failed; gives the error, or the Ctrl-C that came after it.
    fn failed(&self, py: Python<'_>, error: PyErr) -> PyErr {
        self.interrupted.store(true, Ordering::Relaxed);
        let Err(interrupt) = self.end_progress(py, Ending::Failed) else { return error };
        interrupt.set_context(py, Some(error));
        interrupt
    }

    fn warn(&self, py: Python<'_>) -> PyResult<()> {
        let listing = self.listing()?;
        if let Some(doubt) = listing.take_doubt() {
            let warn = py.import("blocks_sessions._warn")?.getattr("incomplete")?;
            call_out(|| warn.call1((doubt,)))?;
        }
        remark(py, listing.take_remarks())
    }

    pub fn close(&self, py: Python<'_>) -> PyResult<()> {
        let Some(listing) = self.listing.get() else { return Ok(()) };
        let by_callback = self.under_way.load(Ordering::Acquire) > 0 && is_here(&self.reader, py);
        let closer = || if by_callback { Caller::Callback } else { Caller::here(py) };
        self.closer.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert_with(closer);
        listing.close();
        self.end_progress(py, Ending::Stopped)
    }

    /// What a notebook shows of the listing; `unread` sessions wait to be handed out.
    pub fn facts<'py>(&self, py: Python<'py>, unread: usize) -> PyResult<Bound<'py, PyDict>> {
        let facts = PyDict::new(py);
        facts.set_item("consistency", self.requested.consistency.name())?;
        facts.set_item("offset", self.requested.range.offset)?;
        facts.set_item("max_items", self.requested.range.max_items)?;
        facts.set_item("page_size", self.requested.page_size)?;
        facts.set_item("unread", unread)?;
        // What belongs to another process is not touched.
        let Some(listing) = self.listing.get() else {
            facts.set_item("state", "elsewhere")?;
            return Ok(facts);
        };
        let report = listing.report().without(unread);
        facts.set_item("state", self.state(listing))?;
        facts.set_item("agent_id", listing.agent())?;
        facts.set_item("pages_fetched", listing.pages_fetched())?;
        facts.set_item("wanted", report.total_count_last.map(|total| self.requested.share_of(total)))?;
        facts.set_item("report", report_to_python(py, &report)?)?;
        Ok(facts)
    }

    fn state(&self, listing: &Listing) -> &'static str {
        match (listing.is_finished(), listing.is_closed(), listing.pages_fetched()) {
            (true, _, _) => "finished",
            (_, true, _) => "closed",
            _ if self.interrupted.load(Ordering::Relaxed) => "interrupted",
            (_, _, 0) => "not started",
            _ => "reading",
        }
    }

    /// Shows the garbage collector what is held of Python's.
    pub fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        self.progress.as_ref().map_or(Ok(()), |progress| progress.traverse(visit))?;
        self.caller.traverse(visit)?;
        self.functions.traverse(visit)
    }
}

fn load(listing: &Listing) -> Load {
    Load::of_listing(listing.choice().condition.is_some())
}

fn is_here(caller: &Mutex<Option<Caller>>, py: Python<'_>) -> bool {
    let caller = caller.lock().unwrap_or_else(PoisonError::into_inner);
    caller.as_ref().is_some_and(|caller| caller.is_here(py))
}

fn closed() -> Error {
    Error::Configuration(
        "the listing was closed while it was read: what was handed out stays valid; make a new one for the rest"
            .to_owned(),
    )
}

impl Drop for Pages {
    fn drop(&mut self) {
        if let Some(listing) = self.listing.get() {
            self.kept_report.keep(listing);
        }
    }
}

/// Warns of names in what was asked for that no session has.
pub fn remark(py: Python<'_>, remarks: Vec<String>) -> PyResult<()> {
    for remark in remarks {
        let warn = py.import("blocks_sessions._warn")?.getattr("remark")?;
        call_out(|| warn.call1((remark,)))?;
    }
    Ok(())
}

/// What the caller asked for.
struct RequestedRange {
    range: Range,
    consistency: Consistency,
    page_size: i64,
}

impl RequestedRange {
    fn of(request: &ListingRequest) -> Self {
        Self { range: request.range(), consistency: request.consistency, page_size: request.page_size }
    }

    /// How many of all sessions are wanted.
    fn share_of(&self, total: u64) -> u64 {
        let behind = total.saturating_sub(self.range.offset);
        behind.min(self.range.max_items.unwrap_or(behind))
    }

    /// How many of all sessions may have to be read. A condition takes some of them only, and nobody knows
    /// where they are.
    fn to_be_read_of(&self, total: u64, choice: &Choice) -> u64 {
        match choice.condition {
            Some(_) => total.saturating_sub(self.range.offset),
            None => self.share_of(total),
        }
    }
}
