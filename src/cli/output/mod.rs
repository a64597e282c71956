//! What goes to standard output: sessions, in the format that was asked for, or that fits who reads.
//! A terminal gets a table and a pipe JSON Lines, of the same sessions.
//!
//! | | |
//! |---|---|
//! | [`Sessions`] | pages as they come, in the format that was asked for; `json`, `csv` and `sessions` render them |
//! | [`rows`], [`table`], [`text`] | rows that are no sessions, of a statement and of anything; what a terminal may be shown |
//! | [`ending`] | the line with which a listing ends |
//! | [`stdout`] | the only code that writes to standard output |
//!
//! It promises the same sessions whoever reads, nothing that a terminal would obey, and every failed write told. It
//! must not know commands and their flags, the service, or how a page was read.

mod csv;
pub mod ending;
mod json;
pub mod rows;
mod sessions;
pub mod stdout;
pub mod table;
pub mod text;

use clap::ValueEnum;

use self::csv::Csv;
use self::json::{Json, JsonLines};
use self::sessions::SessionTable;
use self::stdout::Stdout;
use crate::cli::frame::exit::Failure;
use crate::cli::frame::terminal::Stream;
use crate::core::filter::Projection;
use crate::core::listing::rechunk::Page;

/// `-o`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Aligned columns
    Table,
    /// One array
    Json,
    /// One session a line, as it was sent
    Jsonl,
    /// One column a field
    Csv,
}

impl Format {
    /// What was asked for, else what fits who reads.
    pub fn or_fitting(wanted: Option<Self>, stdout: &Stream) -> Self {
        wanted.unwrap_or(if stdout.is_terminal { Self::Table } else { Self::Jsonl })
    }
}

/// Turns pages into text.
pub trait Render: Send {
    /// Adds the text of a page to what is to be written.
    fn page(&mut self, page: &Page, text: &mut Vec<u8>);

    /// Adds what comes after the last page.
    fn finish(&mut self, text: &mut Vec<u8>);

    /// What was not shown for want of room, as a sentence.
    fn left_out(&self) -> Option<String> {
        None
    }
}

/// Sessions on their way to standard output.
pub struct Sessions {
    render: Box<dyn Render>,
    stdout: Stdout,
    text: Vec<u8>,
}

impl Sessions {
    /// Of the chosen fields, or of all.
    pub fn new(format: Format, fields: Option<Projection>, stream: Stream, stdout: Stdout) -> Self {
        let render: Box<dyn Render> = match format {
            Format::Table => Box::new(SessionTable::new(fields, stream)),
            Format::Json => Box::new(Json::default()),
            Format::Jsonl => Box::new(JsonLines::default()),
            Format::Csv => Box::new(Csv::new(fields)),
        };
        Self { render, stdout, text: Vec::new() }
    }

    /// Writes a page at once, so that whoever reads along sees it, and whoever has seen enough can end it.
    ///
    /// # Errors
    /// It cannot be written; a reader that has gone is a failure that says nothing.
    pub fn page(&mut self, page: &Page) -> Result<(), Failure> {
        self.render.page(page, &mut self.text);
        self.write()
    }

    /// Writes what comes after the last page.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn finish(&mut self) -> Result<(), Failure> {
        self.render.finish(&mut self.text);
        self.write()
    }

    /// What was not shown for want of room, as a sentence.
    pub fn left_out(&self) -> Option<String> {
        self.render.left_out()
    }

    fn write(&mut self) -> Result<(), Failure> {
        let written = self.stdout.write(&self.text);
        self.text.clear();
        written
    }
}
