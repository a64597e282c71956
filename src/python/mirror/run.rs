//! A run that keeps a mirror true, step by step.

use std::path::PathBuf;
use std::sync::Arc;

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};
use tokio::sync::Mutex;

use super::{Kept, elsewhere};
use crate::core::client::Client;
use crate::core::listing::ListingRequest;
use crate::core::mirror::SyncReport;
use crate::core::mirror::sync::{Step, Sync};
use crate::python::convert::errors::to_python_error;
use crate::python::convert::report::report_to_python;
use crate::python::convert::time::moment;
use crate::python::runtime::awaitable::spawn;
use crate::python::runtime::fork::ProcessBound;
use crate::python::runtime::wait;

/// A run of a mirror.
#[pyclass(frozen, name = "_Sync", module = "blocks_sessions._core")]
pub struct PySync(ProcessBound<Arc<Mutex<Sync>>>);

/// What a step came to, on its way into Python.
struct Stepped(Step);

impl<'py> IntoPyObject<'py> for Stepped {
    type Target = PyTuple;
    type Output = Bound<'py, PyTuple>;
    type Error = PyErr;

    fn into_pyobject(self, py: Python<'py>) -> PyResult<Self::Output> {
        match self.0 {
            Step::More(done, total) => (done, total, py.None()).into_pyobject(py),
            Step::Done(report) => {
                (report.sessions, Some(report.sessions), report_of(py, &report)?).into_pyobject(py)
            }
        }
    }
}

fn report_of<'py>(py: Python<'py>, report: &SyncReport) -> PyResult<Bound<'py, PyDict>> {
    let known = PyDict::new(py);
    known.set_item("mode", report.mode)?;
    for (name, count) in [
        ("created", report.created),
        ("updated", report.updated),
        ("vanished", report.vanished),
        ("returned", report.returned),
        ("unchanged", report.unchanged),
        ("requests", report.requests),
        ("sessions", report.sessions),
    ] {
        known.set_item(name, count)?;
    }
    known.set_item("complete", report.complete)?;
    known.set_item("proven_at", report.proven_at.map(|at| moment(py, at)).transpose()?)?;
    known
        .set_item("deletions_proven_at", report.deletions_proven_at.map(|at| moment(py, at)).transpose()?)?;
    known.set_item("seq", report.seq)?;
    known.set_item("warnings", PyTuple::new(py, &report.warnings)?)?;
    known.set_item("listing", report_to_python(py, &report.listing)?)?;
    Ok(known)
}

impl PySync {
    pub fn open(
        py: Python<'_>,
        client: Client,
        path: PathBuf,
        kept: &Kept,
        request: ListingRequest,
    ) -> PyResult<Self> {
        let options = kept.read()?;
        // Another writer is told at once; recovering what a crash left may take a moment.
        let sync = py
            .detach(|| Sync::open(client, &path, request, options))
            .map_err(|error| to_python_error(&error))?;
        Ok(Self(ProcessBound::new(Arc::new(Mutex::new(sync)))))
    }

    fn sync(&self) -> PyResult<Arc<Mutex<Sync>>> {
        self.0.get().cloned().ok_or_else(elsewhere)
    }
}

#[pymethods]
impl PySync {
    /// Goes on until something was stored: `(done, total, report)`, and a report only at the end.
    fn step<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        let sync = self.sync()?;
        let step = wait(py, async move { sync.lock().await.step().await.map(Stepped) })?;
        step.into_pyobject(py)
    }

    /// `step`, as an awaitable.
    fn step_async<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let sync = self.sync()?;
        spawn(py, async move { sync.lock().await.step().await.map(Stepped) })
    }

    /// Stores what was read of a run that is given up.
    fn interrupt(&self, py: Python<'_>) -> PyResult<()> {
        let Some(sync) = self.0.get().cloned() else { return Ok(()) };
        wait(py, async move { sync.lock().await.interrupt().await })
    }
}
