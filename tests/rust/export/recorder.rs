//! A run's calls to the system, by strace, and the states of the disk between them: what programs see, and
//! what a power cut leaves of it.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use super::victim::Victim;

const CALLS: &str = "openat,close,write,lseek,ftruncate,fdatasync,fsync,rename,unlink,unlinkat,mkdir,rmdir";

/// What a power cut takes.
#[derive(Debug, Clone, Copy)]
pub enum Loss {
    /// The process dies, and the system goes on.
    Nothing,
    /// Names are there, and what was written behind them is not.
    Content,
    /// Neither names nor content, if they were not synced.
    Everything,
    /// Half of what was not synced arrived, and zeros stand behind it.
    Torn,
    /// The other half did.
    Holed,
}

#[derive(Debug, Clone, Default)]
struct Inode {
    content: Vec<u8>,
    synced: Vec<u8>,
}

/// The disk after a call.
#[derive(Debug, Clone, Default)]
pub struct State {
    pub call: String,
    inodes: Vec<Inode>,
    /// `None` is a folder.
    names: HashMap<PathBuf, Option<usize>>,
    synced: HashMap<PathBuf, Option<usize>>,
    /// Where each descriptor writes; `None` for a folder.
    open: HashMap<i64, (PathBuf, Option<usize>, usize)>,
}

/// Runs the victim and gives the state after each of its calls that changes the disk.
pub fn record(victim: &Victim, folder: &Path) -> Vec<State> {
    let states = record_ending(victim, folder, true);
    let synced = states.iter().filter(|state| state.call.contains("sync(")).count();
    assert!(synced > 10, "{synced} of {} calls put something on the disk", states.len());
    states
}

/// The same of a victim that ends well, or does not.
pub fn record_ending(victim: &Victim, folder: &Path, well: bool) -> Vec<State> {
    let logs = folder.join("logs");
    std::fs::create_dir(&logs).unwrap();
    let prefix = logs.join("t");
    let trace = format!("trace={CALLS}");
    let program = [
        "strace",
        "-ff",
        "-qq",
        "-ttt",
        "-T",
        "-xx",
        "-s",
        "100000000",
        "-o",
        prefix.to_str().unwrap(),
        "-e",
        &trace,
    ];
    let output = victim.command(&program).output().unwrap();
    assert_eq!(output.status.success(), well, "{}", String::from_utf8_lossy(&output.stderr));
    let mut lines: Vec<(f64, String)> = Vec::new();
    for log in std::fs::read_dir(&logs).unwrap() {
        let text = std::fs::read_to_string(log.unwrap().path()).unwrap();
        lines.extend(text.lines().filter_map(|line| {
            let (begun, call) = line.split_once(' ')?;
            Some((moment(begun.parse().ok()?, call), call.to_owned()))
        }));
    }
    std::fs::remove_dir_all(&logs).unwrap();
    lines.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut state = State::default();
    let mut states = Vec::new();
    for (_, line) in lines {
        if state.apply(&line, folder) {
            state.call = line.chars().take(60).collect();
            states.push(state.clone());
        }
    }
    states
}

/// When a call took effect, for what another thread may do meanwhile: a number that one thread's `close` gives back
/// is another thread's new file before either call returns.
fn moment(begun: f64, call: &str) -> f64 {
    let took = call.rsplit_once('<').and_then(|(_, took)| took.strip_suffix('>')?.parse::<f64>().ok());
    if call.starts_with("openat") { begun + took.unwrap_or(0.0) } else { begun }
}

impl State {
    /// Applies a line of strace's; whether it changed the disk under the folder.
    fn apply(&mut self, line: &str, folder: &Path) -> bool {
        let Some((call, rest)) = line.split_once('(') else { return false };
        // Short calls are padded, so that the results of all stand in a column.
        let Some((arguments, result)) = rest.rsplit_once(" = ") else { return false };
        let Some(arguments) = arguments.trim_end().strip_suffix(')') else { return false };
        let Some(result) = result.split(' ').next().and_then(|text| text.parse::<i64>().ok()) else {
            return false;
        };
        if result < 0 {
            return false;
        }
        let paths: Vec<PathBuf> = texts(arguments).into_iter().map(|bytes| os(&bytes)).collect();
        let ours = |path: Option<&PathBuf>| path.filter(|path| path.starts_with(folder)).cloned();
        let descriptor = || arguments.split(',').next().and_then(|text| text.trim().parse::<i64>().ok());
        let number =
            |place: usize| arguments.split(", ").nth(place).and_then(|text| text.parse::<usize>().ok());
        match call {
            "openat" => ours(paths.first()).is_some_and(|path| self.open(path, arguments, result)),
            "close" => {
                self.open.remove(&descriptor().unwrap_or(-1));
                false
            }
            "lseek" => {
                if let Some(file) = self.open.get_mut(&descriptor().unwrap_or(-1)) {
                    file.2 = usize::try_from(result).unwrap();
                }
                false
            }
            "write" => descriptor().is_some_and(|file| self.write(file, &texts(arguments).concat())),
            "ftruncate" => descriptor().zip(number(1)).is_some_and(|(file, length)| {
                let Some((_, Some(inode), _)) = self.open.get(&file) else { return false };
                self.inodes[*inode].content.resize(length, 0);
                true
            }),
            "fdatasync" | "fsync" => descriptor().is_some_and(|file| self.sync(file)),
            "rename" => match (ours(paths.first()), ours(paths.get(1))) {
                (Some(from), Some(to)) => self.rename(&from, &to),
                _ => false,
            },
            "mkdir" => ours(paths.first()).is_some_and(|path| self.names.insert(path, None).is_none()),
            "unlink" | "unlinkat" | "rmdir" => {
                ours(paths.first()).is_some_and(|path| self.names.remove(&path).is_some())
            }
            _ => false,
        }
    }

