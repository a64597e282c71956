//! Bounds in a list that begins with sessions without a key: so many pages may come before the first key that it is
//! looked for, rather than come upon. It makes no request.

use super::RepairPlan;
use crate::core::listing::proof::keys::coverage::Span;
use crate::core::listing::proof::state::ProofState;

/// What was done about them.
#[derive(Debug, Default)]
pub struct NullsFirst {
    /// How far the list was read when they were left.
    read_to: u64,
    sought: bool,
}

impl NullsFirst {
    /// Whether reading on may be left for a search, behind this page.
    pub fn leave(&mut self, span: &Span, state: &ProofState) -> bool {
        if self.sought || state.gap_below_nulls().is_none() {
            return false;
        }
        self.read_to = self.read_to.max(span.stop);
        true
    }

    /// The search, once.
    pub fn search(&mut self, state: &ProofState) -> Option<RepairPlan> {
        let gap = state.gap_below_nulls().filter(|_| !self.sought)?;
        self.sought = true;
        Some(RepairPlan::Seek { gap, hint: None })
    }

    /// Where reading goes on if there is no key at all.
    pub fn resume(&mut self, state: &ProofState) -> Option<u64> {
        let rank = std::mem::take(&mut self.read_to);
        (self.sought && rank > 0).then(|| rank.saturating_sub(state.overlap()))
    }
}
