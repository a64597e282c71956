//! Files by their kind, which their name says; `.gz` and `.zst` around it are taken off.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use super::{Finder, ScanError, ScanReport, csv, json, parquet, sqlite, text};

/// A longer line is looked at in pieces, with so much of one in the next.
const PIECE: usize = 8 << 20;

/// Rows that another reader took out of a file of a kind that this one does not read: JSON, one a line.
pub(super) fn rows(file: &str, text: &[u8], finder: &Finder, report: &mut ScanReport) {
    report.files += 1;
    for (row, line) in (1..).zip(text.split(|byte| *byte == b'\n')) {
        json::line(file, row, line, finder, report);
    }
}

pub(super) fn scan(path: &Path, finder: &Finder, report: &mut ScanReport) -> Result<(), ScanError> {
    let shown = path.display().to_string();
    let wrong = |why: String| ScanError { path: shown.clone(), why };
    let told = |error: std::io::Error| wrong(error.to_string());
    let name = path.file_name().map(|name| name.to_string_lossy().to_lowercase()).unwrap_or_default();
    let file = File::open(path).map_err(told)?;
    report.files += 1;
    match name.rsplit('.').next().unwrap_or_default() {
        "parquet" => return parquet::scan(&shown, file, finder, report).map_err(wrong),
        "sqlite" | "sqlite3" | "db" => return sqlite::scan(&shown, path, finder, report).map_err(wrong),
        _ => {}
    }
    let (name, input): (&str, Box<dyn Read>) = if let Some(inner) = name.strip_suffix(".gz") {
        (inner, Box::new(flate2::read::MultiGzDecoder::new(file)))
    } else if let Some(inner) = name.strip_suffix(".zst") {
        (inner, Box::new(zstd::stream::read::Decoder::new(file).map_err(told)?))
    } else {
        (name.as_str(), Box::new(file))
    };
    let extension = name.rsplit('.').next().unwrap_or_default();
    if matches!(extension, "parquet" | "sqlite" | "sqlite3" | "db") {
        return Err(wrong(format!("a .{extension} file is read as it is: unpack it first")));
    }
    let mut input = BufReader::new(input);
    match extension {
        "json" => {
            let mut text = Vec::new();
            input.read_to_end(&mut text).map_err(told)?;
            json::document(&shown, &text.into(), finder, report);
        }
        "jsonl" | "ndjson" => {
            lines(&mut input, |row, line| json::line(&shown, row, line, finder, report)).map_err(told)?;
        }
        "csv" | "tsv" => {
            csv::scan(&shown, &mut input, if extension == "csv" { b',' } else { b'\t' }, finder, report)
                .map_err(told)?;
        }
        _ => lines(&mut input, |row, line| text::line(&shown, row, line, finder, report)).map_err(told)?,
    }
    Ok(())
}

/// Each line, with its number from 1.
pub(super) fn lines(input: &mut impl BufRead, mut each: impl FnMut(u64, &[u8])) -> std::io::Result<()> {
    let (mut line, mut row) = (Vec::new(), 0);
    loop {
        line.clear();
        let read = input.by_ref().take(PIECE as u64).read_until(b'\n', &mut line)?;
        if read == 0 {
            return Ok(());
        }
        row += 1;
        each(row, line.trim_ascii_end());
    }
}
