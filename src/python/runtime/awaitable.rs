//! A future as an awaitable of asyncio. Nothing of it is bound to one event loop but the awaitable,
//! and a loop that has gone away meanwhile is nobody's trouble.

use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};

use pyo3::IntoPyObjectExt;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use tokio::sync::oneshot;

use super::caller::CallerContext;
use super::logging::{self, imported};
use crate::core::client::caller::on_behalf;
use crate::core::error::Result;
use crate::python::convert::errors::{never_an_end, to_python_error};
use crate::python::runtime::{in_python, process};
use crate::threads::Load;

/// A future as an awaitable of the running event loop. Cancelling the awaitable drops the future,
/// which aborts its requests.
///
/// # Errors
/// No event loop runs. The awaitable raises the future's own error as its Python exception.
pub fn spawn<T>(
    py: Python<'_>,
    future: impl Future<Output = Result<T>> + Send + 'static,
) -> PyResult<Bound<'_, PyAny>>
where
    T: for<'py> IntoPyObject<'py> + Send + 'static,
{
    spawn_for(py, CallerContext::here(py)?, Load::Caller, future)
}

/// The same, on behalf of a caller, of what keeps so much busy.
///
/// # Errors
/// As of [`spawn`].
pub fn spawn_for<T>(
    py: Python<'_>,
    caller: Arc<CallerContext>,
    load: Load,
    future: impl Future<Output = Result<T>> + Send + 'static,
) -> PyResult<Bound<'_, PyAny>>
where
    T: for<'py> IntoPyObject<'py> + Send + 'static,
{
    let process = process(py)?;
    logging::look(py)?;
    let event_loop = running_loop(py)?;
    let awaited = event_loop.call_method0(intern!(py, "create_future"))?;
    let (done, cancelled) = oneshot::channel();
    awaited.call_method1(intern!(py, "add_done_callback"), (Done(Mutex::new(Some(done))),))?;
    let future = on_behalf(Some(caller.clone()), future);
    let waiting = Waiting { event_loop: event_loop.unbind(), awaited: awaited.clone().unbind(), caller };
    process.spawn(load, async move {
        let output = tokio::select! {
            biased;
            _ = cancelled => None,
            output = future => Some(output),
        };
        in_python(move |py| waiting.settle(py, output));
    });
    Ok(awaited)
}

/// The event loop that runs in this thread.
pub fn running_loop(py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
    static RUNNING: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    RUNNING.import(py, "asyncio", "get_running_loop")?.call0()
}

/// The task that runs in this thread, if an event loop does and is at one.
pub fn current_task(py: Python<'_>) -> Option<Bound<'_, PyAny>> {
    let asyncio = imported(py, "asyncio").ok()??;
    // `current_task` raises where no loop runs, and an exception a page would have the collector run.
    let running = asyncio.getattr(intern!(py, "_get_running_loop")).ok()?.call0().ok()?;
    if running.is_none() {
        return None;
    }
    let task = asyncio.call_method1(intern!(py, "current_task"), (running,)).ok()?;
    (!task.is_none()).then_some(task)
}

/// Called when the awaitable is done: if it was cancelled, the future learns of it by this.
#[pyclass(frozen)]
struct Done(Mutex<Option<oneshot::Sender<()>>>);

#[pymethods]
impl Done {
    fn __call__(&self, _awaited: &Bound<'_, PyAny>) {
        drop(self.0.lock().unwrap_or_else(PoisonError::into_inner).take());
    }
}

/// Who waits for an output.
struct Waiting {
    event_loop: Py<PyAny>,
    awaited: Py<PyAny>,
    caller: Arc<CallerContext>,
}

impl Waiting {
    fn settle<T>(self, py: Python<'_>, output: Option<Result<T>>)
    where
        T: for<'py> IntoPyObject<'py>,
    {
        static SETTLE: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
        CallerContext::release(Some(self.caller), py);
        let Some(output) = output else { return };
        let value = output.map_err(|error| to_python_error(&error)).and_then(|output| output.into_py_any(py));
        let (value, failed) = match value {
            Ok(value) => (value, false),
            Err(error) => (never_an_end(py, error).into_value(py).into_any(), true),
        };
        // A loop that is closed by now takes nothing any more: nobody waits.
        let _ = SETTLE.import(py, "blocks_sessions.aio.settle", "_settle").and_then(|settle| {
            let arguments = (settle, self.awaited, value, failed);
            self.event_loop.bind(py).call_method1(intern!(py, "call_soon_threadsafe"), arguments)
        });
    }
}
