//! CSV after RFC 4180: nothing for null, `""` for an empty text, JSON text for what is nested, times in
//! ISO 8601 and UTC. It knows no file.

use std::io::Write as _;

use arrow_array::cast::AsArray as _;
use arrow_array::types::{Float64Type, Int64Type, TimestampMicrosecondType};
use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_schema::{ArrowError, DataType, SchemaRef};

use crate::core::error::room_for;

const END: &[u8] = b"\r\n";
const MICROS: i64 = 1_000_000;

/// Batches to lines.
pub struct CsvWriter {
    /// Texts that a spreadsheet would run get an apostrophe in front.
    safe: bool,
    header: Vec<u8>,
}

impl CsvWriter {
    pub fn new(schema: &SchemaRef, safe: bool) -> Self {
        let mut header = Vec::new();
        for (index, field) in schema.fields().iter().enumerate() {
            if index > 0 {
                header.push(b',');
            }
            push_text(&mut header, field.name(), safe);
        }
        header.extend_from_slice(END);
        Self { safe, header }
    }

    /// The names of the columns.
    pub fn header(&self) -> &[u8] {
        &self.header
    }

    /// A batch as lines.
    ///
    /// # Errors
    /// There is not enough memory.
    pub fn render(&self, batch: &RecordBatch) -> Result<Vec<u8>, ArrowError> {
        let columns = batch.columns().iter().map(Cells::new).collect::<Result<Vec<_>, _>>()?;
        let (mut out, size) = (Vec::new(), batch.get_array_memory_size());
        // Quotes are doubled, and so may the room be that is needed.
        room_for(size * 2, "lines of CSV").map_err(|error| ArrowError::MemoryError(error.to_string()))?;
        out.reserve(size);
        for row in 0..batch.num_rows() {
            for (index, cells) in columns.iter().enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                cells.write(&mut out, row, self.safe);
            }
            out.extend_from_slice(END);
        }
        Ok(out)
    }
}

/// A column of a type that sessions have.
enum Cells<'a> {
    Text(&'a arrow_array::StringArray),
    Moment(&'a arrow_array::TimestampMicrosecondArray),
    Integer(&'a arrow_array::Int64Array),
    Float(&'a arrow_array::Float64Array),
    Bool(&'a arrow_array::BooleanArray),
    Texts(&'a arrow_array::ListArray),
}

impl<'a> Cells<'a> {
    fn new(array: &'a ArrayRef) -> Result<Self, ArrowError> {
        Ok(match array.data_type() {
            DataType::Utf8 => Self::Text(array.as_string()),
            DataType::Timestamp(..) => Self::Moment(array.as_primitive::<TimestampMicrosecondType>()),
            DataType::Int64 => Self::Integer(array.as_primitive::<Int64Type>()),
            DataType::Float64 => Self::Float(array.as_primitive::<Float64Type>()),
            DataType::Boolean => Self::Bool(array.as_boolean()),
            DataType::List(_) => Self::Texts(array.as_list()),
            other => return Err(ArrowError::CsvError(format!("no CSV for {other}"))),
        })
    }

    /// Writes one cell. Writing to memory does not fail.
    fn write(&self, out: &mut Vec<u8>, row: usize, safe: bool) {
        match self {
            Self::Text(array) if array.is_valid(row) => push_text(out, array.value(row), safe),
            Self::Moment(array) if array.is_valid(row) => moment(out, array.value(row)),
            Self::Integer(array) if array.is_valid(row) => drop(write!(out, "{}", array.value(row))),
            // As Python writes it: the shortest text that reads back, and `5.0` for a whole number.
            Self::Float(array) if array.is_valid(row) => drop(write!(out, "{:?}", array.value(row))),
            Self::Bool(array) if array.is_valid(row) => drop(write!(out, "{}", array.value(row))),
            Self::Texts(array) if array.is_valid(row) => push_text(out, &json_list(&array.value(row)), safe),
            _ => {}
        }
    }
}

/// A list of texts as JSON.
fn json_list(list: &ArrayRef) -> String {
    let texts: Vec<Option<&str>> = list.as_string::<i32>().iter().collect();
    serde_json::to_string(&texts).unwrap_or_default()
}

/// `2026-01-12T08:30:00Z`, with six more digits where there is a fraction.
fn moment(out: &mut Vec<u8>, micros: i64) {
    let Ok(moment) = jiff::Timestamp::from_microsecond(micros) else { return };
    let moment = jiff::tz::Offset::UTC.to_datetime(moment);
    let (date, time) = (moment.date(), moment.time());
    let _ = write!(
        out,
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}",
        date.year(),
        date.month(),
        date.day(),
        time.hour(),
        time.minute(),
        time.second()
    );
    let fraction = micros.rem_euclid(MICROS);
    if fraction != 0 {
        let _ = write!(out, ".{fraction:06}");
    }
    out.push(b'Z');
}

/// A text, quoted where it must be; an empty one always, to tell it from null.
pub fn push_text(out: &mut Vec<u8>, text: &str, safe: bool) {
    let runs = safe && matches!(text.as_bytes().first(), Some(b'=' | b'+' | b'-' | b'@' | b'\t' | b'\r'));
    let special = |byte: &u8| matches!(byte, b'"' | b',' | b'\r' | b'\n');
    if !text.is_empty() && !text.as_bytes().iter().any(special) {
        if runs {
            out.push(b'\'');
        }
        out.extend_from_slice(text.as_bytes());
        return;
    }
    out.push(b'"');
    if runs {
        out.push(b'\'');
    }
    let mut rest = text.as_bytes();
    while let Some(quote) = memchr::memchr(b'"', rest) {
        let (before, after) = rest.split_at(quote + 1);
        out.extend_from_slice(before);
        out.push(b'"');
        rest = after;
    }
    out.extend_from_slice(rest);
    out.push(b'"');
}
