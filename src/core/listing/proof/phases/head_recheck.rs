//! The last page: where movers and newcomers land, read once more, atomic at one moment.
//! What it proves is judged by the state's target.

use super::Phase;
use crate::core::listing::proof::evidence::Entry;
use crate::core::listing::proof::keys::coverage::Span;
use crate::core::listing::proof::keys::region::Start;
use crate::core::listing::proof::keys::sort_orders::Order;
use crate::core::listing::proof::rows::page_view::{Ending, PageView};
use crate::core::listing::proof::state::ProofState;
use crate::core::listing::proof::transition::{Action, PageRequest, Position, Transition};

/// An empty head of a list that had sessions is asked for again so often.
const EMPTIES: u32 = 4;

#[derive(Debug, Clone, PartialEq)]
enum Stage {
    Landing,
    /// From inside the end of a page that ends an ascending list: deletions must not hide what is behind.
    Inside(Ending, Start),
    /// Right behind it: a page that was cut there would show nothing new.
    Behind(Ending, Start, u64),
}

/// The phase.
#[derive(Debug)]
pub struct HeadRecheck {
    stage: Stage,
    empties: u32,
}

impl HeadRecheck {
    pub fn new() -> Self {
        Self { stage: Stage::Landing, empties: 0 }
    }
}

impl Phase for HeadRecheck {
    fn name(&self) -> &'static str {
        "head recheck"
    }

    fn next(&mut self, state: &mut ProofState, in_flight: usize) -> Action {
        if in_flight > 0 {
            return Action::Wait;
        }
        if state.is_outdated() {
            return Action::Leave(state.start_over());
        }
        let Some(order) = state.orders.effective().first() else {
            return Action::Leave(
                state.give_up("No field that the sessions show explains the order of the list"),
            );
        };
        match &self.stage {
            Stage::Landing => Action::Ask(PageRequest::at(landing(order, state))),
            Stage::Inside(ending, _) => {
                Action::Ask(PageRequest::rank(ending.span.stop.saturating_sub(state.overlap())))
            }
            Stage::Behind(_, _, rank) => Action::Ask(PageRequest::rank(*rank)),
        }
    }

    fn take(&mut self, read: &PageView<'_>, state: &mut ProofState) -> Option<Transition> {
        match self.stage.clone() {
            Stage::Inside(ending, start) => {
                self.stage = Stage::Behind(ending, start, read.stop().max(read.request.start + 1));
                return None;
            }
            Stage::Behind(ending, start, _) => {
                let end = state.is_end(&ending, read);
                return Some(judge(Span { end, ..ending.span }, ending.at, start, state));
            }
            Stage::Landing => {}
        }
        let Some(span) = read.span else {
            self.empties += 1;
            let gone = self.empties > EMPTIES;
            return gone.then_some(Transition::EmptyPage { calibrated: true });
        };
        if read.short && read.request.head && (state.region.is_whole() || !state.reaches(&span)) {
            // The old bound stays in force: nothing was covered yet.
            return Some(Transition::SinglePage { head: read.ids().collect() });
        }
        let ascending = state.orders.effective().first().is_some_and(Order::ascending);
        if read.short && ascending && read.total != Some(span.stop) {
            self.stage = Stage::Inside(Ending::of(read, span), read.as_start());
            return None;
        }
        let span = Span { end: read.short && ascending, ..span };
        Some(judge(span, read.answered_at, read.as_start(), state))
    }
}

/// One atomic page that proves the region ends the listing; else the region is read, and so on.
fn judge(span: Span, at: i64, start: Start, state: &mut ProofState) -> Transition {
    state.prove(Some(span));
    if state.is_outdated() {
        return state.start_over();
    }
    if state.reaches(&span) {
        return Transition::End(state.proven_at(at));
    }
    if is_all_future(&span, &start, state) {
        return state.give_up("The sessions' keys lie in the future of the service's clock");
    }
    state.record(Entry::Since(start));
    let from = span.stop.saturating_sub(state.overlap());
    Transition::BulkScan { from, known: span.stop, at_end: false }
}

/// A whole page ahead of the clock: then nobody knows where movers land. (A few such keys do no harm.)
fn is_all_future(span: &Span, start: &Start, state: &ProofState) -> bool {
    let now = start.answered_at.saturating_add(state.rules.skew);
    state.orders.effective().all(|o| !o.ascending() && span.lo(o) > o.of_value(now))
}

/// Where sessions land that move: at the head, at the end, or where the nulls begin.
fn landing(order: Order, state: &ProofState) -> Position {
    let edge = state.null_edge.filter(|_| state.orders.null_seen(order));
    match (order.ascending(), order.nulls_first(), edge) {
        (false, true, Some(edge)) => Position::Rank(edge.saturating_sub(state.overlap())),
        (false, _, _) => Position::Rank(0),
        (true, false, Some(edge)) => Position::Ending(edge),
        (true, _, _) => Position::Ending(state.evidence.end_rank),
    }
}
