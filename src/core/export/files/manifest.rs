//! One line of the manifest: everything that the next run needs to go on from a commit.
//! It is plain data with a version; nothing in it is a raw id or a secret.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::core::error::{Error, Result, StorageError};
use crate::core::export::fingerprint::Fingerprint;
use crate::core::export::report::Summary;
use crate::core::filter::ChoiceState;
use crate::core::listing::SavedProof;
use crate::core::model::row_facts::IdKey;
use crate::core::storage::{Journal, Recovered};

/// The version of the line's own format. A newer one is refused by name; older ones are read for good.
pub const FORMAT: u32 = 1;

/// What is committed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Commit {
    pub format: u32,
    /// The package that wrote it.
    pub version: String,
    pub fingerprint: Fingerprint,
    /// Microseconds since 1970: when the export began, and when this was committed.
    pub begun_at: i64,
    pub committed_at: i64,
    /// How many earlier runs this one went on from.
    pub resumed: u32,
    /// What keys the hashes of ids.
    pub id_key: IdKey,
    pub rows: u64,
    pub ids: IdsState,
    pub data: DataState,
    /// `None`: a new proof is to begin, over the rows that are there.
    pub proof: Option<SavedProof>,
    /// What relative bounds were resolved to when the export began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bounds: Option<ChoiceState>,
    /// All is written, and only the names are to change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finished: Option<Finished>,
}

/// The file of ids.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct IdsState {
    pub count: u64,
    pub crc32: u32,
}

/// The rows, as they lie on the disk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DataState {
    Text { bytes: u64, sha256: String },
    Parts(Vec<PartState>),
}

/// One row group as a finished file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartState {
    pub number: usize,
    pub rows: u64,
    pub bytes: u64,
    pub sha256: String,
}

/// The result, whole, before it has its name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Finished {
    pub bytes: u64,
    pub sha256: String,
    pub summary: Summary,
}

impl Commit {
    /// The last one in a manifest, and where its line ends.
    ///
    /// # Errors
    /// The manifest is damaged, or was written by a newer package.
    pub fn read(path: &Path) -> Result<Option<(Self, u64)>> {
        match Journal::read(path)? {
            Recovered::Nothing => Ok(None),
            Recovered::Line { json, end } => Self::parse(&json, path).map(|commit| Some((commit, end))),
            Recovered::Damaged => Err(StorageError::altered(path, "no line of it is whole")),
        }
    }

    fn parse(json: &str, path: &Path) -> Result<Self> {
        #[derive(Deserialize)]
        struct Versions {
            format: u32,
            #[serde(default)]
            version: String,
        }
        let versions: Versions = serde_json::from_str(json)
            .map_err(|_| StorageError::altered(path, "its last line is of no known form"))?;
        if versions.format > FORMAT {
            return Err(newer(path, versions.format, &versions.version));
        }
        serde_json::from_str(json)
            .map_err(|_| StorageError::altered(path, "its last line lacks what it must have"))
    }

    /// Nothing was read: whoever comes next, with whatever parameters, begins.
    pub fn is_empty(&self) -> bool {
        self.rows == 0 && self.ids.count == 0 && self.finished.is_none()
    }

    /// The line's text.
    pub fn to_json(&self) -> Result<String> {
        serde_json::to_string(self)
            .map_err(|error| Error::Configuration(format!("a manifest could not be written: {error}")))
    }
}

fn newer(path: &Path, format: u32, version: &str) -> Error {
    let message = format!(
        "{} was written by blocks-sessions {version}, in format {format}; this is {}, which reads up to \
         format {FORMAT}. Update the package to go on, or begin anew with resume=False",
        path.display(),
        env!("CARGO_PKG_VERSION")
    );
    StorageError::damaged(path, message)
}
