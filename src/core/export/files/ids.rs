//! The ids of committed sessions, as 16-byte hashes one behind the other. Filtered ones are among them:
//! the proof speaks of every session that was read.

use std::path::Path;

use super::manifest::IdsState;
use crate::core::error::{Result, StorageError};
use crate::core::storage::AppendFile;

const BYTES: usize = 16;

/// The file, open for more.
#[derive(Debug)]
pub struct Ids {
    file: AppendFile,
    hasher: crc32fast::Hasher,
    count: u64,
}

impl Ids {
    pub fn create(path: &Path) -> Result<Self> {
        Ok(Self { file: AppendFile::create(path)?, hasher: crc32fast::Hasher::new(), count: 0 })
    }

    /// Reads what was committed, and cuts what was not.
    ///
    /// # Errors
    /// The file is shorter than committed, or holds something else.
    pub fn reopen(path: &Path, state: &IdsState) -> Result<(Self, Vec<u128>)> {
        let length = state.count.saturating_mul(BYTES as u64);
        let file = AppendFile::reopen(path, length)?;
        let content =
            std::fs::read(path).map_err(|error| StorageError::failed("Could not read", path, &error))?;
        let mut hasher = crc32fast::Hasher::new();
        hasher.update(&content);
        if hasher.clone().finalize() != state.crc32 {
            return Err(StorageError::altered(path, StorageError::NOT_COMMITTED));
        }
        let (kept, _) = content.as_chunks::<BYTES>();
        let ids = kept.iter().map(|bytes| u128::from_le_bytes(*bytes)).collect();
        Ok((Self { file, hasher, count: state.count }, ids))
    }

    /// Adds ids; on the disk when it returns.
    pub fn append(&mut self, ids: &[u128]) -> Result<()> {
        if ids.is_empty() {
            return Ok(());
        }
        let bytes: Vec<u8> = ids.iter().flat_map(|id| id.to_le_bytes()).collect();
        self.file.append(&bytes)?;
        self.file.sync()?;
        self.hasher.update(&bytes);
        self.count += ids.len() as u64;
        Ok(())
    }

    pub fn state(&self) -> IdsState {
        IdsState { count: self.count, crc32: self.hasher.clone().finalize() }
    }
}
