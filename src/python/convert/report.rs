//! Core reports as the classes of `blocks_sessions.report`: what a report serializes to is what its `to_dict()`
//! gives, and what the class reads its attributes from.

use pyo3::prelude::*;
use serde::Serialize;

use crate::core::model::mask_report::MaskReport;
use crate::core::model::report::ListingReport;
use crate::core::model::report_json::ReportJson;

/// A listing's report.
pub fn report_to_python<'py>(py: Python<'py>, report: &ListingReport) -> PyResult<Bound<'py, PyAny>> {
    to_class(py, "report", "ListingReport", &ReportJson::from(report))
}

/// What a mask did.
pub fn mask_report_to_python<'py>(py: Python<'py>, report: &MaskReport) -> PyResult<Bound<'py, PyAny>> {
    to_class(py, "mask_report", "MaskReport", report)
}

/// Any report, as the class that has this name in a module of the package.
pub fn to_class<'py>(
    py: Python<'py>,
    module: &str,
    class: &str,
    report: &impl Serialize,
) -> PyResult<Bound<'py, PyAny>> {
    let known = pythonize::pythonize(py, report)?;
    py.import(format!("blocks_sessions.{module}"))?.getattr(class)?.call_method1("from_dict", (known,))
}
