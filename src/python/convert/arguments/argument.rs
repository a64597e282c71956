//! One argument as a caller gave it. What range it must be in is the core's to say.

use pyo3::exceptions::{PyOverflowError, PyTypeError};
use pyo3::prelude::*;

/// Refuses a flag where a number is wanted: `max_items=False` would be none at all, and `timeout=True` a second.
fn no_flag(name: &str, value: &Bound<'_, PyAny>) -> PyResult<()> {
    // Of Python's own type, or of numpy's, which has had two names.
    let kind = value.get_type().name()?;
    if matches!(kind.to_str()?, "bool" | "bool_") {
        return Err(PyTypeError::new_err(format!("argument '{name}': a number is needed, not a flag")));
    }
    Ok(())
}

/// A number of any kind; one beyond what a float holds is as much out of every range as infinity.
pub fn real(name: &str, value: &Bound<'_, PyAny>) -> PyResult<f64> {
    no_flag(name, value)?;
    let py = value.py();
    match value.extract::<f64>() {
        Err(error) if error.is_instance_of::<PyOverflowError>(py) => {
            Ok(if value.lt(0)? { f64::NEG_INFINITY } else { f64::INFINITY })
        }
        other => other.map_err(|error| named(py, error, name)),
    }
}

/// A whole number; one beyond 64 bits is as much out of every range as the last one within.
pub fn whole(name: &str, value: &Bound<'_, PyAny>) -> PyResult<i64> {
    no_flag(name, value)?;
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
