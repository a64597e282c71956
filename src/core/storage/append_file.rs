//! A file that only grows, and is cut to what was committed when it is opened again.
//! It does not know what its bytes mean, nor where the committed length stands.

use std::fs::File;
use std::io::{self, Seek as _, SeekFrom, Write};
use std::path::{Path, PathBuf};

use super::durable;
use crate::core::error::{Result, StorageError};

/// An open file and its length.
#[derive(Debug)]
pub struct AppendFile {
    path: PathBuf,
    file: File,
    length: u64,
}

impl AppendFile {
    /// Makes an empty file in place of whatever is there.
    pub fn create(path: &Path) -> Result<Self> {
        Self::open_with(path, durable::private().read(true).write(true).create(true).truncate(true), 0)
    }

    /// Opens a file and cuts what stands behind its first `length` bytes: a crash left it.
    ///
    /// # Errors
    /// Besides what the system refuses: the file is shorter, so that something that was committed is gone.
    pub fn reopen(path: &Path, length: u64) -> Result<Self> {
        let file = Self::open_with(path, durable::private().read(true).write(true), length)?;
        let failed = |error: io::Error| StorageError::failed("Could not read", path, &error);
        let found = file.file.metadata().map_err(failed)?.len();
        if found < length {
            let why = format!("it has {found} bytes, and {length} were committed");
            return Err(StorageError::altered(path, &why));
        }
        if found > length {
            file.file.set_len(length).map_err(|error| StorageError::failed("Could not cut", path, &error))?;
        }
        Ok(file)
    }

    fn open_with(path: &Path, options: &std::fs::OpenOptions, length: u64) -> Result<Self> {
        let open = || -> io::Result<File> {
            let mut file = options.open(path)?;
            file.seek(SeekFrom::Start(length))?;
            Ok(file)
        };
        let file = open().map_err(|error| StorageError::failed("Could not open", path, &error))?;
        Ok(Self { path: path.to_owned(), file, length })
    }

    /// Writes behind the end. After a failure the file may be longer than [`Self::length`] says.
    pub fn append(&mut self, bytes: &[u8]) -> Result<()> {
        let written = self.file.write_all(bytes);
        written.map_err(|error| StorageError::failed("Could not write", &self.path, &error))?;
        self.length += bytes.len() as u64;
        Ok(())
    }

    /// Puts all that was written on the disk.
    pub fn sync(&mut self) -> Result<()> {
        // The length is data to `fdatasync`; only times are left out.
        let synced = self.file.sync_data();
        synced.map_err(|error| StorageError::failed("Could not write", &self.path, &error))
    }

    /// Bytes written so far, those before it was opened among them.
    #[must_use]
    pub fn length(&self) -> u64 {
        self.length
    }

    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }
}
