//! What `export` takes, of either client: what a listing takes, and how the file is to be written.

use std::path::PathBuf;

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

use super::argument::{named, whole};
use super::listing_request::{Defaults, ListingArguments};
use super::signature::{check_named, check_names};
use crate::core::export::ExportRequest;

/// The one argument that need not be named.
const PATH: &str = "path";

/// What an export is asked for with.
pub struct ExportArguments {
    pub request: ExportRequest,
    pub progress: Option<Py<PyAny>>,
}

impl ExportArguments {
    /// Reads the path, by place or by name, and keyword arguments; `None` means not given.
    pub fn read<'py>(
        py: Python<'py>,
        arguments: &Bound<'py, PyTuple>,
        options: Option<&Bound<'py, PyDict>>,
        defaults: Defaults<'py>,
    ) -> PyResult<Self> {
        let options = options.map_or_else(|| Ok(PyDict::new(py)), PyDictMethods::copy)?;
        let by_name = options.get_item(PATH)?;
        if by_name.is_some() {
            options.del_item(PATH)?;
        }
        check_names("export", &options)?;
        let path = path(arguments, by_name)?;
        let listing = PyDict::new(py);
        let mut request = ExportRequest::new(path, crate::core::listing::ListingRequest::default());
        for (name, value) in options {
            let name: String = name.extract()?;
            let own = set(&mut request, &name, &value).map_err(|error| named(py, error, &name))?;
            if !own {
                listing.set_item(name, value)?;
            }
        }
        let arguments = ListingArguments::read(py, "export", Some(&listing), defaults)?;
        request.listing = arguments.request;
        Ok(Self { request, progress: arguments.progress })
    }
}

fn path(arguments: &Bound<'_, PyTuple>, by_name: Option<Bound<'_, PyAny>>) -> PyResult<PathBuf> {
    let by_place = arguments.get_item(0).ok();
    let path = match (by_place, by_name) {
        (Some(_), Some(_)) => {
            return Err(PyTypeError::new_err("export() got multiple values for argument 'path'"));
        }
        (None, None) => {
            return Err(PyTypeError::new_err("export() missing 1 required positional argument: 'path'"));
        }
        (Some(path), None) | (None, Some(path)) => path,
    };
    check_named("export", &arguments.get_slice(1, arguments.len()))?;
    // Text, bytes or a path, and names that are no UTF-8.
    arguments.py().import("os")?.getattr("fsdecode")?.call1((path,))?.extract()
}

/// Sets what is the export's own; `false` if it is the listing's.
fn set(request: &mut ExportRequest, name: &str, value: &Bound<'_, PyAny>) -> PyResult<bool> {
    match name {
        "format" => request.encoding.format = value.extract()?,
        "compression" => request.encoding.compression = value.extract()?,
        "compression_level" => {
            request.encoding.level = (!value.is_none()).then(|| whole(name, value)).transpose()?;
        }
        "resume" => request.resume = value.extract()?,
        "overwrite" => request.overwrite = value.extract::<Option<bool>>()?.unwrap_or(false),
        "spreadsheet_safe" => request.spreadsheet_safe = value.extract::<Option<bool>>()?.unwrap_or(false),
        _ => return Ok(false),
    }
    Ok(true)
}
