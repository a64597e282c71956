//! `SessionPage`: one page as an immutable sequence of sessions.

use std::sync::Arc;
use std::time::Duration;

use pyo3::exceptions::{PyIndexError, PyTypeError};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBool, PyCapsule, PyList, PyString, PyTuple};

use crate::core::error::Error;
use crate::core::filter::Projection;
use crate::core::listing::rechunk::Page;
use crate::python::arrow::{Batches, StreamRequest, table};
use crate::python::convert::errors::to_python_error;
use crate::python::convert::session::{append_sessions, session_list};

/// One page of sessions: an immutable sequence.
///
/// It has `page[0]`, `page[-3:]`, `len(page)`, iteration and `in`.
///
/// Example:
///     >>> from blocks_sessions import SessionsClient
///     >>> from blocks_sessions.testing import Emulator
///     >>> with Emulator(sessions=247) as server:
///     ...     client = SessionsClient("demo-key", agent_id="agent_123", base_url=server.url)
///     ...     page = client.list(limit=50)
///     >>> page
///     <SessionPage: page 1 of 5 · 247 sessions>
///     >>> page[0].session_id
///     'session_abc123'
#[pyclass(frozen, sequence, module = "blocks_sessions")]
pub struct SessionPage {
    pub page: Page,
    /// The sessions, made when they are first asked for: a page that goes into columns needs none.
    sessions: PyOnceLock<Py<PyList>>,
}

impl SessionPage {
    pub fn new(page: Page) -> Self {
        Self { page, sessions: PyOnceLock::new() }
    }

    fn list<'py>(&self, py: Python<'py>) -> PyResult<&Bound<'py, PyList>> {
        let build = || session_list(py, &self.page).map(Bound::unbind);
        Ok(self.sessions.get_or_try_init(py, build)?.bind(py))
    }

    /// The sessions, where the caller has changed one: they are dictionaries, and no longer what was sent.
    fn changed<'py>(&self, py: Python<'py>) -> PyResult<Option<&Bound<'py, PyList>>> {
        let Some(list) = self.sessions.get(py).map(|list| list.bind(py)) else { return Ok(None) };
        let sent = session_list(py, &self.page)?;
        // Python takes 1, 1.0 and True for one, and the order of keys for nothing.
        let same = list.eq(&sent)? && list.repr()?.as_any().eq(sent.repr()?)?;
        Ok((!same).then_some(list))
    }
}

/// The text as standard output can hold it: `print(page)` fails under no encoding.
fn printable(py: Python<'_>, text: String) -> String {
    let holds = || -> PyResult<bool> {
        let encoding = py.import("sys")?.getattr("stdout")?.getattr("encoding")?;
        Ok(encoding.is_none() || PyString::new(py, &text).call_method1("encode", (encoding,)).is_ok())
    };
    // What has no encoding takes any text.
    if holds().unwrap_or(true) { text } else { text.replace(" · ", ", ") }
}

