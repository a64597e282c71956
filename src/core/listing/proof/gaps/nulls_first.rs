//! Bounds in a list that begins with sessions without a key: so many pages may come before the first key that it is
//! looked for, rather than come upon. It makes no request.

use super::RepairPlan;
use crate::core::listing::proof::keys::coverage::Span;
use crate::core::listing::proof::keys::region::Region;
use crate::core::listing::proof::rows::page_view::PageView;
use crate::core::listing::proof::state::ProofState;

/// What was done about them.
#[derive(Debug, Default)]
pub struct NullsFirst {
    /// How far the list was read when they were left.
    read_to: u64,
    sought: bool,
    /// The end of the list was asked for.
    asked: bool,
}

impl NullsFirst {
    /// The rank of the list's end, where a key that the head lacks would be seen; until it was asked for.
    pub fn look(&self, state: &mut ProofState) -> Option<u64> {
        if self.asked || !state.may_begin_with_nulls() {
            return None;
        }
        let end = state.report.total_count_last;
        if end.is_none() {
            tell(false, state);
        }
        end
    }

    /// The end was asked for: not before, as there may be no room for a request when it is wanted.
    pub fn asked(&mut self) {
        self.asked = true;
    }

    /// Takes the end.
    pub fn take(read: &PageView<'_>, state: &mut ProofState) {
        let is_end = read.short && !read.rows.is_empty();
        if is_end {
            state.orders.observe_end(read.rows);
        }
        tell(is_end, state);
    }

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

/// What is not told by the list's end is told by all of it only.
fn tell(by_end: bool, state: &mut ProofState) {
    if by_end {
        state.nulls_told = true;
    } else if state.may_begin_with_nulls() {
        state.extent = Region::WHOLE;
    }
}
