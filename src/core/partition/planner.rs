//! Decides where to cut: from a seed, which is a listing's calibration and its top, and one page at each rank
//! boundary. It does no I/O: it says what to read, and is told what came.

use std::ops::Range;

use super::plan::{Part, PartRange, PartitionPlan};
use crate::core::filter::ChoiceState;
use crate::core::listing::proof::keys::region::Region;
use crate::core::listing::proof::persist::Seed;
use crate::core::listing::proof::rules::Rules;
use crate::core::model::row_facts::{Facts, IdKey, RowFacts};

/// A part has at least so many pages: a cut costs a few requests.
const LEAST_PAGES: u64 = 5;

/// A bounded region is looked for so often at most, each time among the pages that it lies between.
const MOST_ROUNDS: usize = 6;

/// Plans the cuts.
#[derive(Debug)]
pub struct Planner {
    seed: Seed,
    region: Region,
    most: u64,
    /// The ranks between which the region lies, as far as it is known.
    span: Range<u64>,
    rounds: usize,
    /// The ranks at whose pages a cut is looked for, and the pages.
    ranks: Vec<u64>,
    pages: Vec<Vec<RowFacts>>,
}

impl Planner {
    /// For `n` parts at most; fewer where the list is short, and one where it is not known how long it is, or where
    /// it is not sorted by a visible key that falls.
    #[must_use]
    pub fn new(seed: Seed, region: Region, n: usize) -> Self {
        let most = if seed.falls() { n as u64 } else { 1 };
        let span = 0..seed.total.unwrap_or(0);
        let (ranks, pages) = (Vec::new(), Vec::new());
        let mut planner = Self { seed, region, most, span, rounds: 0, ranks, pages };
        planner.ranks = planner.between();
        planner
    }

    /// The ranks that cut what the region is known to lie in.
    fn between(&self) -> Vec<u64> {
        let length = self.span.end.saturating_sub(self.span.start);
        let room = length / (LEAST_PAGES * u64::from(self.seed.limit()).max(1));
        let parts = self.most.min(room).max(1);
        (1..parts).map(|cut| self.span.start + length * cut / parts).collect()
    }

    /// The pages to read, as `(offset, limit)`, in any order and at once.
    pub fn wanted(&self) -> Vec<(u64, u32)> {
        self.ranks.iter().map(|rank| self.seed.address_around(*rank)).collect()
    }

    /// Takes the answers, in the order in which the pages are wanted.
    pub fn answer(&mut self, facts: &Facts) {
        self.seed.observe(&facts.rows);
        self.seed.total = facts.total_count.or(self.seed.total);
        self.pages.push(facts.rows.clone());
    }

    /// Looks closer where the pages show that the region lies in a small share of the list: whether there are other
    /// pages to read.
    pub fn narrow(&mut self) -> bool {
        let (mut start, mut end) = (self.span.start, self.span.end);
        for (page, rank) in self.pages.iter().zip(&self.ranks) {
            if self.seed.lies_at_or_above(page, self.region.until) {
                start = start.max(*rank);
            }
            if self.seed.lies_below(page, self.region.since) {
                end = end.min(*rank);
            }
        }
        self.rounds += 1;
        let before = self.span.end - self.span.start;
        if self.rounds >= MOST_ROUNDS || end <= start || (end - start) * 2 > before {
            return false;
        }
        self.span = start..end;
        self.ranks = self.between();
        self.pages.clear();
        !self.ranks.is_empty()
    }

    /// The plan, by all pages that came.
    #[must_use]
    pub fn finish(self, id_key: IdKey) -> PartitionPlan {
        let watermark = self.seed.watermark(&Rules::default()).filter(|_| self.seed.falls());
        let Some(watermark) = watermark else { return self.one_part(id_key) };
        // With a bound at or below it, nothing can land in what is asked for.
        let high = self.region.until.map_or(watermark, |until| until.saturating_sub(1).min(watermark));
        let low = self.region.since.map(|since| since.saturating_sub(1));
        let cuts = self.cuts(low, high);
        let highs = std::iter::once((high, None)).chain(cuts.iter().map(|(cut, rank)| (*cut, Some(*rank))));
        let lows = cuts.iter().map(|(cut, _)| Some(*cut)).chain(std::iter::once(low));
        let order = self.seed.order();
        let values = lows.zip(highs).map(|(low, (high, rank))| {
            (PartRange { order: order.clone(), low, high: Some(high), nulls: false }, rank)
        });
        // The sessions without a key are a part of their own, at the end of the list.
        let null = PartRange { order: order.clone(), low: None, high: None, nulls: true };
        let nulls = self.region.nulls.then_some((null, self.seed.total));
        let parts = values.chain(nulls).enumerate().map(|(index, (range, rank))| {
            let own = if range.nulls { Region::NULLS } else { range.region() };
            // What a condition implies need not be read, whichever part it lies in.
            let region = Region { implied: self.region.implied, ..own };
            let (seed, choice) = (Some(self.seed.clone().near(rank)), ChoiceState::default());
            Part { index, range, region, seed, id_key, choice }
        });
        let parts = parts.collect();
        let (region, total_count) = (self.region, self.seed.total);
        PartitionPlan {
            parts,
            order,
            watermark: Some(watermark),
            region,
            total_count,
            id_key,
            choice: ChoiceState::default(),
            seed: Some(self.seed),
        }
    }

    /// The keys to cut at, from above, with the rank that each was looked for at.
    fn cuts(&self, low: Option<i64>, high: i64) -> Vec<(i64, u64)> {
        let found =
            self.pages.iter().zip(&self.ranks).filter_map(|(page, rank)| Some((self.cut(page)?, *rank)));
        let mut cuts: Vec<(i64, u64)> =
            found.filter(|(cut, _)| *cut < high && low.is_none_or(|low| low < *cut)).collect();
        cuts.sort_unstable_by_key(|(cut, _)| std::cmp::Reverse(*cut));
        cuts.dedup_by_key(|(cut, _)| *cut);
        cuts
    }

    /// Between two adjacent rows near the middle of the page where every order still possible falls strictly.
    fn cut(&self, page: &[RowFacts]) -> Option<i64> {
        let middle = page.len() / 2;
        let falls = |(index, pair): (usize, &[RowFacts])| match pair {
            [upper, lower] => Some((index.abs_diff(middle), self.seed.falls_between(upper, lower)?)),
            _ => None,
        };
        page.windows(2).enumerate().filter_map(falls).min_by_key(|(far, _)| *far).map(|(_, key)| key)
    }

    fn one_part(self, id_key: IdKey) -> PartitionPlan {
        let order = self.seed.order();
        let mut plan = PartitionPlan::whole(self.region, self.seed.total, id_key);
        plan.parts.iter_mut().for_each(|part| part.range.order.clone_from(&order));
        PartitionPlan { order, ..plan }
    }
}

impl PartitionPlan {
    /// One part, which is a whole proof by itself.
    #[must_use]
    pub fn whole(region: Region, total_count: Option<u64>, id_key: IdKey) -> Self {
        let (since, until) = (region.since, region.until);
        let range = PartRange {
            order: None,
            low: since.map(|key| key.saturating_sub(1)),
            high: until.map(|key| key.saturating_sub(1)),
            nulls: region.nulls,
        };
        Self {
            order: None,
            parts: vec![Part { index: 0, range, region, seed: None, id_key, choice: ChoiceState::default() }],
            watermark: None,
            region,
            total_count,
            id_key,
            choice: ChoiceState::default(),
            seed: None,
        }
    }
}
