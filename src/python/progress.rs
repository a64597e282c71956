//! Progress of a listing, told to the caller once a page.

use pyo3::prelude::*;
use pyo3::{PyTraverseError, PyVisit};

/// Whom to tell.
pub struct Progress {
    /// Called with `(done, total)`; has `close()` if it is a bar of ours.
    told: Py<PyAny>,
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

    pub fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.told)
    }

    pub fn show(&self, py: Python<'_>, done: u64, total: Option<u64>) -> PyResult<()> {
        self.told.call1(py, (done, total))?;
        Ok(())
    }

    /// Ends the bar; a bar that fails to close is not worth losing an answer for.
    pub fn close(&self, py: Python<'_>) {
        if let Err(error) = self.told.call_method0(py, "close") {
            error.write_unraisable(py, Some(self.told.bind(py)));
        }
    }
}
