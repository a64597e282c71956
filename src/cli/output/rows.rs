//! Rows of a statement, as they come, in the format that was asked for.

use rusqlite::types::Value;
use serde_json::{Value as Json, json};

use super::Format;
use super::table::{Cell, Column, LOOKED_AT, Table};
use crate::cli::frame::terminal::Stream;
use crate::core::arrow::csv::push_text;
use crate::core::model::hex::hex;

/// One row.
pub type Row = Vec<Value>;

/// Rows on their way to text.
pub struct Rows {
    names: Vec<String>,
    form: Form,
}

enum Form {
    Table(RowTable),
    /// Whether the array has begun.
    Json(bool),
    Jsonl,
    /// Whether the names are written.
    Csv(bool),
}

impl Rows {
    pub fn new(format: Format, names: Vec<String>, stream: Stream) -> Self {
        let form = match format {
            Format::Table => Form::Table(RowTable { stream, held: Vec::new(), table: None }),
            Format::Json => Form::Json(false),
            Format::Jsonl => Form::Jsonl,
            Format::Csv => Form::Csv(false),
        };
        Self { names, form }
    }

    /// The text of some rows, as far as it is known yet.
    pub fn rows(&mut self, rows: impl Iterator<Item = Row>) -> Vec<u8> {
        let mut text = Vec::new();
        if let Form::Table(table) = &mut self.form {
            table.rows(&self.names, rows, &mut text);
            return text;
        }
        rows.for_each(|row| self.row(&row, &mut text));
        text
    }

    /// The text behind the last row.
    pub fn finish(&mut self) -> Vec<u8> {
        let mut text = Vec::new();
        match &mut self.form {
            Form::Table(table) => table.finish(&self.names, &mut text),
            Form::Json(begun) => text.extend_from_slice(if *begun { b"]\n" } else { b"[]\n" }),
            Form::Jsonl => {}
            Form::Csv(begun) => begin_csv(begun, &self.names, &mut text),
        }
        text
    }

    /// What was not shown for want of room, as a sentence.
    pub fn left_out(&self) -> Option<String> {
        match &self.form {
            Form::Table(table) => table.table.as_ref()?.left_out(),
            _ => None,
        }
    }

    fn row(&mut self, row: &[Value], text: &mut Vec<u8>) {
        match &mut self.form {
            Form::Table(_) => {}
            Form::Json(begun) => {
                text.extend_from_slice(if std::mem::replace(begun, true) { b",\n" } else { b"[" });
                object(&self.names, row, text);
            }
            Form::Jsonl => {
                object(&self.names, row, text);
                text.push(b'\n');
            }
            Form::Csv(begun) => {
                begin_csv(begun, &self.names, text);
                record(row, cell, text);
            }
        }
    }
}

/// A table whose first rows say which columns hold numbers, and how wide they are.
struct RowTable {
    stream: Stream,
    held: Vec<Row>,
    table: Option<Table>,
}

impl RowTable {
    fn rows(&mut self, names: &[String], rows: impl Iterator<Item = Row>, text: &mut Vec<u8>) {
        self.held.extend(rows);
        if self.table.is_some() || self.held.len() >= LOOKED_AT {
            self.write(names, text);
        }
    }

    fn finish(&mut self, names: &[String], text: &mut Vec<u8>) {
        self.write(names, text);
        if let Some(table) = &mut self.table {
            table.finish(text);
        }
    }

    fn write(&mut self, names: &[String], text: &mut Vec<u8>) {
        let rows = std::mem::take(&mut self.held);
        let table = self.table.get_or_insert_with(|| Table::new(columns(names, &rows), self.stream));
        let cells = |row: &Row| row.iter().map(|value| Cell::new(&plain(value))).collect();
        table.rows(rows.iter().map(cells), text);
    }
}

fn columns(names: &[String], rows: &[Row]) -> Vec<Column> {
    let is_number = |value: &Value| matches!(value, Value::Integer(_) | Value::Real(_) | Value::Null);
    let right = |at: usize| rows.iter().all(|row| row.get(at).is_some_and(is_number));
    let columns = names.iter().enumerate();
    columns.map(|(at, name)| Column { right: right(at), ..Column::new(name) }).collect()
}

fn begin_csv(begun: &mut bool, names: &[String], text: &mut Vec<u8>) {
    if !std::mem::replace(begun, true) {
        record(names, |name, text| push_text(text, name, false), text);
    }
}

/// Null is nothing at all, and an empty text a pair of quotes.
fn cell(value: &Value, text: &mut Vec<u8>) {
    if *value != Value::Null {
        push_text(text, &plain(value), false);
    }
}

fn record<T>(cells: &[T], mut push: impl FnMut(&T, &mut Vec<u8>), text: &mut Vec<u8>) {
    for (place, cell) in cells.iter().enumerate() {
        if place > 0 {
            text.push(b',');
        }
        push(cell, text);
    }
    text.extend(b"\r\n");
}

/// With all columns in their order, though two have one name.
fn object(names: &[String], row: &[Value], text: &mut Vec<u8>) {
    let fields = names.iter().zip(row).map(|(name, field)| format!("{}:{}", json!(name), value(field)));
    text.extend(format!("{{{}}}", fields.collect::<Vec<_>>().join(",")).into_bytes());
}

fn value(value: &Value) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Integer(number) => json!(number),
        Value::Real(number) => json!(number),
        Value::Text(text) => json!(text),
        Value::Blob(_) => json!(plain(value)),
    }
}

fn plain(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Integer(number) => number.to_string(),
        Value::Real(number) => number.to_string(),
        Value::Text(text) => text.clone(),
        Value::Blob(bytes) => hex(bytes),
    }
}
