//! `collect`: a whole listing as one `SessionList`.

use pyo3::prelude::*;
use pyo3::types::{PyList, PyTuple};

use super::pages::Pages;
use crate::core::client::Client;
use crate::core::listing::rechunk::Page;
use crate::python::convert::arguments::functions::Functions;
use crate::python::convert::arguments::listing_request::ListingArguments;
use crate::python::convert::session::append_sessions;
use crate::python::runtime::gc_pause::paused;

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
    append_all(list, || pages.next(py), |page| pages.put_back(page))?;
    // What is made for the report would set off the collection that was put off while the sessions were made.
    paused(py, || finish(&all, &pages))?;
    Ok(all)
}

/// Adds all that is left of a listing to a list; a page that could not be added goes back.
pub fn append_all(
    list: &Bound<'_, PyList>,
    mut next: impl FnMut() -> PyResult<Option<Page>>,
    put_back: impl Fn(Page) -> PyResult<()>,
) -> PyResult<()> {
    while let Some(page) = next()? {
        if let Err(error) = append_sessions(list, &page) {
            put_back(page)?;
            return Err(error);
        }
    }
    Ok(())
}

/// Gives the list its report and the names of its fields.
fn finish(all: &Bound<'_, PyAny>, pages: &Pages) -> PyResult<()> {
    let py = all.py();
    all.setattr("report", pages.report(py, 0, None)?)?;
    let names =
        pages.projection().map(|kept| kept.names().iter().map(|name| name.text.to_string()).collect());
    all.setattr("_fields", names.map(|names: Vec<String>| PyTuple::new(py, names)).transpose()?)
}
