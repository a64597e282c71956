//! What can be wrong with the files that an export or a mirror writes.
//! Plain data: it opens nothing, and the sentences are written where the file is known.

use std::path::{Path, PathBuf};

use super::Error;

/// Something about a file: the operation failed, the file is in use, or it is another's.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{message}")]
pub struct StorageError {
    pub kind: StorageKind,
    /// One sentence: what happened and what to do.
    pub message: String,
    /// The file or folder in question, absolute.
    pub path: PathBuf,
    /// The operating system's number; `None` where it was not the system that refused.
    pub errno: Option<i32>,
    /// What differs between the run that began the target and this one.
    pub differences: Vec<Difference>,
}

/// Which exception a [`StorageError`] becomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StorageKind {
    /// Full, read-only, gone, damaged.
    Failed,
    /// The target exists, or was begun with other parameters.
    Conflict,
    /// Another process, or another call of this one, is writing it.
    Locked,
}

/// One parameter that is not what it was. Neither text holds a secret or a personal value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    pub name: String,
    pub then: String,
    pub now: String,
}

impl StorageError {
    /// For [`Self::altered`]: a length or a hash is not what was written down.
    pub const NOT_COMMITTED: &str = "it does not hold what was committed";

    /// What the operating system refused to do with a file.
    #[must_use]
    pub fn failed(what: &str, path: &Path, error: &std::io::Error) -> Error {
        let remedy = remedy(error.kind());
        Self::raise(
            StorageKind::Failed,
            format!("{what} {}: {error}{remedy}", path.display()),
            path,
            error.raw_os_error(),
        )
    }

    /// What the operating system refused to write where nothing is kept: there is nothing to go on with.
    #[must_use]
    pub fn unkept(what: &str, path: &Path, error: &std::io::Error) -> Error {
        Self::raise(StorageKind::Failed, format!("{what}: {error}"), path, error.raw_os_error())
    }

    /// A file whose content is not what it must be.
    #[must_use]
    pub fn damaged(path: &Path, message: String) -> Error {
        Self::raise(StorageKind::Failed, message, path, None)
    }

    /// A file that does not hold what was committed to it; `why` says how that shows.
    #[must_use]
    pub fn altered(path: &Path, why: &str) -> Error {
        let message = format!(
            "{} is damaged: {why}. Nothing was deleted. Restore it from a copy, or begin anew with resume=False",
            path.display()
        );
        Self::damaged(path, message)
    }

    #[must_use]
    pub fn locked(path: &Path, message: String, errno: Option<i32>) -> Error {
        Self::raise(StorageKind::Locked, message, path, errno)
    }

    #[must_use]
    pub fn conflict(path: &Path, message: String, differences: Vec<Difference>) -> Error {
        Error::Storage(Box::new(Self {
            kind: StorageKind::Conflict,
            message,
            path: path.to_owned(),
            errno: None,
            differences,
        }))
    }

    fn raise(kind: StorageKind, message: String, path: &Path, errno: Option<i32>) -> Error {
        Error::Storage(Box::new(Self {
            kind,
            message,
            path: path.to_owned(),
            errno,
            differences: Vec::new(),
        }))
    }
}

/// What the user can do about it, where that is known.
fn remedy(kind: std::io::ErrorKind) -> &'static str {
    use std::io::ErrorKind as Kind;
    match kind {
        Kind::StorageFull | Kind::QuotaExceeded | Kind::FileTooLarge => {
            ". What was committed is kept: make room and call again"
        }
        Kind::ReadOnlyFilesystem | Kind::PermissionDenied => {
            ". Choose a folder in which this user may write, or change its permissions"
        }
        Kind::NotFound => ". The folder must exist, and so must a file that is to be read",
        Kind::NotADirectory => ". A part of the path is a file, not a folder",
        Kind::InvalidFilename => ". Choose a shorter name",
        _ => "",
    }
}
