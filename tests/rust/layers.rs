//! The layers hold: a file imports from its own room and from the rooms below it, never from above.
//! Read off the `use` lines and the inline paths of `src/`; a broken rule names its file and line.

use std::fs;
use std::path::{Path, PathBuf};

/// Lowest first. A room may name itself and what stands before it.
const LAYERS: [&str; 19] = [
    "core::json",
    "core::model",
    "core::error",
    "core::mask",
    "core::filter",
    "core::config",
    "core::http",
    "core::client",
    "core::listing",
    "core::arrow",
    "core::turns",
    "core::storage",
    "core::export",
    "core::mirror",
    "core::partition",
    "core::scan",
    "emulator",
    "cli",
    "python",
];
/// These know nothing of each other; what they share stands below them.
const STRANGERS: [(&str, &[&str]); 4] = [
    ("core::export", &["core::mirror", "core::partition"]),
    ("core::mirror", &["core::export", "core::partition"]),
    ("core::partition", &["core::export", "core::mirror"]),
    ("emulator", &["core"]),
];

fn rust_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if entry.is_dir() {
            rust_files(&entry, found);
        } else if entry.extension().is_some_and(|extension| extension == "rs") {
            found.push(entry);
        }
    }
}

/// The room of a path, as in `core::json` for `core::json::tape::Document`.
fn room(path: &str) -> Option<usize> {
    LAYERS.iter().position(|room| path == *room || path.starts_with(&format!("{room}::")))
}

/// Every `crate::…` path of a line that is no comment.
fn paths(line: &str) -> Vec<&str> {
    if line.trim_start().starts_with("//") {
        return Vec::new();
    }
    let end = |c: char| !(c.is_alphanumeric() || c == '_' || c == ':');
    line.split("crate::").skip(1).map(|rest| rest.split(end).next().unwrap().trim_end_matches(':')).collect()
}

/// What is wrong with one line of a file of `own`; a file of no room (a `mod.rs` above the rooms) may name all.
fn broken(own: &str, line: &str) -> Option<String> {
    let mine = room(own)?;
    for path in paths(line) {
        if let Some(other) = room(path)
            && other > mine
        {
            return Some(format!("{} must not know {}, which stands above it", LAYERS[mine], LAYERS[other]));
        }
        let stranger = |(room, others): &&(&str, &[&str])| {
            *room == LAYERS[mine] && others.iter().any(|o| path.starts_with(o))
        };
        if STRANGERS.iter().find(stranger).is_some() {
            return Some(format!("{} must not know {path}", LAYERS[mine]));
        }
    }
    (own.starts_with("core") && line.contains("pyo3") && !line.trim_start().starts_with("//"))
        .then(|| "the core must not name pyo3".to_owned())
}

#[test]
fn a_file_imports_only_from_its_own_room_and_those_below() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    rust_files(&src, &mut files);
    let mut faults = Vec::new();
    for file in files {
        let relative = file.strip_prefix(&src).unwrap().with_extension("");
        let own = relative.to_str().unwrap().replace(std::path::MAIN_SEPARATOR, "::");
        for (number, line) in fs::read_to_string(&file).unwrap().lines().enumerate() {
            if let Some(rule) = broken(&own, line) {
                faults.push(format!("src/{}.rs:{}: {rule}", relative.display(), number + 1));
            }
        }
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

#[test]
fn the_rule_sees_what_breaks_it() {
    assert!(broken("core::json::tape", "use crate::core::listing::plan::Plan;").is_some());
    assert!(broken("core::error::mod", "    let x = crate::core::client::place();").is_some());
    assert!(broken("core::export::sink", "use crate::core::mirror::Mirror;").is_some());
    assert!(broken("emulator::server::mod", "use crate::core::json::Value;").is_some());
    assert!(broken("core::client::call", "use pyo3::prelude::*;").is_some());
    assert!(broken("core::listing::driver", "use crate::core::client::Client;").is_none());
    assert!(broken("core::json::tape", "// as crate::core::listing does").is_none());
}
