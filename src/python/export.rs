//! `export` of both clients: steps of the core's export, with progress, warnings and Ctrl-C between them.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use pyo3::{PyTraverseError, PyVisit};

use crate::core::client::Client;
use crate::core::error::Error;
use crate::core::export::{Export, ExportReport, STDOUT, Step};
use crate::python::convert::arguments::export_request::ExportArguments;
use crate::python::convert::arguments::functions::Functions;
use crate::python::convert::errors::to_python_error;
use crate::python::listing::pages::remark;
use crate::python::listing::progress::{Ending, Progress};
use crate::python::runtime::awaitable::spawn;
use crate::python::runtime::fork::ProcessBound;
use crate::python::runtime::reentrancy::call_out;
use crate::python::runtime::wait;

/// One export of either client.
#[pyclass(frozen, name = "_Export", module = "blocks_sessions._core")]
pub struct ExportRun {
    export: ProcessBound<Arc<Export>>,
    progress: Option<Progress>,
    /// The client's, which may be gone before its export is.
    functions: Functions,
}

impl ExportRun {
    pub fn new(
        py: Python<'_>,
        client: Client,
        arguments: ExportArguments,
        functions: Functions,
    ) -> PyResult<Self> {
        let progress = match arguments.progress {
            Some(wish) => Progress::new(wish.bind(py))?,
            None => Progress::unasked(py)?,
        };
        if arguments.request.path == Path::new(STDOUT) {
            flush_printed(py)?;
        }
        let export = Export::new(client, arguments.request).map_err(|error| to_python_error(&error))?;
        Ok(Self { export: ProcessBound::new(Arc::new(export)), progress, functions })
    }

    /// The whole export, waited for. Whatever ends it early, what was read is committed first.
    pub fn run<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let export = self.export()?.clone();
        loop {
            let step = self.begin(py).and_then(|()| wait(py, export.step()));
            match step.and_then(|step| self.tell(py, step)) {
                Ok(Some(report)) => return Ok(report),
                Ok(None) => {}
                Err(error) => {
                    let committed = wait(py, export.interrupt());
                    self.end(py, Ending::Failed)?;
                    if let Err(failure) = committed {
                        error.set_context(py, Some(failure));
                    }
                    return Err(error);
                }
            }
        }
    }

    fn export(&self) -> PyResult<&Arc<Export>> {
        self.export.get().ok_or_else(|| {
            to_python_error(&Error::Configuration("this export was begun in another process".to_owned()))
        })
    }

    fn begin(&self, py: Python<'_>) -> PyResult<()> {
        self.progress.as_ref().map_or(Ok(()), |progress| progress.begin(py))
    }

    fn end(&self, py: Python<'_>, ending: Ending) -> PyResult<()> {
        self.progress.as_ref().map_or(Ok(()), |progress| progress.end(py, ending))
    }

    /// Tells of progress, or, at the end, of doubts; gives the report then.
    fn tell<'py>(&self, py: Python<'py>, step: Step) -> PyResult<Option<Bound<'py, PyAny>>> {
        match step {
            Step::Begun { .. } => Ok(None),
            Step::Reading { done, total, .. } => {
                self.progress.as_ref().map_or(Ok(()), |progress| progress.show(py, done, total))?;
                Ok(None)
            }
            Step::Done { report, doubt, remarks } => {
                self.end(py, Ending::Finished)?;
                if let Some(doubt) = doubt {
                    let warn = py.import("blocks_sessions._warn")?.getattr("incomplete")?;
                    call_out(|| warn.call1((doubt,)))?;
                }
                remark(py, remarks)?;
                report_to_python(py, &report).map(Some)
            }
        }
    }
}

#[pymethods]
impl ExportRun {
    /// An awaitable of the next step.
    fn step<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.functions.note_loop(py)?;
        let export = self.export()?.clone();
        self.begin(py)?;
        spawn(py, async move { Ok(ExportStep(Mutex::new(Some(export.step().await?)))) })
    }

    /// Takes what `step` brought: the report at the end, `None` before.
    fn receive<'py>(
        &self,
        py: Python<'py>,
        step: &Bound<'py, ExportStep>,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        let step = step.get().0.lock().unwrap_or_else(PoisonError::into_inner).take();
        step.map_or(Ok(None), |step| self.tell(py, step))
    }

    /// An awaitable of the moment at which what was read is committed, and the lock is free.
    fn interrupt<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let export = self.export()?.clone();
        self.end(py, Ending::Failed)?;
        spawn(py, async move { export.interrupt().await })
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        self.progress.as_ref().map_or(Ok(()), |progress| progress.traverse(&visit))?;
        self.functions.traverse(&visit)
    }
}

/// A step on its way to an event loop.
#[pyclass(frozen, name = "_ExportStep", module = "blocks_sessions._core")]
pub struct ExportStep(Mutex<Option<Step>>);

/// What was printed before comes before: sessions go past Python's own buffer.
fn flush_printed(py: Python<'_>) -> PyResult<()> {
    let stdout = py.import("sys")?.getattr("stdout")?;
    if !stdout.is_none() {
        call_out(|| stdout.call_method0("flush"))?;
    }
    Ok(())
}

/// A core report as Python's `ExportReport`.
fn report_to_python<'py>(py: Python<'py>, report: &ExportReport) -> PyResult<Bound<'py, PyAny>> {
    // By way of text: the numbers of a JSON value are texts inside, and would come out as such.
    let text = serde_json::to_string(report).map_err(|error| PyValueError::new_err(error.to_string()))?;
    let known = py.import("json")?.call_method1("loads", (text,))?.cast_into::<PyDict>()?;
    // As `os.fsdecode` gives it, so that a name that is no UTF-8 leads back to its file.
    known.set_item("path", report.path.as_os_str())?;
    py.import("blocks_sessions.export")?.getattr("ExportReport")?.call_method1("from_dict", (known,))
}
