//! Parquet: each commit is a row group in a file of its own, which is whole and readable; at the end they
//! are spliced into one.

use std::path::PathBuf;
use std::sync::Arc;

use arrow_schema::SchemaRef;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression as Codec, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::properties::{WriterProperties, WriterPropertiesPtr};
use parquet::schema::types::ColumnPath;
use ring::digest::{SHA256, digest};
use serde_json::Value;

use super::splice::splice;
use super::{Sink, Whole, hash_file};
use crate::core::error::{Error, Result, StorageError, room_for};
use crate::core::export::files::{DataState, PartState, Target};
use crate::core::export::format::{Compression, Encoding};
use crate::core::export::rows::Piece;
use crate::core::model::hex::hex;
use crate::core::storage::{AppendFile, durable};

/// What readers look up first.
const ID: &str = "session_id";
/// Of a hundred ids that are not in a row group, one looks as if it were.
const FALSE_POSITIVES: f64 = 0.01;
/// The most rows of a row group.
pub const GROUP_ROWS: u64 = 65_536;
/// As pyarrow and DuckDB: further levels take more time than they save bytes.
const LEVEL: i32 = 1;

/// Row groups on their way to files.
pub struct ParquetSink {
    target: Target,
    schema: SchemaRef,
    properties: WriterPropertiesPtr,
    writer: Option<ArrowWriter<Vec<u8>>>,
    /// A row group that is whole, and not yet on the disk.
    sealed: Option<(PathBuf, Vec<u8>)>,
    parts: Vec<PartState>,
    rows: u64,
}

impl ParquetSink {
    pub fn create(target: &Target, schema: SchemaRef, encoding: Encoding) -> Result<Self> {
        let properties = properties(&schema, encoding)
            .map_err(|error| Error::Configuration(format!("compression_level: {error}")))?;
        Ok(Self {
            target: target.clone(),
            schema,
            properties: Arc::new(properties),
            writer: None,
            sealed: None,
            parts: Vec::new(),
            rows: 0,
        })
    }

    /// Goes on behind the parts that were committed.
    ///
    /// # Errors
    /// One of them does not hold what was committed.
    pub fn reopen(
        target: &Target,
        schema: SchemaRef,
        encoding: Encoding,
        parts: &[PartState],
    ) -> Result<Self> {
        for part in parts {
            check(target, part)?;
        }
        let mut sink = Self::create(target, schema, encoding)?;
        sink.parts = parts.to_vec();
        Ok(sink)
    }

    fn failed(&self, error: ParquetError) -> Error {
        failed(&self.target.part, error)
    }

    /// The file of the row group in the making.
    fn next_path(&self) -> (usize, PathBuf) {
        let number = self.parts.last().map_or(0, |part| part.number + 1);
        (number, self.target.row_group(number))
    }
}

impl Sink for ParquetSink {
    fn write(&mut self, piece: Piece) -> Result<()> {
        let Piece::Batch(batch) = piece else { return Ok(()) };
        // Encoded, and once more compressed.
        room_for(batch.get_array_memory_size().saturating_mul(2), "a row group of Parquet")?;
        if self.writer.is_none() {
            let properties = self.properties.as_ref().clone();
            let writer = ArrowWriter::try_new(Vec::new(), self.schema.clone(), Some(properties));
            self.writer = Some(writer.map_err(|error| self.failed(error))?);
        }
        self.rows += batch.num_rows() as u64;
        let written = self.writer.as_mut().map_or(Ok(()), |writer| writer.write(&batch));
        written.map_err(|error| self.failed(error))
    }

    fn seal(&mut self) -> Result<DataState> {
        if let Some(writer) = self.writer.take() {
            let content = writer.into_inner().map_err(|error| self.failed(error))?;
            let (number, path) = self.next_path();
            let sha256 = hex(digest(&SHA256, &content).as_ref());
            let rows = std::mem::take(&mut self.rows);
            self.parts.push(PartState { number, rows, bytes: content.len() as u64, sha256 });
            self.sealed = Some((path, content));
        }
        Ok(DataState::Parts(self.parts.clone()))
    }

    fn flush(&mut self) -> Result<()> {
        let Some((path, content)) = self.sealed.take() else { return Ok(()) };
        let mut file = AppendFile::create(&path)?;
        file.append(&content)?;
        file.sync()?;
        durable::sync_folder(&self.target.part)
    }

    fn finish(&mut self, report: &Value) -> Result<Whole> {
        self.seal()?;
        self.flush()?;
        let parts: Vec<PathBuf> = self.parts.iter().map(|part| self.target.row_group(part.number)).collect();
        splice(&parts, &self.target.spliced(), &self.schema, &self.properties, report)
    }
}

fn properties(schema: &SchemaRef, encoding: Encoding) -> Result<WriterProperties, ParquetError> {
    let codec = match encoding.compression {
        Compression::Zstd => Codec::ZSTD(ZstdLevel::try_new(encoding.level.unwrap_or(LEVEL))?),
        _ => Codec::UNCOMPRESSED,
    };
    let mut builder = WriterProperties::builder()
        .set_compression(codec)
        .set_created_by(format!("blocks-sessions version {}", env!("CARGO_PKG_VERSION")));
    if schema.column_with_name(ID).is_some() {
        let id = ColumnPath::from(ID);
        builder = builder
            .set_column_dictionary_enabled(id.clone(), false)
            .set_column_bloom_filter_enabled(id.clone(), true)
            .set_column_bloom_filter_fpp(id.clone(), FALSE_POSITIVES)
            .set_column_bloom_filter_max_ndv(id, GROUP_ROWS);
    }
    Ok(builder.build())
}

/// Whether a committed part still holds what was committed.
fn check(target: &Target, part: &PartState) -> Result<()> {
    let path = target.row_group(part.number);
    let unread = |error: std::io::Error| StorageError::failed("Could not read", &path, &error);
    let length = std::fs::metadata(&path).map_err(unread)?.len();
    let hash = hash_file(&path, length).map_err(unread)?;
    if length == part.bytes && hex(hash.finish().as_ref()) == part.sha256 {
        return Ok(());
    }
    Err(StorageError::altered(&path, StorageError::NOT_COMMITTED))
}

/// A failure of the library: the system's, where it was one.
pub fn failed(path: &std::path::Path, error: ParquetError) -> Error {
    match error {
        ParquetError::External(cause) => match cause.downcast::<std::io::Error>() {
            Ok(error) => StorageError::failed("Could not write", path, &error),
            Err(cause) => StorageError::damaged(path, format!("Could not write {}: {cause}", path.display())),
        },
        other => StorageError::damaged(path, format!("Could not write {}: {other}", path.display())),
    }
}
