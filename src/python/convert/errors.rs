//! Core errors as Python exceptions: one exhaustive match.

use pyo3::exceptions::{
    PyGeneratorExit, PyMemoryError, PyRuntimeError, PyStopAsyncIteration, PyStopIteration,
};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

use super::report::report_to_python;
use crate::core::error::{
    ConnectionError, Error, ErrorDetail, InvalidResponse, Loc, StatusError, StatusKind, StorageError,
    StorageKind,
};
use crate::core::model::report::ListingReport;
use crate::python::runtime::in_python;

/// An error of the caller's own code on its way through the core.
#[derive(Debug)]
pub struct Raised(Option<PyErr>);

impl Raised {
    pub fn new(error: PyErr) -> Self {
        Self(Some(error))
    }
}

impl Drop for Raised {
    fn drop(&mut self) {
        let error = self.0.take();
        in_python(move |_| drop(error));
    }
}

impl std::fmt::Display for Raised {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the access_token callable raised")
    }
}

impl std::error::Error for Raised {}

/// The exception that this error is in Python.
pub fn to_python_error(error: &Error) -> PyErr {
    Python::attach(|py| exception(py, error).unwrap_or_else(|failure| failure))
}

/// An error of code that was called in between, which must not be taken for the end of an iteration, nor for
/// the result or the end of a coroutine: as Python does in generators, it becomes a `RuntimeError`.
pub fn never_an_end(py: Python<'_>, error: PyErr) -> PyErr {
    let end = error.is_instance_of::<PyStopIteration>(py)
        || error.is_instance_of::<PyStopAsyncIteration>(py)
        || error.is_instance_of::<PyGeneratorExit>(py);
    if !end {
        return error;
    }
    let name = error.get_type(py).name().map_or_else(|_| "StopIteration".to_owned(), |name| name.to_string());
    let told = PyRuntimeError::new_err(format!("code that the client called raised {name}"));
    told.set_cause(py, Some(error));
    told
}

fn exception(py: Python<'_>, error: &Error) -> PyResult<PyErr> {
    match error {
        Error::Configuration(message) => raise(py, "ConfigurationError", message, &PyDict::new(py)),
        Error::Connection(fault) => connection(py, "APIConnectionError", fault),
        Error::Timeout(fault) => connection(py, "APITimeoutError", fault),
        Error::Memory(message) => Ok(PyMemoryError::new_err(message.clone())),
        Error::InvalidResponse(answer) => invalid_response(py, answer),
        Error::Status(status) => refusal(py, status),
        Error::Incomplete { message, report } => incomplete(py, message, report),
        Error::Storage(fault) => storage(py, fault),
        Error::Callback(cause) => Ok(match cause.downcast_ref::<Raised>() {
            Some(Raised(Some(error))) => never_an_end(py, error.clone_ref(py)),
            _ => PyRuntimeError::new_err(cause.to_string()),
        }),
    }
}

/// Makes the exception of `blocks_sessions.exceptions` that has this name.
fn raise(py: Python<'_>, class: &str, message: &str, attributes: &Bound<'_, PyDict>) -> PyResult<PyErr> {
    let class = py.import("blocks_sessions.exceptions")?.getattr(class)?;
    Ok(PyErr::from_value(class.call((message,), Some(attributes))?))
}

fn connection(py: Python<'_>, class: &str, fault: &ConnectionError) -> PyResult<PyErr> {
    let attributes = PyDict::new(py);
    attributes.set_item("attempts", fault.attempts)?;
    attributes.set_item("causes", PyTuple::new(py, &fault.causes)?)?;
    attributes.set_item("retryable", fault.retryable)?;
    raise(py, class, &fault.message, &attributes)
}

fn invalid_response(py: Python<'_>, answer: &InvalidResponse) -> PyResult<PyErr> {
    let attributes = PyDict::new(py);
    attributes.set_item("status_code", answer.status_code)?;
    attributes.set_item("body", &answer.body)?;
    attributes.set_item("request_id", &answer.request_id)?;
    attributes.set_item("attempts", answer.attempts)?;
    attributes.set_item("retryable", answer.retryable)?;
    raise(py, "InvalidResponseError", &answer.message, &attributes)
}

