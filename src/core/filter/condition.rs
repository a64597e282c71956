//! A condition: parsed and checked once, then asked of every session. It prints back, and the print together
//! with the moment that `now()` stands for says the same in another process.

use std::fmt::{Display, Formatter};

use super::absent::Unknown;
use super::eval::row::Lookup;
use super::eval::{self};
use super::implied::Implied;
use super::sql::Fault;
use super::tree::Test;
use super::{check, sql};
use crate::core::json::Value;

/// What `where=` says.
#[derive(Debug, Clone)]
pub struct Condition {
    test: Test,
    lookup: Lookup,
    /// Names in it that are not documented.
    unknown: Vec<Unknown>,
    now: i64,
    uses_now: bool,
}

impl Condition {
    /// Reads a condition; `now` is what `now()` stands for, in microseconds since 1970.
    ///
    /// # Errors
    /// With everything that is wrong, in the order of the text.
    pub fn parse(text: &str, now: i64) -> Result<Self, Vec<Fault>> {
        let sql::Parsed { tree, places, mut faults } = sql::parse(text);
        let checked = tree.map(|tree| check::check(&tree, &places, now));
        match checked {
            Some(Ok(check::Checked { test, lookup, unknown, uses_now })) if faults.is_empty() => {
                return Ok(Self { test, lookup, unknown, now, uses_now });
            }
            // What was refused already is not told again by what was made of it.
            Some(Err(more)) => {
                let told: Vec<usize> = faults.iter().map(|fault| fault.at).collect();
                faults.extend(more.into_iter().filter(|fault| !told.contains(&fault.at)));
            }
            _ => {}
        }
        faults.sort_by_key(|fault| fault.at);
        faults.dedup();
        if faults.is_empty() {
            faults.push(Fault::new(0, "this is no condition"));
        }
        Err(faults)
    }

    /// Both conditions as one.
    #[must_use]
    pub fn and(first: &str, second: &str) -> String {
        format!("({first}) and ({second})")
    }

    /// For each session whether the condition is true of it: neither false nor unknown.
    pub fn taken<'a>(&self, sessions: impl Iterator<Item = Value<'a>>) -> Vec<bool> {
        let mut found = Vec::new();
        sessions
            .map(|session| {
                self.lookup.find(session, &mut found);
                eval::test(&self.test, &found) == Some(true)
            })
            .collect()
    }

    /// Names in it that are not documented, and were not put in quotes.
    pub fn unknown(&self) -> &[Unknown] {
        &self.unknown
    }

    /// What the condition says of the keys that a list may be sorted by.
    pub fn implied(&self) -> Implied {
        Implied::of(&self.test)
    }

    /// The moment that `now()` stands for, if the condition speaks of it.
    pub fn now(&self) -> Option<i64> {
        self.uses_now.then_some(self.now)
    }
}

impl Display for Condition {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        self.test.fmt(f)
    }
}

/// Conditions are the same if they print the same, and mean the same moment.
impl PartialEq for Condition {
    fn eq(&self, other: &Self) -> bool {
        self.now() == other.now() && self.to_string() == other.to_string()
    }
}

impl Eq for Condition {}
