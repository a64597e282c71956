//! A mirror to be read: by SQL, by its changes, by pages of its sessions.

use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyList, PyTuple};
use rusqlite::types::Value;

use super::parts;
use crate::core::mirror::Mirror;
use crate::core::mirror::reader::Cursor;
use crate::python::arrow::{BatchAccumulator, Batches};
use crate::python::convert::arguments::listing_request::{Defaults, ListingArguments};
use crate::python::convert::errors::to_python_error;
use crate::python::convert::time::moment;
use crate::python::page::SessionPage;

/// A mirror, to be read.
#[pyclass(frozen, name = "_Mirror", module = "blocks_sessions._core")]
pub struct PyMirror(Mirror);

#[pymethods]
impl PyMirror {
    #[new]
    fn new(py: Python<'_>, path: PathBuf) -> PyResult<Self> {
        Ok(Self(py.detach(|| Mirror::open(&path)).map_err(|error| to_python_error(&error))?))
    }

    #[getter]
    fn path(&self) -> PathBuf {
        self.0.path().to_owned()
    }

    fn count(&self, py: Python<'_>, vanished: bool) -> PyResult<u64> {
        py.detach(|| self.0.count(vanished)).map_err(|error| to_python_error(&error))
    }

    /// Any statement that reads, as a list of dictionaries.
    fn query<'py>(
        &self,
        py: Python<'py>,
        sql: &str,
        parameters: Vec<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyList>> {
        let parameters = parameters.iter().map(sql_value).collect::<PyResult<Vec<_>>>()?;
        let found = py.detach(|| self.0.query(sql, &parameters)).map_err(|error| to_python_error(&error))?;
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
        let found = py.detach(|| self.0.changes(since, most)).map_err(|error| to_python_error(&error))?;
        found.into_iter().map(|change| parts(py, change)).collect()
    }

    /// What is kept of the sessions that a condition takes, page by page.
    #[pyo3(signature = (vanished, arguments))]
    fn sessions(&self, py: Python<'_>, vanished: bool, arguments: &Bound<'_, PyDict>) -> PyResult<PyCursor> {
        let request = ListingArguments::read(py, "sessions", Some(arguments), Defaults::none())?.request;
        let cursor = py
            .detach(|| self.0.sessions(&request.choice, vanished))
            .map_err(|error| to_python_error(&error))?;
        Ok(PyCursor(Mutex::new(cursor)))
    }

    /// What the last run left: `None` before the first.
    fn last_run<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyDict>>> {
        let Some(last) = py.detach(|| self.0.last_run()).map_err(|error| to_python_error(&error))? else {
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
pub struct PyCursor(Mutex<Cursor>);

#[pymethods]
impl PyCursor {
    fn next_page(&self, py: Python<'_>) -> PyResult<Option<SessionPage>> {
        let page = py.detach(|| self.0.lock().unwrap_or_else(PoisonError::into_inner).next_page());
        Ok(page.map_err(|error| to_python_error(&error))?.map(SessionPage::new))
    }

    /// All that is left, as columns.
    fn batches(&self, py: Python<'_>) -> PyResult<Batches> {
        let gathered =
            BatchAccumulator::new(self.0.lock().unwrap_or_else(PoisonError::into_inner).projection());
        while let Some(page) = py
            .detach(|| self.0.lock().unwrap_or_else(PoisonError::into_inner).next_page())
            .map_err(|error| to_python_error(&error))?
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
