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

    /// Counts what was found in one text.
    fn add(&mut self, place: &Place<'_>, kinds: &BTreeMap<String, u64>) {
        for (kind, count) in kinds {
            *self.kinds.entry(kind.clone()).or_default() += count;
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
    for path in paths {
        walk(path, finder, &mut report)?;
    }
    Ok(report)
}

/// Looks through rows that another reader took out of a file, as JSON Lines.
pub fn scan_rows(file: &str, rows: &[u8], finder: &Finder, report: &mut ScanReport) {
    files::rows(file, rows, finder, report);
}

fn walk(path: &Path, finder: &Finder, report: &mut ScanReport) -> Result<(), ScanError> {
    let wrong = |why: std::io::Error| ScanError { path: path.display().to_string(), why: why.to_string() };
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
