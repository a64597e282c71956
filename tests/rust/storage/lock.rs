//! One writer: among threads, among processes, over links, after SIGKILL, and after the file was removed.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use blocks_sessions::core::error::StorageKind;
use blocks_sessions::core::storage::FileLock;

use super::Folder;
use super::files::storage_error;

const PATH: &str = "BLOCKS_TEST_LOCK";

/// Not a test of its own: another process that holds a lock until it is killed.
#[test]
#[ignore = "run by the tests below, in a process of its own"]
fn holder() {
    let Some(path) = std::env::var_os(PATH) else { return };
    let lock = FileLock::acquire(Path::new(&path)).unwrap();
    println!("\nheld");
    std::thread::sleep(std::time::Duration::from_secs(60));
    drop(lock);
}

/// Another process with the lock, which has it when this returns.
fn held_elsewhere(path: &Path) -> Child {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "storage::lock::holder", "--ignored", "--nocapture"])
        .env(PATH, path)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert!(lines.map_while(Result::ok).any(|line| line == "held"), "the holder failed");
    child
}

fn is_locked(path: &Path) -> bool {
    match FileLock::acquire(path) {
        Ok(_) => false,
        Err(error) => {
            assert_eq!(storage_error(error).kind, StorageKind::Locked);
            true
        }
    }
}

#[test]
fn a_second_call_of_the_process_is_refused_until_the_first_ends() {
    let folder = Folder::new();
    let path = folder.join("lock");
    let lock = FileLock::acquire(&path).unwrap();
    let through = folder.join("link");
    std::os::unix::fs::symlink(folder.path(), &through).unwrap();
    assert!(is_locked(&path) && is_locked(&through.join("lock")) && !is_locked(&folder.join("other")));
    drop(lock);
    assert!(!is_locked(&path) && !is_locked(&path));
}

#[test]
fn a_refused_call_does_not_free_the_lock_for_other_processes() {
    let folder = Folder::new();
    let path = folder.join("lock");
    let _lock = FileLock::acquire(&path).unwrap();
    // Had this opened and closed the file, the record lock would be gone.
    assert!(is_locked(&path));
    let probe = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "storage::lock::holder", "--ignored"])
        .env(PATH, &path)
        .output()
        .unwrap();
    assert!(!probe.status.success(), "another process got the lock");
}

#[test]
fn a_lock_is_free_the_moment_its_holder_is_killed() {
    let folder = Folder::new();
    let path = folder.join("lock");
    for _ in 0..3 {
        let mut holder = held_elsewhere(&path);
        assert!(is_locked(&path));
        holder.kill().unwrap();
        holder.wait().unwrap();
        assert!(!is_locked(&path));
    }
}

#[test]
fn of_many_threads_one_gets_it() {
    let folder = Folder::new();
    let path = folder.join("lock");
    for _ in 0..50 {
        let barrier = std::sync::Barrier::new(4);
        let held: Vec<FileLock> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..4)
                .map(|_| {
                    scope.spawn(|| {
                        barrier.wait();
                        FileLock::acquire(&path).ok()
                    })
                })
                .collect();
            threads.into_iter().filter_map(|thread| thread.join().unwrap()).collect()
        });
        assert_eq!(held.len(), 1);
    }
}

#[test]
fn a_removed_lock_file_is_made_anew() {
    let folder = Folder::new();
    let path = folder.join("lock");
    FileLock::acquire(&path).unwrap().remove().unwrap();
    assert!(!path.exists());
    let lock = FileLock::acquire(&path).unwrap();
    // The lock of whoever holds a removed file is not this one.
    std::fs::remove_file(&path).unwrap();
    drop(lock);
    let holder = held_elsewhere(&path);
    assert!(is_locked(&path));
    let mut holder = holder;
    holder.kill().unwrap();
    holder.wait().unwrap();
}
