//! Disks that fill up, fail or interrupt, at each call: a typed error, the old file as it was, and the same
//! call goes on.

use std::process::ExitStatus;

use super::strace::{Met, has_strace};
use super::victim::{STORAGE, Victim, judge};
use super::{holding, start};
use crate::storage::Folder;
use blocks_sessions::emulator::Emulator;

const OLD: &[u8] = b"precious";

/// What happens at which call, what its number is, and at how many of these calls it is tried: every so many.
const FAULTS: [(&str, &str, i32, usize); 8] = [
    ("fdatasync", "EIO", 5, 2),
    ("fsync", "EIO", 5, 2),
    ("rename", "EIO", 5, 1),
    ("fdatasync", "ENOSPC", 28, 2),
    ("mkdir", "EROFS", 30, 1),
    ("unlink", "EIO", 5, 1),
    ("write", "ENOSPC", 28, 2),
    ("write", "EIO", 5, 3),
];

/// A victim that is to replace a file.
fn replacing(server: &Emulator, folder: &Folder, name: &str) -> Victim {
    let victim = Victim { overwrite: true, ..Victim::new(server, folder.join(name)) };
    std::fs::write(&victim.path, OLD).unwrap();
    victim
}

/// Goes on without faults, and judges.
fn goes_on(victim: &Victim, server: &Emulator) -> Result<(), String> {
    victim.finish().map_err(|error| error.to_string())?;
    judge(&victim.path, &server.history("agent_123").unwrap().existed_throughout)
}

/// The error is the disk's own, and nothing was lost: neither what was committed nor the old file.
fn judged(
    victim: &Victim,
    server: &Emulator,
    number: i32,
    status: ExitStatus,
    said: &str,
) -> Result<(), String> {
    if status.code() != Some(STORAGE) || !said.contains(&format!("errno Some({number})")) {
        return Err(format!("{status}: {said}"));
    }
    if std::fs::read(&victim.path).unwrap() != OLD {
        judge(&victim.path, &server.history("agent_123").unwrap().existed_throughout)
            .map_err(|wrong| format!("the old file is gone, and the new one is not whole: {wrong}"))?;
    }
    goes_on(victim, server)
}

#[test]
fn a_disk_that_fails_is_told_and_survived() {
    if !has_strace() {
        return;
    }
    let server = start(holding(450));
    for (call, error, number, every) in FAULTS {
        for name in ["a.jsonl", "a.parquet"] {
            let mut failed = 0;
            for nth in (1..400).step_by(every) {
                let folder = Folder::new();
                let victim = replacing(&server, &folder, name);
                let met = Met { call, what: &format!("error={error}"), nth, paths: &victim.files() };
                let (status, said) = met.by(&victim);
                if status.success() {
                    break;
                }
                failed += 1;
                judged(&victim, &server, number, status, &said)
                    .unwrap_or_else(|wrong| panic!("{name}, {call} {error} {nth}: {wrong}"));
            }
            assert!(failed > 0, "{name}, {call} was never met");
        }
    }
}

/// A limit on the length of files cuts the write that meets it short, and fails the next one: as a full disk does.
#[test]
fn a_disk_that_fills_up_within_a_write_is_told_and_survived() {
    let server = start(holding(450));
    for name in ["a.jsonl", "a.csv.gz", "a.parquet"] {
        let mut failed = 0;
        for bytes in [0, 64, 700, 1_500, 2_500, 5_000, 12_000, 25_000, 40_000, 90_000, 200_000] {
            let folder = Folder::new();
            let victim = replacing(&server, &folder, name);
            let limit = format!("--fsize={bytes}:{bytes}");
            let Ok(output) = victim.command(&["env", "--ignore-signal=XFSZ", "prlimit", &limit]).output()
            else {
                eprintln!("skipped: prlimit is not installed");
                return;
            };
            if output.status.success() {
                break;
            }
            failed += 1;
            let said = String::from_utf8_lossy(&output.stderr);
            assert!(said.contains("make room"), "{name}, {bytes} bytes: {said}");
            judged(&victim, &server, 27, output.status, &said)
                .unwrap_or_else(|wrong| panic!("{name}, {bytes} bytes: {wrong}"));
        }
        assert!(failed > 4, "{name} met the limit {failed} times");
    }
}

#[test]
fn what_cannot_be_read_is_told_and_left_alone() {
    if !has_strace() {
        return;
    }
    let server = start(holding(450));
    for (name, file) in [
        ("a.jsonl", "manifest.jsonl"),
        ("a.jsonl", "ids"),
        ("a.jsonl", "data"),
        ("a.parquet", "part-00000.parquet"),
    ] {
        let folder = Folder::new();
        let victim = Victim::new(&server, folder.join(name));
        let killed = Met { call: "fdatasync", what: "signal=SIGKILL", nth: 7, paths: &[] };
        assert!(!killed.by(&victim).0.success());
        let file = folder.join(&format!("{name}.part")).join(file);
        let before = std::fs::read(&file).unwrap();
        let met = Met { call: "read", what: "error=EIO", nth: 1, paths: std::slice::from_ref(&file) };
        let (status, said) = met.by(&victim);
        assert_eq!(status.code(), Some(STORAGE), "{}: {said}", file.display());
        assert!(said.contains("errno Some(5)") && said.contains("Could not read"), "{said}");
        // At most the end that was never committed may be gone.
        let after = std::fs::read(&file).unwrap();
        assert!(!after.is_empty() && before.starts_with(&after));
        goes_on(&victim, &server).unwrap();
    }
}

#[test]
fn a_call_that_is_interrupted_is_made_again() {
    if !has_strace() {
        return;
    }
    let server = start(holding(450));
    for call in ["fdatasync", "fsync", "ftruncate", "write", "rename", "unlink", "mkdir", "openat"] {
        for nth in [1, 3] {
            let folder = Folder::new();
            let victim = Victim::new(&server, folder.join("a.jsonl"));
            let met = Met { call, what: "error=EINTR", nth, paths: &victim.files() };
            let (status, said) = met.by(&victim);
            assert!(status.success(), "{call} {nth}: {said}");
            judge(&victim.path, &server.history("agent_123").unwrap().existed_throughout).unwrap();
        }
    }
}
