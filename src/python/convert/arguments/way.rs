//! The core's way to a function of the caller's: a weak reference, which keeps nothing alive and is no part of a cycle.

use std::sync::Arc;

use pyo3::PyTypeCheck;
use pyo3::prelude::*;
use pyo3::types::{PyWeakrefMethods, PyWeakrefReference};

use crate::python::runtime::in_python;

/// The core's way to a function: let go of where the interpreter is held, and nowhere else.
#[derive(Clone)]
pub struct Way(Arc<Weak>);

struct Weak(Option<Py<PyWeakrefReference>>);

impl Way {
    pub fn to(function: &Bound<'_, PyAny>) -> PyResult<Self> {
        Ok(Self(Arc::new(Weak(Some(PyWeakrefReference::new(function)?.unbind())))))
    }

    /// The function, if it is still there.
    pub fn find<'py, T: PyTypeCheck>(&self, py: Python<'py>) -> Option<Bound<'py, T>> {
        self.0.0.as_ref()?.bind(py).upgrade_as::<T>().ok()?
    }
}

impl Drop for Weak {
    fn drop(&mut self) {
        let weak = self.0.take();
        in_python(move |_| drop(weak));
    }
}
