//! `Timeout`: how long a call may take, in Python's terms.

use pyo3::prelude::*;
use pyo3::types::PyTuple;

use super::argument::real;
use crate::core::config::{self, TimeoutSetting};
use crate::python::convert::errors::to_python_error;

/// How long a call may take, in seconds.
///
/// Args:
///     attempt: One attempt, from sending it to the end of its answer.
///     connect: Making a connection, TLS included.
///     total: One request with all its retries and the waits between them.
///
/// Raises:
///     ConfigurationError: One of them is not a positive, finite number.
///
/// Example:
///     >>> from blocks_sessions import SessionsClient, Timeout
///     >>> client = SessionsClient("demo-key", timeout=Timeout(attempt=10, total=60))
#[pyclass(frozen, eq, hash, skip_from_py_object, module = "blocks_sessions")]
#[derive(Clone, Copy, PartialEq, Hash)]
pub struct Timeout {
    pub limits: config::Timeout,
}

#[pymethods]
impl Timeout {
    #[new]
    #[pyo3(signature = (attempt=30.0, connect=5.0, total=120.0))]
    fn new(
        #[pyo3(from_py_with = attempt)] attempt: f64,
        #[pyo3(from_py_with = connect)] connect: f64,
        #[pyo3(from_py_with = total)] total: f64,
    ) -> PyResult<Self> {
        let limits = config::Timeout::from_seconds(attempt, connect, total);
        limits.map(|limits| Self { limits }).map_err(|error| to_python_error(&error))
    }

    #[getter]
    fn attempt(&self) -> f64 {
        self.limits.attempt.as_secs_f64()
    }

    #[getter]
    fn connect(&self) -> f64 {
        self.limits.connect.as_secs_f64()
    }

    #[getter]
    fn total(&self) -> f64 {
        self.limits.total.as_secs_f64()
    }

    fn __repr__(&self) -> String {
        format!("Timeout(attempt={}, connect={}, total={})", self.attempt(), self.connect(), self.total())
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyTuple>> {
        let limits = slf.get();
        (slf.get_type(), (limits.attempt(), limits.connect(), limits.total())).into_pyobject(slf.py())
    }
}

fn attempt(value: &Bound<'_, PyAny>) -> PyResult<f64> {
    real("attempt", value)
}

fn connect(value: &Bound<'_, PyAny>) -> PyResult<f64> {
    real("connect", value)
}

fn total(value: &Bound<'_, PyAny>) -> PyResult<f64> {
    real("total", value)
}

impl Timeout {
    /// A number of seconds for one attempt, or a `Timeout`: unchecked, as the core wants it.
    pub fn setting(value: &Bound<'_, PyAny>) -> PyResult<TimeoutSetting> {
        match value.cast::<Self>() {
            Ok(timeout) => Ok(timeout.get().limits.into()),
            Err(_) => real("timeout", value).map(TimeoutSetting::Attempt),
        }
    }
}
