//! The layers hold: a file imports from its own room and from the rooms below it, never from above; and no more
//! than three files know each other in a circle. Read off the `use` lines and the inline paths of `src/`; a broken
//! rule names its file and line.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

/// Lowest first. A room may name itself and what stands before it.
const LAYERS: [&str; 18] = [
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

/// So many files may know each other in a circle, a folder's `mod.rs` and what is in the folder aside.
const CIRCLE: usize = 3;

/// A file by its path from `src`, without the ending and without `mod`.
type Name = Vec<String>;

fn name_of(relative: &Path) -> Name {
    let mut name: Name =
        relative.with_extension("").iter().map(|part| part.to_string_lossy().into_owned()).collect();
    name.pop_if(|last| last == "mod" || last == "lib");
    name
}

/// The text without comments, strings' contents aside, and without what only tests compile.
fn code(text: &str) -> String {
    let text = text.split("#[cfg(test)]").next().unwrap_or_default();
    text.lines().map(|line| line.split("//").next().unwrap_or_default()).collect::<Vec<_>>().join("\n")
}

/// The paths that one `use` names: `a::{b, c::d}` are `a::b` and `a::c::d`.
fn spread(tree: &str, before: &str, found: &mut Vec<String>) {
    let (mut depth, mut start) = (0_usize, 0);
    let mut parts = Vec::new();
    for (at, c) in tree.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => {
                parts.push(&tree[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&tree[start..]);
    for part in parts.iter().map(|part| part.trim()).filter(|part| !part.is_empty()) {
        match part.split_once('{') {
            Some((head, rest)) => {
                spread(
                    rest.rsplit_once('}').map_or(rest, |(inner, _)| inner),
                    &format!("{before}{head}"),
                    found,
                );
            }
            None => found.push(format!("{before}{}", part.split(" as ").next().unwrap_or(part).trim())),
        }
    }
}

/// Every path that a file names, in `use` lines and elsewhere.
fn named(code: &str) -> Vec<String> {
    let mut found = Vec::new();
    let uses = code.split("use ").skip(1).filter_map(|rest| rest.split_once(';')).map(|(tree, _)| tree);
    uses.for_each(|tree| spread(tree, "", &mut found));
    for start in ["crate::", "super::", "self::"] {
        for (at, _) in code.match_indices(start) {
            if !code[..at].ends_with([':', '_']) {
                let end = |c: char| !(c.is_alphanumeric() || c == '_' || c == ':');
                found.push(code[at..].split(end).next().unwrap_or_default().to_owned());
            }
        }
    }
    found
}

/// The file that a path leads to, as seen from another one.
fn leads(own: &Name, path: &str, files: &BTreeSet<Name>) -> Option<Name> {
    let mut parts = path.split("::").map(str::trim).filter(|part| !part.is_empty()).peekable();
    let mut at: Name = match *parts.peek()? {
        "crate" => Vec::new(),
        "self" | "super" => own.clone(),
        child => {
            let mut inside = own.clone();
            inside.push(child.to_owned());
            return files.contains(&inside).then_some(inside);
        }
    };
    while let Some(part) = parts.next_if(|part| ["crate", "self", "super"].contains(part)) {
        if part == "super" {
            at.pop();
        }
    }
    for part in parts {
        at.push(part.to_owned());
        if !files.contains(&at) {
            at.pop();
            break;
        }
    }
    Some(at)
}

type Graph = BTreeMap<Name, BTreeSet<Name>>;

/// Which file names which others.
fn graph(sources: &BTreeMap<Name, String>) -> Graph {
    let files: BTreeSet<Name> = sources.keys().cloned().collect();
    let edges = |(own, text): (&Name, &String)| {
        let others = named(&code(text)).into_iter().filter_map(|path| leads(own, &path, &files));
        // A folder's `mod.rs` and what is in the folder belong together.
        let apart = others.filter(|other| !other.starts_with(own) && !own.starts_with(other));
        (own.clone(), apart.collect())
    };
    sources.iter().map(edges).collect()
}

fn reachable(graph: &Graph, from: &Name) -> BTreeSet<Name> {
    let (mut seen, mut open) = (BTreeSet::new(), vec![from.clone()]);
    while let Some(at) = open.pop() {
        open.extend(graph[&at].iter().filter(|next| seen.insert((*next).clone())).cloned());
    }
    seen
}

/// Files that all lead to each other, where they are more than may.
fn circles(graph: &Graph) -> BTreeSet<BTreeSet<Name>> {
    let reach: BTreeMap<&Name, BTreeSet<Name>> =
        graph.keys().map(|name| (name, reachable(graph, name))).collect();
    let circle = |name: &Name| -> BTreeSet<Name> {
        reach[name].iter().filter(|other| reach[other].contains(name)).cloned().collect()
    };
    graph.keys().map(circle).filter(|circle| circle.len() > CIRCLE).collect()
}

#[test]
fn no_circle_has_more_than_three_files() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    rust_files(&src, &mut files);
    let read =
        |file: &PathBuf| (name_of(file.strip_prefix(&src).unwrap()), fs::read_to_string(file).unwrap());
    let graph = graph(&files.iter().map(read).collect());
    let mut told = String::new();
    for circle in circles(&graph) {
        writeln!(told, "\na circle of {} files:", circle.len()).unwrap();
        for name in &circle {
            let next = graph[name].intersection(&circle).map(|next| next.join("::"));
            writeln!(told, "  {} names {}", name.join("::"), next.collect::<Vec<_>>().join(", ")).unwrap();
        }
    }
    assert!(told.is_empty(), "{told}");
}

#[test]
fn a_circle_is_seen_through_every_way_to_name_a_file() {
    let sources = |last: &str| -> BTreeMap<Name, String> {
        [
            ("a", "use crate::b::{Thing, c::{\n    Other,\n}};"),
            ("b/mod", "mod c; // use crate::a;"),
            ("b/c", "use super::d::X as Y;"),
            ("b/d", "fn f() { crate::e::run() }"),
            ("e", last),
        ]
        .iter()
        .map(|(file, text)| (name_of(Path::new(file)), (*text).to_owned()))
        .collect()
    };
    assert!(circles(&graph(&sources("use crate::f;"))).is_empty());
    assert!(circles(&graph(&sources("#[cfg(test)]\nmod tests { use crate::a; }"))).is_empty());
    let found = circles(&graph(&sources("pub use super::a::Thing;")));
    assert_eq!(found.iter().map(BTreeSet::len).collect::<Vec<_>>(), [4]);
}

#[test]
fn the_map_of_the_layers_shows_them_all_in_their_order() {
    let map = include_str!("../../src/lib.rs");
    let rows = map.lines().filter_map(|line| line.strip_prefix("//! | ")?.split('`').nth(1));
    let rooms: Vec<&str> = rows.filter(|room| *room != "threads").collect();
    assert_eq!(rooms, LAYERS);
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for room in rooms {
        assert!(src.join(room.replace("::", "/")).is_dir(), "there is no {room}");
    }
}
