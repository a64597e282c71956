//! The arguments of one call, as the core's request.

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{IntoPyDict, PyDict, PyMapping};
use serde_json::{Map, Value};

use super::argument::{named, whole};
use super::choice;
use super::signature::unexpected;
use super::timeout::Timeout;
use crate::core::client::request::{CallOptions, CallSettings, argument_of};
use crate::core::listing::request::PageRequest;
use crate::python::convert::errors::to_python_error;
use crate::python::runtime::otel::traceparent;
use crate::python::runtime::reentrancy::call_out;

/// What every call takes, whether it asks for one page or for a whole list.
#[derive(Default)]
pub struct CallArguments(CallSettings);

impl CallArguments {
    /// Reads a keyword that every call takes; whether it is one. `None` means not given.
    pub fn read(&mut self, name: &str, value: &Bound<'_, PyAny>) -> PyResult<bool> {
        let given = !value.is_none();
        match name {
            "timeout" => self.0.timeout = given.then(|| Timeout::setting(value)).transpose()?,
            "max_retries" => self.0.max_retries = given.then(|| whole(name, value)).transpose()?,
            "extra_headers" => self.0.headers = if given { headers(name, value)? } else { Vec::new() },
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// Reads a keyword that only what may take long has; whether it is one.
    pub fn read_long(&mut self, name: &str, value: &Bound<'_, PyAny>) -> PyResult<bool> {
        if name == "deadline" {
            self.0.deadline = value.extract()?;
            return Ok(true);
        }
        self.read(name, value)
    }

    pub fn options(self, py: Python<'_>) -> PyResult<CallOptions> {
        let options = CallOptions::checked(&self.0);
        let options = options.map_err(|error| to_python_error(&error))?;
        Ok(CallOptions { traceparent: traceparent(py)?, ..options })
    }
}

/// What `ping` is asked for with.
pub fn ping_options(py: Python<'_>, options: Option<&Bound<'_, PyDict>>) -> PyResult<CallOptions> {
    let mut call = CallArguments::default();
    for (name, value) in options.into_iter().flatten() {
        let name: String = name.extract()?;
        if !call.read(&name, &value).map_err(|error| named(py, error, &name))? {
            return Err(unexpected("ping", &name));
        }
    }
    call.options(py)
}

/// Headers, of which one without a value is not sent.
fn headers(name: &str, value: &Bound<'_, PyAny>) -> PyResult<Vec<(String, Option<String>)>> {
    let mapping = value.cast::<PyMapping>().map_err(|_| {
        PyTypeError::new_err(format!("argument '{name}': a mapping of names to texts is needed"))
    })?;
    mapping.items()?.extract()
}

/// The request for one page, and what is kept of it; its check is the core's.
pub fn page_request(py: Python<'_>, options: Option<&Bound<'_, PyDict>>) -> PyResult<PageRequest> {
    let (mut request, mut call) = (PageRequest::default(), CallArguments::default());
    for (name, value) in options.into_iter().flatten() {
        let name: String = name.extract()?;
        let read = match call.read(&name, &value) {
            Ok(false) => set(&mut request, &name, &value),
            read => read.map(drop),
        };
        read.map_err(|error| named(py, error, &name))?;
    }
    request.call = call.options(py)?;
    Ok(request)
}

fn set(wanted: &mut PageRequest, name: &str, value: &Bound<'_, PyAny>) -> PyResult<()> {
    let request = &mut wanted.request;
    let given = !value.is_none();
    match name {
        "agent_id" => request.agent_id = value.extract()?,
        "limit" if given => request.limit = whole(name, value)?,
        "offset" if given => request.offset = whole(name, value)?,
        "extra_body" if given => request.extra_body = extra(value)?,
        "limit" | "offset" | "extra_body" => {}
        "where" | "fields" => drop(choice::read(&mut wanted.choice, name, value)?),
        _ => return Err(unexpected("list", name)),
    }
    Ok(())
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
    let fields: Map<String, Value> = serde_json::from_str(&text).map_err(|error| unfit(&error))?;
    for (name, argument) in fields.keys().filter_map(|name| Some((name, argument_of(name)?))) {
        let warn = py.import("blocks_sessions._warn")?.getattr("not_sent")?;
        call_out(|| warn.call1((name, argument)))?;
    }
    Ok(fields)
}
