//! Files and folders that are on the disk for certain, and readable by their owner alone: what they
//! hold is personal. Thin over the operating system; it decides nothing.

use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use crate::core::error::{Result, StorageError};

/// Options that make new files with mode `0600`, less the umask.
#[must_use]
pub fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Makes a folder that its owner alone may enter; one that is there is taken as it is.
pub fn private_folder(path: &Path) -> Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    match uninterrupted(|| builder.create(path)) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists && path.is_dir() => Ok(()),
        Err(error) => Err(StorageError::failed("Could not create the folder", path, &error)),
        Ok(()) => sync_folder(folder_of(path)),
    }
}

/// The folder that a path stands in.
#[must_use]
pub fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Puts the names in a folder on the disk: until then a new file, a rename or a removal can be
/// undone by a power cut. A no-op where folders cannot be opened (Windows).
pub fn sync_folder(folder: &Path) -> Result<()> {
    if cfg!(not(unix)) {
        return Ok(());
    }
    match File::open(folder).and_then(|folder| folder.sync_all()) {
        // Some network filesystems have no fsync of a folder.
        Err(error) if error.kind() == ErrorKind::InvalidInput => Ok(()),
        Err(error) => Err(StorageError::failed("Could not write the folder", folder, &error)),
        Ok(()) => Ok(()),
    }
}

/// Gives a file another name in its folder, replacing what has that name; on the disk when it returns.
pub fn rename(from: &Path, to: &Path) -> Result<()> {
    uninterrupted(|| std::fs::rename(from, to))
        .map_err(|error| StorageError::failed("Could not rename to", to, &error))?;
    sync_folder(folder_of(to))
}

/// Removes a file; one that is not there is no failure.
pub fn remove_file(path: &Path) -> Result<()> {
    match uninterrupted(|| std::fs::remove_file(path)) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(StorageError::failed("Could not remove", path, &error))
        }
        _ => Ok(()),
    }
}

/// Makes a call again that a signal interrupted: on network filesystems these can be.
pub fn uninterrupted<T>(mut call: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    loop {
        match call() {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            done => return done,
        }
    }
}

/// Writes a whole file under another name and renames it: a reader sees the old one or the new one.
pub fn replace(path: &Path, content: &[u8]) -> Result<()> {
    let draft = draft(path);
    let write = || -> io::Result<()> {
        let mut file = private().write(true).create(true).truncate(true).open(&draft)?;
        file.write_all(content)?;
        file.sync_all()
    };
    write().map_err(|error| StorageError::failed("Could not write", path, &error))?;
    rename(&draft, path)
}

/// Where a file is written before it gets its name; short, so that it fits beside a long one.
fn draft(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().as_encoded_bytes();
    folder_of(path).join(format!(".{:08x}.new", crc32fast::hash(name)))
}