fn incomplete(py: Python<'_>, message: &str, report: &ListingReport) -> PyResult<PyErr> {
    let attributes = PyDict::new(py);
    attributes.set_item("report", report_to_python(py, report)?)?;
    raise(py, "IncompleteListingError", message, &attributes)
}

fn storage(py: Python<'_>, fault: &StorageError) -> PyResult<PyErr> {
    let attributes = PyDict::new(py);
    // As `os.fsdecode` gives it, so that a name that is no UTF-8 leads back to its file.
    attributes.set_item("path", fault.path.as_os_str())?;
    attributes.set_item("errno", fault.errno)?;
    let class = match fault.kind {
        StorageKind::Failed => "StorageError",
        StorageKind::Locked => "TargetLockedError",
        StorageKind::Conflict => {
            let differences = PyDict::new(py);
            for difference in &fault.differences {
                differences.set_item(&difference.name, (&difference.then, &difference.now))?;
            }
            attributes.set_item("differences", differences)?;
            "TargetConflictError"
        }
    };
    raise(py, class, &fault.message, &attributes)
}

fn refusal(py: Python<'_>, status: &StatusError) -> PyResult<PyErr> {
    let attributes = PyDict::new(py);
    attributes.set_item("text", status.to_string())?;
    attributes.set_item("status_code", status.status_code)?;
    attributes.set_item("body", status.body.as_deref().map(|body| parsed_or_text(py, body)).transpose()?)?;
    attributes.set_item("request_id", &status.request_id)?;
    let headers = PyDict::new(py);
    for (name, value) in &status.headers {
        headers.set_item(name, value)?;
    }
    attributes.set_item("headers", headers)?;
    attributes.set_item("attempts", status.attempts)?;
    attributes.set_item("retry_after", status.retry_after)?;
    if is_validation(status.kind) {
        let errors: Vec<_> =
            status.errors.iter().map(|detail| detail_to_python(py, detail)).collect::<PyResult<_>>()?;
        attributes.set_item("errors", PyTuple::new(py, errors)?)?;
    }
    let refusal = raise(py, status.kind.class_name(), &status.message, &attributes)?;
    if let Some(hint) = status.hint {
        // Shown below the message in a traceback, and no part of it.
        refusal.value(py).call_method1("add_note", (hint,))?;
    }
    Ok(refusal)
}

fn detail_to_python<'py>(py: Python<'py>, detail: &ErrorDetail) -> PyResult<Bound<'py, PyAny>> {
    let loc: Vec<Bound<'py, PyAny>> = detail
        .loc
        .iter()
        .map(|step| match step {
            Loc::Name(name) => Ok(name.into_pyobject(py)?.into_any()),
            Loc::Index(index) => Ok(index.into_pyobject(py)?.into_any()),
        })
        .collect::<PyResult<_>>()?;
    let raw = parsed_or_text(py, &detail.raw)?;
    let class = py.import("blocks_sessions.exceptions")?.getattr("ErrorDetail")?;
    class.call1((PyTuple::new(py, loc)?, &detail.msg, &detail.kind, raw))
}

/// A body as Python reads it: JSON as its value, anything else as text. It is judged first, since
/// `json.loads` takes NaN for JSON and breaks on what is nested too deep.
fn parsed_or_text<'py>(py: Python<'py>, text: &str) -> PyResult<Bound<'py, PyAny>> {
    match serde_json::from_str::<serde_json::Value>(text) {
        Ok(_) => py.import("json")?.getattr("loads")?.call1((text,)),
        Err(_) => Ok(text.into_pyobject(py)?.into_any()),
    }
}

fn is_validation(kind: StatusKind) -> bool {
    matches!(
        kind,
        StatusKind::Validation
            | StatusKind::AgentNotFound
            | StatusKind::InvalidProjectKey
            | StatusKind::AccessDenied
            | StatusKind::InvalidPagination
            | StatusKind::MissingField
    )
}
