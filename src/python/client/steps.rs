//! What is begun in Rust and gone through in Python, by either client: runs of a mirror, plans and their parts.

use std::path::PathBuf;

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

use super::SessionsClient;
use crate::python::convert::arguments::listing_request::{Defaults, ListingArguments};
use crate::python::convert::arguments::signature::check_named;
use crate::python::listing::by_session::SessionIterator;
use crate::python::mirror::{Kept, PySync, PyWatch};
use crate::python::partition::{self, Known};
use crate::python::runtime::wait;

/// Refuses the arguments of a listing that could not be read.
#[pyfunction]
pub fn _check_listing(
    client: &Bound<'_, SessionsClient>,
    py: Python<'_>,
    function: &str,
    arguments: &Bound<'_, PyTuple>,
    options: &Bound<'_, PyDict>,
) -> PyResult<()> {
    let client = client.get();
    check_named(function, arguments)?;
    client.check_listing(py, function, Some(options))
}

/// What `sync` goes through, step by step.
#[pyfunction]
pub fn _sync_start(
    client: &Bound<'_, SessionsClient>,
    py: Python<'_>,
    path: PathBuf,
    kept: Kept,
    options: &Bound<'_, PyDict>,
) -> PyResult<PySync> {
    let client = client.get();
    client.note_loop_if_any(py);
    let request = ListingArguments::read(py, "sync", Some(options), client.proving_defaults(py)?)?.request;
    PySync::open(py, client.client.get()?, path, &kept, request)
}

/// What `watch` waits for.
#[pyfunction]
pub fn _watch_start(
    client: &Bound<'_, SessionsClient>,
    py: Python<'_>,
    path: Option<PathBuf>,
    begin: (Option<i64>, f64),
    kept: Kept,
    options: &Bound<'_, PyDict>,
) -> PyResult<PyWatch> {
    let client = client.get();
    client.note_loop_if_any(py);
    let request = ListingArguments::read(py, "watch", Some(options), client.proving_defaults(py)?)?.request;
    PyWatch::open(py, client.client.get()?, path, begin, &kept, (request, client.functions(py)))
}

/// A plan as text, of a bounded list with the sessions that have no key.
#[pyfunction]
pub fn _plan(
    client: &Bound<'_, SessionsClient>,
    py: Python<'_>,
    n: i64,
    options: &Bound<'_, PyDict>,
) -> PyResult<String> {
    let client = client.get();
    let request = ListingArguments::read(py, "partitions", Some(options), Defaults::none())?.request;
    wait(py, partition::plan(client.client.get()?, request, n, true))
}

/// The listing of a part.
#[pyfunction]
pub fn _part_listing(
    client: &Bound<'_, SessionsClient>,
    py: Python<'_>,
    part: &str,
    options: &Bound<'_, PyDict>,
) -> PyResult<Py<SessionIterator>> {
    let client = client.get();
    let arguments = partition::part_listing(py, part, options)?;
    SessionIterator::start(py, client.client.get()?, arguments, client.functions(py))
}

/// The listing of what no part yielded; `None` where nothing can be left.
#[pyfunction]
pub fn _settling(
    client: &Bound<'_, SessionsClient>,
    py: Python<'_>,
    known: Known,
    options: &Bound<'_, PyDict>,
) -> PyResult<Option<Py<SessionIterator>>> {
    let client = client.get();
    let Some(arguments) = partition::settling(py, &known, options)? else { return Ok(None) };
    SessionIterator::start(py, client.client.get()?, arguments, client.functions(py)).map(Some)
}
