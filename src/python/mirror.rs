//! What `sync`, `watch` and `Mirror` stand on: runs in steps that a caller waits for, and pages of what a mirror
//! holds. What users meet is written in Python, in `blocks_sessions.mirror`.

use std::path::PathBuf;
use std::sync::{Arc, Mutex as StdMutex, PoisonError};
use std::time::Duration;

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyList, PyTuple};
use pyo3::{PyTraverseError, PyVisit};
use rusqlite::types::Value;
use tokio::sync::Mutex;

use crate::core::client::Client;
use crate::core::error::{Error, Result};
use crate::core::listing::ListingRequest;
use crate::core::mirror::reader::{Change, Cursor};
use crate::core::mirror::sync::{Step, Sync};
use crate::core::mirror::watch::Watch;
use crate::core::mirror::{Mirror, Mode, SyncOptions, SyncReport, Vanished};
use crate::python::arrow::BatchAccumulator;
use crate::python::arrow::Batches;
use crate::python::convert::arguments::functions::Functions;
use crate::python::convert::arguments::listing_request::{Defaults, ListingArguments};
use crate::python::convert::errors::to_python_error;
use crate::python::convert::report::report_to_python;
use crate::python::convert::time::moment;
use crate::python::page::SessionPage;
use crate::python::runtime::awaitable::spawn;
use crate::python::runtime::fork::ProcessBound;
use crate::python::runtime::wait;

fn raised(error: &Error) -> PyErr {
    to_python_error(error)
}

/// How a mirror is kept, as `blocks_sessions.mirror` has read it: stretches of time are seconds.
fn options(
    mode: &str,
    full_every: Option<f64>,
    vanished: &str,
    keep_changes: Option<f64>,
) -> PyResult<SyncOptions> {
    let mode = Mode::from_name(mode).ok_or_else(|| {
        raised(&Error::Configuration(format!("mode must be \"auto\", \"head\" or \"full\", not {mode:?}")))
    })?;
    let vanished = match vanished {
        "mark" => Vanished::Mark,
        "drop" => Vanished::Drop,
        other => {
            let message = format!("vanished must be \"mark\" or \"drop\", not {other:?}");
            return Err(raised(&Error::Configuration(message)));
        }
    };
    let full_every = full_every.map(|seconds| micros("full_every", seconds)).transpose()?;
    let keep_changes = keep_changes.map(|seconds| micros("keep_changes", seconds)).transpose()?;
    Ok(SyncOptions { mode, full_every, vanished, keep_changes, commit_rows: None })
}

fn micros(name: &str, seconds: f64) -> PyResult<i64> {
    let length =
        Duration::try_from_secs_f64(seconds).ok().and_then(|length| i64::try_from(length.as_micros()).ok());
    length.ok_or_else(|| {
        raised(&Error::Configuration(format!(
            "{name} must be a number of seconds from 0 to 9 * 10^12, or a timedelta"
        )))
    })
}

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
        let sync =
            py.detach(|| Sync::open(client, &path, request, options)).map_err(|error| raised(&error))?;
        Ok(Self(ProcessBound::new(Arc::new(Mutex::new(sync)))))
    }

    fn sync(&self) -> PyResult<Arc<Mutex<Sync>>> {
        self.0.get().cloned().ok_or_else(elsewhere)
    }
}

/// How a mirror is kept, as it came.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub struct Kept {
    mode: String,
    full_every: Option<f64>,
    vanished: String,
    keep_changes: Option<f64>,
}

impl Kept {
    fn read(&self) -> PyResult<SyncOptions> {
        options(&self.mode, self.full_every, &self.vanished, self.keep_changes)
    }
}

