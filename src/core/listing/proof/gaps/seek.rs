//! Looks for the place where a region begins, far from what was read: by the keys of the pages on the way,
//! like a name in a telephone book. The page that crosses the place is proven; those below it are looked at only,
//! so that the region is read from its beginning.

use super::{GapRepair, Progress, RepairPlan};
use crate::core::listing::proof::keys::coverage::{Gap, Span};
use crate::core::listing::proof::keys::density::{keys_per_rank, ranks_down};
use crate::core::listing::proof::keys::order::NULL_HIGH;
use crate::core::listing::proof::rows::page_view::{PageView, Sought};
use crate::core::listing::proof::state::ProofState;
use crate::core::listing::proof::transition::{Position, Transition};

/// Reads before the gap is closed step by step instead.
const TRIES: u32 = 40;

/// A rank, and the key that was read there.
#[derive(Debug, Clone, Copy)]
struct Mark {
    rank: u64,
    key: i64,
}

/// The repair.
#[derive(Debug)]
pub struct Seek {
    gap: Gap,
    /// The nearest reading above the place, and below it.
    above: Option<Mark>,
    below: Option<Mark>,
    /// Where the list ends, as far as is known.
    end: Option<u64>,
    /// Keys that one rank is worth, where the last page was.
    slope: f64,
    at: u64,
    tries: u32,
    /// The bracket shrank by less than half: halve it next.
    halve: bool,
}

impl Seek {
    pub fn new(gap: &Gap, hint: Option<u64>, state: &ProofState) -> Self {
        let above = gap.up.map(|up| Mark { rank: up.stop.saturating_sub(1), key: gap.order.key(&up.last) });
        let below = gap.down.map(|down| Mark { rank: down.start, key: gap.order.key(&down.first) });
        let slope = gap.up.map_or(0.0, |up| {
            keys_per_rank(gap.order.key(&up.first), gap.order.key(&up.last), up.stop.saturating_sub(up.start))
        });
        let end = state.report.total_count_last;
        let mut seek = Self { gap: *gap, above, below, end, slope, at: 0, tries: 0, halve: false };
        seek.at = hint.unwrap_or_else(|| seek.guess(state.limit()));
        seek
    }

    /// Where the keys say that the place is.
    fn guess(&self, limit: u64) -> u64 {
        let target = self.gap.hi;
        let least = self.above.map_or(0, |mark| mark.rank);
        let Some(below) = self.below else {
            let most = self.end.filter(|end| *end > least).unwrap_or_else(|| 8 * (least + limit));
            // Sessions that share a key, or have none, tell nothing of how far it goes on.
            let Some(above) = self.above.filter(|above| above.key < NULL_HIGH && self.slope > 0.0) else {
                return least.midpoint(most.max(least + limit));
            };
            let ahead = ranks_down(above.key, target, self.slope);
            // One page further at least, and not behind the end.
            return least.saturating_add(ahead.max(limit / 2)).min(most.max(least + limit / 2));
        };
        let middle = least.midpoint(below.rank);
        let Some(above) = self.above.filter(|above| !self.halve && above.key < NULL_HIGH) else {
            return middle;
        };
        let ahead = ranks_down(
            above.key,
            target,
            keys_per_rank(above.key, below.key, below.rank - least.min(below.rank)),
        );
        // Never the bracket's own ends: those were read.
        let edge = (below.rank.saturating_sub(least) / 16).min(limit / 4);
        least.saturating_add(ahead).clamp(least + edge, below.rank.saturating_sub(edge).max(least + edge))
    }

    fn narrow(&mut self, mark: Mark, is_above: bool) {
        let width = |seek: &Self| Some(seek.below?.rank.saturating_sub(seek.above?.rank));
        let before = width(self);
        if is_above {
            // The list moves: a bracket that does not hold any more is dropped.
            self.below = self.below.filter(|below| below.rank > mark.rank);
            self.above = Some(mark);
        } else {
            self.above = self.above.filter(|above| above.rank < mark.rank);
            self.below = Some(mark);
        }
        self.halve = before.zip(width(self)).is_some_and(|(before, after)| after * 2 > before);
    }
}

impl GapRepair for Seek {
    fn first(&self) -> Position {
        Position::Around(self.at)
    }

    fn sought(&self) -> Option<Sought> {
        Some(Sought { order: self.gap.order, key: self.gap.hi })
    }

    fn take(&mut self, read: &PageView<'_>, state: &mut ProofState) -> Progress {
        self.tries += 1;
        let Some(span) = read.span else {
            if read.request.start == 0 {
                return Progress::Leave(Transition::EmptyPage { calibrated: true });
            }
            self.end = None;
            self.narrow(Mark { rank: read.request.start, key: i64::MIN }, false);
            return self.go_on(state);
        };
        let order = self.gap.order;
        if !state.rules.bound_by_key && order.key(&span.last) <= self.gap.hi {
            state.prove(Some(Span { top: true, ..span }));
            return Progress::Done;
        }
        // What was looked at only is read again, behind what lies above it.
        if !read.request.peek {
            state.prove(Some(span));
        }
        let (hi, lo) = (span.hi(order), span.lo(order));
        // The end of the list lies above the place: the region is empty, or begins with the end.
        if hi > self.gap.hi && (lo <= self.gap.hi || read.short) {
            return Progress::Done;
        }
        if self.tries > TRIES {
            return Progress::Replace(RepairPlan::Gallop { gap: self.gap, drift: 0 });
        }
        if lo > self.gap.hi {
            self.slope = keys_per_rank(order.key(&span.first), order.key(&span.last), read.rows.len() as u64);
            self.narrow(Mark { rank: read.stop().saturating_sub(1), key: lo }, true);
        } else {
            if span.top {
                return Progress::Done;
            }
            self.narrow(Mark { rank: read.request.start, key: hi }, false);
        }
        self.go_on(state)
    }
}

impl Seek {
    fn go_on(&mut self, state: &ProofState) -> Progress {
        self.at = self.guess(state.limit());
        Progress::Ask(Position::Around(self.at))
    }
}
