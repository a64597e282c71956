//! The trace that a call is part of, where OpenTelemetry is in use; it is not depended on.

use pyo3::prelude::*;

use super::logging::imported;

/// The current span as a `traceparent`, if there is one that is valid.
pub fn traceparent(py: Python<'_>) -> Option<String> {
    let trace = imported(py, "opentelemetry.trace").ok()??;
    // Tracing must never be what makes a call fail.
    header(&trace).ok().flatten()
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
