//! The context variables of whoever makes a call, kept for a token function that is called on its behalf.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use pyo3::prelude::*;

use crate::core::config::Caller;
use crate::python::runtime::in_python;

/// Whether there is a token function at all: without one nobody asks for a context.
static WANTED: AtomicBool = AtomicBool::new(false);

/// Contexts of calls that are over. They end on the runtime's threads, which take no lock of the interpreter's,
/// and the next call lets go of them. It is only ever tried: a fork may have left it locked.
static OVER: Mutex<Vec<Py<PyAny>>> = Mutex::new(Vec::new());

/// A copy of a caller's context.
struct Context(Option<Py<PyAny>>);

impl Drop for Context {
    fn drop(&mut self) {
        match (self.0.take(), OVER.try_lock()) {
            (Some(context), Ok(mut over)) => over.push(context),
            (context, _) => in_python(move |_| drop(context)),
        }
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
    let over = OVER.try_lock().map(|mut over| std::mem::take(&mut *over));
    drop(over);
    let context = py.import("contextvars")?.call_method0("copy_context")?;
    Ok(Caller::new(Context(Some(context.unbind()))))
}

/// The context of a caller, if it was kept.
pub fn context(py: Python<'_>, caller: &Caller) -> Option<Py<PyAny>> {
    caller.get::<Context>()?.0.as_ref().map(|context| context.clone_ref(py))
}
