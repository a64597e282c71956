//! `collect`: a whole listing as one `SessionList`.

use pyo3::prelude::*;
use pyo3::types::PyList;

use super::pages::Pages;
use crate::core::client::Client;
use crate::python::convert::functions::Functions;
use crate::python::convert::listing_request::ListingArguments;
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
    Ok(all)
}
