//! A manifest of lines, each of which says what is committed: `crc32 {json}`.
//! A line counts if it is whole; what its JSON means is its writer's.

use std::io::ErrorKind;
use std::path::Path;

use super::append_file::AppendFile;
use super::durable;
use crate::core::error::{Result, StorageError};

/// The manifest of a target, open for the next line.
#[derive(Debug)]
pub struct Journal(AppendFile);

/// What a manifest says.
#[derive(Debug, PartialEq, Eq)]
pub enum Recovered {
    /// There is none, or its first line was never finished: nothing was committed.
    Nothing,
    /// The JSON of the last good line, and where that line ends.
    Line { json: String, end: u64 },
    /// There are lines, and not one of them is good: it is no manifest, or it is damaged.
    Damaged,
}

impl Journal {
    /// Reads the last good line of a manifest, and changes nothing.
    pub fn read(path: &Path) -> Result<Recovered> {
        match std::fs::read(path) {
            Ok(content) => Ok(recover(&content)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(Recovered::Nothing),
            Err(error) => Err(StorageError::failed("Could not read", path, &error)),
        }
    }

    /// An empty manifest. Its name is on the disk with the first line.
    pub fn create(path: &Path) -> Result<Self> {
        AppendFile::create(path).map(Self)
    }

    /// Goes on behind the last good line.
    pub fn resume(path: &Path, end: u64) -> Result<Self> {
        AppendFile::reopen(path, end).map(Self)
    }

    /// Adds a line; it is on the disk when this returns.
    pub fn append(&mut self, json: &str) -> Result<()> {
        let first = self.0.length() == 0;
        self.0.append(frame(json).as_bytes())?;
        self.0.sync()?;
        if first { durable::sync_folder(durable::folder_of(self.0.path())) } else { Ok(()) }
    }
}

fn frame(json: &str) -> String {
    format!("{:08x} {json}\n", crc32fast::hash(json.as_bytes()))
}

/// The last good line. A line is written only after the one before it is on the disk, so a crash can
/// spoil the last one alone; one bad line and no other is a first line that was not finished.
fn recover(content: &[u8]) -> Recovered {
    let mut end = content.len();
    loop {
        let rest = content.get(..end).unwrap_or_default();
        let start =
            rest.iter().rev().skip(1).position(|byte| *byte == b'\n').map_or(0, |back| end - 1 - back);
        if let Some(json) = rest.get(start..).and_then(unframe) {
            return Recovered::Line { json: json.to_owned(), end: end as u64 };
        }
        if start == 0 {
            break;
        }
        end = start;
    }
    let lines = content.iter().filter(|byte| **byte == b'\n').count();
    if lines > 1 { Recovered::Damaged } else { Recovered::Nothing }
}

/// The JSON of a whole line.
fn unframe(line: &[u8]) -> Option<&str> {
    let line = std::str::from_utf8(line).ok()?.strip_suffix('\n')?;
    let (sum, json) = line.split_once(' ')?;
    let good = sum.len() == 8 && u32::from_str_radix(sum, 16).ok()? == crc32fast::hash(json.as_bytes());
    good.then_some(json)
}
