//! What `AsyncSessionsClient` calls of the client that it stands on: each gives an awaitable, or what one is read from.
//! How users call it is written in Python, in `blocks_sessions.aio`.

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

use super::SessionsClient;
use super::build::{page, ping};
use crate::python::convert::arguments::export_request::ExportArguments;
use crate::python::convert::arguments::request::{page_request, ping_options};
use crate::python::convert::arguments::signature::check_named;
use crate::python::export::ExportRun;
use crate::python::listing::aio::AsyncListing;
use crate::python::listing::count;
use crate::python::partition::{self, Known, PartitionArguments};
use crate::python::runtime::awaitable::spawn;

/// `list`, as an awaitable.
#[pyfunction]
pub fn _list_async<'py>(
    client: &Bound<'_, SessionsClient>,
    py: Python<'py>,
    arguments: &Bound<'py, PyTuple>,
    options: &Bound<'py, PyDict>,
) -> PyResult<Bound<'py, PyAny>> {
    let client = client.get();
    check_named("list", arguments)?;
    let request = page_request(py, Some(options))?;
    client.note_loop(py)?;
    spawn(py, page(client.client.get()?, request))
}

/// What the async iterators read.
#[pyfunction]
pub fn _listing_async(
    client: &Bound<'_, SessionsClient>,
    py: Python<'_>,
    function: &str,
    eager: bool,
    arguments: &Bound<'_, PyTuple>,
    options: &Bound<'_, PyDict>,
) -> PyResult<AsyncListing> {
    let client = client.get();
    check_named(function, arguments)?;
    let arguments = client.listing(py, function, Some(options))?;
    AsyncListing::start(py, client.client.get()?, arguments, eager, client.functions(py))
}

/// `count`, as an awaitable of the number and of what to warn of.
#[pyfunction]
pub fn _count_async<'py>(
    client: &Bound<'_, SessionsClient>,
    py: Python<'py>,
    arguments: &Bound<'py, PyTuple>,
    options: &Bound<'py, PyDict>,
) -> PyResult<Bound<'py, PyAny>> {
    let client = client.get();
    check_named("count", arguments)?;
    let arguments = count::arguments(py, Some(options), client.defaults(py)?)?;
    client.note_loop(py)?;
    count::awaited(py, client.client.get()?, arguments)
}

/// What the asyncio twin of `export` steps through.
#[pyfunction]
pub fn _export_async<'py>(
    client: &Bound<'_, SessionsClient>,
    py: Python<'py>,
    arguments: &Bound<'py, PyTuple>,
    options: &Bound<'py, PyDict>,
) -> PyResult<ExportRun> {
    let client = client.get();
    let arguments = ExportArguments::read(py, arguments, Some(options), client.defaults(py)?)?;
    ExportRun::new(py, client.client.get()?, arguments, client.functions(py))
}

/// An awaitable of a plan as text, and how its parts are asked for.
#[pyfunction]
pub fn _plan_async<'py>(
    client: &Bound<'_, SessionsClient>,
    py: Python<'py>,
    arguments: &Bound<'py, PyTuple>,
    options: &Bound<'py, PyDict>,
) -> PyResult<(Bound<'py, PyAny>, Bound<'py, PyDict>)> {
    let client = client.get();
    let PartitionArguments { request, n, options } = PartitionArguments::read(py, arguments, Some(options))?;
    client.note_loop(py)?;
    let plan = spawn(py, partition::plan(client.client.get()?, request, n, false))?;
    Ok((plan, options))
}

/// `_part_listing`, for an event loop.
#[pyfunction]
pub fn _part_listing_async(
    client: &Bound<'_, SessionsClient>,
    py: Python<'_>,
    part: &str,
    options: &Bound<'_, PyDict>,
) -> PyResult<AsyncListing> {
    let client = client.get();
    let arguments = partition::part_listing(py, part, options)?;
    AsyncListing::start(py, client.client.get()?, arguments, true, client.functions(py))
}

/// `_settling`, for an event loop.
#[pyfunction]
pub fn _settling_async(
    client: &Bound<'_, SessionsClient>,
    py: Python<'_>,
    known: Known,
    options: &Bound<'_, PyDict>,
) -> PyResult<Option<AsyncListing>> {
    let client = client.get();
    let Some(arguments) = partition::settling(py, &known, options)? else { return Ok(None) };
    AsyncListing::start(py, client.client.get()?, arguments, true, client.functions(py)).map(Some)
}

/// `ping`, as an awaitable.
#[pyfunction]
pub fn _ping_async<'py>(
    client: &Bound<'_, SessionsClient>,
    py: Python<'py>,
    arguments: &Bound<'py, PyTuple>,
    options: &Bound<'py, PyDict>,
) -> PyResult<Bound<'py, PyAny>> {
    let client = client.get();
    check_named("ping", arguments)?;
    let call = ping_options(py, Some(options))?;
    client.note_loop(py)?;
    spawn(py, ping(client.client.get()?, call))
}
