//! What `iter_sessions`, `iter_pages`, `collect` and whatever else reads a whole list take, of either client.

use pyo3::prelude::*;
use pyo3::types::PyDict;

use super::argument::{named, whole};
use super::choice;
use super::request::{CallArguments, extra};
use super::signature::unexpected;
use crate::core::error::Error;
use crate::core::listing::{Consistency, ListingRequest};
use crate::python::convert::errors::to_python_error;

/// What a listing is asked for with.
pub struct ListingArguments {
    pub request: ListingRequest,
    pub progress: Option<Py<PyAny>>,
}

/// What holds where the caller of a listing does not say: the client's own.
pub struct Defaults<'py> {
    pub consistency: Consistency,
    pub progress: Option<Bound<'py, PyAny>>,
}

impl Defaults<'_> {
    /// Where there is no client.
    pub fn none() -> Self {
        Self { consistency: Consistency::Checked, progress: None }
    }
}

impl ListingArguments {
    /// Reads keyword arguments; `None` means not given.
    pub fn read(
        py: Python<'_>,
        function: &str,
        options: Option<&Bound<'_, PyDict>>,
        defaults: Defaults<'_>,
    ) -> PyResult<Self> {
        // It takes all; whoever iterates wants each session as soon as it is there.
        let in_batches = function == "collect";
        let request =
            ListingRequest { consistency: defaults.consistency, in_batches, ..ListingRequest::default() };
        let mut arguments = Self { request, progress: None };
        if let Some(progress) = &defaults.progress {
            arguments.set(function, "progress", progress)?;
        }
        let mut call = CallArguments::default();
        for (name, value) in options.into_iter().flatten() {
            let name: String = name.extract()?;
            let read = match call.read_long(&name, &value) {
                Ok(false) => arguments.set(function, &name, &value),
                read => read.map(drop),
            };
            read.map_err(|error| named(py, error, &name))?;
        }
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
            "progress" if given => {
                request.tell_progress = value.is_truthy()?;
                self.progress = Some(value.clone().unbind());
            }
            "page_size" | "offset" | "consistency" | "extra_body" | "progress" => {}
            _ => {
                if !choice::read(&mut request.choice, name, value)? {
                    return Err(unexpected(function, name));
                }
            }
        }
        Ok(())
    }
}

fn consistency(value: &Bound<'_, PyAny>) -> PyResult<Consistency> {
    let name: String = value.extract()?;
    Consistency::named(&name).map_err(|fault| to_python_error(&Error::Configuration(fault)))
}
