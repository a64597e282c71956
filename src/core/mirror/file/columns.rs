//! A session as columns in SQLite's types: what fits which column is what it is for tables, since the values are
//! taken from a record batch. It knows no file.

use arrow_array::cast::AsArray as _;
use arrow_array::types::{Float64Type, Int64Type, TimestampMicrosecondType};
use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_schema::DataType;
use rusqlite::types::{ToSqlOutput, Value, ValueRef};

use crate::core::arrow::schema;
use crate::core::json::{Kind, Value as Json};

/// The columns by name and type, in their order: `session_id` first.
pub fn declarations() -> Vec<(String, &'static str)> {
    schema().fields().iter().map(|field| (field.name().clone(), declared(field.data_type()))).collect()
}

fn declared(kind: &DataType) -> &'static str {
    match kind {
        DataType::Int64 | DataType::Boolean => "integer",
        DataType::Float64 => "real",
        _ => "text",
    }
}

/// One value of a batch, as SQLite takes it: times as ISO 8601 text in UTC with microseconds, flags as 0 and 1,
/// lists as JSON text.
pub fn cell(batch: &RecordBatch, column: usize, row: usize) -> ToSqlOutput<'_> {
    let Some(array) = batch.columns().get(column).filter(|array| array.is_valid(row)) else {
        return ToSqlOutput::Borrowed(ValueRef::Null);
    };
    match array.data_type() {
        DataType::Int64 => {
            ToSqlOutput::Borrowed(ValueRef::Integer(array.as_primitive::<Int64Type>().value(row)))
        }
        DataType::Boolean => ToSqlOutput::Borrowed(ValueRef::Integer(array.as_boolean().value(row).into())),
        DataType::Float64 => {
            ToSqlOutput::Borrowed(ValueRef::Real(array.as_primitive::<Float64Type>().value(row)))
        }
        DataType::Timestamp(..) => {
            let micros = array.as_primitive::<TimestampMicrosecondType>().value(row);
            ToSqlOutput::Owned(Value::Text(moment(micros)))
        }
        DataType::List(_) => ToSqlOutput::Owned(Value::Text(list(array, row))),
        _ => ToSqlOutput::Borrowed(ValueRef::Text(array.as_string::<i32>().value(row).as_bytes())),
    }
}

/// Texts of one width, so that they sort as the moments do.
pub fn moment(micros: i64) -> String {
    let Ok(moment) = jiff::Timestamp::from_microsecond(micros) else { return micros.to_string() };
    moment.strftime("%Y-%m-%dT%H:%M:%S.%6fZ").to_string()
}

fn list(array: &ArrayRef, row: usize) -> String {
    let texts = array.as_list::<i32>().value(row);
    let texts = texts.as_string::<i32>();
    serde_json::to_string(&texts.iter().collect::<Vec<_>>()).unwrap_or_default()
}

/// The text by which a session is known: its `session_id`, or what stands in for it in the service's other
/// shape. `None` if it names none.
pub fn id_of(session: Json<'_>) -> Option<String> {
    let named = |value: Json<'_>| match value.kind() {
        Kind::String(text) => text.as_str().filter(|text| !text.is_empty()).map(str::to_owned),
        Kind::Integer(digits) => Some(digits.to_owned()),
        _ => None,
    };
    let own = session.get("session_id").and_then(named);
    own.or_else(|| session.get("conversation")?.get("SessionId").and_then(named))
}
