//! Pieces to files, in the writer's thread: text in compressed frames, or Parquet in finished parts.
//! A sink knows nothing of the listing; when to commit, and what the manifest says, is not its own.

mod frame;
mod parquet;
mod splice;
mod text;

use std::path::{Path, PathBuf};

use serde_json::Value;

use arrow_schema::SchemaRef;

use super::files::{DataState, Target};
use super::format::{Encoding, Format};
use super::rows::Piece;
use super::rules::Rules;
use crate::core::error::{Result, StorageError};
use crate::core::model::hex::hex;

pub use self::parquet::{GROUP_ROWS, ParquetSink};
pub use self::text::{Output, TextSink};

/// How the sinks of one export are made.
#[derive(Debug, Clone)]
pub struct Sinks {
    pub encoding: Encoding,
    /// Of the columns; JSON Lines need none.
    pub schema: SchemaRef,
    pub spreadsheet_safe: bool,
}

impl Sinks {
    pub fn create(&self, target: &Target) -> Result<Box<dyn Sink>> {
        Ok(match self.encoding.format {
            Format::Parquet => Box::new(ParquetSink::create(target, self.schema.clone(), self.encoding)?),
            _ => Box::new(TextSink::create(&target.data(), self.encoding, self.csv())?),
        })
    }

    pub fn reopen(&self, target: &Target, data: &DataState, rules: Rules) -> Result<Box<dyn Sink>> {
        Ok(match data {
            DataState::Parts(parts) => {
                Box::new(ParquetSink::reopen(target, self.schema.clone(), self.encoding, parts)?)
            }
            DataState::Text { bytes, sha256 } => {
                let committed = (*bytes, sha256.as_str());
                Box::new(TextSink::reopen(&target.data(), self.encoding, self.csv(), committed, rules)?)
            }
        })
    }

    /// Text to something that cannot be taken back.
    pub fn stream(&self, path: &Path, file: std::fs::File) -> Box<dyn Sink> {
        let output = Output::Stream(path.to_owned(), file);
        Box::new(TextSink::new(output, self.encoding, self.csv()))
    }

    /// What is on the disk before the first commit.
    pub fn nothing(&self) -> DataState {
        if self.encoding.format == Format::Parquet {
            return DataState::Parts(Vec::new());
        }
        let nothing = ring::digest::digest(&ring::digest::SHA256, b"");
        DataState::Text { bytes: 0, sha256: hex(nothing.as_ref()) }
    }

    fn csv(&self) -> Option<(SchemaRef, bool)> {
        (self.encoding.format == Format::Csv).then(|| (self.schema.clone(), self.spreadsheet_safe))
    }
}

/// The whole result, on the disk, before it has its name.
#[derive(Debug)]
pub struct Whole {
    pub path: PathBuf,
    pub bytes: u64,
    pub sha256: String,
}

/// Where rows end up.
pub trait Sink: Send {
    /// Takes rows of the commit in the making.
    fn write(&mut self, piece: Piece) -> Result<()>;

    /// Ends the commit in the making: what the disk will hold after [`Sink::flush`].
    fn seal(&mut self) -> Result<DataState>;

    /// Puts what was sealed on the disk; it is there when this returns.
    fn flush(&mut self) -> Result<()>;

    /// Makes the result of all commits. `report` is what the file itself can say of the export.
    fn finish(&mut self, report: &Value) -> Result<Whole>;
}

/// The SHA-256 of the first `length` bytes of a file, to go on from.
fn hash_file(path: &std::path::Path, length: u64) -> std::io::Result<ring::digest::Context> {
    use std::io::Read as _;
    let mut context = ring::digest::Context::new(&ring::digest::SHA256);
    let mut file = std::fs::File::open(path)?.take(length);
    let mut buffer = vec![0; 1 << 18];
    loop {
        match file.read(&mut buffer) {
            Ok(0) => return Ok(context),
            Ok(count) => context.update(buffer.get(..count).unwrap_or_default()),
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// Whether a file is what it was when it was hashed.
pub fn hash_matches(path: &std::path::Path, bytes: u64, sha256: &str) -> Result<bool> {
    let failed = |error: std::io::Error| StorageError::failed("Could not read", path, &error);
    if std::fs::metadata(path).map_err(failed)?.len() != bytes {
        return Ok(false);
    }
    Ok(hex(hash_file(path, bytes).map_err(failed)?.finish().as_ref()) == sha256)
}
