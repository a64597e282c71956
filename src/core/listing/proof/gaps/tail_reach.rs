//! From how far above the end of the list is looked for: further each time, where a tie ends the list.

use super::RepairPlan;
use crate::core::listing::proof::keys::coverage::{Gap, Span};
use crate::core::listing::proof::state::ProofState;

/// What was tried so far.
#[derive(Debug, Default)]
pub struct TailReach {
    back: u64,
    /// The tie at the end was walked.
    walked: bool,
}

impl TailReach {
    /// What closes the gap below that span.
    pub fn next(&mut self, gap: &Gap, up: &Span, state: &ProofState) -> RepairPlan {
        let begins = state.evidence.cover.start_of_tie(gap.order, gap.hi);
        let tied = begins.map_or(0, |begins| up.stop.saturating_sub(begins));
        // No page reaches from above so many sessions of one key to the end.
        let too_wide = state.limit_too_small.is_none() && tied >= state.limit();
        let walk = too_wide && !self.walked;
        if walk || self.back >= state.limit() && gap.lo == gap.hi {
            return RepairPlan::Tie { order: gap.order, value: gap.hi, from: up.start, is_last: !walk };
        }
        // One that begins a little above them does, if they are more than the last one.
        let above = (state.limit().saturating_sub(tied) / 2).min(state.overlap());
        let least = if tied > 1 { (tied + above).saturating_sub(u64::from(up.tied)) } else { 0 };
        let back = self.back.max(least);
        self.back = self.back.saturating_mul(2).max(state.overlap());
        RepairPlan::Tail { gap: *gap, up: *up, back, walk: !self.walked }
    }

    /// That repair begins.
    pub fn note(&mut self, plan: &RepairPlan) {
        self.walked |= matches!(plan, RepairPlan::Tie { is_last: false, .. });
    }
}
