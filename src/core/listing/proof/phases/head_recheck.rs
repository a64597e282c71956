//! The last page: where movers and newcomers land, read once more, atomic at one moment.
//! What it proves is judged by the ledger's region.

use super::bulk_scan::{Reading, give_up, start_over};
use super::single_page::Small;
use crate::core::listing::proof::coverage::{Span, Start};
use crate::core::listing::proof::page_view::{Ending, Read};
use crate::core::listing::proof::phases::{At, Need, Phase, Want};
use crate::core::listing::proof::sort_orders::Order;
use crate::core::listing::proof::state::Ledger;

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
pub struct Sweep {
    stage: Stage,
    empties: u32,
}

impl Sweep {
    pub fn new() -> Self {
        Self { stage: Stage::Landing, empties: 0 }
    }

    pub fn need(&self, ledger: &mut Ledger, in_flight: usize) -> Need {
        if in_flight > 0 {
            return Need::Wait;
        }
        if ledger.is_outdated() {
            return start_over(ledger);
        }
        let Some(order) = ledger.orders.effective().first() else {
            return give_up(ledger, "No field that the sessions show explains the order of the list");
        };
        match &self.stage {
            Stage::Landing => Need::Ask(Want::at(landing(order, ledger))),
            Stage::Inside(ending, _) => {
                Need::Ask(Want::rank(ending.span.stop.saturating_sub(ledger.overlap())))
            }
            Stage::Behind(_, _, rank) => Need::Ask(Want::rank(*rank)),
        }
    }

    pub fn take(&mut self, read: &Read<'_>, ledger: &mut Ledger) -> Option<Need> {
        match self.stage.clone() {
            Stage::Inside(ending, start) => {
                self.stage = Stage::Behind(ending, start, read.stop().max(read.flight.start + 1));
                return None;
            }
            Stage::Behind(ending, start, _) => {
                let end = ledger.is_end(&ending, read);
                return Some(judge(Span { end, ..ending.span }, ending.at, start, ledger));
            }
            Stage::Landing => {}
        }
        let Some(span) = read.span else {
            self.empties += 1;
            let gone = self.empties > EMPTIES;
            return gone.then(|| Need::Go(Phase::Small(Box::new(Small::empty(true)))));
        };
        if read.short && read.flight.head {
            // The old bound stays in force: nothing was covered yet.
            return Some(Need::Go(Phase::Small(Box::new(Small::after(read.ids().collect())))));
        }
        let ascending = ledger.orders.effective().first().is_some_and(Order::ascending);
        if read.short && ascending && read.total != Some(span.stop) {
            self.stage = Stage::Inside(Ending::of(read, span), read.as_start());
            return None;
        }
        let span = Span { end: read.short && ascending, ..span };
        Some(judge(span, read.answered_at, read.as_start(), ledger))
    }
}

/// One atomic page that proves the region ends the listing; else the region is read, and so on.
fn judge(span: Span, at: i64, start: Start, ledger: &mut Ledger) -> Need {
    ledger.prove(Some(span));
    if ledger.is_outdated() {
        return start_over(ledger);
    }
    if ledger.reaches(&span) {
        return Need::End(ledger.proven_at(at));
    }
    if is_all_future(&span, &start, ledger) {
        return give_up(ledger, "The sessions' keys lie in the future of the service's clock");
    }
    ledger.since = Some(start);
    let next = span.stop.saturating_sub(ledger.overlap());
    Need::Go(Phase::Reading(Box::new(Reading::from(next, span.stop))))
}

/// A whole page ahead of the clock: then nobody knows where movers land. (A few such keys do no harm.)
fn is_all_future(span: &Span, start: &Start, ledger: &Ledger) -> bool {
    let now = start.answered_at.saturating_add(ledger.rules.skew);
    ledger.orders.effective().all(|o| !o.ascending() && span.lo(o) > o.of_value(now))
}

/// Where sessions land that move: at the head, at the end, or where the nulls begin.
fn landing(order: Order, ledger: &Ledger) -> At {
    let edge = ledger.null_edge.filter(|_| ledger.orders.null_seen(order));
    match (order.ascending(), order.nulls_first(), edge) {
        (false, true, Some(edge)) => At::Rank(edge.saturating_sub(ledger.overlap())),
        (false, _, _) => At::Rank(0),
        (true, false, Some(edge)) => At::Ending(edge),
        (true, _, _) => At::Ending(ledger.end_rank),
    }
}
