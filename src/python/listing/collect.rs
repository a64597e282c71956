//! `collect`: a whole listing as one `SessionList`.

use pyo3::prelude::*;
use pyo3::types::{PyList, PyTuple};

use super::pages::Pages;
use crate::core::client::Client;
use crate::python::convert::arguments::functions::Functions;
use crate::python::convert::arguments::listing_request::ListingArguments;
use crate::python::convert::session::append_sessions;

/// All sessions in one list, which keeps the report.
pub fn collect(
    py: Python<'_>,
    client: Client,
    arguments: ListingArguments,
    functions: Functions,
) -> PyResult<Bound<'_, PyAny>> {
    let pages = Pages::new(py, client, arguments, true, functions)?;
    let all = py.import("blocks_sessions.collected")?.getattr("SessionList")?.call0()?;
    let list = all.cast::<PyList>()?;
    while let Some(page) = pages.next(py)? {
        append_sessions(list, &page)?;
    }
    all.setattr("report", pages.report(py, 0, None)?)?;
    let names =
        pages.projection().map(|kept| kept.names().iter().map(|name| name.text.to_string()).collect());
    all.setattr("_fields", names.map(|names: Vec<String>| PyTuple::new(py, names)).transpose()?)?;
    Ok(all)
}
