//! The only code that names pyo3. It turns arguments into core types, core errors into exceptions
//! and answers into objects, and knows no HTTP.

#![allow(clippy::needless_pass_by_value, reason = "Python's arguments arrive by value")]

mod arrow;
mod cli;
mod client;
mod convert;
mod emulator;
mod export;
mod listing;
mod mask;
mod mirror;
mod page;
mod partition;
mod profile;
mod runtime;

use pyo3::prelude::*;

/// The compiled half of the package.
#[pymodule(gil_used = true)]
mod _core {
    #[pymodule_export]
    use super::arrow::Batches;
    #[pymodule_export]
    use super::cli::_run;
    #[pymodule_export]
    use super::client::SessionsClient;
    #[pymodule_export]
    use super::client::steps::{_check_listing, _part_listing, _plan, _settling, _sync_start, _watch_start};
    #[pymodule_export]
    use super::client::twin::{
        _count_async, _export_async, _list_async, _listing_async, _part_listing_async, _ping_async,
        _plan_async, _settling_async,
    };
    #[pymodule_export]
    use super::convert::arguments::signature::_signatures;
    #[pymodule_export]
    use super::convert::arguments::timeout::Timeout;
    #[pymodule_export]
    use super::convert::arguments::token::{Reply, TokenFunction};
    #[pymodule_export]
    use super::convert::event::EventFunction;
    #[pymodule_export]
    use super::convert::session::loads;
    #[pymodule_export]
    use super::convert::time::_parse_timestamp;
    #[pymodule_export]
    use super::emulator::{_Emulator, _fault_kinds};
    #[pymodule_export]
    use super::export::{ExportRun, ExportStep};
    #[pymodule_export]
    use super::listing::aio::{AsyncBatchAccumulator, AsyncListing};
    #[pymodule_export]
    use super::listing::by_page::PageIterator;
    #[pymodule_export]
    use super::listing::by_session::SessionIterator;
    #[pymodule_export]
    use super::listing::iterator::ListingIterator;
    #[pymodule_export]
    use super::listing::{PageLease, ReportHandle};
    #[pymodule_export]
    use super::mask::{_scan, Mask, MaskKey};
    #[pymodule_export]
    use super::mirror::{PyCursor, PyMirror, PySync, PyWatch};
    #[pymodule_export]
    use super::page::SessionPage;
    #[pymodule_export]
    use super::partition::{_classes, _evidence_report, _settled_report};
    #[pymodule_export]
    use super::profile::{_profile, _read_secret};

    use pyo3::prelude::*;

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        super::runtime::logging::install();
        super::runtime::fork::watch_forks(module.py())?;
        module.add("__version__", env!("CARGO_PKG_VERSION"))
    }
}
