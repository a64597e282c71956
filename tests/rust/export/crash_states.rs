//! What a power cut may leave: every state between two calls to the system, with what was not yet synced
//! dropped, kept, or torn. Recorded once from a real run, then replayed.

use std::path::{Path, PathBuf};

use super::recorder::{Loss, State, record, record_ending};
use super::strace::has_strace;
use super::victim::{Victim, judge, often};
use super::{holding, start};
use crate::storage::Folder;
use blocks_sessions::core::error::Error;
use blocks_sessions::core::export::Rules;
use blocks_sessions::emulator::{Emulator, Faults};

/// Recovery of what a crash left, judged.
fn recover(victim: &Victim, expected: &[String]) -> Result<(), String> {
    match victim.finish() {
        Ok(_) => {}
        // The run had ended for good.
        Err(Error::Storage(error)) if error.message.contains("exists") => {}
        Err(error) => return Err(error.to_string()),
    }
    judge(&victim.path, expected)
}

/// The file and its report are there, and no folder.
fn nothing_is_left(victim: &Victim) -> Result<(), String> {
    let beside = |ending: &str| PathBuf::from(format!("{}{ending}", victim.path.display()));
    match (beside(".part").exists(), beside(".report.json").exists()) {
        (false, true) => Ok(()),
        (part, report) => Err(format!("the folder is left: {part}; the report is there: {report}")),
    }
}

/// What a crash left, for whoever has to understand a failure.
fn laid_out(folder: &Path) -> String {
    let mut told = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if entry.is_dir() {
            told.push(laid_out(&entry));
        } else {
            let content = std::fs::read(&entry).unwrap();
            let zeros = content.iter().rev().take_while(|byte| **byte == 0).count();
            told.push(format!("{}: {} bytes, the last {zeros} zeros", entry.display(), content.len()));
        }
    }
    told.join("\n")
}

/// Goes on from every state that a crash can leave of an export by these rules, and says which failed first.
fn replay(name: &str, rules: Rules) -> Result<(), String> {
    let server = start(holding(350));
    let expected = server.history("agent_123").unwrap().existed_throughout;
    let folder = Folder::new();
    let recorded = Victim { rules, ..Victim::new(&server, folder.join(name)) };
    let states = record(&recorded, folder.path());
    judge(&recorded.path, &expected).unwrap();
    assert!(states.len() > 20, "{} calls were recorded", states.len());
    recover_all(&states, &server, &folder, name, rules, &expected)
}

/// Goes on from each of these states.
fn recover_all(
    states: &[State],
    server: &Emulator,
    folder: &Folder,
    name: &str,
    rules: Rules,
    expected: &[String],
) -> Result<(), String> {
    for (step, state) in states.iter().enumerate() {
        for loss in [Loss::Nothing, Loss::Content, Loss::Everything, Loss::Torn, Loss::Holed] {
            let after = Folder::new();
            state.lay_out(loss, folder.path(), after.path());
            let left = laid_out(after.path());
            let victim = Victim { rules, ..Victim::new(server, after.join(name)) };
            let recovered = recover(&victim, expected).and_then(|()| nothing_is_left(&victim));
            recovered.map_err(|wrong| {
                format!("{name}, after call {step} ({}), {loss:?}: {wrong}\n{left}", state.call)
            })?;
        }
    }
    Ok(())
}

#[test]
fn lines_are_recovered_from_every_state() {
    if has_strace() {
        replay("a.jsonl.zst", often()).unwrap_or_else(|wrong| panic!("{wrong}"));
    }
}

#[test]
fn columns_are_recovered_from_every_state() {
    if has_strace() {
        replay("a.parquet", often()).unwrap_or_else(|wrong| panic!("{wrong}"));
    }
}

#[test]
fn one_that_wrote_nothing_is_recovered_from_every_state_of_its_removal() {
    if !has_strace() {
        return;
    }
    let server = start(holding(150));
    let expected = server.history("agent_123").unwrap().existed_throughout;
    for name in ["a.jsonl", "a.parquet"] {
        let refused = Faults { rate: 1.0, kinds: vec!["status_403".into()], ..Faults::default() };
        server.set_faults(&[refused]).unwrap();
        let folder = Folder::new();
        let states = record_ending(&Victim::new(&server, folder.join(name)), folder.path(), false);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
        assert!(states.len() > 10, "{} calls were recorded", states.len());
        server.set_faults(&[]).unwrap();
        recover_all(&states, &server, &folder, name, often(), &expected)
            .unwrap_or_else(|wrong| panic!("{wrong}"));
    }
}

#[test]
fn a_state_is_found_that_needs_each_rule() {
    if !has_strace() {
        return;
    }
    for rules in [
        Rules { cut_data: false, ..often() },
        Rules { restore_ids: false, ..often() },
        Rules { data_first: false, ..often() },
    ] {
        assert!(replay("a.jsonl", rules).is_err(), "{rules:?}");
    }
}
