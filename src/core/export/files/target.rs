//! The names of an export's files: the result, its report, and the folder that it is made in.
//! It opens nothing.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use ring::digest::{SHA256, digest};

use crate::core::error::{Error, Result, StorageError};
use crate::core::model::hex::short_hex;
use crate::core::storage::durable::folder_of;

/// What a path is called that is standard output.
pub const STDOUT: &str = "-";
/// The longest name that the usual filesystems take, in bytes.
const LONGEST_NAME: usize = 255;
const PART: &str = ".part";
/// What the folder is called while it is removed.
const DONE: &str = ".part-done";
const REPORT: &str = ".report.json";
const LOCK: &str = "lock";
const DATA: &str = "data";
const IDS: &str = "ids";
const MANIFEST: &str = "manifest.jsonl";
const SPLICED: &str = "spliced.parquet";

/// Where an export goes. All paths are absolute: the working directory may change meanwhile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// The result; until the rename at the end there is no new file of that name.
    pub path: PathBuf,
    /// Report and hash, written last.
    pub report: PathBuf,
    /// What was committed; beside the result, so on the same filesystem.
    pub part: PathBuf,
    /// What `part` is renamed to when it is not needed any more.
    pub done: PathBuf,
}

impl Target {
    /// What may stand in `part` beside row groups.
    pub const INSIDE: [&str; 5] = [LOCK, DATA, IDS, MANIFEST, SPLICED];

    /// # Errors
    /// The path names no file, or the working directory is gone.
    pub fn new(path: &Path) -> Result<Self> {
        let absolute = std::path::absolute(path)
            .map_err(|error| StorageError::failed("Could not find the folder of", path, &error))?;
        let ends_in_slash = path
            .as_os_str()
            .as_encoded_bytes()
            .last()
            .is_some_and(|last| std::path::is_separator(char::from(*last)));
        let Some(name) = absolute.file_name().filter(|_| !ends_in_slash).map(OsStr::to_owned) else {
            return Err(Error::Configuration(format!("{} names no file", path.display())));
        };
        let beside = |ending: &str| folder_of(&absolute).join(with_ending(&name, ending));
        Ok(Self { report: beside(REPORT), part: beside(PART), done: beside(DONE), path: absolute })
    }

    pub fn lock(&self) -> PathBuf {
        self.part.join(LOCK)
    }

    pub fn data(&self) -> PathBuf {
        self.part.join(DATA)
    }

    pub fn ids(&self) -> PathBuf {
        self.part.join(IDS)
    }

    pub fn manifest(&self) -> PathBuf {
        self.part.join(MANIFEST)
    }

    pub fn row_group(&self, number: usize) -> PathBuf {
        self.part.join(format!("part-{number:05}.parquet"))
    }

    pub fn is_row_group(path: &Path) -> bool {
        let name = path.file_name().and_then(OsStr::to_str).unwrap_or_default();
        let number = name.strip_prefix("part-").and_then(|rest| rest.strip_suffix(".parquet"));
        number.is_some_and(|number| number.len() >= 5 && number.bytes().all(|byte| byte.is_ascii_digit()))
    }

    /// The whole Parquet file, before it is renamed.
    pub fn spliced(&self) -> PathBuf {
        self.part.join(SPLICED)
    }

    /// The name of the result, for messages.
    pub fn name(&self) -> String {
        self.path.file_name().unwrap_or_default().to_string_lossy().into_owned()
    }
}

/// A name with something behind it; where that is too long, its beginning and a hash of the whole.
fn with_ending(name: &OsStr, ending: &str) -> OsString {
    if name.len() + ending.len() <= LONGEST_NAME {
        let mut long = name.to_owned();
        long.push(ending);
        return long;
    }
    let hash = short_hex(digest(&SHA256, name.as_encoded_bytes()).as_ref());
    let text = name.to_string_lossy();
    let room = LONGEST_NAME - ending.len() - hash.len() - 1;
    let cut = (0..=room.min(text.len())).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
    format!("{}-{hash}{ending}", text.get(..cut).unwrap_or_default()).into()
}
