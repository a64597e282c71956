//! The blocking iterators over a listing.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use pyo3::prelude::*;
use pyo3::types::{PyCapsule, PyList, PyTuple};
use pyo3::{PyTraverseError, PyVisit};

use crate::core::client::Client;
use crate::core::listing::rechunk::Page;
use crate::python::arrow::{BatchAccumulator, Batches, listing_stream, table};
use crate::python::convert::listing_request::ListingArguments;
use crate::python::convert::report::report_to_python;
use crate::python::convert::session::{append_sessions, session_list};
use crate::python::convert::token::TokenFunction;
use crate::python::page::SessionPage;
use crate::python::pages::Pages;

/// What `SessionIterator` and `PageIterator` share: a list that is read piece by piece.
///
/// No request is made before the first item is asked for. A few pages are read ahead; `close()`,
/// leaving a `with` block or dropping the iterator stops that. If a request fails nothing is lost:
/// what was handed out stays valid, and the next `next()` tries that request again.
#[pyclass(frozen, subclass, module = "blocks_sessions")]
pub struct ListingIterator {
    pages: Pages,
    /// Rows on their way into a table.
    pub batches: BatchAccumulator,
    /// What the latest failed Arrow stream failed with.
    stream_error: Mutex<Option<PyErr>>,
}

impl ListingIterator {
    fn new(
        py: Python<'_>,
        client: Client,
        arguments: ListingArguments,
        eager: bool,
        token: Option<Py<TokenFunction>>,
    ) -> PyResult<Self> {
        let pages = Pages::new(py, client, arguments, eager, token)?;
        let batches = BatchAccumulator::new(pages.projection());
        Ok(Self { pages, batches, stream_error: Mutex::new(None) })
    }

    /// The next rows that were not handed out yet, as a page.
    pub fn next_rows(slf: &Bound<'_, Self>) -> PyResult<Option<Page>> {
        let pages = &slf.get().pages;
        pages.listing()?;
        let unread = slf.cast::<SessionIterator>().ok().and_then(|sessions| sessions.get().take_unread());
        match unread.filter(|_| !pages.is_closed()) {
            Some(page) => Ok(Some(page)),
            None => pages.next(slf.py()),
        }
    }

    /// Sessions that were read and wait to be handed out.
    fn unread(slf: &Bound<'_, Self>) -> usize {
        slf.cast::<SessionIterator>().map_or(0, |sessions| sessions.get().ready().sessions.len())
    }

    /// Reads all that is left into columns.
    fn gather(slf: &Bound<'_, Self>) -> PyResult<Batches> {
        let batches = &slf.get().batches;
        while let Some(page) = Self::next_rows(slf)? {
            batches.add(slf.py(), &page)?;
        }
        batches.take(slf.py())
    }

    pub fn note_failure(&self, error: PyErr) {
        *self.stream_error.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
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
    fn report<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        let report = slf.get().pages.listing()?.report();
        report_to_python(slf.py(), &report.without(Self::unread(slf)))
    }

    /// Stop the listing and its requests; sessions that were handed out stay valid.
    fn close(&self, py: Python<'_>) -> PyResult<()> {
        self.pages.close(py)
    }

    /// Return what is left as a pyarrow table, of the schema that `SessionsClient.schema()` tells.
    ///
    /// Raises:
    ///     ConfigurationError: pyarrow is not installed.
    ///     SessionsError: Whatever a request failed with. What was read until then is kept: the next
    ///         call goes on from there and returns it too.
    fn to_arrow<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        table(slf.py(), "to_arrow", || Self::gather(slf))
    }

    /// Return what is left as a pandas frame.
    ///
    /// Counts and flags stay integers and booleans where some are missing.
    ///
    /// Raises:
    ///     ConfigurationError: pandas or pyarrow is not installed.
    ///     SessionsError: Whatever a request failed with. What was read until then is kept: the next
    ///         call goes on from there and returns it too.
    fn to_pandas<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        table(slf.py(), "to_pandas", || Self::gather(slf))
    }

    /// Return what is left as a polars frame.
    ///
    /// Raises:
    ///     ConfigurationError: polars is not installed.
    ///     SessionsError: Whatever a request failed with. What was read until then is kept: the next
    ///         call goes on from there and returns it too.
    fn to_polars<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        table(slf.py(), "to_polars", || Self::gather(slf))
    }

    #[pyo3(signature = (requested_schema=None))]
    #[expect(unused_variables, reason = "a wish, which the interface lets a producer ignore")]
    fn __arrow_c_stream__<'py>(
        slf: &Bound<'py, Self>,
        requested_schema: Option<&Bound<'py, PyCapsule>>,
    ) -> PyResult<Bound<'py, PyCapsule>> {
        listing_stream(slf)
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
        Ok(format!("<{}: {}>", slf.get_type().name()?, slf.get().pages.summary(Self::unread(slf))))
    }

    /// A card for notebooks: what is listed, how far it is, and what to do next. It reads nothing.
    fn _repr_html_<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        let unread = Self::unread(slf);
        let html = slf.py().import("blocks_sessions.display")?.getattr("listing_html")?;
        html.call1((slf.get_type().name()?, slf.get().pages.facts(slf.py(), unread)?))
    }

    #[expect(clippy::needless_pass_by_value, reason = "what pyo3 expects")]
    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        self.pages.traverse(&visit)
    }
}

