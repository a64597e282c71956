//! A core report as Python's `ListingReport`.

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

use super::time::moment;
use crate::core::model::mask_report::MaskReport;
use crate::core::model::report::{Certificate, ListingReport};

pub fn report_to_python<'py>(py: Python<'py>, report: &ListingReport) -> PyResult<Bound<'py, PyAny>> {
    let known = PyDict::new(py);
    known.set_item("complete", report.complete)?;
    known.set_item("cut_short", report.cut_short)?;
    known.set_item("certificate", report.certificate.map(Certificate::name))?;
    known.set_item("order", &report.order)?;
    known.set_item("region", &report.region)?;
    known.set_item("addressing", report.addressing.name())?;
    known.set_item("effective_limit", report.effective_limit)?;
    known.set_item("yielded", report.yielded)?;
    known.set_item("matched", report.matched)?;
    known.set_item("filtered", report.filtered)?;
    known.set_item("repeated", report.repeated)?;
    known.set_item("inserted", report.inserted)?;
    known.set_item("updated", report.updated)?;
    known.set_item("vanished_at_least", report.vanished_at_least)?;
    known.set_item("requests", report.requests)?;
    known.set_item("retries", report.retries)?;
    known.set_item("total_count_first", report.total_count_first)?;
    known.set_item("total_count_last", report.total_count_last)?;
    known.set_item("started_at", report.started_at.map(|at| moment(py, at)).transpose()?)?;
    known.set_item("proven_at", report.proven_at.map(|at| moment(py, at)).transpose()?)?;
    known.set_item("mask", report.mask.as_ref().map(|mask| mask_report_to_python(py, mask)).transpose()?)?;
    known.set_item("warnings", PyTuple::new(py, &report.warnings)?)?;
    py.import("blocks_sessions.report")?.getattr("ListingReport")?.call((), Some(&known))
}

/// A core report as Python's `MaskReport`.
pub fn mask_report_to_python<'py>(py: Python<'py>, report: &MaskReport) -> PyResult<Bound<'py, PyAny>> {
    let module = py.import("blocks_sessions.mask_report")?;
    let path = module.getattr("MaskedPath")?;
    let paths = PyDict::new(py);
    for (name, done) in &report.paths {
        let done = path.call1((&done.treatment, done.values, done.unmaskable, done.unknown))?;
        paths.set_item(name, done)?;
    }
    let known = PyDict::new(py);
    known.set_item("preset", &report.preset)?;
    known.set_item("policy", &report.policy)?;
    known.set_item("key_id", &report.key_id)?;
    known.set_item("ephemeral", report.ephemeral)?;
    known.set_item("sessions", report.sessions)?;
    known.set_item("paths", paths)?;
    known.set_item("found", report.found.clone())?;
    known.set_item("unmatched", PyTuple::new(py, &report.unmatched)?)?;
    module.getattr("MaskReport")?.call((), Some(&known))
}
