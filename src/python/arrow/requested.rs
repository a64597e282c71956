//! What the reader of a stream asks for: which columns, how wide their text, how many rows at once.

use arrow_pyarrow::FromPyArrow;
use arrow_schema::{Schema, SchemaRef};
use pyo3::prelude::*;
use pyo3::types::PyCapsule;

pub use crate::core::arrow::layout::Layout;
use crate::core::error::Error;
use crate::python::convert::arguments::argument::whole;
use crate::python::convert::errors::to_python_error;

/// The arguments of `__arrow_c_stream__`.
#[derive(Clone, Copy)]
pub struct StreamRequest<'a, 'py> {
    schema: Option<&'a Bound<'py, PyCapsule>>,
    /// The most rows of a batch.
    pub batch_size: Option<usize>,
}

impl<'a, 'py> StreamRequest<'a, 'py> {
    pub fn read(
        schema: Option<&'a Bound<'py, PyCapsule>>,
        batch_size: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Self> {
        let Some(given) = batch_size else { return Ok(Self { schema, batch_size: None }) };
        let rows = whole("batch_size", given)?;
        match usize::try_from(rows).ok().filter(|rows| *rows > 0) {
            Some(rows) => Ok(Self { schema, batch_size: Some(rows) }),
            None => Err(to_python_error(&Error::Configuration("batch_size must be 1 or more".to_owned()))),
        }
    }
}

/// What a reader wishes for, as far as it can be met; the interface lets a producer ignore the rest.
pub fn requested(py: Python<'_>, schema: &SchemaRef, request: StreamRequest<'_, '_>) -> PyResult<Layout> {
    let Some(capsule) = request.schema else { return Ok(Layout::all(schema)) };
    let request = Bound::new(py, RequestedSchema(capsule.clone().unbind()))?;
    Ok(Layout::of(schema, &Schema::from_pyarrow_bound(request.as_any())?))
}

/// A schema's capsule as an object that gives it, which is what Arrow's reader of capsules takes.
#[pyclass(frozen)]
struct RequestedSchema(Py<PyCapsule>);

#[pymethods]
impl RequestedSchema {
    fn __arrow_c_schema__(&self, py: Python<'_>) -> Py<PyCapsule> {
        self.0.clone_ref(py)
    }
}
