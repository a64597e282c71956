//! The context variables of whoever makes a call, kept for a token function that is called on its behalf.

use std::sync::atomic::{AtomicBool, Ordering};

use pyo3::prelude::*;

use crate::core::config::Caller;
use crate::python::runtime::in_python;

/// Whether there is a token function at all: without one nobody asks for a context.
static WANTED: AtomicBool = AtomicBool::new(false);

/// A copy of a caller's context.
struct Context(Option<Py<PyAny>>);

impl Drop for Context {
    fn drop(&mut self) {
        let context = self.0.take();
        in_python(move |_| drop(context));
    }
}

/// From now on contexts are kept.
pub fn keep() {
    WANTED.store(true, Ordering::Relaxed);
}

/// Whoever calls here.
pub fn here(py: Python<'_>) -> PyResult<Caller> {
    if !WANTED.load(Ordering::Relaxed) {
        return Ok(Caller::default());
    }
    let context = py.import("contextvars")?.call_method0("copy_context")?;
    Ok(Caller::new(Context(Some(context.unbind()))))
}

/// The context of a caller, if it was kept.
pub fn context(py: Python<'_>, caller: &Caller) -> Option<Py<PyAny>> {
    caller.get::<Context>()?.0.as_ref().map(|context| context.clone_ref(py))
}
