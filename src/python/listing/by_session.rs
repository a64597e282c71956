//! `SessionIterator`: a listing session by session.

use pyo3::prelude::*;
use pyo3::types::PyList;

use super::collect::append_all;
use super::iterator::ListingIterator;
use crate::core::client::Client;
use crate::python::convert::arguments::functions::Functions;
use crate::python::convert::arguments::listing_request::ListingArguments;
use crate::python::convert::session::session_list;

/// All sessions, one by one.
///
/// Raises:
///     SessionsError: Whatever a request failed with; `next()` tries it again.
///     IncompleteListingError: The listing is known to lack sessions.
///
/// Example:
///     >>> from blocks_sessions import SessionsClient
///     >>> from blocks_sessions.testing import Emulator
///     >>> with Emulator(sessions=247) as server:
///     ...     client = SessionsClient("demo-key", agent_id="agent_123", base_url=server.url)
///     ...     sum(session.message_count or 0 for session in client.iter_sessions()) > 0
///     True
#[pyclass(frozen, extends = ListingIterator, module = "blocks_sessions")]
pub struct SessionIterator;

impl SessionIterator {
    pub fn start(
        py: Python<'_>,
        client: Client,
        arguments: ListingArguments,
        functions: Functions,
    ) -> PyResult<Py<Self>> {
        let listing = ListingIterator::new(py, client, arguments, true, functions)?;
        Py::new(py, PyClassInitializer::from(listing).add_subclass(Self))
    }
}

#[pymethods]
impl SessionIterator {
    fn __next__(slf: &Bound<'_, Self>) -> PyResult<Option<Py<PyAny>>> {
        following(slf.as_super())
    }

    /// Adds all that is left to a list, with no object in between.
    fn _append_to(slf: &Bound<'_, Self>, sessions: &Bound<'_, PyList>) -> PyResult<()> {
        let listing = slf.as_super().get();
        listing.check_none_waits()?;
        append_all(sessions, || listing.next_rows(slf.py()), |page| listing.pages.put_back(page))
    }
}

fn following(slf: &Bound<'_, ListingIterator>) -> PyResult<Option<Py<PyAny>>> {
    let listing = slf.get();
    // What is read and waits is handed out by the process that read it.
    listing.pages.listing()?;
    loop {
        if listing.pages.is_closed() {
            return listing.pages.closed_end(slf.py()).map(|()| None);
        }
        listing.check_none_waits()?;
        if let Some(session) = listing.unread.pop() {
            return Ok(Some(session));
        }
        let Some(page) = listing.pages.next(slf.py())? else { return Ok(None) };
        let sessions = match session_list(slf.py(), &page) {
            Ok(sessions) => sessions,
            Err(error) => {
                listing.pages.put_back(page)?;
                return Err(error);
            }
        };
        listing.unread.push(page, sessions.iter().map(Bound::unbind));
    }
}
