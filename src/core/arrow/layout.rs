//! Which columns a reader wants, in which order, and how wide their text: what can be had of a schema
//! without computing a value anew. Pure; it knows nothing of streams.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, LargeListArray, LargeStringArray, RecordBatch, StringViewArray};
use arrow_buffer::{OffsetBuffer, ScalarBuffer};
use arrow_schema::{ArrowError, DataType, Field, FieldRef, Schema, SchemaRef};

/// A choice of columns of a schema, each as it is or in a wider type.
#[derive(Debug, Clone, PartialEq)]
pub struct Layout {
    /// Places in that schema.
    columns: Vec<usize>,
    schema: SchemaRef,
}

impl Layout {
    /// The schema as it is.
    #[must_use]
    pub fn all(schema: &SchemaRef) -> Self {
        Self { columns: (0..schema.fields().len()).collect(), schema: schema.clone() }
    }

    /// What can be met of a wish: columns that are known, in the wish's order; of no known one, all. A type that
    /// cannot be had stays the column's own, which the reader casts if it can.
    #[must_use]
    pub fn of(schema: &SchemaRef, wish: &Schema) -> Self {
        let known = wish.fields().iter().filter_map(|wanted| {
            let (place, field) = schema.column_with_name(wanted.name())?;
            let reachable = is_reachable(field.data_type(), wanted.data_type());
            let kind = if reachable { wanted.data_type() } else { field.data_type() };
            Some((place, Field::new(field.name(), kind.clone(), true)))
        });
        let (columns, fields): (Vec<_>, Vec<_>) = known.unzip();
        if columns.is_empty() {
            return Self::all(schema);
        }
        Self { columns, schema: Arc::new(Schema::new(fields)) }
    }

    #[must_use]
    pub fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }

    /// A batch of that schema in this layout.
    ///
    /// # Errors
    /// The batch is of another schema.
    pub fn arrange(&self, batch: &RecordBatch) -> Result<RecordBatch, ArrowError> {
        let batch = batch.project(&self.columns)?;
        let columns = batch.columns().iter().zip(self.schema.fields());
        let columns = columns.map(|(column, field)| widened(column, field.data_type())).collect();
        RecordBatch::try_new(self.schema(), columns)
    }
}

/// Whether text, or a list of texts, can be had in another width.
fn is_reachable(from: &DataType, to: &DataType) -> bool {
    match (from, to) {
        (DataType::Utf8, DataType::LargeUtf8 | DataType::Utf8View) => true,
        (DataType::List(from), DataType::List(to) | DataType::LargeList(to)) => {
            is_reachable(from.data_type(), to.data_type())
        }
        _ => from == to,
    }
}

/// A column in a type that is reachable; any other is left as it is.
fn widened(column: &ArrayRef, to: &DataType) -> ArrayRef {
    match (column.data_type(), to) {
        (DataType::Utf8, DataType::LargeUtf8) => {
            let text = column.as_string::<i32>();
            let (offsets, values, nulls) = text.clone().into_parts();
            // The same bytes; the offsets were in order, and still are.
            Arc::new(LargeStringArray::new(wide(&offsets), values, nulls))
        }
        (DataType::Utf8, DataType::Utf8View) => Arc::new(StringViewArray::from(column.as_string::<i32>())),
        (DataType::List(_), DataType::List(item) | DataType::LargeList(item)) => list(column, item, to),
        _ => column.clone(),
    }
}

fn list(column: &ArrayRef, item: &FieldRef, to: &DataType) -> ArrayRef {
    let (_, offsets, values, nulls) = column.as_list::<i32>().clone().into_parts();
    let values = widened(&values, item.data_type());
    if matches!(to, DataType::LargeList(_)) {
        return Arc::new(LargeListArray::new(item.clone(), wide(&offsets), values, nulls));
    }
    Arc::new(arrow_array::ListArray::new(item.clone(), offsets, values, nulls))
}

fn wide(offsets: &OffsetBuffer<i32>) -> OffsetBuffer<i64> {
    let wide: ScalarBuffer<i64> = offsets.iter().map(|offset| i64::from(*offset)).collect();
    OffsetBuffer::new(wide)
}
