//! The arguments of one call, as the core's request.

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{IntoPyDict, PyDict, PyMapping};
use serde_json::{Map, Value};

use super::argument::{named, whole};
use super::errors::to_python_error;
use super::timeout::Timeout;
use crate::core::client::request::{CallOptions, ListRequest};
use crate::python::runtime::otel::traceparent;

/// What every call takes.
pub struct CallArguments<'a, 'py> {
    pub timeout: Option<&'a Bound<'py, PyAny>>,
    pub max_retries: Option<&'a Bound<'py, PyAny>>,
}

impl CallArguments<'_, '_> {
    pub fn options(&self, py: Python<'_>) -> PyResult<CallOptions> {
        let timeout = self
            .timeout
            .map(|value| Timeout::setting(value).map_err(|error| named(value.py(), error, "timeout")));
        let max_retries = self.max_retries.map(|value| whole("max_retries", value));
        let options = CallOptions::checked(timeout.transpose()?, max_retries.transpose()?);
        let options = options.map_err(|error| to_python_error(&error))?;
        Ok(CallOptions { traceparent: traceparent(py)?, ..options })
    }
}

/// The request for one page; its check is the core's.
pub fn page_request(
    agent_id: Option<String>,
    limit: Option<&Bound<'_, PyAny>>,
    offset: Option<&Bound<'_, PyAny>>,
    extra_body: Option<&Bound<'_, PyAny>>,
) -> PyResult<ListRequest> {
    let mut request = ListRequest { agent_id, ..ListRequest::default() };
    if let Some(limit) = limit {
        request.limit = whole("limit", limit)?;
    }
    if let Some(offset) = offset {
        request.offset = whole("offset", offset)?;
    }
    if let Some(fields) = extra_body {
        request.extra_body = extra(fields)?;
    }
    Ok(request)
}

/// `extra_body`: fields that this package does not know.
pub fn extra(fields: &Bound<'_, PyAny>) -> PyResult<Map<String, Value>> {
    let py = fields.py();
    let fields = fields.cast::<PyMapping>().map_err(|_| {
        PyTypeError::new_err("argument 'extra_body': a mapping of field names to JSON values is needed")
    })?;
    // Python's own writer: it takes integers of any size, and neither NaN nor a set.
    let strict = [("allow_nan", false)].into_py_dict(py)?;
    let fields = py.get_type::<PyDict>().call1((fields,))?;
    let text = py.import("json")?.getattr("dumps")?.call((fields,), Some(&strict));
    let unfit = |error: &dyn std::fmt::Display| {
        PyTypeError::new_err(format!("argument 'extra_body': a value cannot be sent as JSON: {error}"))
    };
    let text: String = text.map_err(|error| unfit(&error.value(py)))?.extract()?;
    serde_json::from_str(&text).map_err(|error| unfit(&error))
}
