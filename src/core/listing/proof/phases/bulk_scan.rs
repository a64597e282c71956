//! Covers a region: pages at a stride in bulk, then whatever gaps are left.
//! It decides where to read; how a gap is closed is for the errands.

use super::double_collect::DoubleCollect;
use super::head_recheck::HeadRecheck;
use crate::core::listing::proof::coverage::{Gap, Region};
use crate::core::listing::proof::gaps::{GapRepair, Next};
use crate::core::listing::proof::page_view::{InFlight, PageView};
use crate::core::listing::proof::phases::{Action, PageRequest, Phase, Verdict};
use crate::core::listing::proof::state::ProofState;
use crate::core::model::report::Certificate;

/// Gaps mended at the same time.
const AT_ONCE: usize = 16;

/// The phase.
#[derive(Debug)]
pub struct BulkScan {
    /// The rank at which the bulk goes on; `None` once it met the end of the region.
    cursor: Option<u64>,
    /// Up to here the bulk has asked; rows without an id are new behind it.
    asked_to: u64,
    /// The greatest rank that a full page reached.
    read_to: u64,
    pages: usize,
    errands: Vec<(u32, GapRepair)>,
    next_errand: u32,
    /// How often gaps were left when all answers were there.
    settles: usize,
    total: Option<u64>,
    /// Empty pages where the region begins.
    empties: u32,
    /// How much further than usual the tail is read from above, where a tie ends the list.
    reach_back: u64,
    /// How far ranks drifted since the bulk.
    drift: i64,
}

impl BulkScan {
    /// Reads on from rank `next`, where `known` ranks were read already.
    pub fn from(next: u64, known: u64) -> Self {
        Self {
            cursor: Some(next),
            asked_to: known,
            read_to: known,
            pages: 0,
            errands: Vec::new(),
            next_errand: 0,
            settles: 0,
            total: None,
            empties: 0,
            reach_back: 0,
            drift: 0,
        }
    }

    /// The last page met the end: only gaps are left.
    pub fn at_end(mut self) -> Self {
        self.cursor = None;
        self
    }

    pub fn need(&mut self, state: &mut ProofState, in_flight: usize) -> Action {
        if state.is_outdated() {
            return if in_flight > 0 { Action::Wait } else { start_over(state) };
        }
        if let Some((id, at)) = self.errands.iter().find_map(|(id, e)| e.want().map(|at| (*id, at))) {
            return Action::Ask(PageRequest { repair: id, ..PageRequest::at(at) });
        }
        if let Some(rank) = self.cursor.filter(|rank| self.may_ask(*rank, state, in_flight)) {
            return Action::Ask(PageRequest {
                fresh_from: Some(self.asked_to.max(state.scope.offset)),
                ..PageRequest::rank(rank)
            });
        }
        if in_flight > 0 {
            return Action::Wait;
        }
        self.settle(state)
    }

    /// Not past the end that `total_count` hints at, nor past what the caller wants, while answers are due.
    fn may_ask(&self, rank: u64, state: &ProofState, in_flight: usize) -> bool {
        if in_flight == 0 {
            return true;
        }
        let wanted = state.scope.max_items.map_or(u64::MAX, |n| n.saturating_add(state.scope.offset));
        if rank >= wanted {
            return false;
        }
        match self.total.filter(|total| *total > self.read_to) {
            Some(total) => rank < total,
            // Nobody knows where it ends: do not run far ahead of what was read.
            None => in_flight < 1 + self.pages / 16,
        }
    }

    pub fn asked(&mut self, request: &InFlight, state: &ProofState) {
        if request.repair > 0 {
            if let Some((_, repair)) = self.errands.iter_mut().find(|(id, _)| *id == request.repair) {
                repair.asked();
            }
            return;
        }
        let stop = request.start + u64::from(request.asked);
        self.asked_to = self.asked_to.max(stop);
        self.cursor = Some(state.window.after(stop, state.overlap()));
    }

    pub fn take(&mut self, read: &PageView<'_>, state: &mut ProofState) -> Option<Action> {
        self.total = read.total.or(self.total);
        if !read.short {
            self.read_to = self.read_to.max(read.stop());
        }
        self.pages += 1;
        if read.request.repair > 0 {
            return self.take_errand(read, state);
        }
        if runs_away(read, state) {
            return Some(Action::End(Verdict::Lost(
                "The service sends the same sessions again and again instead of reading on; its `offset` cannot be relied on"
                    .to_owned(),
            )));
        }
        self.take_bulk(read, state);
        None
    }

    fn take_bulk(&mut self, read: &PageView<'_>, state: &mut ProofState) {
        let Some(mut span) = read.span else {
            self.cursor = None;
            return;
        };
        // Where the caller's offset lies, the listing begins: what is above is not his.
        span.top |=
            state.scope.offset > 0 && state.region == Region::Whole && span.start <= state.scope.offset;
        let counted = state.rules.trust_total && read.total.is_some_and(|total| total <= span.stop);
        span.end = counted || (!state.rules.tail_proof && read.short);
        state.prove(Some(span));
        if span.end {
            state.end_rank = span.stop;
        }
        if span.end || read.short || state.is_below(&span) {
            self.cursor = None;
        }
    }

