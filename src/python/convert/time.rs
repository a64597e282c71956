//! Timestamps as Python's aware `datetime`.

use pyo3::prelude::*;

use crate::core::model::time::parse_timestamp;

/// An ISO 8601 timestamp as an aware `datetime` (UTC if it names no zone), or `None` if it is none.
#[pyfunction]
#[pyo3(signature = (text, /))]
pub(crate) fn _parse_timestamp<'py>(py: Python<'py>, text: &str) -> PyResult<Option<Bound<'py, PyAny>>> {
    let Some(timestamp) = parse_timestamp(text) else { return Ok(None) };
    let utc = moment(py, timestamp.micros)?;
    let Some(offset) = timestamp.offset.filter(|offset| *offset != 0) else { return Ok(Some(utc)) };
    let datetime = py.import("datetime")?;
    let delta = datetime.getattr("timedelta")?.call1((0, offset))?;
    let zone = datetime.getattr("timezone")?.call1((delta,))?;
    Ok(Some(utc.call_method1("astimezone", (zone,))?))
}

/// Microseconds since 1970 as an aware `datetime`, without a detour over floats.
pub fn moment(py: Python<'_>, micros: i64) -> PyResult<Bound<'_, PyAny>> {
    let datetime = py.import("datetime")?;
    let utc = datetime.getattr("timezone")?.getattr("utc")?;
    let epoch = datetime.getattr("datetime")?.call1((1970, 1, 1, 0, 0, 0, 0, utc))?;
    epoch.add(datetime.getattr("timedelta")?.call1((0, 0, micros))?)
}