fn elsewhere() -> PyErr {
    raised(&Error::Configuration(
        "this was made in another process; make a new one after the fork".to_owned(),
    ))
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

/// Changes as they come.
#[pyclass(frozen, name = "_Watch", module = "blocks_sessions._core")]
pub struct PyWatch {
    watch: ProcessBound<Arc<Mutex<Watch>>>,
    /// The client's, which may be gone before its watch is.
    functions: Functions,
    closing: Arc<Closing>,
}

#[derive(Default)]
struct Closing {
    closed: std::sync::atomic::AtomicBool,
    told: tokio::sync::Notify,
}

/// A change, or that there is none since the watch was closed.
struct Told(Option<Change>);

impl<'py> IntoPyObject<'py> for Told {
    type Target = PyAny;
    type Output = Bound<'py, PyAny>;
    type Error = PyErr;

    fn into_pyobject(self, py: Python<'py>) -> PyResult<Self::Output> {
        self.0.map_or_else(|| Ok(py.None().into_bound(py)), |change| Ok(parts(py, change)?.into_any()))
    }
}

type Parts = (i64, String, String, String, Option<String>, Option<String>);

fn parts(py: Python<'_>, change: Change) -> PyResult<Bound<'_, PyTuple>> {
    let Change { seq, kind, session_id, at, before, after } = change;
    let parts: Parts = (seq, kind, session_id, at, before, after);
    parts.into_pyobject(py)
}

impl PyWatch {
    pub fn open(
        py: Python<'_>,
        client: Client,
        path: Option<PathBuf>,
        (since, interval): (Option<i64>, f64),
        kept: &Kept,
        (request, functions): (ListingRequest, Functions),
    ) -> PyResult<Self> {
        let options = kept.read()?;
        let interval =
            Duration::from_micros(u64::try_from(micros("interval", interval)?).unwrap_or_default());
        let watch = py
            .detach(|| Watch::new(client, path, since, interval, request, options))
            .map_err(|error| raised(&error))?;
        Ok(Self { watch: ProcessBound::new(Arc::new(Mutex::new(watch))), functions, closing: Arc::default() })
    }

    fn next_change(&self) -> PyResult<impl Future<Output = Result<Told>> + Send + 'static> {
        let watch = self.watch.get().cloned().ok_or_else(elsewhere)?;
        let closing = self.closing.clone();
        Ok(async move {
            let told = closing.told.notified();
            tokio::pin!(told);
            // Registered before `closed` is looked at: a close in between would be missed.
            told.as_mut().enable();
            if closing.closed.load(std::sync::atomic::Ordering::Acquire) {
                return Ok(Told(None));
            }
            let mut watch = watch.lock().await;
            tokio::select! {
                biased;
                () = told => {
                    watch.interrupt().await?;
                    Ok(Told(None))
                }
                change = watch.next() => change.map(|change| Told(Some(change))),
            }
        })
    }
}

#[pymethods]
impl PyWatch {
    fn next<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        wait(py, self.next_change()?)?.into_pyobject(py)
    }

    fn next_async<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.functions.note_loop(py)?;
        spawn(py, self.next_change()?)
    }

    fn close(&self) {
        self.closing.closed.store(true, std::sync::atomic::Ordering::Release);
        self.closing.told.notify_waiters();
    }

    #[getter]
    fn closed(&self) -> bool {
        self.closing.closed.load(std::sync::atomic::Ordering::Acquire)
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> std::result::Result<(), PyTraverseError> {
        self.functions.traverse(&visit)
    }
}

/// A mirror, to be read.
#[pyclass(frozen, name = "_Mirror", module = "blocks_sessions._core")]
pub struct PyMirror(Mirror);

#[pymethods]
impl PyMirror {
    #[new]
    fn new(py: Python<'_>, path: PathBuf) -> PyResult<Self> {
        Ok(Self(py.detach(|| Mirror::open(&path)).map_err(|error| raised(&error))?))
    }

    #[getter]
    fn path(&self) -> PathBuf {
        self.0.path().to_owned()
    }

    fn count(&self, py: Python<'_>, vanished: bool) -> PyResult<u64> {
        py.detach(|| self.0.count(vanished)).map_err(|error| raised(&error))
    }

    /// Any statement that reads, as a list of dictionaries.
    fn query<'py>(
        &self,
        py: Python<'py>,
        sql: &str,
        parameters: Vec<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyList>> {
        let parameters = parameters.iter().map(sql_value).collect::<PyResult<Vec<_>>>()?;
        let found = py.detach(|| self.0.query(sql, &parameters)).map_err(|error| raised(&error))?;
        let list = PyList::empty(py);
        for row in found.rows {
            let dictionary = PyDict::new(py);
            for (name, value) in found.names.iter().zip(row) {
                dictionary.set_item(name, python_value(py, value)?)?;
            }
            list.append(dictionary)?;
        }
        Ok(list)
    }