#[pymethods]
impl SessionPage {
    /// The sessions, in a new list.
    #[getter]
    fn sessions<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        let list = self.list(py)?;
        Ok(list.get_slice(0, list.len()))
    }

    /// Sessions in the whole list, as the service says; `None` if it does not say.
    #[getter]
    fn total_count(&self) -> Option<u64> {
        self.page.total_count
    }

    /// The most sessions that the page could have held.
    #[getter]
    fn limit(&self) -> u32 {
        self.page.limit
    }

    /// The number of sessions before the page.
    #[getter]
    fn offset(&self) -> u64 {
        self.page.offset
    }

    /// The page's number, from 1, in pages of this limit.
    #[getter]
    fn page_number(&self) -> u64 {
        self.page.number()
    }

    /// How many pages of this limit the list has: `ceil(total_count / limit)`.
    #[getter]
    fn page_count(&self) -> Option<u64> {
        self.page.count()
    }

    /// Whether the list goes on behind this page.
    #[getter]
    fn has_next(&self) -> bool {
        self.page.has_next()
    }

    /// The offset of the next page; `None` on the last.
    #[getter]
    fn next_offset(&self) -> Option<u64> {
        self.page.next_offset()
    }

    /// The service's name for the request, if it gave one.
    #[getter]
    fn request_id(&self) -> Option<&str> {
        self.page.request_id.as_deref()
    }

    /// Seconds from sending the request to its answer, retries included.
    #[getter]
    fn elapsed(&self) -> f64 {
        self.page.elapsed.as_secs_f64()
    }

    /// How many times the request was sent.
    #[getter]
    fn attempts(&self) -> u32 {
        self.page.attempts
    }

    /// Return the page as a pyarrow table, of the schema that `SessionsClient.schema()` tells.
    ///
    /// Raises:
    ///     ConfigurationError: pyarrow is not installed.
    fn to_arrow<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        table(py, "to_arrow", || Batches::of_page(py, &self.page), |_| {})
    }

    /// Return the page as a pandas frame.
    ///
    /// Counts and flags stay integers and booleans where some are missing.
    ///
    /// Raises:
    ///     ConfigurationError: pandas or pyarrow is not installed.
    fn to_pandas<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        table(py, "to_pandas", || Batches::of_page(py, &self.page), |_| {})
    }

    /// Return the page as a polars frame.
    ///
    /// Raises:
    ///     ConfigurationError: polars is not installed.
    fn to_polars<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        table(py, "to_polars", || Batches::of_page(py, &self.page), |_| {})
    }

    #[pyo3(signature = (requested_schema=None, *, batch_size=None))]
    fn __arrow_c_stream__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<&Bound<'py, PyCapsule>>,
        batch_size: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyCapsule>> {
        let request = StreamRequest::read(requested_schema, batch_size)?;
        Batches::of_page(py, &self.page)?.stream(py, request)
    }

    fn __len__(&self) -> usize {
        self.page.len()
    }

    fn __getitem__<'py>(&self, py: Python<'py>, index: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        if let Ok(field) = index.cast::<PyString>() {
            let field = field.repr()?;
            return Err(PyTypeError::new_err(format!(
                "a page holds sessions, and {field} is looked for in one of them: page[0][{field}], or \
                 [session.get({field}) for session in page]"
            )));
        }
        self.list(py)?.as_any().get_item(index).map_err(|error| {
            if error.is_instance_of::<PyIndexError>(py) {
                return PyIndexError::new_err(format!("the page has {} sessions", self.page.len()));
            }
            error
        })
    }

    fn __iter__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        Ok(self.list(py)?.as_any().try_iter()?.into_any())
    }

    fn __reversed__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.list(py)?.call_method0("__reversed__")
    }

    fn __contains__(&self, session: &Bound<'_, PyAny>) -> PyResult<bool> {
        self.list(session.py())?.contains(session)
    }

    /// Return the position of the first session that equals this one; `ValueError` if none does.
    fn index<'py>(&self, session: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        self.list(session.py())?.call_method1("index", (session,))
    }

    /// Return how many sessions equal this one.
    fn count<'py>(&self, session: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        self.list(session.py())?.call_method1("count", (session,))
    }

    /// What is no page may have an opinion of its own, as `mock.ANY` has.
    fn __eq__<'py>(&self, other: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let py = other.py();
        let Ok(other) = other.cast::<Self>() else { return Ok(py.NotImplemented().into_bound(py)) };
        let same = self.page.offset == other.get().page.offset && self.page.limit == other.get().page.limit;
        let same = same && self.list(py)?.eq(other.get().list(py)?)?;
        Ok(PyBool::new(py, same).to_owned().into_any())
    }

    fn __repr__(&self, py: Python<'_>) -> String {
        printable(py, format!("<SessionPage: {}>", self.page.summary()))
    }

    /// A card for notebooks: the first sessions, in a table.
    fn _repr_html_<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        let page = slf.get();
        let html = slf.py().import("blocks_sessions.display")?.getattr("page_html")?;
        html.call1((page.page.summary(), slf))
    }

    /// Adds the sessions to a list, with no list in between.
    fn _append_to(&self, sessions: &Bound<'_, PyList>) -> PyResult<()> {
        append_sessions(sessions, &self.page)
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyTuple>> {
        let py = slf.py();
        let page = &slf.get().page;
        let state = (page.to_json(), page.limit, page.offset);
        let about = (page.request_id.as_deref(), page.elapsed.as_secs_f64(), page.attempts);
        let names = page.projection.as_ref().map(|kept| kept.names().iter());
        let names = names.map(|names| names.map(|name| name.text.to_string()).collect::<Vec<_>>());
        let changed = slf.get().changed(py)?;
        (slf.get_type().getattr("_rebuild")?, (state, about, (names, page.served), changed)).into_pyobject(py)
    }

    /// The last sessions of the page, as a page of their own.
    fn _tail(&self, count: usize) -> Self {
        Self::new(self.page.tail(count))
    }

    /// Makes a page again from its pickled form.
    #[staticmethod]
    #[pyo3(signature = (state, about, kept=None, changed=None))]
    fn _rebuild(
        py: Python<'_>,
        state: (String, u32, u64),
        about: (Option<String>, f64, u32),
        kept: Option<(Option<Vec<String>>, Option<u64>)>,
        changed: Option<Py<PyList>>,
    ) -> PyResult<Self> {
        let (body, limit, offset) = state;
        let (request_id, elapsed, attempts) = about;
        let elapsed = Duration::try_from_secs_f64(elapsed).unwrap_or_default();
        Page::from_json(body, limit, offset)
            .map(|page| {
                let (names, served) = kept.unwrap_or((None, page.served));
                let projection = names.and_then(|names| Projection::parse(&names).ok()).map(Arc::new);
                let page = Self::new(Page { request_id, elapsed, attempts, projection, served, ..page });
                if let Some(changed) = changed {
                    // It was made in this moment, so nobody has asked it for sessions.
                    let _ = page.sessions.set(py, changed);
                }
                page
            })
            .map_err(|error| {
                to_python_error(&Error::Configuration(format!("this is no pickled page: {error}")))
            })
    }
}
