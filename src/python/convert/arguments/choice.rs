//! `where=`, `fields=`, `since=` and `until=` as the core's request; what they say is the core's to check.

use pyo3::exceptions::{PyOverflowError, PyTypeError};
use pyo3::prelude::*;
use pyo3::types::{PyDate, PyDateTime, PyDelta, PyString, PyTzInfoAccess};

use crate::core::client::request::no_character;
use crate::core::filter::{ChoiceRequest, Moment};
use crate::python::convert::errors::to_python_error;

/// The ordinal of 1970-01-01, as Python counts days.
const EPOCH: i64 = 719_163;
const MICROS_PER_DAY: i64 = 86_400_000_000;

/// Reads a keyword that chooses; whether it is one. `None` means not given.
pub fn read(choice: &mut ChoiceRequest, name: &str, value: &Bound<'_, PyAny>) -> PyResult<bool> {
    let given = !value.is_none();
    match name {
        "where" => choice.condition = given.then(|| condition(value)).transpose()?,
        "fields" => choice.fields = given.then(|| fields(value)).transpose()?,
        "since" => choice.since = given.then(|| moment(name, value)).transpose()?,
        "until" => choice.until = given.then(|| moment(name, value)).transpose()?,
        _ => return Ok(false),
    }
    Ok(true)
}

fn condition(value: &Bound<'_, PyAny>) -> PyResult<String> {
    let kind = || value.get_type().name().map(|name| name.to_string()).unwrap_or_default();
    let text = value.cast::<PyString>().map_err(|_| {
        PyTypeError::new_err(format!(
            "argument 'where': a condition as text is needed, as in \"rating <= 2\", not {}",
            kind()
        ))
    })?;
    characters("where", text)
}

/// A text of Python's, which may hold halves of characters, as text.
fn characters(name: &str, text: &Bound<'_, PyString>) -> PyResult<String> {
    text.to_str().map(str::to_owned).or_else(|error| {
        let before: usize = error.value(text.py()).getattr("start")?.extract()?;
        Err(to_python_error(&no_character(name, before + 1)))
    })
}

fn fields(value: &Bound<'_, PyAny>) -> PyResult<Vec<String>> {
    let unfit =
        || PyTypeError::new_err("argument 'fields': names are needed, as in [\"session_id\", \"rating\"]");
    // A text is iterable too, and would be its letters.
    if value.is_instance_of::<PyString>() {
        return Err(unfit());
    }
    value
        .try_iter()
        .map_err(|_| unfit())?
        .map(|name| characters("fields", name?.cast::<PyString>().map_err(|_| unfit())?))
        .collect()
}

fn moment(name: &str, value: &Bound<'_, PyAny>) -> PyResult<Moment> {
    let py = value.py();
    let micros = |delta: &Bound<'_, PyAny>| {
        let unit = PyDelta::new(py, 0, 0, 1, true)?;
        delta.call_method1("__floordiv__", (unit,))?.extract::<i64>()
    };
    if let Ok(text) = value.cast::<PyString>() {
        return characters(name, text).map(Moment::Text);
    }
    if value.is_instance_of::<PyDelta>() {
        return match micros(value) {
            Err(error) if error.is_instance_of::<PyOverflowError>(py) => {
                let is_negative = value.getattr("days")?.extract::<i64>()? < 0;
                Ok(Moment::Ago(if is_negative { -i64::MAX } else { i64::MAX }))
            }
            read => read.map(Moment::Ago),
        };
    }
    if let Ok(time) = value.cast::<PyDateTime>() {
        if time.get_tzinfo().is_none() || value.call_method0("utcoffset")?.is_none() {
            return Ok(Moment::Naive);
        }
        let epoch = crate::python::convert::time::moment(py, 0)?;
        return micros(&value.sub(epoch)?).map(Moment::At);
    }
    if value.is_instance_of::<PyDate>() {
        let days: i64 = value.call_method0("toordinal")?.extract()?;
        return Ok(Moment::At((days - EPOCH) * MICROS_PER_DAY));
    }
    Err(PyTypeError::new_err(
        "a datetime, a date, a timedelta or a text is needed, as in \"2026-01-31\" or \"7d\"",
    ))
}
