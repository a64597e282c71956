//! `requested_schema` of a stream: which columns its reader wants, and how wide their text.

use arrow_pyarrow::FromPyArrow;
use arrow_schema::{Schema, SchemaRef};
use pyo3::prelude::*;
use pyo3::types::PyCapsule;

pub use crate::core::arrow::layout::Layout;

/// What a reader wishes for, as far as it can be met; the interface lets a producer ignore the rest.
pub fn requested(
    py: Python<'_>,
    schema: &SchemaRef,
    wish: Option<&Bound<'_, PyCapsule>>,
) -> PyResult<Layout> {
    let Some(capsule) = wish else { return Ok(Layout::all(schema)) };
    let wish = Bound::new(py, RequestedSchema(capsule.clone().unbind()))?;
    Ok(Layout::of(schema, &Schema::from_pyarrow_bound(wish.as_any())?))
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