    fn take_errand(&mut self, read: &PageView<'_>, state: &mut ProofState) -> Option<Action> {
        let index = self.errands.iter().position(|(id, _)| *id == read.request.repair)?;
        let (id, mut repair) = self.errands.swap_remove(index);
        match repair.take(read, state) {
            Next::More => self.errands.push((id, repair)),
            Next::Done => self.drift = repair.drift().unwrap_or(self.drift),
            Next::Become(other) => self.errands.push((id, other)),
            Next::Resume(rank) => {
                self.cursor = Some(rank);
                self.asked_to = read.stop();
            }
            Next::Go(need) => return Some(need),
        }
        None
    }

    /// Nothing is under way: what is still not proven?
    fn settle(&mut self, state: &mut ProofState) -> Action {
        // Nothing was read that a search for what is missing could begin at.
        if state.scope.offset > 0 && state.region == Region::Whole && state.cover.spans().is_empty() {
            return self.nothing_there(state);
        }
        if state.orders.effective().is_empty() {
            return Action::Go(Phase::Double(Box::new(DoubleCollect::new(
                "No field that the sessions show explains the order of the list",
            ))));
        }
        let gaps = state.gaps();
        if gaps.is_empty() {
            return finish(state);
        }
        self.settles += 1;
        // A list that grows as fast as it is read would keep this up for ever.
        if self.settles > 64 + self.pages / 16 {
            return give_up(state, "Some part of the list could not be read without a gap");
        }
        self.send_out(&gaps, state);
        if self.errands.is_empty() && self.cursor.is_none() {
            return self.nothing_there(state);
        }
        self.need(state, 0)
    }

    fn send_out(&mut self, gaps: &[Gap], state: &ProofState) {
        let lowest =
            gaps.first().and_then(|g| state.cover.spans().iter().map(|s| g.order.key(&s.last)).min());
        let is_tail =
            |gap: &Gap| gap.up.is_some() && (gap.down.is_none() || lowest.is_some_and(|low| gap.hi <= low));
        for gap in gaps.iter().filter(|g| !is_tail(g)).take(AT_ONCE) {
            self.next_errand += 1;
            self.errands.push((self.next_errand, GapRepair::gallop(gap, self.drift, state)));
        }
        if !self.errands.is_empty() {
            return;
        }
        let Some(gap) = gaps.iter().find(|g| is_tail(g)) else { return };
        let Some(up) = gap.up else { return };
        if state.region != Region::Whole && !up.short && gap.down.is_none() {
            self.cursor = Some(up.stop.saturating_sub(state.overlap()));
            return;
        }
        self.next_errand += 1;
        if self.reach_back >= state.limit() && gap.lo == gap.hi {
            self.errands.push((self.next_errand, GapRepair::tie(gap, up.start)));
            return;
        }
        self.errands.push((self.next_errand, GapRepair::tail(gap, &up, self.reach_back)));
        self.reach_back = (self.reach_back * 2).max(state.overlap());
    }

    /// No page has any row: the caller's offset lies behind the end, or the list is empty.
    fn nothing_there(&mut self, state: &mut ProofState) -> Action {
        if state.scope.offset == 0 {
            return Action::Go(Phase::SinglePage(Box::new(super::single_page::SinglePage::empty(true))));
        }
        self.empties += 1;
        if self.empties < 3 {
            self.cursor = Some(state.scope.offset);
            return self.need(state, 0);
        }
        let now = state.last_answer;
        Action::End(Verdict::Proven(Certificate::SinglePage, now))
    }
}

/// Full pages far beyond the number of sessions that there are.
fn runs_away(read: &PageView<'_>, state: &ProofState) -> bool {
    let known = state.scope.offset + state.seen.len() + state.rows_without_id;
    !read.short && read.request.start > known + 40 * state.limit()
}

/// The region is covered.
fn finish(state: &mut ProofState) -> Action {
    if state.region == Region::Whole {
        state.proven = Some(state.orders.effective());
    }
    if let Some(since) = state.since.filter(|_| state.rules.sweep) {
        state.begin_epoch(Region::Landing { since, skew: state.rules.skew });
        return Action::Go(Phase::HeadRecheck(Box::new(HeadRecheck::new())));
    }
    Action::End(state.proven_at(state.last_answer))
}

/// Reads the whole list anew, for orders that the joins so far did not respect.
pub fn start_over(state: &mut ProofState) -> Action {
    state.begin_epoch(Region::Whole);
    state.proven = None;
    Action::Go(Phase::BulkScan(Box::new(BulkScan::from(state.scope.offset, 0))))
}

/// The keys do not prove it: what remains is to read it twice with the same result.
pub fn give_up(state: &ProofState, why: &str) -> Action {
    if state.scope.offset > 0 {
        return Action::End(Verdict::Unproven(why.to_owned()));
    }
    Action::Go(Phase::Double(Box::new(DoubleCollect::new(why))))
}
