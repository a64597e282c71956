//! `PageIterator`: a listing in pages.

use pyo3::prelude::*;

use super::iterator::ListingIterator;
use crate::core::client::Client;
use crate::python::convert::arguments::functions::Functions;
use crate::python::convert::arguments::listing_request::ListingArguments;
use crate::python::page::SessionPage;

/// All sessions, in pages of exactly `page_size`; only the last may be shorter.
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
///     ...     [len(page) for page in client.iter_pages()]
///     [100, 100, 47]
#[pyclass(frozen, extends = ListingIterator, module = "blocks_sessions")]
pub struct PageIterator;

impl PageIterator {
    pub fn start(
        py: Python<'_>,
        client: Client,
        arguments: ListingArguments,
        functions: Functions,
    ) -> PyResult<Py<Self>> {
        let listing = ListingIterator::new(py, client, arguments, false, functions)?;
        Py::new(py, PyClassInitializer::from(listing).add_subclass(Self))
    }
}

#[pymethods]
impl PageIterator {
    fn __next__(slf: &Bound<'_, Self>) -> PyResult<Option<SessionPage>> {
        let listing = slf.as_super().get();
        let page = listing.next_page(slf.py())?;
        Ok(page.map(SessionPage::new))
    }
}
