//! Covers a region: pages at a stride in bulk, then whatever gaps are left.
//! It decides where to read; how a gap is closed is for the repairs.

mod settle;

use super::Phase;
use crate::core::listing::proof::evidence::Entry;
use crate::core::listing::proof::gaps::nulls_first::NullsFirst;
use crate::core::listing::proof::gaps::tail_reach::TailReach;
use crate::core::listing::proof::gaps::{GapRepair, Progress, RepairPlan};
use crate::core::listing::proof::keys::coverage::Span;
use crate::core::listing::proof::keys::density::{keys_per_rank, ranks_down};
use crate::core::listing::proof::keys::order::NULL_LOW;
use crate::core::listing::proof::rows::page_view::{InFlight, PageView};
use crate::core::listing::proof::state::ProofState;
use crate::core::listing::proof::transition::{Action, PageRequest, Position, Transition, Verdict};

/// Gaps mended at the same time.
const AT_ONCE: usize = 16;

/// A gap repair under way, and where it reads next; `None` while its answer is due.
#[derive(Debug)]
struct Repair {
    id: u32,
    position: Option<Position>,
    work: Box<dyn GapRepair>,
}

impl Repair {
    fn request(&self) -> Option<PageRequest> {
        let sought = self.work.sought();
        Some(PageRequest { sought, repair: self.id, ..PageRequest::at(self.position?) })
    }
}

/// About at which rank a gap may lie, where that is known.
#[derive(Debug, Clone, Copy)]
struct Hint(Option<u64>);

/// The phase.
#[derive(Debug)]
pub struct BulkScan {
    /// The rank at which the bulk goes on; `None` once it met the end of the region.
    cursor: Option<u64>,
    /// The greatest rank that a full page reached.
    read_to: u64,
    pages: usize,
    repairs: Vec<Repair>,
    next_repair: u32,
    /// How often gaps were left when all answers were there.
    settles: usize,
    total: Option<u64>,
    /// Empty pages where the region begins.
    empties: u32,
    tail: TailReach,
    nulls: NullsFirst,
    /// How far ranks drifted since the bulk.
    drift: i64,
    /// Where the first gap is looked for, since nothing that is known of ranks still holds: a proof that was
    /// saved, or a seed.
    seeking: Option<Hint>,
    /// Below which page the bulk was last resumed.
    resumed: Option<u64>,
    /// Where the region ends, by the density of its keys so far.
    end_hint: Option<u64>,
    /// How far the ranks were read without a hole, and how often in a row that was no further than before.
    reached: (u64, u32),
}

impl BulkScan {
    /// Reads on from that rank, where `known` ranks were read already. `at_end`: only gaps are left.
    pub fn new(from: u64, known: u64, at_end: bool) -> Self {
        Self {
            cursor: (!at_end).then_some(from),
            read_to: known,
            pages: 0,
            repairs: Vec::new(),
            next_repair: 0,
            settles: 0,
            total: None,
            empties: 0,
            tail: TailReach::default(),
            nulls: NullsFirst::default(),
            drift: 0,
            seeking: None,
            resumed: None,
            end_hint: None,
            reached: (0, 0),
        }
    }

    /// Nothing that is known of ranks still holds: the first gap is looked for by its keys, near that rank.
    pub fn seeking(mut self, rank: Option<u64>) -> Self {
        self.seeking = Some(Hint(rank));
        self
    }

    /// Not past the end that `total_count` hints at, nor past what the caller wants, while answers are due.
    fn may_ask(&self, rank: u64, state: &ProofState, in_flight: usize) -> bool {
        if in_flight == 0 {
            return true;
        }
        let wanted = state.range.max_items.map_or(u64::MAX, |n| n.saturating_add(state.range.offset));
        if rank >= wanted || self.end_hint.is_some_and(|end| rank >= end) {
            return false;
        }
        match self.total.filter(|total| *total > self.read_to) {
            Some(total) => rank < total,
            // Nobody knows where it ends: do not run far ahead of what was read.
            None => in_flight < 1 + self.pages / 16,
        }
    }
}

