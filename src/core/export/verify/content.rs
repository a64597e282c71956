//! Reads a whole export again, in any of its formats, and counts its rows and those that repeat a session.

use std::collections::HashSet;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use flate2::bufread::MultiGzDecoder;

use super::{csv, parquet};
use crate::core::export::format::{Compression, Encoding, Format};
use crate::core::json::Document;
use crate::core::model::counted::grouped;
use crate::core::model::page_body::{session_hash, text_hash};
use crate::core::model::row_facts::IdKey;

/// Bytes that are read at once.
const PIECE: usize = 1 << 18;

/// What a file holds.
#[derive(Debug, Clone, Copy, Default)]
pub struct Content {
    pub rows: u64,
    /// Rows whose session stands in an earlier one.
    pub repeated: u64,
}

/// Why the content of a file cannot be told.
pub enum Broken {
    /// In one sentence.
    Content(String),
    File(std::io::Error),
}

/// Counts rows, and those whose session was there before.
pub struct Counter {
    pub content: Content,
    ids: HashSet<u128>,
    key: IdKey,
}

impl Counter {
    pub fn new() -> Self {
        Self { content: Content::default(), ids: HashSet::new(), key: IdKey::of_process() }
    }

    /// A row whose session has this text for its id; `None` if it names none.
    pub fn text(&mut self, id: Option<&[u8]>) {
        self.add(id.and_then(|id| text_hash(id, self.key)));
    }

    fn add(&mut self, id: Option<u128>) {
        self.content.rows += 1;
        if id.is_some_and(|id| !self.ids.insert(id)) {
            self.content.repeated += 1;
        }
    }
}

/// Reads a file to its end.
pub fn read(path: &Path, encoding: Encoding) -> Result<Content, Broken> {
    match encoding.format {
        Format::Parquet => parquet::read(path),
        Format::JsonLines => json_lines(open(path, encoding.compression)?),
        Format::Csv => csv::read(open(path, encoding.compression)?),
    }
}

/// The text of a file.
pub fn open(path: &Path, compression: Compression) -> Result<Box<dyn BufRead>, Broken> {
    let file = BufReader::with_capacity(PIECE, File::open(path).map_err(Broken::File)?);
    Ok(match compression {
        Compression::None => Box::new(file),
        Compression::Gzip => Box::new(BufReader::with_capacity(PIECE, MultiGzDecoder::new(file))),
        Compression::Zstd => {
            let decoder = zstd::Decoder::with_buffer(file).map_err(undecodable)?;
            Box::new(BufReader::with_capacity(PIECE, decoder))
        }
    })
}

/// Reading fails where the file does not decode, too: then it is not the system that refuses.
pub fn undecodable(error: std::io::Error) -> Broken {
    match error.raw_os_error() {
        Some(_) => Broken::File(error),
        None => Broken::Content("it does not decode: it is damaged, or cut short".to_owned()),
    }
}

fn json_lines(mut from: Box<dyn BufRead>) -> Result<Content, Broken> {
    let (mut counter, mut line) = (Counter::new(), Vec::new());
    loop {
        line.clear();
        if from.read_until(b'\n', &mut line).map_err(undecodable)? == 0 {
            return Ok(counter.content);
        }
        let document = if line.ends_with(b"\n") { Document::parse(line.clone().into()).ok() } else { None };
        let Some(document) = document.filter(|document| document.root().is_object()) else {
            let number = grouped(counter.content.rows + 1);
            return Err(Broken::Content(format!("line {number} is no whole JSON object")));
        };
        counter.add(session_hash(document.root(), counter.key));
    }
}
