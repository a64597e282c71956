//! The only code that names pyo3. It turns arguments into core types, core errors into exceptions
//! and answers into objects, and knows no HTTP.

mod aio;
mod argument;
mod arrow;
mod awaitable;
mod callout;
mod cli;
mod client;
mod collector;
mod emulator;
mod errors;
mod facts;
mod listing;
mod listing_report;
mod listing_request;
mod logging;
mod page;
mod pages;
mod process;
mod progress;
mod request;
mod runtime;
mod session;
mod settings;
mod time;
mod timeout;
mod token;
mod trace;

use pyo3::prelude::*;

/// The compiled half of the package.
#[pymodule(gil_used = true)]
mod _core {
    #[pymodule_export]
    use super::aio::AsyncListing;
    #[pymodule_export]
    use super::arrow::{AsyncGathering, Batches};
    #[pymodule_export]
    use super::cli::_run;
    #[pymodule_export]
    use super::client::SessionsClient;
    #[pymodule_export]
    use super::emulator::{_Emulator, _fault_kinds};
    #[pymodule_export]
    use super::listing::{ListingIterator, PageIterator, SessionIterator};
    #[pymodule_export]
    use super::page::SessionPage;
    #[pymodule_export]
    use super::pages::Delivery;
    #[pymodule_export]
    use super::session::_loads;
    #[pymodule_export]
    use super::time::_parse_timestamp;
    #[pymodule_export]
    use super::timeout::Timeout;
    #[pymodule_export]
    use super::token::{Reply, TokenFunction};

    use pyo3::prelude::*;

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        super::logging::install();
        module.add("__version__", env!("CARGO_PKG_VERSION"))
    }
}
