//! What a bulk scan does once all answers are there: the repairs that close what gaps are left, and where the listing
//! goes on when there are none. Pages are taken in by its parent.

use super::{AT_ONCE, BulkScan};
use crate::core::listing::proof::evidence::Entry;
use crate::core::listing::proof::gaps::RepairPlan;
use crate::core::listing::proof::keys::coverage::Gap;
use crate::core::listing::proof::keys::region::Landing;
use crate::core::listing::proof::phases::Phase;
use crate::core::listing::proof::rules::EMPTY_PAGES;
use crate::core::listing::proof::state::ProofState;
use crate::core::listing::proof::transition::{Action, Transition, Verdict};
use crate::core::model::report::Certificate;

impl BulkScan {
    /// Nothing is under way: what is still not proven?
    pub(super) fn settle(&mut self, state: &mut ProofState) -> Action {
        // Nothing was read that a search for what is missing could begin at.
        if state.range.offset > 0 && state.is_first_cover() && state.evidence.cover.spans().is_empty() {
            return self.nothing_there(state);
        }
        if let Some(rank) = self.unread(state) {
            self.cursor = Some(rank);
            return self.next(state, 0);
        }
        if state.orders.effective().is_empty() || state.all_lack_an_id() {
            return self.settle_without_order(state);
        }
        state.bridge_ties();
        let gaps = state.gaps();
        if gaps.is_empty() {
            return Action::Leave(finish(state));
        }
        self.settles += 1;
        // A list that grows as fast as it is read would keep this up for ever.
        if self.settles > 64 + self.pages / 16 {
            return Action::Leave(state.give_up("Some part of the list could not be read without a gap"));
        }
        self.send_out(&gaps, state);
        if self.repairs.is_empty() && self.cursor.is_none() {
            return self.nothing_there(state);
        }
        self.next(state, 0)
    }

    /// No order is left; it may be that of a key which no session has so far.
    fn settle_without_order(&mut self, state: &mut ProofState) -> Action {
        if !state.all_lack_an_id() {
            if let Some(search) = self.nulls.search(state) {
                self.start(search, state);
                return self.next(state, 0);
            }
            if let Some(rank) = self.nulls.resume(state) {
                self.cursor = Some(rank);
                return self.next(state, 0);
            }
        }
        Action::Leave(state.give_up("No field that the sessions show explains the order of the list"))
    }

    /// Sessions without an id are known by their ranks alone: where reading goes on if some were not read, though
    /// the service counts them.
    fn unread(&mut self, state: &ProofState) -> Option<u64> {
        let whole = state.range.offset == 0 && state.evidence.target.is_whole();
        if !state.some_lack_an_id || !whole {
            return None;
        }
        let open = state.claims.first_open();
        self.reached = (open, if open > self.reached.0 { 0 } else { self.reached.1 + 1 });
        let more = state.report.total_count_last.is_some_and(|total| total > open);
        (more && self.reached.1 < 3).then_some(open)
    }

    fn send_out(&mut self, gaps: &[Gap], state: &ProofState) {
        let lowest = gaps
            .first()
            .and_then(|g| state.evidence.cover.spans().iter().map(|s| g.order.key(&s.last)).min());
        let is_tail =
            |gap: &Gap| gap.up.is_some() && (gap.down.is_none() || lowest.is_some_and(|low| gap.hi <= low));
        // What is far away follows when all above it was read.
        let is_near = |gap: &Gap| self.seeking.is_none() && !ProofState::is_remote(gap);
        let near: Vec<Gap> = gaps.iter().filter(|gap| is_near(gap)).copied().collect();
        if let Some(gap) = gaps.first().filter(|_| near.is_empty()) {
            let hint = self.seeking.take().and_then(|hint| hint.0);
            return self.start(RepairPlan::Seek { gap: *gap, hint }, state);
        }
        let gaps = near;
        for gap in gaps.iter().filter(|g| !is_tail(g)).take(AT_ONCE) {
            self.start(RepairPlan::Gallop { gap: *gap, drift: self.drift }, state);
        }
        if !self.repairs.is_empty() {
            return;
        }
        let Some(gap) = gaps.iter().find(|g| is_tail(g)) else { return };
        let Some(up) = gap.up else { return };
        // Once: a page that ties with the one above joins nothing, and would be read again and again.
        if !state.evidence.target.is_whole()
            && !up.short
            && gap.down.is_none()
            && self.resumed != Some(up.stop)
        {
            self.resumed = Some(up.stop);
            self.cursor = Some(up.stop.saturating_sub(state.overlap()));
            return;
        }
        let plan = self.tail.next(gap, &up, state);
        self.start(plan, state);
    }

    /// No page has any row: the caller's offset lies behind the end, or the list is empty.
    fn nothing_there(&mut self, state: &mut ProofState) -> Action {
        if state.range.offset == 0 {
            return Action::Leave(Transition::EmptyPage { calibrated: true });
        }
        self.empties += 1;
        if self.empties < EMPTY_PAGES {
            self.cursor = Some(state.range.offset);
            return self.next(state, 0);
        }
        let now = state.last_answer;
        Action::Leave(Transition::End(Verdict::Proven(Certificate::SinglePage, now)))
    }
}

/// The region is covered.
fn finish(state: &mut ProofState) -> Transition {
    state.nulls_told |= state.extent.is_whole();
    if state.is_first_cover() {
        state.record(Entry::Covered(Some(state.orders.effective())));
        let lowest = state.evidence.cover.lowest(state.orders.effective().first());
        state.region_end = lowest.map(|span| span.stop);
    }
    if let Some(at) = state.report.started_at.filter(|_| state.is_settled()) {
        return Transition::End(state.proven_at(at));
    }
    if let Some(since) = state.evidence.since.filter(|_| state.rules.head_recheck) {
        state.begin_epoch(Some(Landing { since, skew: state.rules.skew }));
        return Transition::HeadRecheck;
    }
    Transition::End(state.proven_at(state.last_answer))
}
