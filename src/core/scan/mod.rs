//! Scanning: whether files that were written hold personal data, or values that somebody knows.
//!
//! [`scan`] reads files by their kind (`files`): JSON, JSON Lines and Parquet by paths, CSV and SQLite by
//! columns, anything else by lines. Each text goes through the mask's detectors (`finder`). A report says where what kind
//! was found, and never the value. Pseudonyms, networks and placeholders are no findings. It writes
//! nothing and knows no service.

mod csv;
mod files;
mod finder;
mod json;
mod parquet;
mod sqlite;
mod stream;
#[cfg(test)]
mod tests;
mod text;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Serialize;

pub use finder::Finder;

/// A report lists so many places; what is beyond is counted.
const MAX_FINDINGS: usize = 10_000;

/// Where something was found.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Finding {
    pub file: String,
    /// From 1: the line, the row, or the session.
    pub row: u64,
    /// The column, or the path within the row; empty where a file has neither.
    pub column: String,
    pub kind: String,
    /// How often it is there.
    pub count: u64,
}

/// What was found in some files.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct ScanReport {
    pub findings: Vec<Finding>,
    /// Findings beyond those that are listed.
    pub more: u64,
    pub files: u64,
    pub rows: u64,
    /// How often each kind was found.
    pub kinds: BTreeMap<String, u64>,
    /// The same for each file and column: all findings, those too that are not listed.
    #[serde(skip)]
    pub groups: BTreeMap<Group, Found>,
}

/// Findings of one kind in one column of a file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Group {
    pub file: String,
    /// Empty where a file has no columns, and for those beyond all that are told apart.
    pub column: String,
    pub kind: String,
}

/// How much there is of something.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Found {
    pub count: u64,
    pub rows: u64,
    last: u64,
}

/// A file that could not be read.
#[derive(Debug, thiserror::Error)]
#[error("{path}: {why}")]
pub struct ScanError {
    pub path: String,
    pub why: String,
}

impl ScanReport {
    /// Whether nothing was found.
    pub fn is_clean(&self) -> bool {
        self.kinds.is_empty()
    }

    fn group(&mut self, place: &Place<'_>, kind: &str, count: u64) {
        let (file, kind) = (place.file.to_owned(), kind.to_owned());
        let group = Group { file, column: place.column.to_owned(), kind };
        let is_new = self.groups.len() >= MAX_FINDINGS && !self.groups.contains_key(&group);
        let group = if is_new { Group { column: String::new(), ..group } } else { group };
        let found = self.groups.entry(group).or_default();
        found.count += count;
        found.rows += u64::from(found.last != place.row);
        found.last = place.row;
    }

    /// Counts what was found in one text.
    fn add(&mut self, place: &Place<'_>, kinds: &BTreeMap<String, u64>) {
        for (kind, count) in kinds {
            *self.kinds.entry(kind.clone()).or_default() += count;
            self.group(place, kind, *count);
            if self.findings.len() >= MAX_FINDINGS {
                self.more += 1;
                continue;
            }
            self.findings.push(Finding {
                file: place.file.to_owned(),
                row: place.row,
                column: place.column.to_owned(),
                kind: kind.clone(),
                count: *count,
            });
        }
    }
}

/// Where a text stands.
struct Place<'a> {
    file: &'a str,
    row: u64,
    column: &'a str,
}

/// Looks through files, and through all files of folders.
///
/// # Errors
/// A file that cannot be read, or is not of the kind that its name says.
pub fn scan(paths: &[PathBuf], finder: &Finder) -> Result<ScanReport, ScanError> {
    let mut report = ScanReport::default();
    paths.iter().try_for_each(|path| scan_path(path, finder, &mut report))?;
    Ok(report)
}

/// Looks through a file, or through all files of a folder.
///
/// # Errors
/// As of [`scan`].
pub fn scan_path(path: &Path, finder: &Finder, report: &mut ScanReport) -> Result<(), ScanError> {
    walk(path, finder, report)
}

/// What standard input is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StreamFormat {
    Json,
    JsonLines,
    Csv,
    Tsv,
    Text,
}

/// Looks through what a stream brings; without a format its beginning says whether it is JSON, JSON Lines or text,
/// and whether it is packed by gzip or zstd.
///
/// # Errors
/// It cannot be read, or is of a kind that is read from a file only.
pub fn scan_stream(
    name: &str,
    input: Box<dyn std::io::Read>,
    format: Option<StreamFormat>,
    finder: &Finder,
    report: &mut ScanReport,
) -> Result<(), ScanError> {
    stream::scan(name, input, format, finder, report).map_err(|why| ScanError { path: name.to_owned(), why })
}

/// Looks through rows that another reader took out of a file, as JSON Lines.
pub fn scan_rows(file: &str, rows: &[u8], finder: &Finder, report: &mut ScanReport) {
    files::rows(file, rows, finder, report);
}

fn walk(path: &Path, finder: &Finder, report: &mut ScanReport) -> Result<(), ScanError> {
    let wrong = |why: std::io::Error| ScanError { path: path.display().to_string(), why: why.to_string() };
    if !path.exists() {
        return Err(ScanError {
            path: path.display().to_string(),
            why: "there is no such file or folder".to_owned(),
        });
    }
    if !path.is_dir() {
        return files::scan(path, finder, report);
    }
    let mut entries: Vec<PathBuf> = Vec::new();
    for entry in std::fs::read_dir(path).map_err(wrong)? {
        entries.push(entry.map_err(wrong)?.path());
    }
    entries.sort();
    // A link may lead back to where it stands.
    entries.iter().filter(|entry| !entry.is_symlink()).try_for_each(|entry| walk(entry, finder, report))
}
