//! SQLite, as mirrors are: every table by its columns. A cell that holds JSON is looked at by its paths.

use std::path::Path;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags};

use super::{Finder, Place, ScanReport, json};

/// Looks through every row of every table; says why it cannot. Nothing is written.
pub(super) fn scan(file: &str, path: &Path, finder: &Finder, report: &mut ScanReport) -> Result<(), String> {
    let told = |error: rusqlite::Error| format!("it cannot be read as SQLite: {error}");
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let database = Connection::open_with_flags(path, flags).map_err(told)?;
    let mut names = database
        .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")
        .map_err(told)?;
    let names: Result<Vec<String>, _> =
        names.query_map([], |row| row.get(0)).map_err(told)?.collect::<Result<_, _>>();
    for name in names.map_err(told)? {
        table(&format!("{file}:{name}"), &database, &name, finder, report).map_err(told)?;
    }
    Ok(())
}

fn table(
    file: &str,
    database: &Connection,
    name: &str,
    finder: &Finder,
    report: &mut ScanReport,
) -> rusqlite::Result<()> {
    let mut all = database.prepare(&format!("SELECT * FROM \"{}\"", name.replace('"', "\"\"")))?;
    let columns: Vec<String> = all
        .column_names()
        .into_iter()
        .map(|name| if finder.find(name).is_empty() { name.to_owned() } else { "[key]".to_owned() })
        .collect();
    let mut rows = all.query([])?;
    let mut row = 0;
    while let Some(found) = rows.next()? {
        row += 1;
        report.rows += 1;
        for (place, column) in columns.iter().enumerate() {
            let text = match found.get_ref(place)? {
                ValueRef::Null | ValueRef::Real(_) => continue,
                ValueRef::Integer(number) => number.to_string(),
                ValueRef::Text(bytes) | ValueRef::Blob(bytes) => String::from_utf8_lossy(bytes).into_owned(),
            };
            let place = Place { file, row, column };
            if !json::within(&place, &text, finder, report) {
                report.add(&place, &finder.find(&text));
            }
        }
    }
    Ok(())
}