    fn changes<'py>(&self, py: Python<'py>, since: i64, most: usize) -> PyResult<Vec<Bound<'py, PyTuple>>> {
        let found = py.detach(|| self.0.changes(since, most)).map_err(|error| raised(&error))?;
        found.into_iter().map(|change| parts(py, change)).collect()
    }

    /// What is kept of the sessions that a condition takes, page by page.
    #[pyo3(signature = (vanished, arguments))]
    fn sessions(&self, py: Python<'_>, vanished: bool, arguments: &Bound<'_, PyDict>) -> PyResult<PyCursor> {
        let request = ListingArguments::read(py, "sessions", Some(arguments), Defaults::none())?.request;
        let cursor =
            py.detach(|| self.0.sessions(&request.choice, vanished)).map_err(|error| raised(&error))?;
        Ok(PyCursor(StdMutex::new(cursor)))
    }

    /// What the last run left: `None` before the first.
    fn last_run<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyDict>>> {
        let Some(last) = py.detach(|| self.0.last_run()).map_err(|error| raised(&error))? else {
            return Ok(None);
        };
        let known = PyDict::new(py);
        known.set_item("mode", last.mode)?;
        known.set_item("started_at", last.started_at)?;
        known.set_item("ended_at", last.ended_at)?;
        known.set_item("proven_at", last.proven_at)?;
        known.set_item("complete", last.complete)?;
        known.set_item("certificate", last.certificate)?;
        known.set_item("report", last.report)?;
        known.set_item(
            "deletions_proven_at",
            last.deletions_proven_at.map(|at| moment(py, at)).transpose()?,
        )?;
        known.set_item("seq", last.seq)?;
        known.set_item("sessions", last.sessions)?;
        Ok(Some(known))
    }
}

/// Pages of a mirror.
#[pyclass(frozen, name = "_MirrorCursor", module = "blocks_sessions._core")]
pub struct PyCursor(StdMutex<Cursor>);

#[pymethods]
impl PyCursor {
    fn next_page(&self, py: Python<'_>) -> PyResult<Option<SessionPage>> {
        let page = py.detach(|| self.0.lock().unwrap_or_else(PoisonError::into_inner).next_page());
        Ok(page.map_err(|error| raised(&error))?.map(SessionPage::new))
    }

    /// All that is left, as columns.
    fn batches(&self, py: Python<'_>) -> PyResult<Batches> {
        let gathered =
            BatchAccumulator::new(self.0.lock().unwrap_or_else(PoisonError::into_inner).projection());
        while let Some(page) = py
            .detach(|| self.0.lock().unwrap_or_else(PoisonError::into_inner).next_page())
            .map_err(|error| raised(&error))?
        {
            gathered.add(py, &page)?;
            py.check_signals()?;
        }
        gathered.take(py)
    }
}

fn sql_value(value: &Bound<'_, PyAny>) -> PyResult<Value> {
    if value.is_none() {
        return Ok(Value::Null);
    }
    if let Ok(number) = value.extract::<i64>() {
        return Ok(Value::Integer(number));
    }
    if let Ok(number) = value.extract::<f64>() {
        return Ok(Value::Real(number));
    }
    if let Ok(text) = value.extract::<String>() {
        return Ok(Value::Text(text));
    }
    if let Ok(bytes) = value.extract::<Vec<u8>>() {
        return Ok(Value::Blob(bytes));
    }
    Err(PyTypeError::new_err("a parameter must be None, a number, a text or bytes"))
}

fn python_value(py: Python<'_>, value: Value) -> PyResult<Bound<'_, PyAny>> {
    Ok(match value {
        Value::Null => py.None().into_bound(py),
        Value::Integer(number) => number.into_pyobject(py)?.into_any(),
        Value::Real(number) => number.into_pyobject(py)?.into_any(),
        Value::Text(text) => text.into_pyobject(py)?.into_any(),
        Value::Blob(bytes) => PyBytes::new(py, &bytes).into_any(),
    })
}
