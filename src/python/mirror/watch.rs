//! Changes as they come, until the watch is closed.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use pyo3::prelude::*;
use pyo3::{PyTraverseError, PyVisit};
use tokio::sync::{Mutex, Notify};

use super::{Kept, elsewhere, micros, parts};
use crate::core::client::Client;
use crate::core::error::Result;
use crate::core::listing::ListingRequest;
use crate::core::mirror::reader::Change;
use crate::core::mirror::watch::Watch;
use crate::python::convert::arguments::functions::Functions;
use crate::python::convert::errors::to_python_error;
use crate::python::runtime::awaitable::spawn;
use crate::python::runtime::fork::ProcessBound;
use crate::python::runtime::wait;

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
    closed: AtomicBool,
    told: Notify,
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
            .map_err(|error| to_python_error(&error))?;
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
            if closing.closed.load(Ordering::Acquire) {
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
        self.closing.closed.store(true, Ordering::Release);
        self.closing.told.notify_waiters();
    }

    #[getter]
    fn closed(&self) -> bool {
        self.closing.closed.load(Ordering::Acquire)
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> std::result::Result<(), PyTraverseError> {
        self.functions.traverse(&visit)
    }
}
