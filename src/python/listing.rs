//! The blocking iterators over a listing.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use pyo3::prelude::*;
use pyo3::types::{PyList, PyTuple};

use super::arguments::ListingArguments;
use super::listing_report::report_to_python;
use super::page::SessionPage;
use super::pages::Pages;
use super::session::{session_list, with_builder};
use crate::core::client::Client;

/// What both iterators share.
#[pyclass(frozen, subclass, module = "blocks_sessions")]
pub struct ListingIterator {
    pages: Pages,
}

impl ListingIterator {
    fn new(py: Python<'_>, client: Client, arguments: ListingArguments, eager: bool) -> PyResult<Self> {
        Ok(Self { pages: Pages::new(py, client, arguments, eager)? })
    }
}

#[pymethods]
impl ListingIterator {
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

    /// Stops the listing and its requests; sessions that were handed out stay valid.
    fn close(&self, py: Python<'_>) {
        self.pages.close(py);
    }

    fn __iter__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    fn __enter__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    #[pyo3(signature = (*_exception))]
    fn __exit__(&self, py: Python<'_>, _exception: &Bound<'_, PyTuple>) {
        self.close(py);
    }

    fn __repr__(slf: &Bound<'_, Self>) -> PyResult<String> {
        Ok(format!("<{}: {}>", slf.get_type().name()?, slf.get().pages.listing.summary()))
    }
}

/// All sessions, page by page.
#[pyclass(frozen, extends = ListingIterator, module = "blocks_sessions")]
pub struct PageIterator;

impl PageIterator {
    pub fn start(py: Python<'_>, client: Client, arguments: ListingArguments) -> PyResult<Py<Self>> {
        let listing = ListingIterator::new(py, client, arguments, false)?;
        Py::new(py, PyClassInitializer::from(listing).add_subclass(Self))
    }
}

#[pymethods]
impl PageIterator {
    fn __next__(slf: &Bound<'_, Self>) -> PyResult<Option<SessionPage>> {
        let pages = &slf.as_super().get().pages;
        let page = pages.next(slf.py())?;
        Ok(page.map(SessionPage::new))
    }
}

/// All sessions, one by one.
#[pyclass(frozen, extends = ListingIterator, module = "blocks_sessions")]
pub struct SessionIterator {
    /// Sessions that were made and not handed out yet. Never locked while Python code may run.
    ready: Mutex<VecDeque<Py<PyAny>>>,
}

impl SessionIterator {
    pub fn start(py: Python<'_>, client: Client, arguments: ListingArguments) -> PyResult<Py<Self>> {
        let listing = ListingIterator::new(py, client, arguments, true)?;
        let this = Self { ready: Mutex::new(VecDeque::new()) };
        Py::new(py, PyClassInitializer::from(listing).add_subclass(this))
    }

    fn pop(&self) -> Option<Py<PyAny>> {
        self.ready.lock().unwrap_or_else(PoisonError::into_inner).pop_front()
    }

    fn push(&self, sessions: impl Iterator<Item = Py<PyAny>>) {
        self.ready.lock().unwrap_or_else(PoisonError::into_inner).extend(sessions);
    }
}

#[pymethods]
impl SessionIterator {
    fn __next__(slf: &Bound<'_, Self>) -> PyResult<Option<Py<PyAny>>> {
        let (this, pages) = (slf.get(), &slf.as_super().get().pages);
        loop {
            if pages.listing.is_closed() {
                return Ok(None);
            }
            if let Some(session) = this.pop() {
                return Ok(Some(session));
            }
            let Some(page) = pages.next(slf.py())? else { return Ok(None) };
            let sessions = session_list(slf.py(), &page)?;
            this.push(sessions.iter().map(Bound::unbind));
        }
    }
}

/// All sessions in one list.
pub fn collect<'py>(
    py: Python<'py>,
    client: Client,
    arguments: ListingArguments,
) -> PyResult<Bound<'py, PyList>> {
    let pages = Pages::new(py, client, arguments, true)?;
    let all = PyList::empty(py);
    while let Some(page) = pages.next(py)? {
        with_builder(|builder| builder.append_sessions(&all, page.sessions()))?;
    }
    Ok(all)
}