/// All sessions, in pages of exactly `page_size`; only the last may be shorter.
///
/// Raises:
///     SessionsError: Whatever a request failed with; `next()` tries it again.
///     IncompleteListingError: The listing is known to lack sessions.
///
/// Example:
///     >>> from blocks_sessions import SessionsClient
///     >>> from blocks_sessions.testing import Emulator
///     >>> with Emulator(sessions=247) as server:
///     ...     client = SessionsClient("demo-key", agent_id="agent_123", base_url=server.url)
///     ...     [len(page) for page in client.iter_pages()]
///     [100, 100, 47]
#[pyclass(frozen, extends = ListingIterator, module = "blocks_sessions")]
pub struct PageIterator;

impl PageIterator {
    pub fn start(
        py: Python<'_>,
        client: Client,
        arguments: ListingArguments,
        token: Option<Py<TokenFunction>>,
    ) -> PyResult<Py<Self>> {
        let listing = ListingIterator::new(py, client, arguments, false, token)?;
        Py::new(py, PyClassInitializer::from(listing).add_subclass(Self))
    }
}

#[pymethods]
impl PageIterator {
    fn __next__(slf: &Bound<'_, Self>) -> PyResult<Option<SessionPage>> {
        let listing = slf.as_super().get();
        if !listing.pages.is_closed() {
            listing.batches.check_none_waits()?;
        }
        let page = listing.pages.next(slf.py())?;
        Ok(page.map(SessionPage::new))
    }
}

/// All sessions, one by one.
///
/// Raises:
///     SessionsError: Whatever a request failed with; `next()` tries it again.
///     IncompleteListingError: The listing is known to lack sessions.
///
/// Example:
///     >>> from blocks_sessions import SessionsClient
///     >>> from blocks_sessions.testing import Emulator
///     >>> with Emulator(sessions=247) as server:
///     ...     client = SessionsClient("demo-key", agent_id="agent_123", base_url=server.url)
///     ...     sum(session.message_count or 0 for session in client.iter_sessions()) > 0
///     True
#[pyclass(frozen, extends = ListingIterator, module = "blocks_sessions")]
pub struct SessionIterator {
    /// Never locked while Python code may run.
    ready: Mutex<Ready>,
}

/// Sessions that were made and not handed out yet, and the pages that they are the end of.
#[derive(Default)]
struct Ready {
    sessions: VecDeque<Py<PyAny>>,
    pages: VecDeque<Page>,
}

impl SessionIterator {
    pub fn start(
        py: Python<'_>,
        client: Client,
        arguments: ListingArguments,
        token: Option<Py<TokenFunction>>,
    ) -> PyResult<Py<Self>> {
        let listing = ListingIterator::new(py, client, arguments, true, token)?;
        let this = Self { ready: Mutex::default() };
        Py::new(py, PyClassInitializer::from(listing).add_subclass(this))
    }

    fn ready(&self) -> MutexGuard<'_, Ready> {
        self.ready.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn pop(&self) -> Option<Py<PyAny>> {
        self.ready().sessions.pop_front()
    }

    fn push(&self, page: Page, sessions: impl Iterator<Item = Py<PyAny>>) {
        let mut ready = self.ready();
        if ready.sessions.is_empty() {
            ready.pages.clear();
        }
        ready.sessions.extend(sessions);
        ready.pages.push_back(page);
    }

    /// Takes sessions that were not handed out yet back as rows: those of one page a call.
    fn take_unread(&self) -> Option<Page> {
        let mut ready = self.ready();
        let unread = ready.sessions.len();
        while let Some(page) = ready.pages.pop_front() {
            let later: usize = ready.pages.iter().map(Page::len).sum();
            if unread > later {
                let objects: Vec<_> = ready.sessions.drain(..unread - later).collect();
                drop(ready);
                return Some(page.tail(objects.len()));
            }
        }
        None
    }
}

#[pymethods]
impl SessionIterator {
    fn __next__(slf: &Bound<'_, Self>) -> PyResult<Option<Py<PyAny>>> {
        let (this, pages) = (slf.get(), &slf.as_super().get().pages);
        loop {
            if pages.listing()?.is_closed() {
                return Ok(None);
            }
            slf.as_super().get().batches.check_none_waits()?;
            if let Some(session) = this.pop() {
                return Ok(Some(session));
            }
            let Some(page) = pages.next(slf.py())? else { return Ok(None) };
            let sessions = match session_list(slf.py(), &page) {
                Ok(sessions) => sessions,
                Err(error) => {
                    pages.listing()?.put_back(page);
                    return Err(error);
                }
            };
            this.push(page, sessions.iter().map(Bound::unbind));
        }
    }
}

/// All sessions in one list.
pub fn collect(py: Python<'_>, client: Client, arguments: ListingArguments) -> PyResult<Bound<'_, PyList>> {
    let pages = Pages::new(py, client, arguments, true, None)?;
    let all = PyList::empty(py);
    while let Some(page) = pages.next(py)? {
        append_sessions(&all, &page)?;
    }
    Ok(all)
}
