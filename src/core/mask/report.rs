//! What was done to the sessions of a page, made into a report for those of them that are handed on.
//! It holds no value.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use super::Mask;
use super::paths::Paths;
use super::tally::{Done, Tally};
use crate::core::model::mask_report::MaskReport;

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

impl Mask {
    /// A report of nothing yet.
    pub fn report(&self) -> MaskReport {
        let policy = self.policy();
        let tokens = policy.makes_tokens();
        MaskReport {
            preset: policy.spec().preset.clone(),
            policy: policy.fingerprint(),
            key_id: tokens.then(|| self.key().id().to_owned()),
            ephemeral: tokens && self.key().is_ephemeral(),
            unmatched: policy.spec().fields.iter().map(|(selector, _)| selector.clone()).collect(),
            ..MaskReport::default()
        }
    }
}

impl PageTally {
    /// Counts these sessions of the page in a report.
    pub fn add_to(&self, report: &mut MaskReport, rows: impl Iterator<Item = usize>) {
        let policy = self.mask.policy();
        for rule in self.paths.matched(policy) {
            if let Some(rule) = policy.matcher.rule(rule) {
                report.unmatched.remove(rule.selector.text());
            }
        }
        let (treated, unmaskable, found) = self.count(report, rows);
        for (path, (text, treatment)) in self.paths.texts().enumerate() {
            let at = |counts: &[u64]| counts.get(path).copied().unwrap_or_default();
            let (values, failed) = (at(&treated), at(&unmaskable));
            if values == 0 && failed == 0 {
                continue;
            }
            let known = report.paths.len() < MAX_PATHS || report.paths.contains_key(text);
            let entry = report.paths.entry(if known { text } else { FURTHER }.to_owned()).or_default();
            entry.treatment = policy.write(treatment.unwrap_or(policy.unknown));
            entry.unknown = treatment.is_none();
            entry.values += values;
            entry.unmaskable += failed;
        }
        for (kind, count) in found {
            *report.found.entry(kind).or_default() += count;
        }
    }

    /// How often each path was treated, each path's values were dropped for want of a way, each kind was
    /// found.
    fn count(
        &self,
        report: &mut MaskReport,
        rows: impl Iterator<Item = usize>,
    ) -> (Vec<u64>, Vec<u64>, BTreeMap<String, u64>) {
        let paths = self.paths.len();
        let (mut treated, mut unmaskable) = (vec![0; paths], vec![0; paths]);
        let mut found: BTreeMap<usize, u64> = BTreeMap::new();
        for row in rows {
            report.sessions += 1;
            for done in self.tally.session(row) {
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
            found.into_iter().map(|(kind, count)| (self.mask.policy().name_at(kind).to_owned(), count));
        (treated, unmaskable, named.collect())
    }
}
