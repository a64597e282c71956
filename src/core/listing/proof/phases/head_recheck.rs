//! The last page: where movers and newcomers land, read once more, atomic at one moment.
//! What it proves is judged by the state's target.

use super::Phase;
use crate::core::listing::proof::evidence::Entry;
use crate::core::listing::proof::keys::coverage::Span;
use crate::core::listing::proof::keys::density::{keys_per_rank, ranks_down};
use crate::core::listing::proof::keys::order::{Order, OrderSet};
use crate::core::listing::proof::keys::region::Start;
use crate::core::listing::proof::rows::page_view::{Ending, PageView};
use crate::core::listing::proof::rules::EMPTY_HEADS;
use crate::core::listing::proof::state::ProofState;
use crate::core::listing::proof::transition::{Action, PageRequest, Position, Transition};

/// Pages that are worth it to be spared.
const LONG: u64 = 10;

#[derive(Debug, Clone, PartialEq)]
enum Reading {
    Landing,
    /// From inside the end of a page that ends an ascending list: deletions must not hide what is behind.
    Inside(Ending, Start),
    /// Right behind it: a page that was cut there would show nothing new.
    Behind(Ending, Start, u64),
}

/// The phase.
#[derive(Debug)]
pub struct HeadRecheck {
    reading: Reading,
    empties: u32,
    /// The orders under which the landing zone is proven already, and as of when.
    swept: OrderSet,
    at: Option<i64>,
}

impl HeadRecheck {
    pub fn new() -> Self {
        Self { reading: Reading::Landing, empties: 0, swept: OrderSet::none(), at: None }
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
        let orders = state.orders.effective();
        let Some(order) = orders.iter().find(|o| !self.swept.holds(*o)).or(orders.first()) else {
            return Action::Leave(
                state.give_up("No field that the sessions show explains the order of the list"),
            );
        };
        match &self.reading {
            Reading::Landing => Action::Ask(PageRequest::at(landing(order, state))),
            Reading::Inside(ending, _) => {
                Action::Ask(PageRequest::rank(ending.span.stop.saturating_sub(state.overlap())))
            }
            Reading::Behind(_, _, rank) => Action::Ask(PageRequest::rank(*rank)),
        }
    }

    fn take(&mut self, read: &PageView<'_>, state: &mut ProofState) -> Option<Transition> {
        match self.reading.clone() {
            // As long as the page before it: both may be cut at what the service gives at once.
            Reading::Inside(ending, start) if read.rows.len() >= ending.ids.len() => {
                self.reading = Reading::Landing;
                return self.judge(ending.span, ending.at, start, state);
            }
            Reading::Inside(ending, start) => {
                self.reading = Reading::Behind(ending, start, read.stop().max(read.request.start + 1));
                return None;
            }
            Reading::Behind(ending, start, _) => {
                let end = state.is_end(&ending, read);
                self.reading = Reading::Landing;
                return self.judge(Span { end, ..ending.span }, ending.at, start, state);
            }
            Reading::Landing => {}
        }
        let Some(span) = read.span else {
            self.empties += 1;
            let gone = self.empties > EMPTY_HEADS;
            return gone.then_some(Transition::EmptyPage { calibrated: true });
        };
        if read.short && read.request.head && state.some_lack_an_id {
            return Some(state.give_up("The list fits one page"));
        }
        if read.short && read.request.head && (state.extent.is_whole() || !state.reaches(&span)) {
            // The old bound stays in force: nothing was covered yet.
            return Some(Transition::SinglePage { head: read.ids().collect() });
        }
        let unswept = state.orders.effective().only(|o| !self.swept.holds(*o));
        let ascending = unswept.first().is_some_and(Order::ascending);
        if read.short && ascending && read.total != Some(span.stop) {
            self.reading = Reading::Inside(Ending::of(read, span), read.as_start());
            return None;
        }
        let span = Span { end: read.short && ascending, ..span };
        self.judge(span, read.answered_at, read.as_start(), state)
    }
}

impl HeadRecheck {
    /// One atomic page that proves the landing zone ends the listing, under each order that is left: where
    /// several fit, sessions may land at either end of the list.
    fn judge(&mut self, span: Span, at: i64, start: Start, state: &mut ProofState) -> Option<Transition> {
        state.prove(Some(span));
        if state.is_outdated() {
            return Some(state.start_over());
        }
        let reached = state.reached(&span);
        let before = self.swept;
        self.swept = before.with(reached);
        if self.swept != before {
            let at = self.at.map_or(at, |before| before.min(at));
            self.at = Some(at);
            let orders = state.orders.effective();
            let all = orders.both(self.swept) == orders || !state.rules.all_orders;
            return all.then(|| Transition::End(state.proven_at(at)));
        }
        if is_all_future(&span, &start, state) {
            return Some(state.give_up("The sessions' keys lie in the future of the service's clock"));
        }
        let foot = foot(&span, state);
        if state.can_climb() && (foot > 2 * state.limit() || state.evidence.epoch > 2) {
            state.early_head = (!state.rules.climb_alone).then_some(span);
            return Some(Transition::Climb { foot });
        }
        // Nothing moved, and still no page reaches: reading on would not change that.
        let still = state.report.inserted + state.report.updated == 0;
        if still && (state.evidence.epoch > 3 || is_one_tie(&span, foot, state)) {
            return Some(state.give_up(&format!("{} or more sessions share one timestamp", span.tied)));
        }
        state.record(Entry::Since(start));
        let from = span.stop.saturating_sub(state.overlap());
        Some(Transition::BulkScan { from, known: span.stop, at_end: false })
    }
}

/// The rank at which the landing zone ends, if its keys go on as densely as in the page at its top.
fn foot(span: &Span, state: &ProofState) -> u64 {
    let length = state.report.total_count_last.unwrap_or(0).max(state.seen.len());
    // Whatever landed did so within the region.
    let region_end = state.region_end.filter(|_| !state.extent.is_whole());
    let length = region_end.map_or(length, |end| length.min(end + state.limit()));
    let ranks = |order: Order| {
        let zones = state.zones(order);
        let (first, last) = (order.key(&span.first), order.key(&span.last));
        let each = keys_per_rank(first, last, span.stop - span.start);
        zones.last().map_or(0, |zone| ranks_down(last, zone.lo, each))
    };
    let ranks = state.orders.effective().iter().map(ranks).max().unwrap_or(0);
    span.stop.saturating_add(ranks).saturating_add(state.limit() / 4).min(length.max(span.stop))
}

/// The page's sessions share one key, as may most of a long list: it would only be read once more.
fn is_one_tie(span: &Span, foot: u64, state: &ProofState) -> bool {
    let tied = |order: Order| order.key(&span.first) == order.key(&span.last);
    let is_long = foot > LONG * state.limit() && foot.saturating_mul(2) > state.length();
    is_long && state.orders.effective().all(tied)
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
