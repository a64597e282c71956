//! Two pages side by side: how one lies to the other, by the ids that they share.
//! It knows no request; what follows from it is for the calibration.

use crate::core::listing::proof::keys::coverage::Span;
use crate::core::listing::proof::keys::order::Keys;
use crate::core::listing::proof::rows::page_view::PageView;

/// Rows that must be known from others for two pages to be compared.
const DISTINCT: usize = 4;

/// Rows that two pages must share to tell by how much one lies behind the other.
const CLEAR: usize = 3;

/// A page as the judge sees it.
#[derive(Debug, Clone)]
pub struct Sample {
    pub rows: Vec<(Option<u128>, Keys)>,
    pub span: Option<Span>,
}

impl Sample {
    pub fn of(read: &PageView<'_>) -> Self {
        Self { rows: read.rows.iter().map(|r| (r.id, r.keys)).collect(), span: read.span }
    }

    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Where a row stands here; one without an id is known by its keys, if no other has the same.
    pub fn position(&self, row: &(Option<u128>, Keys)) -> Option<usize> {
        let same = |r: &&(Option<u128>, Keys)| r.0 == row.0 && (row.0.is_some() || r.1 == row.1);
        let position = self.rows.iter().position(|r| same(&r))?;
        let alone = row.0.is_some() || self.rows.iter().filter(same).nth(1).is_none();
        alone.then_some(position)
    }

    /// Whether hardly any row can be told from the others.
    pub fn is_blurred(&self) -> bool {
        self.rows.iter().filter(|row| self.position(row).is_some()).count() < self.len().min(DISTINCT)
    }

    /// For every row of `other` that is also here: how many ranks further down it stands here.
    pub fn shifts(&self, other: &Self) -> Vec<i64> {
        let shift = |(index, row): (i64, &(Option<u128>, Keys))| {
            self.position(row).map(|here| i64::try_from(here).unwrap_or(i64::MAX) - index)
        };
        let mut shifts: Vec<i64> = (0..).zip(&other.rows).filter_map(shift).collect();
        shifts.sort_unstable();
        shifts
    }

    /// Whether most of these rows are in the other page as well.
    pub fn is_mostly_in(&self, other: &Self) -> bool {
        self.shifts(other).len() * 2 >= self.len()
    }
}

/// How a probed page lies to the first one.
#[derive(Debug, PartialEq, Eq)]
pub enum Shift {
    /// About as far as the offset said; with more behind than the first page had, or not.
    AsAsked {
        more: bool,
    },
    Same,
    Apart,
    Unclear,
}

/// Whether the probe shows rows behind the head: at its end, or by its mere length. Unknown rows in front
/// of known ones are newcomers.
pub fn has_more(head: &Sample, probe: &Sample, at: usize) -> bool {
    let rest = head.len().saturating_sub(at);
    let longer = probe.len() > rest + (rest / 2).max(2);
    longer || probe.rows.last().is_some_and(|r| head.position(r).is_none())
}

pub fn judge_shift(head: &Sample, probe: &Sample, at: u64) -> Shift {
    let at = i64::try_from(at).unwrap_or(i64::MAX);
    let expected = i64::try_from(head.len()).unwrap_or(i64::MAX).saturating_sub(at).max(0);
    let shifts = head.shifts(probe);
    let enough = i64::try_from(shifts.len()).unwrap_or(0) >= (expected / 4).max(1);
    let more = has_more(head, probe, usize::try_from(at).unwrap_or(usize::MAX));
    if expected == 0 && probe.len() == 0 {
        return Shift::AsAsked { more: false };
    }
    if !enough {
        return Shift::Apart;
    }
    // The median: single rows move for reasons of their own.
    let Some(median) = shifts.get(shifts.len() / 2).copied() else { return Shift::Apart };
    // A busy list pushes its rows down from one read to the next; an ignored offset would show them where
    // they were, or further down.
    let pushed = at >= 32 && median * 4 >= at && median <= at;
    if pushed || (median - at).abs() * 2 <= at {
        Shift::AsAsked { more }
    } else if median.abs() * 2 < at {
        Shift::Same
    } else {
        Shift::Unclear
    }
}

/// Whether most rows that two pages share stand elsewhere in one than in the other.
pub fn has_moved(head: &Sample, probe: &Sample) -> bool {
    let shifts = head.shifts(probe);
    shifts.get(shifts.len() / 2).is_some_and(|median| *median != 0)
}

/// Whether a page that was read between two readings of the head begins at rank `at`: what moved up between two
/// readings makes it lie too near to the first head, and as much too far from the second.
pub fn is_shifted_between(head: &Sample, probe: &Sample, later: &Sample, at: u64) -> bool {
    let at = i64::try_from(at).unwrap_or(i64::MAX);
    let median = |sample: &Sample| {
        let shifts = sample.shifts(probe);
        shifts.get(shifts.len() / 2).copied().filter(|_| shifts.len() >= CLEAR)
    };
    let sum = median(head).zip(median(later)).map(|(before, after)| before.saturating_add(after));
    // An ignored offset would make them add up to nothing.
    sum.is_some_and(|sum| sum > at && sum < at.saturating_mul(3))
}
