//! The context variables of whoever calls: log lines, events and token functions see them, on whichever thread.

use std::sync::Arc;

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyTuple;
use pyo3::{PyTraverseError, PyVisit, intern};

use super::in_python;
use super::logging::imported;
use crate::core::client::caller::Caller;

/// A copy of a caller's context; none where no context is in use. Let go of where the interpreter is held, and nowhere else.
pub struct CallerContext(Option<Py<PyAny>>);

impl CallerContext {
    /// Of whoever runs here.
    pub fn here(py: Python<'_>) -> PyResult<Arc<Self>> {
        static COPY: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
        let copy = match COPY.get(py) {
            Some(copy) => copy,
            // Where nobody has imported it, there is no variable to see.
            None => match imported(py, "_contextvars")? {
                Some(contexts) => {
                    COPY.get_or_try_init(py, || contexts.getattr("copy_context").map(pyo3::Bound::unbind))?
                }
                None => return Ok(Arc::new(Self(None))),
            },
        };
        Ok(Arc::new(Self(Some(copy.call0(py)?))))
    }

    /// Of the caller on whose behalf the core does something.
    pub fn of(caller: Caller) -> Option<Arc<Self>> {
        caller.downcast().ok()
    }

    /// Calls a function as the caller would.
    pub fn call<'py>(
        py: Python<'py>,
        caller: Option<&Arc<Self>>,
        function: &Bound<'py, PyAny>,
        arguments: Bound<'py, PyTuple>,
    ) -> PyResult<Bound<'py, PyAny>> {
        match caller.and_then(|caller| caller.0.as_ref()) {
            None => function.call1(arguments),
            Some(context) => {
                let whole = std::iter::once(function.clone()).chain(arguments.iter());
                let whole = PyTuple::new(py, whole.collect::<Vec<_>>())?;
                // A context can be entered once at a time, and what runs in it may come back here.
                let own = context.bind(py).call_method0(intern!(py, "copy"))?;
                own.call_method1(intern!(py, "run"), whole)
            }
        }
    }

    /// The context itself, for a thread that runs in it from its beginning.
    pub fn copy<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        self.0.as_ref().map(|context| context.bind(py).call_method0(intern!(py, "copy"))).transpose()
    }

    /// Lets go of it here, if nobody else holds it.
    pub fn release(caller: Option<Arc<Self>>, _py: Python<'_>) {
        if let Some(mut last) = caller.and_then(Arc::into_inner) {
            drop(last.0.take());
        }
    }

    pub fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.0)
    }
}

impl Drop for CallerContext {
    fn drop(&mut self) {
        if let Some(context) = self.0.take() {
            in_python(move |_| drop(context));
        }
    }
}
