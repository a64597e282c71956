//! `blocks-sessions query`: any statement that reads, over a local copy of the list.

use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use rusqlite::types::Value;
use serde_json::{Value as Json, json};

use crate::cli::frame::exit::{Exit, Outcome};
use crate::cli::frame::flags::Shared;
use crate::cli::frame::values::kept_file;
use crate::cli::frame::{Command, Frame, apart};
use crate::cli::output::Format;
use crate::cli::output::stdout::Stdout;
use crate::cli::output::table::{Cell, Column, Table};
use crate::core::arrow::csv::push_text;
use crate::core::mirror::Mirror;
use crate::core::mirror::reader::Rows;
use crate::core::model::hex::hex;

/// Ask a local copy of the list in SQL
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  blocks-sessions query my.db \"select status, count(*) from live group by 1\"
  blocks-sessions query my.db \"select session_id, rating from live\" -o csv")]
pub struct Query {
    /// The file that `sync` made
    #[arg(value_parser = kept_file())]
    mirror: PathBuf,
    /// A statement of SQLite's; the tables are sessions, live, changes and syncs
    sql: String,
    /// table, json, jsonl or csv [default: table in a terminal, else jsonl]
    #[arg(long, short, value_enum, value_name = "FORMAT", hide_possible_values = true)]
    output: Option<Format>,
    #[command(flatten)]
    shared: Shared,
}

impl Command for Query {
    fn shared(&self) -> &Shared {
        &self.shared
    }

    async fn run(self, frame: Arc<Frame>) -> Outcome {
        let (path, sql) = (self.mirror, self.sql);
        let rows = apart(move || Mirror::open(&path)?.query(&sql, &[])).await??;
        let mut text = Vec::new();
        match Format::or_fitting(self.output, &frame.stdout) {
            Format::Table => as_table(&rows, &frame, &mut text),
            Format::Json => as_json(&rows, &mut text),
            Format::Jsonl => as_lines(&rows, &mut text),
            Format::Csv => as_csv(&rows, &mut text),
        }
        Stdout::open(&frame)?.write(&text)?;
        Ok(Exit::Done)
    }
}

fn as_table(rows: &Rows, frame: &Frame, text: &mut Vec<u8>) {
    let number = |column: usize| {
        rows.rows
            .iter()
            .all(|row| matches!(row.get(column), Some(Value::Integer(_) | Value::Real(_) | Value::Null)))
    };
    let columns = rows.names.iter().enumerate();
    let columns = columns.map(|(at, name)| Column { right: number(at), ..Column::new(name) }).collect();
    let mut table = Table::new(columns, frame.stdout);
    table.rows(rows.rows.iter().map(|row| row.iter().map(|value| Cell::new(&plain(value))).collect()), text);
    table.finish(text);
    if let Some(left_out) = table.left_out() {
        frame.talk.hint(&left_out);
    }
}

fn as_json(rows: &Rows, text: &mut Vec<u8>) {
    let all: Vec<String> = rows.rows.iter().map(|row| object(&rows.names, row)).collect();
    text.extend(format!("[{}]\n", all.join(",\n")).into_bytes());
}

fn as_lines(rows: &Rows, text: &mut Vec<u8>) {
    for row in &rows.rows {
        text.extend(object(&rows.names, row).into_bytes());
        text.push(b'\n');
    }
}

fn as_csv(rows: &Rows, text: &mut Vec<u8>) {
    record(&rows.names, |name, text| push_text(text, name, false), text);
    for row in &rows.rows {
        let cell = |value: &Value, text: &mut Vec<u8>| {
            // Null is nothing at all, and an empty text a pair of quotes.
            if *value != Value::Null {
                push_text(text, &plain(value), false);
            }
        };
        record(row, cell, text);
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
fn object(names: &[String], row: &[Value]) -> String {
    let fields = names.iter().zip(row).map(|(name, field)| format!("{}:{}", json!(name), value(field)));
    format!("{{{}}}", fields.collect::<Vec<_>>().join(","))
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
