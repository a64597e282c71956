//! The trace that a call is part of, where OpenTelemetry is in use; it is not depended on.

use pyo3::exceptions::PyException;
use pyo3::prelude::*;

use super::logging::imported;

/// The current span as a `traceparent`, if there is one that is valid.
///
/// # Errors
/// Ctrl-C, which Python may notice meanwhile. Tracing itself is never what makes a call fail.
pub fn traceparent(py: Python<'_>) -> PyResult<Option<String>> {
    let Some(trace) = imported(py, "opentelemetry.trace")? else { return Ok(None) };
    match header(&trace) {
        Err(interrupt) if !interrupt.is_instance_of::<PyException>(py) => Err(interrupt),
        header => Ok(header.ok().flatten()),
    }
}

fn header(trace: &Bound<'_, PyAny>) -> PyResult<Option<String>> {
    let span = trace.call_method0("get_current_span")?.call_method0("get_span_context")?;
    if !span.getattr("is_valid")?.is_truthy()? {
        return Ok(None);
    }
    let trace_id: u128 = span.getattr("trace_id")?.extract()?;
    let span_id: u64 = span.getattr("span_id")?.extract()?;
    let flags: u8 = span.getattr("trace_flags")?.extract()?;
    Ok(Some(format!("00-{trace_id:032x}-{span_id:016x}-{flags:02x}")))
}
