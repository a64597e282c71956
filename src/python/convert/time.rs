//! Timestamps as Python's aware `datetime`.

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{IntoPyDict, PyDateTime, PyDelta, PyTzInfo};

use crate::core::model::time::parse_timestamp;

const MICROS_PER_SECOND: i64 = 1_000_000;
const SECONDS_PER_DAY: i64 = 86_400;

/// An ISO 8601 timestamp as an aware `datetime` (UTC if it names no zone), or `None` if it is none.
#[pyfunction]
#[pyo3(signature = (text, /))]
pub(crate) fn _parse_timestamp<'py>(py: Python<'py>, text: &str) -> PyResult<Option<Bound<'py, PyAny>>> {
    let Some(timestamp) = parse_timestamp(text) else { return Ok(None) };
    let Some(offset) = timestamp.offset.filter(|offset| *offset != 0) else {
        return moment(py, timestamp.micros).map(Some);
    };
    // By its own clock it is a moment that `datetime` can hold; in UTC it may be none.
    let local = moment(py, timestamp.micros + offset)?;
    let zone = py.import("datetime")?.getattr("timezone")?.call1((delta(py, offset)?,))?;
    let zone = [("tzinfo", zone)].into_py_dict(py)?;
    local.call_method(intern!(py, "replace"), (), Some(&zone)).map(Some)
}

/// Microseconds since 1970 as an aware `datetime`, without a detour over floats.
pub fn moment(py: Python<'_>, micros: i64) -> PyResult<Bound<'_, PyAny>> {
    let utc = PyTzInfo::utc(py)?;
    let epoch = PyDateTime::new(py, 1970, 1, 1, 0, 0, 0, 0, Some(&utc))?;
    epoch.into_any().add(delta(py, micros)?)
}

/// A span, whatever its length; a `timedelta` takes days and seconds of 32 bits.
fn delta(py: Python<'_>, micros: i64) -> PyResult<Bound<'_, PyDelta>> {
    let (seconds, micros) = (micros.div_euclid(MICROS_PER_SECOND), micros.rem_euclid(MICROS_PER_SECOND));
    let (days, seconds) = (seconds.div_euclid(SECONDS_PER_DAY), seconds.rem_euclid(SECONDS_PER_DAY));
    PyDelta::new(py, i32::try_from(days)?, i32::try_from(seconds)?, i32::try_from(micros)?, false)
}
