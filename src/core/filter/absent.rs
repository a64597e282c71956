//! Names that nobody documents. The service may send what is not known here, and so they are taken; one that no
//! session of a whole listing has was most likely meant otherwise, and that is told at its end.

use std::sync::atomic::{AtomicU64, Ordering};

use super::eval::row::descend;
use super::names::is_known;
use super::path::Path;
use crate::core::json::Value;
use crate::core::model::counted::sessions;
use crate::core::model::fields::{FIELDS, USER_FIELDS};

/// So many names are watched for.
const MOST: usize = u64::BITS as usize;

/// So many sessions show whether any has a key of an object, of which each may have its own.
const ENOUGH: u64 = 100;

/// A name that is not documented.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unknown {
    /// The argument that it stands in.
    argument: &'static str,
    /// A field of the session, or a path below one that is documented.
    path: Path,
    pub meant: Option<Meant>,
}

/// What a name may have been meant to be where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meant {
    Text,
    Time,
}

/// Which of a choice's unknown names some session has.
#[derive(Debug)]
pub struct Sightings {
    names: Vec<Unknown>,
    /// A bit for each name that no session had so far.
    open: AtomicU64,
}

impl Unknown {
    /// `None` of a path that is known: of a field that is none, that field is watched for, and of one that holds
    /// what it likes, the path below it.
    pub fn new(argument: &'static str, path: &Path) -> Option<Self> {
        let (head, below) = path.split();
        let path = match FIELDS.iter().find(|(name, _)| *name == head) {
            None if is_known(head) => return None,
            None => Path::new([head]),
            Some(_) if below.is_empty() => return None,
            Some(_) => path.clone(),
        };
        let is_user = |key: &str| USER_FIELDS.iter().any(|(known, _)| *known == key);
        let documented = head == "user_info" && below.first().is_some_and(|key| is_user(key));
        (!documented).then_some(Self { argument, path, meant: None })
    }

    /// Whether both are about the same name.
    pub fn is_same(&self, other: &Self) -> bool {
        self.path == other.path
    }

    /// Whether it is about a field of this name.
    pub fn is_named(&self, name: &str) -> bool {
        self.path.split() == (name, &[])
    }

    fn is_below(&self) -> bool {
        !self.path.split().1.is_empty()
    }

    fn told(&self, read: u64) -> String {
        let Self { argument, path, .. } = self;
        let (name, _) = path.split();
        let hint = match self.meant {
            Some(Meant::Text) => Some(format!("a text stands in single quotes: '{name}'")),
            Some(Meant::Time) => Some(
                "a time stands in single quotes, as in '2026-01-31', and now() is the present".to_owned(),
            ),
            None => USER_FIELDS
                .iter()
                .find(|(key, _)| **key == *name)
                .map(|(key, _)| format!("did you mean 'user_info.{key}'?")),
        };
        let hint = hint.map(|hint| format!("; {hint}")).unwrap_or_default();
        let were = if read == 1 { "was" } else { "were" };
        format!("{argument}: no session has a field '{path}' ({} {were} read){hint}", sessions(read))
    }
}

impl Sightings {
    /// `None` where there are no such names.
    pub fn of<'a>(names: impl Iterator<Item = &'a Unknown>) -> Option<Self> {
        let names: Vec<Unknown> = names.take(MOST).cloned().collect();
        let open = names.iter().enumerate().fold(0, |open, (place, _)| open | 1 << place);
        (open != 0).then(|| Self { names, open: AtomicU64::new(open) })
    }

    /// Looks for the names in sessions; those that were seen are not looked for again.
    pub fn look<'a>(&self, sessions: impl Iterator<Item = Value<'a>>) {
        let before = self.open.load(Ordering::Relaxed);
        let mut open = before;
        for session in sessions {
            if open == 0 {
                break;
            }
            for (key, value) in session.entries() {
                for (place, unknown) in self.names.iter().enumerate() {
                    let (head, below) = unknown.path.split();
                    let is_here = open >> place & 1 == 1 && head.as_bytes() == key.as_bytes();
                    if is_here && descend(value, below).is_some() {
                        open &= !(1 << place);
                    }
                }
            }
        }
        self.open.fetch_and(!(before & !open), Ordering::Relaxed);
    }

    /// A sentence for each name that none of so many sessions has.
    pub fn absent(&self, read: u64) -> Vec<String> {
        let open = self.open.load(Ordering::Relaxed);
        let names = self.names.iter().enumerate().filter(|(place, _)| open >> place & 1 == 1);
        let names = names.filter(|(_, unknown)| read >= ENOUGH || !unknown.is_below());
        names.map(|(_, unknown)| unknown.told(read)).collect()
    }
}
