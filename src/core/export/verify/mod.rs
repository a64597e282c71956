//! Checks a file that an export made against the report beside it: hash, size, rows, and that no session stands in
//! it twice. It reads only.

mod content;
mod csv;
mod parquet;
mod sniff;

use std::path::Path;

use serde::Deserialize;

use self::content::{Broken, Content};
use super::files::Target;
use super::sinks::hash_matches;
use crate::core::error::{Result, StorageError};
use crate::core::model::counted::grouped;
use crate::core::storage::Verification;

/// What the report says that can be held against the file.
#[derive(Debug, Deserialize)]
struct Noted {
    bytes: u64,
    rows: u64,
    sha256: String,
    complete: bool,
}

/// What lies beside the file.
enum Report {
    Missing,
    Unreadable,
    Noted(Noted),
}

/// Checks the file.
///
/// # Errors
/// It cannot be read, or cannot be told to be an export.
pub fn verify(path: &Path) -> Result<Verification> {
    let target = Target::new(path)?;
    let mut found = Verification::default();
    if !target.path.exists() && target.part.exists() {
        let name = target.name();
        found.find(format!(
            "{name} is not there yet: its export was begun, and the same call goes on with it"
        ));
        return Ok(found);
    }
    let report = report(&target)?;
    let encoding = sniff::encoding(&target.path)?;
    let content = match content::read(&target.path, encoding) {
        Ok(content) => Some(content),
        Err(Broken::Content(finding)) => {
            found.find(finding);
            None
        }
        Err(Broken::File(error)) => {
            return Err(StorageError::failed("Could not read", &target.path, &error));
        }
    };
    if let Some(Content { rows, repeated }) = content {
        found.rows = rows;
        if repeated > 0 {
            found.find(format!("{} of its rows are sessions that it holds already", grouped(repeated)));
        }
    }
    let beside = target.report.file_name().unwrap_or_default().to_string_lossy();
    match report {
        Report::Noted(noted) => compare(&target, &noted, content, &mut found)?,
        Report::Missing => {
            found.find(format!("there is no {beside}, so nothing tells what it should hold"));
        }
        Report::Unreadable => {
            found.find(format!("{beside} is damaged, so nothing tells what it should hold"));
        }
    }
    Ok(found)
}

fn report(target: &Target) -> Result<Report> {
    match std::fs::read(&target.report) {
        Ok(text) => Ok(serde_json::from_slice(&text).map_or(Report::Unreadable, Report::Noted)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Report::Missing),
        Err(error) => Err(StorageError::failed("Could not read", &target.report, &error)),
    }
}

fn compare(target: &Target, noted: &Noted, content: Option<Content>, found: &mut Verification) -> Result<()> {
    let size = std::fs::metadata(&target.path)
        .map_err(|error| StorageError::failed("Could not read", &target.path, &error))?
        .len();
    if size != noted.bytes {
        let (size, wanted) = (grouped(size), grouped(noted.bytes));
        found.find(format!("it has {size} bytes, and its report says {wanted}: it was changed since"));
    } else if !hash_matches(&target.path, noted.bytes, &noted.sha256)? {
        found.find("its SHA-256 is not the one in its report: it was changed since");
    }
    if let Some(Content { rows, .. }) = content.filter(|content| content.rows != noted.rows) {
        let (rows, wanted) = (grouped(rows), grouped(noted.rows));
        found.find(format!("it holds {rows} sessions, and its report says {wanted}"));
    }
    if !noted.complete {
        found.find("its report says that it is not proven to be whole");
    }
    Ok(())
}
