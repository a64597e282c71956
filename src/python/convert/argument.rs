//! One argument as a caller gave it. What range it must be in is the core's to say.

use pyo3::exceptions::{PyOverflowError, PyTypeError};
use pyo3::prelude::*;

/// A whole number; one beyond 64 bits is as much out of every range as the last one within.
pub fn whole(name: &str, value: &Bound<'_, PyAny>) -> PyResult<i64> {
    let py = value.py();
    match value.extract::<i64>() {
        Err(error) if error.is_instance_of::<PyOverflowError>(py) => {
            Ok(if value.lt(0)? { i64::MIN } else { i64::MAX })
        }
        other => other.map_err(|error| named(py, error, name)),
    }
}

/// A `TypeError` that says which argument it speaks of, as CPython's own do.
pub fn named(py: Python<'_>, error: PyErr, name: &str) -> PyErr {
    let text = error.value(py).to_string();
    if error.is_instance_of::<PyTypeError>(py) && !text.contains(name) {
        return PyTypeError::new_err(format!("argument '{name}': {text}"));
    }
    error
}
