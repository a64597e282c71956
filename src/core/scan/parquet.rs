//! Parquet by its columns, and by the paths within those that are nested.

use std::fs::File;

use parquet::basic::Compression;
use parquet::file::metadata::{ColumnChunkMetaData, RowGroupMetaData};
use parquet::file::reader::{FileReader as _, SerializedFileReader};
use parquet::record::Field;

use super::{Finder, Place, ScanReport, json};

/// Looks through every row; says why it cannot.
pub(super) fn scan(file: &str, input: File, finder: &Finder, report: &mut ScanReport) -> Result<(), String> {
    let told = |error: parquet::errors::ParquetError| format!("it cannot be read as Parquet: {error}");
    let reader = SerializedFileReader::new(input).map_err(told)?;
    check(&reader)?;
    for (row, found) in (1..).zip(reader.get_row_iter(None).map_err(told)?) {
        report.rows += 1;
        let found = found.map_err(told)?;
        let mut walk = Walk { file, row, finder, report };
        for (name, field) in found.get_column_iter() {
            walk.member("", name, field);
        }
    }
    Ok(())
}

/// The compressions that are read: those of exports, of pandas, pyarrow and DuckDB by default, and none.
fn check(reader: &SerializedFileReader<File>) -> Result<(), String> {
    let groups = reader.metadata().row_groups().iter();
    let mut all = groups.flat_map(RowGroupMetaData::columns).map(ColumnChunkMetaData::compression);
    let known = |found: &Compression| {
        matches!(found, Compression::ZSTD(_) | Compression::SNAPPY | Compression::UNCOMPRESSED)
    };
    let other = all.find(|found| !known(found));
    match other {
        None => Ok(()),
        Some(other) => Err(format!(
            "its pages are compressed with {other}, and only zstd, snappy and no compression are read here. \
             `blocks_sessions.scan()` reads it where pyarrow is installed"
        )),
    }
}

struct Walk<'a> {
    file: &'a str,
    row: u64,
    finder: &'a Finder,
    report: &'a mut ScanReport,
}

impl Walk<'_> {
    fn member(&mut self, within: &str, name: &str, field: &Field) {
        let shown = if self.finder.find(name).is_empty() { name } else { "[key]" };
        let path = if within.is_empty() { shown.to_owned() } else { format!("{within}.{shown}") };
        self.field(&path, field);
    }

    fn field(&mut self, path: &str, field: &Field) {
        match field {
            Field::Str(text) => self.text(path, text),
            Field::Bytes(bytes) => self.text(path, &String::from_utf8_lossy(bytes.data())),
            Field::Group(row) => {
                row.get_column_iter().for_each(|(name, field)| self.member(path, name, field));
            }
            Field::ListInternal(list) => list.elements().iter().for_each(|field| self.field(path, field)),
            Field::MapInternal(map) => {
                for (key, value) in map.entries() {
                    self.field(path, key);
                    self.field(path, value);
                }
            }
            // Times are nobody's.
            Field::Null
            | Field::Bool(_)
            | Field::Date(_)
            | Field::TimeMillis(_)
            | Field::TimeMicros(_)
            | Field::TimestampMillis(_)
            | Field::TimestampMicros(_) => {}
            number => {
                let digits = number.to_string();
                if digits.len() >= json::MIN_DIGITS {
                    self.text(path, &digits);
                }
            }
        }
    }

    fn text(&mut self, path: &str, text: &str) {
        let place = Place { file: self.file, row: self.row, column: path };
        if !json::within(&place, text, self.finder, self.report) {
            self.report.add(&place, &self.finder.find(text));
        }
    }
}
