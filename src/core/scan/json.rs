//! JSON by its paths: texts, numbers of many digits, and names.

use bytes::Bytes;

use super::{Finder, Place, ScanReport, text};
use crate::core::json::{Document, Kind, Value};

/// Numbers of fewer digits are nobody's.
pub(super) const MIN_DIGITS: usize = 8;

/// A whole file: one value, an array of rows, or a page of the service.
pub(super) fn document(file: &str, text: &Bytes, finder: &Finder, report: &mut ScanReport) {
    let Ok(document) = Document::parse(text.clone()) else {
        // No JSON after all: its lines are looked at as they are.
        for (row, line) in (1..).zip(text.split(|byte| *byte == b'\n')) {
            text::line(file, row, line, finder, report);
        }
        return;
    };
    let root = document.root();
    let rows = match root.kind() {
        Kind::Array(_) => root.elements().collect(),
        _ => root.get("sessions").map_or_else(|| vec![root], |sessions| sessions.elements().collect()),
    };
    for (row, value) in (1..).zip(rows) {
        report.rows += 1;
        Walk { file, row, finder, report }.value(value, "");
    }
}

/// One line of JSON Lines.
pub(super) fn line(file: &str, row: u64, line: &[u8], finder: &Finder, report: &mut ScanReport) {
    if line.is_empty() {
        return;
    }
    match Document::parse(Bytes::copy_from_slice(line)) {
        Ok(document) => {
            report.rows += 1;
            Walk { file, row, finder, report }.value(document.root(), "");
        }
        Err(_) => text::line(file, row, line, finder, report),
    }
}

/// A JSON text within another file.
pub(super) fn within(place: &Place<'_>, text: &str, finder: &Finder, report: &mut ScanReport) -> bool {
    if !text.starts_with(['{', '[']) {
        return false;
    }
    let Ok(document) = Document::parse(Bytes::copy_from_slice(text.as_bytes())) else { return false };
    Walk { file: place.file, row: place.row, finder, report }.value(document.root(), place.column);
    true
}

struct Walk<'a> {
    file: &'a str,
    row: u64,
    finder: &'a Finder,
    report: &'a mut ScanReport,
}

impl Walk<'_> {
    fn value(&mut self, value: Value<'_>, path: &str) {
        match value.kind() {
            Kind::String(text) => self.text(&String::from_utf8_lossy(text.as_bytes()), path),
            Kind::Integer(_) | Kind::Float(_) if value.raw().len() >= MIN_DIGITS => {
                self.text(value.raw(), path);
            }
            Kind::Array(elements) => elements.for_each(|element| self.value(element, path)),
            Kind::Object(entries) => {
                for (name, value) in entries {
                    let name = String::from_utf8_lossy(name.as_bytes());
                    let shown = if self.finder.find(&name).is_empty() { &*name } else { "[key]" };
                    let inner = if path.is_empty() { shown.to_owned() } else { format!("{path}.{shown}") };
                    self.text(&name, &inner);
                    self.value(value, &inner);
                }
            }
            _ => {}
        }
    }

    fn text(&mut self, text: &str, path: &str) {
        let found = self.finder.find(text);
        self.report.add(&Place { file: self.file, row: self.row, column: path }, &found);
    }
}
