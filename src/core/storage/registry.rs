//! Which locks this process holds. A record lock does not exclude its own process, and closing any
//! descriptor of a file drops the process's lock on it, so the second call must be refused before it opens.

use std::ffi::OsString;
use std::path::Path;
use std::sync::{Arc, LazyLock};

use arc_swap::ArcSwap;

/// One lock: the folder by what it is, not by how its path is written, and the name in it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Entry {
    /// A forked child has a copy of its parent's registry, and none of its locks.
    process: u32,
    folder: FolderId,
    name: OsString,
}

#[cfg(unix)]
type FolderId = (u64, u64);
#[cfg(not(unix))]
type FolderId = std::path::PathBuf;

/// Without a mutex, since a thread that does not exist in a forked child might hold it.
static HELD: LazyLock<ArcSwap<Vec<Entry>>> = LazyLock::new(ArcSwap::default);

/// A place in the registry, given back when dropped.
#[derive(Debug)]
pub(super) struct Reservation(Entry);

impl Reservation {
    /// Takes the place of a path; `None` if this process has it.
    pub(super) fn take(path: &Path) -> std::io::Result<Option<Self>> {
        let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
        let entry = Entry {
            process: std::process::id(),
            folder: folder_id(parent.unwrap_or(Path::new(".")))?,
            name: path.file_name().unwrap_or_default().to_owned(),
        };
        loop {
            let held = HELD.load_full();
            if held.contains(&entry) {
                return Ok(None);
            }
            let ours = held.iter().filter(|other| other.process == entry.process);
            let next: Vec<Entry> = ours.cloned().chain([entry.clone()]).collect();
            // Another thread may have put its own list there meanwhile: then look again.
            if Arc::ptr_eq(&HELD.compare_and_swap(&held, Arc::new(next)), &held) {
                return Ok(Some(Self(entry)));
            }
        }
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        HELD.rcu(|held| held.iter().filter(|entry| **entry != self.0).cloned().collect::<Vec<_>>());
    }
}

#[cfg(unix)]
fn folder_id(folder: &Path) -> std::io::Result<FolderId> {
    use std::os::unix::fs::MetadataExt as _;
    std::fs::metadata(folder).map(|folder| (folder.dev(), folder.ino()))
}

#[cfg(not(unix))]
fn folder_id(folder: &Path) -> std::io::Result<FolderId> {
    std::fs::canonicalize(folder)
}