impl Phase for BulkScan {
    fn name(&self) -> &'static str {
        "bulk scan"
    }

    fn next(&mut self, state: &mut ProofState, in_flight: usize) -> Action {
        if let Some(rank) = self.nulls.look(state) {
            return Action::Ask(PageRequest { peek: true, ..PageRequest::at(Position::Ending(rank)) });
        }
        if state.is_outdated() {
            return if in_flight > 0 { Action::Wait } else { Action::Leave(state.start_over()) };
        }
        if state.may_begin_with_nulls() {
            return Action::Wait;
        }
        if let Some(request) = self.repairs.iter().find_map(Repair::request) {
            return Action::Ask(request);
        }
        if let Some(rank) = self.cursor.filter(|rank| self.may_ask(*rank, state, in_flight)) {
            return Action::Ask(PageRequest::rank(rank));
        }
        if in_flight > 0 {
            return Action::Wait;
        }
        self.settle(state)
    }

    fn asked(&mut self, request: &InFlight, state: &ProofState) {
        if request.repair > 0 {
            if let Some(repair) = self.repairs.iter_mut().find(|r| r.id == request.repair) {
                repair.position = None;
            }
            return;
        }
        if request.peek {
            return self.nulls.asked();
        }
        let stop = request.start + u64::from(request.asked);
        self.cursor = Some(state.paging.after(stop, state.overlap()));
    }

    fn take(&mut self, read: &PageView<'_>, state: &mut ProofState) -> Option<Transition> {
        self.total = read.total.or(self.total);
        if read.request.peek && read.request.repair == 0 {
            NullsFirst::take(read, state);
            return None;
        }
        if !read.short {
            self.read_to = self.read_to.max(read.stop());
        }
        self.pages += 1;
        if read.request.repair > 0 {
            return self.take_repair(read, state);
        }
        if runs_away(read, state) {
            return Some(Transition::End(Verdict::Lost(
                "The service sends the same sessions again and again instead of reading on; its `offset` cannot be relied on"
                    .to_owned(),
            )));
        }
        self.take_bulk(read, state);
        state.remember(read);
        // One page at rank 0 holds the whole region: nothing can have moved within one moment.
        let atomic = read.request.head && state.is_first_cover() && !state.extent.is_whole();
        let held = read.span.is_some_and(|span| atomic && state.reaches(&span));
        held.then(|| Transition::End(state.proven_at(read.answered_at)))
    }
}

impl BulkScan {
    fn take_bulk(&mut self, read: &PageView<'_>, state: &mut ProofState) {
        let Some(mut span) = read.span else {
            self.cursor = None;
            return;
        };
        // Where the caller's offset lies, the listing begins: what is above is not his.
        span.top |= state.range.offset > 0 && state.is_first_cover() && span.start <= state.range.offset;
        let counted = state.rules.trust_total && read.total.is_some_and(|total| total <= span.stop);
        span.end = counted || (!state.rules.tail_proof && read.short);
        state.prove(Some(span));
        if span.end {
            state.record(Entry::End { rank: span.stop, counted: false });
        }
        let away = state.is_below(&span) || state.is_above(&span) || self.nulls.leave(&span, state);
        if span.end || read.short || away {
            self.cursor = None;
        }
        self.end_hint = end_hint(&span, state);
    }

    fn take_repair(&mut self, read: &PageView<'_>, state: &mut ProofState) -> Option<Transition> {
        let index = self.repairs.iter().position(|r| r.id == read.request.repair)?;
        let mut repair = self.repairs.swap_remove(index);
        match repair.work.take(read, state) {
            Progress::Ask(position) => {
                repair.position = Some(position);
                self.repairs.push(repair);
            }
            Progress::Done => self.drift = repair.work.drift().unwrap_or(self.drift),
            Progress::Replace(other) => self.start(other, state),
            Progress::Resume(rank) => self.cursor = Some(rank),
            Progress::Leave(transition) => return Some(transition),
        }
        None
    }

    #[expect(clippy::large_types_passed_by_value, reason = "it becomes the repair")]
    fn start(&mut self, plan: RepairPlan, state: &ProofState) {
        self.tail.note(&plan);
        self.next_repair += 1;
        let (position, work) = plan.start(state);
        self.repairs.push(Repair { id: self.next_repair, position: Some(position), work });
    }
}

/// Where the region's lower end lies, if its keys go on as densely as in this page.
fn end_hint(span: &Span, state: &ProofState) -> Option<u64> {
    let order = state.orders.effective().first()?;
    let zone = state.zones(order).into_iter().next()?;
    if zone.lo <= NULL_LOW || state.evidence.target.landing.is_some() {
        return None;
    }
    let (hi, lo) = (order.key(&span.first), order.key(&span.last));
    let ahead = ranks_down(lo, zone.lo, keys_per_rank(hi, lo, span.stop - span.start));
    Some(span.stop.saturating_add(ahead).saturating_add(state.limit() / 4))
}

/// Full pages far beyond the number of sessions that there are. Within bounds only those that lie there are known.
fn runs_away(read: &PageView<'_>, state: &ProofState) -> bool {
    let known = state.range.offset + state.seen.len() + state.rows_without_id;
    state.region.holds_all()
        && state.evidence.target.is_whole()
        && !read.short
        && read.request.start > known + 40 * state.limit()
}
