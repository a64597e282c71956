//! What a mask did: every path with its treatment and its counts, and never a value.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use super::Mask;
use super::paths::Paths;
use super::tally::{Done, Tally};

/// A report lists so many paths; further ones count as one.
const MAX_PATHS: usize = 10_000;
const FURTHER: &str = "…";

/// What was done to the sessions of one page, told for those of them that are handed on.
pub struct PageTally {
    pub(super) mask: Arc<Mask>,
    pub(super) tally: Tally,
    pub(super) paths: Paths,
}

impl PageTally {
    /// The bytes of memory that it takes, about.
    pub fn memory(&self) -> usize {
        self.tally.memory() + self.paths.len() * 160
    }
}

impl fmt::Debug for PageTally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PageTally").field("paths", &self.paths.len()).finish_non_exhaustive()
    }
}

/// What was done at one path.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
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
#[derive(Debug, Clone, PartialEq, Eq, Default)]
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
    /// A report of nothing yet.
    pub fn new(mask: &Mask) -> Self {
        let policy = mask.policy();
        let tokens = policy.makes_tokens();
        Self {
            preset: policy.spec().preset.clone(),
            policy: policy.fingerprint(),
            key_id: tokens.then(|| mask.key().id().to_owned()),
            ephemeral: tokens && mask.key().is_ephemeral(),
            unmatched: policy.spec().fields.iter().map(|(selector, _)| selector.clone()).collect(),
            ..Self::default()
        }
    }

    /// Counts these sessions of a page.
    pub fn add(&mut self, page: &PageTally, rows: impl Iterator<Item = usize>) {
        let policy = page.mask.policy();
        for rule in page.paths.matched(policy) {
            if let Some(rule) = policy.matcher.rule(rule) {
                self.unmatched.remove(rule.selector.text());
            }
        }
        let (treated, unmaskable, found) = self.count(page, rows);
        for (path, (text, treatment)) in page.paths.texts().enumerate() {
            let at = |counts: &[u64]| counts.get(path).copied().unwrap_or_default();
            let (values, failed) = (at(&treated), at(&unmaskable));
            if values == 0 && failed == 0 {
                continue;
            }
            let known = self.paths.len() < MAX_PATHS || self.paths.contains_key(text);
            let entry = self.paths.entry(if known { text } else { FURTHER }.to_owned()).or_default();
            entry.treatment = policy.write(treatment.unwrap_or(policy.unknown));
            entry.unknown = treatment.is_none();
            entry.values += values;
            entry.unmaskable += failed;
        }
        for (kind, count) in found {
            *self.found.entry(kind).or_default() += count;
        }
    }

    /// How often each path was treated, each path's values were dropped for want of a way, each kind was found.
    fn count(
        &mut self,
        page: &PageTally,
        rows: impl Iterator<Item = usize>,
    ) -> (Vec<u64>, Vec<u64>, BTreeMap<String, u64>) {
        let paths = page.paths.len();
        let (mut treated, mut unmaskable) = (vec![0; paths], vec![0; paths]);
        let mut found: BTreeMap<usize, u64> = BTreeMap::new();
        for row in rows {
            self.sessions += 1;
            for done in page.tally.session(row) {
                let (counts, place) = match done {
                    Done::Treated(path) => (&mut treated, path),
                    Done::Unmaskable(path) => (&mut unmaskable, path),
                    Done::Found(kind) => {
                        *found.entry(kind).or_default() += 1;
                        continue;
                    }
                };
                if let Some(count) = counts.get_mut(place as usize) {
                    *count += 1;
                }
            }
        }
        let named =
            found.into_iter().map(|(kind, count)| (page.mask.policy().name_at(kind).to_owned(), count));
        (treated, unmaskable, named.collect())
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
