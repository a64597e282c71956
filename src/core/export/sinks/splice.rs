//! Finished Parquet files to one, without decoding: column chunks are copied, and their metadata moved.
//! Page index and bloom filters come along.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use arrow_schema::SchemaRef;
use parquet::arrow::{ArrowSchemaConverter, add_encoded_arrow_schema_to_metadata};
use parquet::bloom_filter::Sbbf;
use parquet::column::writer::ColumnCloseResult;
use parquet::errors::{ParquetError, Result as ParquetResult};
use parquet::file::metadata::{KeyValue, PageIndexPolicy, ParquetMetaData, ParquetMetaDataReader};
use parquet::file::properties::{WriterProperties, WriterPropertiesPtr};
use parquet::file::writer::SerializedFileWriter;
use ring::digest::{Context, SHA256};
use serde_json::Value;

use super::{Whole, parquet::failed};
use crate::core::error::{Result, StorageError};
use crate::core::model::hex::hex;
use crate::core::storage::durable;

/// What the footer says beside the schema.
const REPORT_KEY: &str = "blocks_sessions.report";
const VERSION_KEY: &str = "blocks_sessions.version";
const BUFFER: usize = 1 << 18;

type Writer = SerializedFileWriter<BufWriter<HashedFile>>;

/// Writes the parts' row groups into one file, on the disk when it returns.
pub fn splice(
    parts: &[PathBuf],
    path: &Path,
    schema: &SchemaRef,
    properties: &WriterPropertiesPtr,
    report: &Value,
) -> Result<Whole> {
    let io = |error: std::io::Error| StorageError::failed("Could not write", path, &error);
    let file = durable::private().write(true).create(true).truncate(true).open(path).map_err(io)?;
    let file = HashedFile { file, hash: Context::new(&SHA256), length: 0 };
    let written = write(parts, file, schema, properties, report).map_err(|error| failed(path, error))?;
    written.file.sync_all().map_err(io)?;
    durable::sync_folder(durable::folder_of(path))?;
    let sha256 = hex(written.hash.finish().as_ref());
    Ok(Whole { path: path.to_owned(), bytes: written.length, sha256 })
}

fn write(
    parts: &[PathBuf],
    file: HashedFile,
    schema: &SchemaRef,
    properties: &WriterPropertiesPtr,
    report: &Value,
) -> ParquetResult<HashedFile> {
    let root = ArrowSchemaConverter::new().schema_root("arrow_schema").convert(schema)?.root_schema_ptr();
    let mut with_schema: WriterProperties = properties.as_ref().clone();
    add_encoded_arrow_schema_to_metadata(schema, &mut with_schema);
    let mut writer = Writer::new(BufWriter::with_capacity(BUFFER, file), root, with_schema.into())?;
    for part in parts {
        append(&mut writer, part)?;
    }
    let said = |key: &str, text: String| KeyValue { key: key.to_owned(), value: Some(text) };
    writer.append_key_value_metadata(said(REPORT_KEY, report.to_string()));
    writer.append_key_value_metadata(said(VERSION_KEY, env!("CARGO_PKG_VERSION").to_owned()));
    let buffer = writer.into_inner()?;
    buffer.into_inner().map_err(|error| ParquetError::External(Box::new(error.into_error())))
}

fn append(writer: &mut Writer, part: &Path) -> ParquetResult<()> {
    let input = File::open(part)?;
    let metadata = ParquetMetaDataReader::new()
        .with_page_index_policy(PageIndexPolicy::Required)
        .parse_and_finish(&input)?;
    for (group, row_group) in metadata.row_groups().iter().enumerate() {
        let mut out = writer.next_row_group()?;
        for column in 0..row_group.num_columns() {
            out.append_column(&input, chunk(&input, &metadata, group, column)?)?;
        }
        out.close()?;
    }
    Ok(())
}

/// What the writer of a column chunk said when it was closed.
fn chunk(
    input: &File,
    metadata: &ParquetMetaData,
    group: usize,
    column: usize,
) -> ParquetResult<ColumnCloseResult> {
    let row_group = metadata.row_group(group);
    let chunk = row_group.column(column);
    let column_index = metadata.column_index().and_then(|index| index.get(group)?.get(column)).cloned();
    let offset_index = metadata.offset_index().and_then(|index| index.get(group)?.get(column)).cloned();
    Ok(ColumnCloseResult {
        bytes_written: u64::try_from(chunk.compressed_size()).unwrap_or(0),
        rows_written: u64::try_from(row_group.num_rows()).unwrap_or(0),
        metadata: chunk.clone(),
        bloom_filter: Sbbf::read_from_column_chunk(chunk, input)?,
        column_index,
        offset_index,
    })
}

/// A file that is hashed as it is written.
struct HashedFile {
    file: File,
    hash: Context,
    length: u64,
}

impl Write for HashedFile {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let count = self.file.write(bytes)?;
        self.hash.update(bytes.get(..count).unwrap_or_default());
        self.length += count as u64;
        Ok(count)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.file.flush()
    }
}
