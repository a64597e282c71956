//! One writer for a path. The lock is the operating system's, so it needs no process id that must be
//! believed and is free the moment its holder dies.

use std::fs::File;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use super::registry::Reservation;
use crate::core::error::{Result, StorageError};

/// A lock that is held until it is dropped.
///
/// On Unix it is a POSIX record lock on a file of its own. A forked child does not inherit it, and
/// dropping its copy of this value there frees nothing of the parent's. On Windows the file is opened so
/// that nobody else can open it.
#[derive(Debug)]
pub struct FileLock {
    path: PathBuf,
    /// Before the reservation, so that the record lock is gone when the registry lets the next one in.
    _file: File,
    _reservation: Reservation,
}

impl FileLock {
    /// Takes the lock whose file is at `path`, which is made if it is not there. Never waits.
    ///
    /// # Errors
    /// [`StorageKind::Locked`](crate::core::error::StorageKind) if somebody holds it, in this process
    /// or another; else what the system refused.
    pub fn acquire(path: &Path) -> Result<Self> {
        let failed = |error: io::Error| StorageError::failed("Could not lock", path, &error);
        let Some(reservation) = Reservation::take(path).map_err(failed)? else {
            return Err(refused(path, "another call of this process is writing it", None));
        };
        loop {
            let file = match open(path) {
                Ok(file) => file,
                Err(error) if is_taken(&error) => {
                    let errno = error.raw_os_error();
                    return Err(refused(path, "another process is writing it", errno));
                }
                Err(error) => return Err(failed(error)),
            };
            // Its holder may have removed the file before it let go: then this is no lock.
            if is_still_at(&file, path).map_err(failed)? {
                return Ok(Self { path: path.to_owned(), _file: file, _reservation: reservation });
            }
        }
    }

    /// Removes the file and lets go. Whoever waits with the removed file open looks again.
    ///
    /// # Errors
    /// What the system refused; the lock is free in any case.
    pub fn remove(self) -> Result<()> {
        super::durable::remove_file(&self.path)
    }
}

fn refused(path: &Path, who: &str, errno: Option<i32>) -> crate::core::error::Error {
    let message = format!(
        "{} is locked: {who}. Wait until it has ended, or stop it; the lock is free the moment its holder ends",
        path.display()
    );
    StorageError::locked(path, message, errno)
}

/// Opens the file and locks it, or says that it is taken.
#[cfg(unix)]
fn open(path: &Path) -> io::Result<File> {
    use rustix::fs::{FlockOperation, fcntl_lock};
    let file = super::durable::private().write(true).create(true).truncate(false).open(path)?;
    fcntl_lock(&file, FlockOperation::NonBlockingLockExclusive)?;
    Ok(file)
}

/// POSIX leaves it open which of the two `fcntl` gives.
#[cfg(unix)]
fn is_taken(error: &io::Error) -> bool {
    use rustix::io::Errno;
    let number = error.raw_os_error();
    error.kind() == ErrorKind::WouldBlock || number == Some(Errno::ACCESS.raw_os_error())
}

#[cfg(unix)]
fn is_still_at(file: &File, path: &Path) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt as _;
    let ours = file.metadata()?;
    match std::fs::metadata(path) {
        Ok(there) => Ok((there.dev(), there.ino()) == (ours.dev(), ours.ino())),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

#[cfg(windows)]
fn open(path: &Path) -> io::Result<File> {
    use std::os::windows::fs::OpenOptionsExt as _;
    const FILE_SHARE_DELETE: u32 = 4;
    super::durable::private()
        .write(true)
        .create(true)
        .truncate(false)
        .share_mode(FILE_SHARE_DELETE)
        .open(path)
}

#[cfg(windows)]
fn is_taken(error: &io::Error) -> bool {
    const ERROR_SHARING_VIOLATION: i32 = 32;
    error.raw_os_error() == Some(ERROR_SHARING_VIOLATION) || error.kind() == ErrorKind::WouldBlock
}

/// A file that is open cannot be replaced there.
#[cfg(windows)]
fn is_still_at(_file: &File, path: &Path) -> io::Result<bool> {
    path.try_exists()
}
