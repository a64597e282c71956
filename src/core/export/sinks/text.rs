//! JSON Lines and CSV: a file of frames, one a commit; or a stream that is written and forgotten.

use std::fs::File;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use arrow_schema::{ArrowError, SchemaRef};
use ring::digest::{Context, SHA256};
use serde_json::Value;

use super::frame::Frame;
use super::{Sink, Whole, hash_file};
use crate::core::arrow::csv::CsvWriter;
use crate::core::error::{Error, Result, StorageError};
use crate::core::export::files::{DataState, STDOUT};
use crate::core::export::format::{Compression, Encoding, Format};
use crate::core::export::rows::Piece;
use crate::core::export::rules::Rules;
use crate::core::model::hex::hex;
use crate::core::storage::AppendFile;

/// Where text goes.
#[derive(Debug)]
pub enum Output {
    File(AppendFile),
    /// Standard output, or a device of that path: nothing can be taken back, and nothing resumed.
    Stream(PathBuf, File),
}

/// Text on its way to a file.
pub struct TextSink {
    output: Output,
    /// What is on the disk, and its hash.
    length: u64,
    hash: Context,
    compression: Compression,
    level: Option<i32>,
    csv: Option<CsvWriter>,
    /// The frame in the making; `None` while nothing came since the last commit.
    frame: Option<Frame>,
    /// Frames that are whole, and not yet on the disk.
    sealed: Vec<u8>,
}

impl TextSink {
    pub fn create(path: &Path, encoding: Encoding, csv: Option<(SchemaRef, bool)>) -> Result<Self> {
        Ok(Self::new(Output::File(AppendFile::create(path)?), encoding, csv))
    }

    pub fn new(output: Output, encoding: Encoding, csv: Option<(SchemaRef, bool)>) -> Self {
        debug_assert_ne!(encoding.format, Format::Parquet);
        Self {
            output,
            length: 0,
            hash: Context::new(&SHA256),
            compression: encoding.compression,
            level: encoding.level,
            csv: csv.map(|(schema, safe)| CsvWriter::new(&schema, safe)),
            frame: None,
            sealed: Vec::new(),
        }
    }

    /// Opens what was committed, and cuts what was not.
    ///
    /// # Errors
    /// The file does not hold what was committed.
    pub fn reopen(
        path: &Path,
        encoding: Encoding,
        csv: Option<(SchemaRef, bool)>,
        committed: (u64, &str),
        rules: Rules,
    ) -> Result<Self> {
        let (bytes, sha256) = committed;
        let failed = |error: io::Error| StorageError::failed("Could not read", path, &error);
        let length =
            if rules.cut_data { bytes } else { std::fs::metadata(path).map_err(failed)?.len().max(bytes) };
        let file = AppendFile::reopen(path, length)?;
        let hash = hash_file(path, bytes).map_err(failed)?;
        if hex(hash.clone().finish().as_ref()) != sha256 {
            return Err(StorageError::altered(path, StorageError::NOT_COMMITTED));
        }
        let mut sink = Self::new(Output::File(file), encoding, csv);
        sink.hash = hash;
        sink.length = bytes;
        Ok(sink)
    }

    /// The frame in the making. The file's first frame of CSV begins with the names of the columns.
    fn frame(&mut self) -> io::Result<&mut Frame> {
        if self.frame.is_none() {
            let mut frame = Frame::begin(self.compression, self.level)?;
            if let Some(csv) = self.csv.as_ref().filter(|_| self.length == 0 && self.sealed.is_empty()) {
                frame.write(csv.header())?;
            }
            self.frame = Some(frame);
        }
        self.frame.as_mut().ok_or_else(|| io::Error::other("no frame"))
    }

    fn take(&mut self, piece: Piece) -> io::Result<()> {
        let text = match (piece, &self.csv) {
            (Piece::Text(text), _) => text,
            (Piece::Batch(batch), Some(csv)) => csv.render(&batch).map_err(unrendered)?,
            (Piece::Batch(_), None) => return Err(io::Error::other("columns where lines were expected")),
        };
        self.frame()?.write(&text)
    }

    fn path(&self) -> &Path {
        match &self.output {
            Output::File(file) => file.path(),
            Output::Stream(path, _) => path,
        }
    }

    fn failed(&self, error: &io::Error) -> Error {
        if error.kind() == io::ErrorKind::OutOfMemory {
            return Error::Memory("there is not enough memory for a piece of the export's text".to_owned());
        }
        match &self.output {
            Output::File(file) => StorageError::failed("Could not write", file.path(), error),
            Output::Stream(path, _) if path == Path::new(STDOUT) => {
                StorageError::unkept("Could not write to standard output", path, error)
            }
            Output::Stream(path, _) => {
                StorageError::unkept(&format!("Could not write {}", path.display()), path, error)
            }
        }
    }

    fn state(&self) -> DataState {
        DataState::Text { bytes: self.length, sha256: hex(self.hash.clone().finish().as_ref()) }
    }
}

fn unrendered(error: ArrowError) -> io::Error {
    match error {
        ArrowError::MemoryError(_) => io::ErrorKind::OutOfMemory.into(),
        other => io::Error::other(other),
    }
}

impl Sink for TextSink {
    fn write(&mut self, piece: Piece) -> Result<()> {
        self.take(piece).map_err(|error| self.failed(&error))
    }

    fn seal(&mut self) -> Result<DataState> {
        if let Some(frame) = self.frame.take() {
            let bytes = frame.end().map_err(|error| self.failed(&error))?;
            self.hash.update(&bytes);
            self.length += bytes.len() as u64;
            self.sealed = bytes;
        }
        Ok(self.state())
    }

    fn flush(&mut self) -> Result<()> {
        let sealed = std::mem::take(&mut self.sealed);
        match &mut self.output {
            Output::File(file) if !sealed.is_empty() => {
                file.append(&sealed)?;
                file.sync()
            }
            Output::File(_) => Ok(()),
            Output::Stream(_, stream) => {
                let written = stream.write_all(&sealed).and_then(|()| stream.flush());
                written.map_err(|error| self.failed(&error))
            }
        }
    }

    fn finish(&mut self, _report: &Value) -> Result<Whole> {
        if self.length == 0 {
            // An empty list is a file of no rows all the same: a header, a frame of nothing.
            self.frame().map(drop).map_err(|error| self.failed(&error))?;
        }
        self.seal()?;
        self.flush()?;
        if let Output::File(file) = &mut self.output {
            file.sync()?;
        }
        let sha256 = hex(self.hash.clone().finish().as_ref());
        Ok(Whole { path: self.path().to_owned(), bytes: self.length, sha256 })
    }
}
