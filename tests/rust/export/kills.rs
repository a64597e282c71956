//! Killed wherever it is, an export ends whole: at seeded moments, and at each call to the system.

use std::io::{BufRead as _, BufReader};
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::time::{Duration, Instant};

use blocks_sessions::core::error::Error;
use blocks_sessions::core::export::Rules;
use blocks_sessions::emulator::{Churn, Emulator, EmulatorOptions, Faults};

use super::strace::{Met, has_strace};
use super::victim::{Victim, judge, often};
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

/// Runs a victim, and kills it so long after it has begun. How long it went on, and whether it was killed.
fn run(victim: &Victim, after: Option<Duration>) -> (Duration, bool) {
    let mut child = victim.command(&[]).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap() == "begun"));
    let begun = Instant::now();
    if let Some(after) = after {
        std::thread::sleep(after);
        child.kill().unwrap();
    }
    let status = child.wait().unwrap();
    (begun.elapsed(), status.signal().is_some())
}

/// How long a run takes on this machine, as busy as it is.
fn whole_run() -> Duration {
    let (server, folder) = (restless(0), Folder::new());
    run(&Victim::new(&server, folder.join("a.parquet")), None).0
}

/// What a kill met: nothing committed yet, a part of the rows, or all of them.
fn met(victim: &Victim) -> usize {
    let manifest = format!("{}.part/manifest.jsonl", victim.path.display());
    let lines = std::fs::read_to_string(manifest).map_or(0, |text| text.lines().count());
    if victim.path.exists() { 2 } else { usize::from(lines > 1) }
}

#[test]
fn at_seeded_moments() {
    let (mut count, mut stages) = (0, [0_u64; 3]);
    let whole = u64::try_from(whole_run().as_micros()).unwrap();
    for seed in 0.. {
        if count >= kills() {
            break;
        }
        let mut rng = fastrand::Rng::with_seed(seed);
        let server = restless(seed);
        let folder = Folder::new();
        let victim = Victim::new(&server, folder.join(NAMES[usize::try_from(seed).unwrap() % NAMES.len()]));
        for _ in 0..3 {
            if !run(&victim, Some(Duration::from_micros(rng.u64(0..whole)))).1 {
                break;
            }
            count += 1;
            stages[met(&victim)] += 1;
        }
        finish(&victim, &server).unwrap_or_else(|wrong| panic!("seed {seed}: {wrong}"));
    }
    let [nothing, some, all] = stages;
    eprintln!("{count} kills: before any commit {nothing}, between commits {some}, at the very end {all}");
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

#[test]
fn at_each_call_to_the_system() {
    if !has_strace() {
        return;
    }
    let server = start(holding(450));
    for call in ["write", "fdatasync", "fsync", "rename", "unlink", "mkdir"] {
        for name in ["a.jsonl", "a.parquet"] {
            for nth in 1.. {
                let folder = Folder::new();
                let victim = Victim::new(&server, folder.join(name));
                let met = Met { call, what: "signal=SIGKILL", nth, paths: &victim.files() };
                if met.by(&victim).0.success() {
                    assert!(nth > 1, "{name}, {call} was never met");
                    break;
                }
                finish(&victim, &server).unwrap_or_else(|wrong| panic!("{name}, {call} {nth}: {wrong}"));
            }
        }
    }
}

/// Kills a victim at each of its calls, then goes on, both by these rules; how often that went wrong.
fn failures(rules: Rules, call: &str) -> usize {
    let server = start(holding(450));
    let mut wrong = 0;
    for nth in 1..40 {
        let folder = Folder::new();
        let victim = Victim { rules, ..Victim::new(&server, folder.join("a.jsonl")) };
        let met = Met { call, what: "signal=SIGKILL", nth, paths: &[] };
        if met.by(&victim).0.success() {
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
