//! The blocking iterators over a listing.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyTuple};

use super::errors::to_python_error;
use super::listing_report::report_to_python;
use super::page::SessionPage;
use super::progress::Progress;
use super::request::{CallArguments, extra, whole};
use super::runtime::wait;
use super::session::{session_list, with_builder};
use super::settings::named;
use crate::core::client::Client;
use crate::core::error::Error;
use crate::core::listing::page::Page;
use crate::core::listing::{Consistency, Listing, ListingRequest};

/// What `iter_sessions`, `iter_pages` and `collect` take.
pub struct ListingArguments {
    pub request: ListingRequest,
    progress: Option<Py<PyAny>>,
}

impl ListingArguments {
    /// Reads keyword arguments; `None` means not given.
    pub fn read(py: Python<'_>, function: &str, options: Option<&Bound<'_, PyDict>>) -> PyResult<Self> {
        let mut arguments = Self { request: ListingRequest::default(), progress: None };
        let (mut timeout, mut max_retries) = (None, None);
        for (name, value) in options.into_iter().flatten() {
            let name: String = name.extract()?;
            match name.as_str() {
                "timeout" => timeout = Some(value).filter(|value| !value.is_none()),
                "max_retries" => max_retries = Some(value).filter(|value| !value.is_none()),
                _ => arguments.set(function, &name, &value).map_err(|error| named(py, error, &name))?,
            }
        }
        let call = CallArguments { timeout: timeout.as_ref(), max_retries: max_retries.as_ref() };
        arguments.request.call = call.options()?;
        Ok(arguments)
    }

    fn set(&mut self, function: &str, name: &str, value: &Bound<'_, PyAny>) -> PyResult<()> {
        let request = &mut self.request;
        let given = !value.is_none();
        match name {
            "agent_id" => request.agent_id = value.extract()?,
            "page_size" if given => request.page_size = whole(name, value)?,
            "offset" if given => request.offset = whole(name, value)?,
            "max_items" => request.max_items = given.then(|| whole(name, value)).transpose()?,
            "max_concurrency" => request.max_concurrency = given.then(|| whole(name, value)).transpose()?,
            "consistency" if given => request.consistency = consistency(value)?,
            "extra_body" if given => request.extra_body = extra(value)?,
            "progress" => self.progress = Some(value.clone().unbind()),
            "page_size" | "offset" | "consistency" | "extra_body" => {}
            _ => {
                let text = format!("{function}() got an unexpected keyword argument '{name}'");
                return Err(PyTypeError::new_err(text));
            }
        }
        Ok(())
    }
}

fn consistency(value: &Bound<'_, PyAny>) -> PyResult<Consistency> {
    let name: String = value.extract()?;
    Consistency::from_name(&name).ok_or_else(|| {
        to_python_error(&Error::Configuration(format!(
            "consistency must be \"checked\", \"strict\" or \"fast\", not {name:?}"
        )))
    })
}

/// A listing as both iterators read it: one page a call, with progress and warnings.
struct Pages {
    listing: Arc<Listing>,
    process: u32,
    progress: Option<Progress>,
}

impl Pages {
    fn new(py: Python<'_>, client: Client, arguments: ListingArguments, eager: bool) -> PyResult<Self> {
        let progress = arguments.progress.map(|wish| Progress::new(wish.bind(py))).transpose()?.flatten();
        let listing = arguments.request.start(client, eager).map_err(|error| to_python_error(&error))?;
        Ok(Self { listing: Arc::new(listing), process: std::process::id(), progress })
    }

    fn next(&self, py: Python<'_>) -> PyResult<Option<Page>> {
        self.check_process()?;
        let page = wait(py, self.listing.next_page()).inspect_err(|_| self.stop_progress(py))?;
        match &page {
            Some(page) => self.show_progress(py, page)?,
            None => {
                self.stop_progress(py);
                self.warn(py)?;
            }
        }
        Ok(page)
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
        progress.show(py, page, self.listing.report().total_count_last)
    }

    fn stop_progress(&self, py: Python<'_>) {
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

    fn close(&self, py: Python<'_>) {
        if self.check_process().is_ok() {
            self.listing.close();
        }
        self.stop_progress(py);
    }
}

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
