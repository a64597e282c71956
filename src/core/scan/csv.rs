//! CSV by its columns, quotes undone; a cell that holds JSON is looked at by its paths.

use std::io::BufRead;

use super::{Finder, Place, ScanReport, json};

/// Reads rows; the first names the columns.
pub(super) fn scan(
    file: &str,
    input: &mut dyn BufRead,
    separator: u8,
    finder: &Finder,
    report: &mut ScanReport,
) -> std::io::Result<()> {
    let mut names: Vec<String> = Vec::new();
    let mut row = 0;
    while let Some(cells) = read_row(input, separator)? {
        row += 1;
        if row == 1 {
            names = cells
                .iter()
                .map(|name| if finder.find(name).is_empty() { name.clone() } else { "[key]".to_owned() })
                .collect();
        }
        report.rows += 1;
        for (place, cell) in cells.iter().enumerate() {
            let column = names.get(place).map_or("", String::as_str);
            let place = Place { file, row, column };
            if !json::within(&place, cell, finder, report) {
                report.add(&place, &finder.find(cell));
            }
        }
    }
    Ok(())
}

/// The cells of the next row; `None` at the end.
fn read_row(input: &mut dyn BufRead, separator: u8) -> std::io::Result<Option<Vec<String>>> {
    let (mut cells, mut cell, mut quoted, mut any) = (Vec::new(), Vec::new(), false, false);
    let mut line = Vec::new();
    loop {
        line.clear();
        if input.read_until(b'\n', &mut line)? == 0 {
            break;
        }
        any = true;
        let mut after_quote = false;
        for byte in &line {
            // Two quotes within a quoted cell are one.
            let doubled = after_quote && *byte == b'"' && !quoted;
            after_quote = *byte == b'"' && quoted;
            match byte {
                b'"' if doubled => {
                    cell.push(b'"');
                    quoted = true;
                }
                b'"' => quoted = !quoted,
                b'\n' | b'\r' if !quoted => {}
                byte if *byte == separator && !quoted => {
                    cells.push(String::from_utf8_lossy(&std::mem::take(&mut cell)).into_owned());
                }
                byte => cell.push(*byte),
            }
        }
        if !quoted {
            break;
        }
    }
    cells.push(String::from_utf8_lossy(&cell).into_owned());
    Ok(any.then_some(cells))
}
