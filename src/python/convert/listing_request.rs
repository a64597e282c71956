//! What `iter_sessions`, `iter_pages` and `collect` take, of either client.

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use super::argument::{named, whole};
use super::errors::to_python_error;
use super::request::{CallArguments, extra};
use crate::core::error::Error;
use crate::core::listing::{Consistency, ListingRequest};

/// What `iter_sessions`, `iter_pages` and `collect` take.
pub struct ListingArguments {
    pub request: ListingRequest,
    pub progress: Option<Py<PyAny>>,
}

impl ListingArguments {
    /// Reads keyword arguments; `None` means not given.
    pub fn read(py: Python<'_>, function: &str, options: Option<&Bound<'_, PyDict>>) -> PyResult<Self> {
        let mut arguments = Self { request: ListingRequest::default(), progress: None };
        let (mut timeout, mut max_retries) = (None, None);
        for (name, value) in options.into_iter().flatten() {
            let name: String = name.extract()?;
            match name.as_str() {
                "timeout" => timeout = Some(value).filter(|value| !value.is_none()),
                "max_retries" => max_retries = Some(value).filter(|value| !value.is_none()),
                _ => arguments.set(function, &name, &value).map_err(|error| named(py, error, &name))?,
            }
        }
        let call = CallArguments { timeout: timeout.as_ref(), max_retries: max_retries.as_ref() };
        arguments.request.call = call.options(py)?;
        Ok(arguments)
    }

    fn set(&mut self, function: &str, name: &str, value: &Bound<'_, PyAny>) -> PyResult<()> {
        let request = &mut self.request;
        let given = !value.is_none();
        match name {
            "agent_id" => request.agent_id = value.extract()?,
            "page_size" if given => request.page_size = whole(name, value)?,
            "offset" if given => request.offset = whole(name, value)?,
            "max_items" => request.max_items = given.then(|| whole(name, value)).transpose()?,
            "max_concurrency" => request.max_concurrency = given.then(|| whole(name, value)).transpose()?,
            "consistency" if given => request.consistency = consistency(value)?,
            "extra_body" if given => request.extra_body = extra(value)?,
            "progress" => self.progress = Some(value.clone().unbind()),
            "page_size" | "offset" | "consistency" | "extra_body" => {}
            _ => {
                let text = format!("{function}() got an unexpected keyword argument '{name}'");
                return Err(PyTypeError::new_err(text));
            }
        }
        Ok(())
    }
}

fn consistency(value: &Bound<'_, PyAny>) -> PyResult<Consistency> {
    let name: String = value.extract()?;
    Consistency::from_name(&name).ok_or_else(|| {
        to_python_error(&Error::Configuration(format!(
            "consistency must be \"checked\", \"strict\" or \"fast\", not {name:?}"
        )))
    })
}
