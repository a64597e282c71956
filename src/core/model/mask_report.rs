//! What a mask did to the sessions of a listing: every path with its treatment and its counts, what was
//! found in texts, and never a value. How it is counted is not known here.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};

/// What was done at one path.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct PathReport {
    /// As policies write it.
    pub treatment: String,
    /// Neither the preset nor the policy names it.
    pub unknown: bool,
    /// How many values, of dropped objects and arrays one for each.
    pub values: u64,
    /// How many of them could not be masked, and were dropped.
    pub unmaskable: u64,
}

/// What was done to the sessions that a listing handed on.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct MaskReport {
    pub preset: String,
    /// Changes with the policy, and says nothing of the key.
    pub policy: String,
    /// The key of its pseudonyms, if it makes any.
    pub key_id: Option<String>,
    /// That key is kept nowhere: pseudonyms of another mask do not join these.
    pub ephemeral: bool,
    pub sessions: u64,
    pub paths: BTreeMap<String, PathReport>,
    /// What the detectors found, by kind.
    pub found: BTreeMap<String, u64>,
    /// Selectors of the policy's own that have matched nothing so far.
    pub unmatched: BTreeSet<String>,
}

impl MaskReport {
    /// What was done here and there: of two listings under one mask.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.sessions += other.sessions;
        for (path, done) in other.paths {
            self.paths.entry(path).and_modify(|own| own.add(&done)).or_insert(done);
        }
        for (kind, count) in other.found {
            *self.found.entry(kind).or_default() += count;
        }
        self.unmatched.retain(|selector| other.unmatched.contains(selector));
        self
    }
}

impl PathReport {
    fn add(&mut self, other: &Self) {
        self.values += other.values;
        self.unmaskable += other.unmaskable;
        self.unknown |= other.unknown;
    }
}

impl fmt::Display for MaskReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} sessions pseudonymised, preset {}, policy {}",
            self.sessions, self.preset, self.policy
        )?;
        if let Some(id) = &self.key_id {
            write!(f, ", key {id}{}", if self.ephemeral { " (ephemeral)" } else { "" })?;
        }
        for (path, done) in &self.paths {
            let unknown = if done.unknown { ", named by nobody" } else { "" };
            write!(f, "\n  {path}: {} ({}{unknown})", done.treatment, done.values)?;
            if done.unmaskable > 0 {
                write!(f, ", {} dropped because they could not be masked", done.unmaskable)?;
            }
        }
        if !self.found.is_empty() {
            let found: Vec<String> =
                self.found.iter().map(|(kind, count)| format!("{kind} {count}")).collect();
            write!(f, "\n  found in texts: {}", found.join(", "))?;
        }
        if !self.unmatched.is_empty() {
            let selectors: Vec<&str> = self.unmatched.iter().map(String::as_str).collect();
            write!(f, "\n  selectors that matched nothing: {}", selectors.join(", "))?;
        }
        Ok(())
    }
}