    fn open(&mut self, path: PathBuf, arguments: &str, descriptor: i64) -> bool {
        let known = self.names.get(&path).copied();
        let inode = match known {
            Some(inode) => inode,
            None if arguments.contains("O_CREAT") => {
                self.inodes.push(Inode::default());
                Some(self.inodes.len() - 1)
            }
            // The folder that was there before.
            None => None,
        };
        if let Some(inode) = inode.filter(|_| arguments.contains("O_TRUNC")) {
            self.inodes[inode].content.clear();
        }
        let new = known.is_none() && inode.is_some();
        if new {
            self.names.insert(path.clone(), inode);
        }
        self.open.insert(descriptor, (path, inode, 0));
        new
    }

    fn write(&mut self, descriptor: i64, bytes: &[u8]) -> bool {
        let Some((_, Some(inode), at)) = self.open.get_mut(&descriptor) else { return false };
        let content = &mut self.inodes[*inode].content;
        content.resize(content.len().max(*at + bytes.len()), 0);
        content[*at..*at + bytes.len()].copy_from_slice(bytes);
        *at += bytes.len();
        true
    }

    fn sync(&mut self, descriptor: i64) -> bool {
        match self.open.get(&descriptor) {
            Some((_, Some(inode), _)) => {
                let inode = &mut self.inodes[*inode];
                inode.synced.clone_from(&inode.content);
                true
            }
            // A folder: the names in it.
            Some((folder, None, _)) => {
                let inside = |path: &PathBuf| path.parent() == Some(folder);
                self.synced.retain(|path, _| !inside(path));
                self.synced
                    .extend(self.names.iter().filter(|(path, _)| inside(path)).map(|(p, i)| (p.clone(), *i)));
                true
            }
            None => false,
        }
    }

    /// A folder takes what is in it along, also on the disk once its parent is synced.
    fn rename(&mut self, from: &Path, to: &Path) -> bool {
        let moved = |names: &HashMap<PathBuf, Option<usize>>| -> HashMap<PathBuf, Option<usize>> {
            let renamed = |path: &PathBuf| match path.strip_prefix(from) {
                Ok(rest) if rest.as_os_str().is_empty() => to.to_owned(),
                Ok(rest) => to.join(rest),
                Err(_) => path.clone(),
            };
            names.iter().map(|(path, inode)| (renamed(path), *inode)).collect()
        };
        let replaced: Vec<PathBuf> = self.names.keys().filter(|path| path.as_path() == to).cloned().collect();
        for path in replaced {
            self.names.remove(&path);
        }
        if self.names.get(from).copied() == Some(None) {
            // What the disk has of the folder is found under its new name, if the rename arrived.
            let kept = self.synced.clone();
            self.synced = moved(&kept);
            self.synced.insert(from.to_owned(), None);
            self.synced.extend(kept.into_iter().filter(|(path, _)| path.starts_with(from)));
        }
        self.names = moved(&self.names);
        true
    }

    /// Writes what is left of the disk into another folder.
    pub fn lay_out(&self, loss: Loss, from: &Path, to: &Path) {
        let names = if matches!(loss, Loss::Everything) { &self.synced } else { &self.names };
        let mut paths: Vec<_> = names.iter().collect();
        paths.sort();
        for (path, inode) in paths {
            let place = to.join(path.strip_prefix(from).unwrap());
            match inode {
                None => drop(std::fs::create_dir_all(&place)),
                Some(inode) => {
                    if place.parent().is_some_and(Path::exists) {
                        std::fs::write(&place, self.inodes[*inode].left(loss)).unwrap();
                    }
                }
            }
        }
    }
}

impl Inode {
    fn left(&self, loss: Loss) -> Vec<u8> {
        match loss {
            Loss::Nothing => self.content.clone(),
            Loss::Content | Loss::Everything => self.synced.clone(),
            Loss::Torn | Loss::Holed => {
                let unsynced = self.content.len().saturating_sub(self.synced.len());
                let middle = self.content.len() - unsynced / 2;
                let mut torn = self.content.clone();
                match loss {
                    Loss::Torn => torn[middle..].fill(0),
                    _ => torn[self.synced.len().min(middle)..middle].fill(0),
                }
                torn
            }
        }
    }
}

/// The texts in strace's quotes, each byte as `\x2f`.
fn texts(arguments: &str) -> Vec<Vec<u8>> {
    let quoted = arguments.split('"').skip(1).step_by(2);
    let byte = |digits: &str| u8::from_str_radix(digits, 16).unwrap();
    quoted.map(|text| text.split("\\x").skip(1).map(byte).collect()).collect()
}

fn os(bytes: &[u8]) -> PathBuf {
    use std::os::unix::ffi::OsStrExt as _;
    std::ffi::OsStr::from_bytes(bytes).into()
}
