//! `count()`: how many sessions there are, waited for in one piece or awaited.

use pyo3::prelude::*;
use pyo3::types::PyDict;

use super::pages::{Pages, remark};
use crate::core::client::Client;
use crate::core::listing::count;
use crate::python::convert::arguments::functions::Functions;
use crate::python::convert::arguments::listing_request::{Defaults, ListingArguments};
use crate::python::convert::arguments::signature::check_names;
use crate::python::runtime::awaitable::spawn_for;
use crate::python::runtime::caller::CallerContext;
use crate::python::runtime::reentrancy::call_out;
use crate::python::runtime::wait_for;
use crate::threads::Load;

/// What `count()` is asked for with.
pub fn arguments(
    py: Python<'_>,
    options: Option<&Bound<'_, PyDict>>,
    defaults: Defaults<'_>,
) -> PyResult<ListingArguments> {
    options.map_or(Ok(()), |options| check_names("count", options))?;
    ListingArguments::read(py, "count", options, defaults)
}

/// Waits for the number.
pub fn number(
    py: Python<'_>,
    client: Client,
    arguments: ListingArguments,
    functions: Functions,
) -> PyResult<u64> {
    if arguments.request.tell_progress {
        return shown(py, client, arguments, functions);
    }
    let counting = count::count(arguments.request, client, |_, _| {});
    let counted = wait_for(py, CallerContext::here(py)?, Load::Nothing, counting)?;
    if let Some(doubt) = counted.doubt {
        let warn = py.import("blocks_sessions._warn")?.getattr("incomplete")?;
        call_out(|| warn.call1((doubt,)))?;
    }
    remark(py, counted.remarks)?;
    Ok(counted.count)
}

/// The number by a listing whose progress somebody wants to see.
fn shown(py: Python<'_>, client: Client, arguments: ListingArguments, functions: Functions) -> PyResult<u64> {
    let pages = Pages::new(py, client, arguments, true, functions)?;
    let mut count = 0;
    while let Some(page) = pages.next(py)? {
        count += page.len() as u64;
    }
    Ok(count)
}

/// An awaitable of the number, and of what the caller is to be warned of.
pub fn awaited(py: Python<'_>, client: Client, arguments: ListingArguments) -> PyResult<Bound<'_, PyAny>> {
    spawn_for(py, CallerContext::here(py)?, Load::Nothing, async move {
        let counted = count::count(arguments.request, client, |_, _| {}).await?;
        Ok((counted.count, counted.doubt, counted.remarks))
    })
}
