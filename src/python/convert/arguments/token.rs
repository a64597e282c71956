//! A caller's own token function, as the core asks for it.
//! The function belongs to clients and iterators, where the garbage collector sees it; the core holds
//! but a weak reference, which is no part of a cycle.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwapOption;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyWeakref, PyWeakrefMethods, PyWeakrefReference};
use pyo3::{PyTraverseError, PyVisit, intern};
use tokio::sync::oneshot;

use super::way::Way;
use crate::core::client::caller;
use crate::core::config::TokenSource;
use crate::core::error::{Error, Result};
use crate::python::convert::errors::Raised;
use crate::python::runtime::awaitable::running_loop;
use crate::python::runtime::caller::CallerContext;
use crate::python::runtime::in_python;

/// `access_token=` given as a function.
#[pyclass(frozen, weakref, name = "_TokenFunction", module = "blocks_sessions._core")]
pub struct TokenFunction {
    callable: Py<PyAny>,
    /// Of a client for asyncio, whose function may be an async one.
    latest_loop: Option<LatestLoop>,
}

/// The event loop that used a client last, by a weak reference: an async token function runs there.
#[derive(Default)]
struct LatestLoop(ArcSwapOption<Py<PyWeakref>>);

impl TokenFunction {
    pub fn new(callable: Py<PyAny>, asynchronous: bool) -> Self {
        Self { callable, latest_loop: asynchronous.then(LatestLoop::default) }
    }

    /// Whether it calls that function.
    pub fn calls(&self, function: &Bound<'_, PyAny>) -> bool {
        self.callable.is(function)
    }

    /// Remembers the running loop.
    pub fn note_loop(&self, py: Python<'_>) -> PyResult<()> {
        let Some(latest) = &self.latest_loop else { return Ok(()) };
        let running = running_loop(py)?;
        if !latest.get(py).is_some_and(|known| known.is(&running)) {
            let running = PyWeakrefReference::new(&running)?.into_any().cast_into::<PyWeakref>()?;
            latest.0.store(Some(Arc::new(running.unbind())));
        }
        Ok(())
    }

    /// Starts a thread of Python's own that calls the function: there it may block, fork and use a
    /// client itself, and the exit of the interpreter ends it without a trace.
    fn start(slf: &Bound<'_, Self>, reply: Reply, caller: Option<&CallerContext>) -> PyResult<()> {
        let (py, this) = (slf.py(), slf.get());
        let latest_loop = this.latest_loop.as_ref().map(|latest| latest.get(py));
        let context = caller.map(|caller| caller.copy(py)).transpose()?.flatten();
        let arguments = (&this.callable, latest_loop.is_some(), latest_loop.flatten(), reply, context);
        py.import("blocks_sessions.tokens")?.call_method1(intern!(py, "start"), arguments)?;
        Ok(())
    }
}

impl LatestLoop {
    fn get<'py>(&self, py: Python<'py>) -> Option<Bound<'py, PyAny>> {
        self.0.load_full().and_then(|known| known.bind(py).upgrade())
    }
}

#[pymethods]
impl TokenFunction {
    fn __traverse__(&self, visit: PyVisit<'_>) -> std::result::Result<(), PyTraverseError> {
        visit.call(&self.callable)
    }
}

/// The core's way to the function.
pub struct TokenCallable(Way);

impl TokenCallable {
    pub fn new(function: &Bound<'_, TokenFunction>) -> PyResult<Self> {
        Way::to(function.as_any()).map(Self)
    }
}

impl TokenSource for TokenCallable {
    fn token(&self) -> Pin<Box<dyn Future<Output = Result<String>> + Send + '_>> {
        let (sender, answer) = oneshot::channel();
        let reply = Reply(Mutex::new(Some(sender)));
        let (way, caller) = (self.0.clone(), caller::current().and_then(CallerContext::of));
        in_python(move |py| {
            if let Some(function) = way.find::<TokenFunction>(py)
                && let Err(error) = TokenFunction::start(&function, reply, caller.as_deref())
            {
                error.write_unraisable(py, Some(&function));
            }
            CallerContext::release(caller, py);
        });
        Box::pin(async {
            let stopped =
                || Err(Error::Configuration("the access_token callable was not answered".to_owned()));
            answer.await.unwrap_or_else(|_| stopped())
        })
    }
}

/// Where the function's thread leaves what came of it.
#[pyclass(frozen, name = "_TokenReply", module = "blocks_sessions._core")]
pub struct Reply(Mutex<Option<oneshot::Sender<Result<String>>>>);

impl Reply {
    fn send(&self, token: Result<String>) {
        let sender = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        // Whoever asked may have stopped waiting.
        sender.map(|sender| sender.send(token));
    }
}

#[pymethods]
impl Reply {
    fn give(&self, token: &Bound<'_, PyAny>) {
        let text = token.extract::<String>().map_err(|_| raised(not_text(token)));
        self.send(text);
    }

    fn fail(&self, error: &Bound<'_, PyAny>) {
        self.send(Err(raised(PyErr::from_value(error.clone()))));
    }
}

fn raised(error: PyErr) -> Error {
    Error::Callback(Arc::new(Raised::new(error)))
}

fn not_text(token: &Bound<'_, PyAny>) -> PyErr {
    // A coroutine that nobody awaits would warn of that later, and far from here.
    let _ = token.call_method0("close");
    let found = token.get_type().name().map_or_else(|_| "no str".to_owned(), |name| name.to_string());
    PyTypeError::new_err(format!("access_token must return a str, not {found}"))
}
