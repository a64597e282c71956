//! Names that nobody documents. The service may send what is not known here, and so they are taken; one that no
//! session of a whole listing has was most likely meant otherwise, and that is told at its end.

use std::sync::atomic::{AtomicU64, Ordering};

use super::names::is_known;
use crate::core::json::Value;
use crate::core::model::counted::sessions;
use crate::core::model::fields::USER_FIELDS;

/// So many names are watched for.
const MOST: usize = u64::BITS as usize;

/// A name that is not documented.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unknown {
    /// The argument that it stands in.
    pub argument: &'static str,
    pub name: Box<str>,
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
    /// `None` of a name that is known.
    pub fn new(argument: &'static str, name: &str) -> Option<Self> {
        (!is_known(name)).then(|| Self { argument, name: name.into(), meant: None })
    }

    fn told(&self, read: u64) -> String {
        let Self { argument, name, .. } = self;
        let hint = match self.meant {
            Some(Meant::Text) => Some(format!("a text stands in single quotes: '{name}'")),
            Some(Meant::Time) => Some(
                "a time stands in single quotes, as in '2026-01-31', and now() is the present".to_owned(),
            ),
            None => USER_FIELDS
                .iter()
                .find(|(key, _)| **key == **name)
                .map(|(key, _)| format!("did you mean 'user_info.{key}'?")),
        };
        let hint = hint.map(|hint| format!("; {hint}")).unwrap_or_default();
        let were = if read == 1 { "was" } else { "were" };
        format!("{argument}: no session has a field '{name}' ({} {were} read){hint}", sessions(read))
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
            for (key, _) in session.entries() {
                for (place, unknown) in self.names.iter().enumerate() {
                    if open >> place & 1 == 1 && unknown.name.as_bytes() == key.as_bytes() {
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
        names.map(|(_, unknown)| unknown.told(read)).collect()
    }
}
