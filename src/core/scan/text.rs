//! Text of no known kind, line by line.

use super::{Finder, Place, ScanReport};

/// A line of a file of no known kind.
pub(super) fn line(file: &str, row: u64, line: &[u8], finder: &Finder, report: &mut ScanReport) {
    report.rows += 1;
    let found = finder.find(&String::from_utf8_lossy(line));
    report.add(&Place { file, row, column: "" }, &found);
}
