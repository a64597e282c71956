//! `on_event=`: a caller's function that hears of each request, as the core tells it.
//! Events are told where log lines are, and in their order among them.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use pyo3::exceptions::PyKeyboardInterrupt;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use pyo3::{PyTraverseError, PyVisit, intern};

use super::arguments::way::Way;
use crate::core::LOG;
use crate::core::client::caller;
use crate::core::config::{Observer, RequestEvent};
use crate::python::runtime::caller::CallerContext;
use crate::python::runtime::logging::Tell;
use crate::python::runtime::tell;

/// The function, which may be given later: `instrument` does.
#[pyclass(frozen, weakref, name = "_EventFunction", module = "blocks_sessions._core")]
#[derive(Default)]
pub struct EventFunction {
    callable: Mutex<Option<Py<PyAny>>>,
    /// Whether there is one, for the threads that may not ask the interpreter.
    listens: Arc<AtomicBool>,
}

impl EventFunction {
    pub fn set(&self, callable: Py<PyAny>) {
        *self.callable.lock().unwrap_or_else(PoisonError::into_inner) = Some(callable);
        self.listens.store(true, Ordering::Release);
    }

    fn callable<'py>(&self, py: Python<'py>) -> Option<Bound<'py, PyAny>> {
        let callable = self.callable.lock().unwrap_or_else(PoisonError::into_inner);
        callable.as_ref().map(|callable| callable.bind(py).clone())
    }
}

#[pymethods]
impl EventFunction {
    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        // The collector must not wait. What it does not see is not collected this time.
        self.callable.try_lock().map_or(Ok(()), |callable| visit.call(callable.as_ref()))
    }
}

/// The core's way to the function.
pub struct EventObserver {
    way: Way,
    listens: Arc<AtomicBool>,
}

impl EventObserver {
    pub fn new(function: &Bound<'_, EventFunction>) -> PyResult<Self> {
        Ok(Self { way: Way::to(function.as_any())?, listens: function.get().listens.clone() })
    }
}

impl Observer for EventObserver {
    fn listens(&self) -> bool {
        self.listens.load(Ordering::Acquire)
    }

    fn observe(&self, event: RequestEvent) {
        let caller = caller::current().and_then(CallerContext::of);
        tell(Box::new(Untold { way: self.way.clone(), event, caller }));
    }
}

/// An event that waits to be told.
struct Untold {
    way: Way,
    event: RequestEvent,
    caller: Option<Arc<CallerContext>>,
}

impl Tell for Untold {
    fn tell(self: Box<Self>, py: Python<'_>) -> PyResult<()> {
        let Self { way, event, caller } = *self;
        let function = way.find::<EventFunction>(py).and_then(|function| function.get().callable(py));
        let Some(function) = function else { return Ok(()) };
        let told = to_python(py, &event)
            .and_then(|event| (event,).into_pyobject(py))
            .and_then(|arguments| CallerContext::call(py, caller.as_ref(), &function, arguments).map(drop));
        drop(way);
        CallerContext::release(caller, py);
        match told {
            // Ctrl-C that came meanwhile is not the function's.
            Err(error) if !error.is_instance_of::<PyKeyboardInterrupt>(py) => complain(py, &error),
            told => told,
        }
    }
}

/// The function failed: the log has how, and nobody else is troubled.
fn complain(py: Python<'_>, error: &PyErr) -> PyResult<()> {
    let logger = py.import("logging")?.call_method1("getLogger", (LOG,))?;
    let details = PyDict::new(py);
    details.set_item("exc_info", error.value(py))?;
    logger.call_method("error", ("the on_event function failed",), Some(&details))?;
    Ok(())
}

fn to_python<'py>(py: Python<'py>, event: &RequestEvent) -> PyResult<Bound<'py, PyAny>> {
    let known = PyDict::new(py);
    known.set_item(intern!(py, "kind"), event.kind.name())?;
    known.set_item(intern!(py, "method"), event.method)?;
    known.set_item(intern!(py, "path"), &event.path)?;
    known.set_item(intern!(py, "offset"), event.offset)?;
    known.set_item(intern!(py, "limit"), event.limit)?;
    known.set_item(intern!(py, "attempt"), event.attempt)?;
    known.set_item(intern!(py, "status"), event.status)?;
    known.set_item(intern!(py, "error"), event.error)?;
    known.set_item(intern!(py, "elapsed"), event.elapsed.as_secs_f64())?;
    known.set_item(intern!(py, "bytes_received"), event.bytes_received)?;
    known.set_item(intern!(py, "wait"), event.wait.map(|wait| wait.as_secs_f64()))?;
    known.set_item(intern!(py, "request_id"), &event.request_id)?;
    known.set_item(intern!(py, "agent_id"), &event.agent_id)?;
    known.set_item(intern!(py, "gave_up"), event.gave_up)?;
    py.import("blocks_sessions.events")?.getattr("RequestEvent")?.call((), Some(&known))
}
