//! Decides where to cut: from a seed, which is a listing's calibration and its top, and one page at each rank
//! boundary. It does no I/O: it says what to read, and is told what came.

use super::plan::{Part, PartRange, PartitionPlan};
use crate::core::filter::ChoiceState;
use crate::core::listing::proof::keys::region::Region;
use crate::core::listing::proof::persist::Seed;
use crate::core::listing::proof::rules::Rules;
use crate::core::model::row_facts::{Facts, IdKey, RowFacts};

/// A part has at least so many pages: a cut costs a few requests.
const LEAST_PAGES: u64 = 5;

/// Plans the cuts.
#[derive(Debug)]
pub struct Planner {
    seed: Seed,
    region: Region,
    /// The ranks at whose pages a cut is looked for, and the pages.
    ranks: Vec<u64>,
    pages: Vec<Vec<RowFacts>>,
}

impl Planner {
    /// For `n` parts at most; fewer where the list is short, and one where it is not known how long it is, or where
    /// it is not sorted by a visible key that falls.
    #[must_use]
    pub fn new(seed: Seed, region: Region, n: usize) -> Self {
        let total = seed.total.unwrap_or(0);
        let most = total / (LEAST_PAGES * u64::from(seed.limit()).max(1));
        let parts = if seed.falls() { (n as u64).min(most).max(1) } else { 1 };
        let ranks = (1..parts).map(|cut| total * cut / parts).collect();
        Self { seed, region, ranks, pages: Vec::new() }
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
