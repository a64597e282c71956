//! Files that grow and are cut, modes, whole replacement, and what failures say.

use std::os::unix::fs::PermissionsExt as _;

use blocks_sessions::core::error::{Error, StorageError, StorageKind};
use blocks_sessions::core::storage::{AppendFile, durable};

use super::Folder;

pub fn storage_error(error: Error) -> StorageError {
    match error {
        Error::Storage(error) => *error,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_file_is_cut_to_what_was_committed() {
    let folder = Folder::new();
    let path = folder.join("data");
    let mut file = AppendFile::create(&path).unwrap();
    file.append(b"committed").unwrap();
    file.sync().unwrap();
    file.append(b" and torn").unwrap();
    drop(file);
    let mut file = AppendFile::reopen(&path, 9).unwrap();
    file.append(b", then more").unwrap();
    assert_eq!(
        (file.length(), std::fs::read(&path).unwrap().as_slice()),
        (20, b"committed, then more".as_slice())
    );
}

#[test]
fn a_file_that_lost_what_was_committed_is_damaged_and_left_alone() {
    let folder = Folder::new();
    let path = folder.join("data");
    std::fs::write(&path, b"short").unwrap();
    let error = storage_error(AppendFile::reopen(&path, 9).unwrap_err());
    assert_eq!((error.kind, error.errno, error.path.as_path()), (StorageKind::Failed, None, path.as_path()));
    assert!(error.message.contains("5 bytes, and 9 were committed"), "{error}");
    assert_eq!(std::fs::read(&path).unwrap(), b"short");
}

#[test]
fn what_is_made_is_private() {
    let folder = Folder::new();
    let mode = |name: &str| std::fs::metadata(folder.join(name)).unwrap().permissions().mode() & 0o777;
    AppendFile::create(&folder.join("data")).unwrap();
    durable::private_folder(&folder.join("inner")).unwrap();
    durable::private_folder(&folder.join("inner")).unwrap();
    durable::replace(&folder.join("report"), b"new").unwrap();
    assert_eq!((mode("data"), mode("inner"), mode("report")), (0o600, 0o700, 0o600));
}

#[test]
fn a_file_is_replaced_as_a_whole_and_leaves_no_draft() {
    let folder = Folder::new();
    std::fs::write(folder.join("report"), b"old and longer").unwrap();
    durable::replace(&folder.join("report"), b"new").unwrap();
    assert_eq!(std::fs::read(folder.join("report")).unwrap(), b"new");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn failures_name_the_path_the_number_and_the_remedy() {
    let folder = Folder::new();
    let gone = folder.join("gone").join("data");
    let error = storage_error(AppendFile::create(&gone).unwrap_err());
    assert_eq!((error.errno, error.path.as_path()), (Some(2), gone.as_path()));
    assert!(error.message.contains("The folder must exist"), "{error}");
    let mut full = AppendFile::create("/dev/full".as_ref()).unwrap();
    let error = storage_error(full.append(b"x").unwrap_err());
    assert_eq!(error.errno, Some(28));
    assert!(error.message.contains("make room"), "{error}");
}
