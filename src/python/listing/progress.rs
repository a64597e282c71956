//! Progress of a listing, told to the caller once a page.

use pyo3::exceptions::PyException;
use pyo3::prelude::*;
use pyo3::{PyTraverseError, PyVisit};

use crate::python::runtime::reentrancy::call_out;

/// Whom to tell.
pub struct Progress {
    /// Called with `(done, total)`; has a method for each way to begin and to end.
    told: Py<PyAny>,
}

/// Why there is no more to tell.
#[derive(Clone, Copy)]
pub enum Ending {
    /// The listing is at its end.
    Finished,
    /// A request failed, or was interrupted; the listing may go on.
    Failed,
    /// The caller has closed the listing.
    Stopped,
}

impl Progress {
    /// `progress=`: `True` for a bar, a callable to be told, `False` for neither.
    pub fn new(wish: &Bound<'_, PyAny>) -> PyResult<Option<Self>> {
        if wish.is_none() || wish.extract::<bool>().is_ok_and(|wanted| !wanted) {
            return Ok(None);
        }
        let told = wish.py().import("blocks_sessions.progress")?.getattr("listener")?.call1((wish,))?;
        Ok(Some(Self { told: told.unbind() }))
    }

    /// What shows progress where nobody said how: a bar, if it can be had.
    pub fn unasked(py: Python<'_>) -> PyResult<Option<Self>> {
        let told = py.import("blocks_sessions.progress")?.getattr("unasked")?.call0()?;
        Ok((!told.is_none()).then(|| Self { told: told.unbind() }))
    }

    pub fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.told)
    }

    pub fn show(&self, py: Python<'_>, done: u64, total: Option<u64>) -> PyResult<()> {
        call_out(|| self.told.call1(py, (done, total)))?;
        Ok(())
    }

    /// How many of those that are done a condition keeps.
    pub fn keep(&self, py: Python<'_>, kept: u64) -> PyResult<()> {
        call_out(|| self.told.call_method1(py, "keep", (kept,)))?;
        Ok(())
    }

    /// A request is about to be made.
    pub fn begin(&self, py: Python<'_>) -> PyResult<()> {
        call_out(|| self.told.call_method0(py, "begin"))?;
        Ok(())
    }

    /// Ends the bar. One that fails to end is not worth losing an answer for; Ctrl-C is.
    pub fn end(&self, py: Python<'_>, ending: Ending) -> PyResult<()> {
        let method = match ending {
            Ending::Finished => "finish",
            Ending::Failed => "fail",
            Ending::Stopped => "stop",
        };
        match call_out(|| self.told.call_method0(py, method)) {
            Err(error) if error.is_instance_of::<PyException>(py) => {
                error.write_unraisable(py, Some(self.told.bind(py)));
                Ok(())
            }
            ended => ended.map(drop),
        }
    }
}
