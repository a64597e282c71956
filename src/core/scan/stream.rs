//! What has no name that would say its kind: its beginning does.

use std::io::{BufRead, BufReader, Read};

use super::files::lines;
use super::{Finder, ScanReport, StreamFormat, csv, json, text};
use crate::core::json::Document;

const GZIP: &[u8] = &[0x1f, 0x8b];
const ZSTD: &[u8] = &[0x28, 0xb5, 0x2f, 0xfd];
/// Kinds that are read from their ends, or page by page.
const FILES: [(&[u8], &str); 2] = [(b"PAR1", "Parquet"), (b"SQLite format 3\0", "SQLite")];
/// As much of a stream's beginning as says its kind.
const BEGINNING: usize = 16;

/// Looks through a stream; says why it cannot.
pub(super) fn scan(
    name: &str,
    input: Box<dyn Read>,
    format: Option<StreamFormat>,
    finder: &Finder,
    report: &mut ScanReport,
) -> Result<(), String> {
    let told = |error: std::io::Error| error.to_string();
    let mut input = unpacked(input).map_err(told)?;
    report.files += 1;
    let (first, format) = match format {
        Some(format) => (Vec::new(), format),
        None => sniff(&mut input).map_err(told)?,
    };
    if let Some((_, kind)) = FILES.iter().find(|(magic, _)| first.starts_with(magic)) {
        return Err(format!("{kind} is read from a file only: give its path"));
    }
    let mut input = BufReader::new(first.as_slice().chain(input));
    match format {
        StreamFormat::Json => {
            let mut text = Vec::new();
            input.read_to_end(&mut text).map_err(told)?;
            json::document(name, &text.into(), finder, report);
            Ok(())
        }
        StreamFormat::JsonLines => {
            lines(&mut input, |row, line| json::line(name, row, line, finder, report)).map_err(told)
        }
        StreamFormat::Csv => csv::scan(name, &mut input, b',', finder, report).map_err(told),
        StreamFormat::Tsv => csv::scan(name, &mut input, b'\t', finder, report).map_err(told),
        StreamFormat::Text => {
            lines(&mut input, |row, line| text::line(name, row, line, finder, report)).map_err(told)
        }
    }
}

/// Without gzip or zstd around it.
fn unpacked(mut input: Box<dyn Read>) -> std::io::Result<BufReader<Box<dyn Read>>> {
    let mut first = Vec::new();
    input.by_ref().take(BEGINNING as u64).read_to_end(&mut first)?;
    let (gzip, zstd) = (first.starts_with(GZIP), first.starts_with(ZSTD));
    let whole = std::io::Cursor::new(first).chain(input);
    let input: Box<dyn Read> = if gzip {
        Box::new(flate2::read::MultiGzDecoder::new(whole))
    } else if zstd {
        Box::new(zstd::stream::read::Decoder::new(whole)?)
    } else {
        Box::new(whole)
    };
    Ok(BufReader::new(input))
}

/// The first line, and what it says of the rest: a line that is JSON by itself is one of several, unless it is an
/// array or a page of the service; one that is not, and begins as JSON does, begins a value of several lines.
fn sniff(input: &mut BufReader<Box<dyn Read>>) -> std::io::Result<(Vec<u8>, StreamFormat)> {
    let mut first = Vec::new();
    // Blank lines say nothing.
    while first.trim_ascii().is_empty() && input.read_until(b'\n', &mut first)? > 0 {}
    let line = first.trim_ascii();
    let format = match line.first() {
        Some(b'{') => match Document::parse(bytes::Bytes::copy_from_slice(line)) {
            Ok(document) if document.root().get("sessions").is_none() => StreamFormat::JsonLines,
            _ => StreamFormat::Json,
        },
        Some(b'[') => StreamFormat::Json,
        _ => StreamFormat::Text,
    };
    Ok((first, format))
}
