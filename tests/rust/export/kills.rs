//! Killed wherever it is, an export ends whole: at seeded moments, and at each call to the system.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, ExitStatus};
use std::time::Duration;

use blocks_sessions::core::error::Error;
use blocks_sessions::core::export::Rules;
use blocks_sessions::emulator::{Churn, Emulator, EmulatorOptions, Faults};

use super::victim::{STORAGE, Victim, judge, often};
use super::{holding, start};
use crate::storage::Folder;

const NAMES: [&str; 5] = ["a.jsonl", "a.jsonl.zst", "a.csv.gz", "a.parquet", "a.jsonl.gz"];

fn restless(seed: u64) -> Emulator {
    start(EmulatorOptions {
        seed,
        latency: Duration::from_millis(2),
        churn: Churn { inserts: 4.0, touches: 8.0, deletes: 2.0, per_second: true, ..Churn::default() },
        faults: vec![Faults { rate: 0.01, kinds: vec!["reset".into()], retry_after: 0 }],
        ..holding(2_000)
    })
}

/// `BLOCKS_KILLS` sets how many; `make crash` wants a thousand.
fn kills() -> u64 {
    std::env::var("BLOCKS_KILLS").ok().and_then(|text| text.parse().ok()).unwrap_or(60)
}

#[test]
fn at_seeded_moments() {
    let mut killed = 0;
    for seed in 0.. {
        if killed >= kills() {
            break;
        }
        let mut rng = fastrand::Rng::with_seed(seed);
        let server = restless(seed);
        let folder = Folder::new();
        let victim = Victim::new(&server, folder.join(NAMES[usize::try_from(seed).unwrap() % NAMES.len()]));
        for _ in 0..3 {
            let mut child = victim.command(&[]).spawn().unwrap();
            let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
            assert!(lines.any(|line| line.unwrap() == "begun"));
            std::thread::sleep(Duration::from_micros(rng.u64(0..120_000)));
            child.kill().unwrap();
            killed += u64::from(!child.wait().unwrap().success());
        }
        finish(&victim, &server).unwrap_or_else(|wrong| panic!("seed {seed}: {wrong}"));
    }
}

/// Goes on to the end, and judges. A run that ended just before it was killed leaves nothing to do.
fn finish(victim: &Victim, server: &Emulator) -> Result<(), String> {
    match victim.finish() {
        Ok(_) => {}
        Err(Error::Storage(error)) if error.message.contains("exists") => {}
        Err(error) => return Err(error.to_string()),
    }
    judge(&victim.path, &server.history("agent_123").unwrap().existed_throughout)
}

fn has_strace() -> bool {
    let there = Command::new("strace").arg("-V").output().is_ok_and(|output| output.status.success());
    if !there {
        eprintln!("skipped: strace is not installed");
    }
    there
}

/// Runs a victim that meets something at the `nth` of these calls.
fn met(victim: &Victim, call: &str, what: &str, nth: usize) -> (ExitStatus, String) {
    let inject = format!("inject={call}:{what}:when={nth}");
    let strace = ["strace", "-f", "-qq", "-o", "/dev/null", "-e"];
    let trace = format!("trace={call}");
    let program: Vec<&str> = strace.into_iter().chain([trace.as_str(), "-e", inject.as_str()]).collect();
    let output = victim.command(&program).output().unwrap();
    (output.status, String::from_utf8_lossy(&output.stderr).into_owned())
}

/// Meets something at the first, second, … of these calls, until a run has no more of them.
fn at_each(
    call: &str,
    what: &str,
    every: usize,
    mut judge: impl FnMut(&Victim, &Emulator, usize, ExitStatus, &str),
) {
    let server = start(holding(450));
    for nth in (1..400).step_by(every) {
        let folder = Folder::new();
        for name in ["a.jsonl", "a.parquet"] {
            let victim = Victim::new(&server, folder.join(name));
            let (status, said) = met(&victim, call, what, nth);
            if status.success() {
                return;
            }
            judge(&victim, &server, nth, status, &said);
        }
    }
}

#[test]
fn at_each_call_to_the_system() {
    if !has_strace() {
        return;
    }
    for call in ["fdatasync", "fsync", "rename", "unlink", "mkdir", "ftruncate"] {
        at_each(call, "signal=SIGKILL", 1, |victim, server, nth, _, _| {
            finish(victim, server).unwrap_or_else(|wrong| panic!("{call} {nth}: {wrong}"));
        });
    }
}

#[test]
fn a_disk_that_fails_is_told_and_survived() {
    if !has_strace() {
        return;
    }
    for (call, error, number) in [
        ("fdatasync", "EIO", 5),
        ("fsync", "EIO", 5),
        ("rename", "EIO", 5),
        ("fdatasync", "ENOSPC", 28),
        ("mkdir", "EROFS", 30),
    ] {
        at_each(call, &format!("error={error}"), 2, |victim, server, nth, status, said| {
            assert_eq!(status.code(), Some(STORAGE), "{call} {error} {nth}: {said}");
            assert!(said.contains(&format!("errno Some({number})")), "{call} {error} {nth}: {said}");
            finish(victim, server).unwrap_or_else(|wrong| panic!("{call} {error} {nth}: {wrong}"));
        });
    }
}

#[test]
fn a_call_that_is_interrupted_is_made_again() {
    if !has_strace() {
        return;
    }
    let server = start(holding(450));
    for call in ["fdatasync", "fsync", "ftruncate"] {
        let folder = Folder::new();
        let victim = Victim::new(&server, folder.join("a.jsonl"));
        let (status, said) = met(&victim, call, "error=EINTR", 1);
        assert!(status.success(), "{call}: {said}");
        judge(&victim.path, &server.history("agent_123").unwrap().existed_throughout).unwrap();
    }
}

/// Kills a victim at each of its calls, then goes on, both by these rules; how often that went wrong.
fn failures(rules: Rules, call: &str) -> usize {
    let server = start(holding(450));
    let mut wrong = 0;
    for nth in 1..40 {
        let folder = Folder::new();
        let victim = Victim { rules, ..Victim::new(&server, folder.join("a.jsonl")) };
        let (status, _) = met(&victim, call, "signal=SIGKILL", nth);
        if status.success() {
            break;
        }
        wrong += usize::from(finish(&victim, &server).is_err());
    }
    wrong
}

#[test]
fn each_rule_is_missed_when_it_is_off() {
    if !has_strace() {
        return;
    }
    assert_eq!(failures(often(), "fdatasync"), 0);
    for rules in [
        Rules { cut_data: false, ..often() },
        Rules { restore_ids: false, ..often() },
        Rules { data_first: false, ..often() },
    ] {
        assert!(failures(rules, "fdatasync") > 0, "{rules:?}");
    }
}

#[test]
fn the_old_file_stands_until_the_rename() {
    let server = start(holding(450));
    let folder = Folder::new();
    let victim = Victim::new(&server, folder.join("a.jsonl"));
    std::fs::write(&victim.path, "old").unwrap();
    let Err(Error::Storage(error)) = victim.finish() else { panic!("it was taken") };
    assert!(error.message.contains("overwrite"), "{error}");
    assert_eq!(std::fs::read(&victim.path).unwrap(), b"old");
    assert!(!Path::new(&format!("{}.part", victim.path.display())).exists());
}
