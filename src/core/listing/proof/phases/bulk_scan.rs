//! Covers a region: pages at a stride in bulk, then whatever gaps are left.
//! It decides where to read; how a gap is closed is for the errands.

use super::double_collect::DoubleCollect;
use super::head_recheck::Sweep;
use crate::core::listing::proof::coverage::{Gap, Region};
use crate::core::listing::proof::gaps::{Errand, Next};
use crate::core::listing::proof::page_view::{Flight, Read};
use crate::core::listing::proof::phases::{Need, Phase, Verdict, Want};
use crate::core::listing::proof::state::Ledger;
use crate::core::model::report::Certificate;

/// Gaps mended at the same time.
const AT_ONCE: usize = 16;

/// The phase.
#[derive(Debug)]
pub struct Reading {
    /// The rank at which the bulk goes on; `None` once it met the end of the region.
    cursor: Option<u64>,
    /// Up to here the bulk has asked; rows without an id are new behind it.
    asked_to: u64,
    /// The greatest rank that a full page reached.
    read_to: u64,
    pages: usize,
    errands: Vec<(u32, Errand)>,
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

impl Reading {
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

    pub fn need(&mut self, ledger: &mut Ledger, in_flight: usize) -> Need {
        if ledger.is_outdated() {
            return if in_flight > 0 { Need::Wait } else { start_over(ledger) };
        }
        if let Some((id, at)) = self.errands.iter().find_map(|(id, e)| e.want().map(|at| (*id, at))) {
            return Need::Ask(Want { errand: id, ..Want::at(at) });
        }
        if let Some(rank) = self.cursor.filter(|rank| self.may_ask(*rank, ledger, in_flight)) {
            return Need::Ask(Want {
                fresh_from: Some(self.asked_to.max(ledger.scope.offset)),
                ..Want::rank(rank)
            });
        }
        if in_flight > 0 {
            return Need::Wait;
        }
        self.settle(ledger)
    }

    /// Not past the end that `total_count` hints at, nor past what the caller wants, while answers are due.
    fn may_ask(&self, rank: u64, ledger: &Ledger, in_flight: usize) -> bool {
        if in_flight == 0 {
            return true;
        }
        let wanted = ledger.scope.max_items.map_or(u64::MAX, |n| n.saturating_add(ledger.scope.offset));
        if rank >= wanted {
            return false;
        }
        match self.total.filter(|total| *total > self.read_to) {
            Some(total) => rank < total,
            // Nobody knows where it ends: do not run far ahead of what was read.
            None => in_flight < 1 + self.pages / 16,
        }
    }

    pub fn asked(&mut self, flight: &Flight, ledger: &Ledger) {
        if flight.errand > 0 {
            if let Some((_, errand)) = self.errands.iter_mut().find(|(id, _)| *id == flight.errand) {
                errand.asked();
            }
            return;
        }
        let stop = flight.start + u64::from(flight.asked);
        self.asked_to = self.asked_to.max(stop);
        self.cursor = Some(ledger.window.after(stop, ledger.overlap()));
    }

    pub fn take(&mut self, read: &Read<'_>, ledger: &mut Ledger) -> Option<Need> {
        self.total = read.total.or(self.total);
        if !read.short {
            self.read_to = self.read_to.max(read.stop());
        }
        self.pages += 1;
        if read.flight.errand > 0 {
            return self.take_errand(read, ledger);
        }
        if runs_away(read, ledger) {
            return Some(Need::End(Verdict::Lost(
                "The service sends the same sessions again and again instead of reading on; its `offset` cannot be relied on"
                    .to_owned(),
            )));
        }
        self.take_bulk(read, ledger);
        None
    }

    fn take_bulk(&mut self, read: &Read<'_>, ledger: &mut Ledger) {
        let Some(mut span) = read.span else {
            self.cursor = None;
            return;
        };
        // Where the caller's offset lies, the listing begins: what is above is not his.
        span.top |=
            ledger.scope.offset > 0 && ledger.region == Region::Whole && span.start <= ledger.scope.offset;
        let counted = ledger.rules.trust_total && read.total.is_some_and(|total| total <= span.stop);
        span.end = counted || (!ledger.rules.tail_proof && read.short);
        ledger.prove(Some(span));
        if span.end {
            ledger.end_rank = span.stop;
        }
        if span.end || read.short || ledger.is_below(&span) {
            self.cursor = None;
        }
    }

    fn take_errand(&mut self, read: &Read<'_>, ledger: &mut Ledger) -> Option<Need> {
        let index = self.errands.iter().position(|(id, _)| *id == read.flight.errand)?;
        let (id, mut errand) = self.errands.swap_remove(index);
        match errand.take(read, ledger) {
            Next::More => self.errands.push((id, errand)),
            Next::Done => self.drift = errand.drift().unwrap_or(self.drift),
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
    fn settle(&mut self, ledger: &mut Ledger) -> Need {
        // Nothing was read that a search for what is missing could begin at.
        if ledger.scope.offset > 0 && ledger.region == Region::Whole && ledger.cover.spans().is_empty() {
            return self.nothing_there(ledger);
        }
        if ledger.orders.effective().is_empty() {
            return Need::Go(Phase::Double(Box::new(DoubleCollect::new(
                "No field that the sessions show explains the order of the list",
            ))));
        }
        let gaps = ledger.gaps();
        if gaps.is_empty() {
            return finish(ledger);
        }
        self.settles += 1;
        // A list that grows as fast as it is read would keep this up for ever.
        if self.settles > 64 + self.pages / 16 {
            return give_up(ledger, "Some part of the list could not be read without a gap");
        }
        self.send_out(&gaps, ledger);
        if self.errands.is_empty() && self.cursor.is_none() {
            return self.nothing_there(ledger);
        }
        self.need(ledger, 0)
    }

    fn send_out(&mut self, gaps: &[Gap], ledger: &Ledger) {
        let lowest =
            gaps.first().and_then(|g| ledger.cover.spans().iter().map(|s| g.order.key(&s.last)).min());
        let is_tail =
            |gap: &Gap| gap.up.is_some() && (gap.down.is_none() || lowest.is_some_and(|low| gap.hi <= low));
        for gap in gaps.iter().filter(|g| !is_tail(g)).take(AT_ONCE) {
            self.next_errand += 1;
            self.errands.push((self.next_errand, Errand::gallop(gap, self.drift, ledger)));
        }
        if !self.errands.is_empty() {
            return;
        }
        let Some(gap) = gaps.iter().find(|g| is_tail(g)) else { return };
        let Some(up) = gap.up else { return };
        if ledger.region != Region::Whole && !up.short && gap.down.is_none() {
            self.cursor = Some(up.stop.saturating_sub(ledger.overlap()));
            return;
        }
        self.next_errand += 1;
        if self.reach_back >= ledger.limit() && gap.lo == gap.hi {
            self.errands.push((self.next_errand, Errand::tie(gap, up.start)));
            return;
        }
        self.errands.push((self.next_errand, Errand::tail(gap, &up, self.reach_back)));
        self.reach_back = (self.reach_back * 2).max(ledger.overlap());
    }

    /// No page has any row: the caller's offset lies behind the end, or the list is empty.
    fn nothing_there(&mut self, ledger: &mut Ledger) -> Need {
        if ledger.scope.offset == 0 {
            return Need::Go(Phase::Small(Box::new(super::single_page::Small::empty(true))));
        }
        self.empties += 1;
        if self.empties < 3 {
            self.cursor = Some(ledger.scope.offset);
            return self.need(ledger, 0);
        }
        let now = ledger.last_answer;
        Need::End(Verdict::Proven(Certificate::SinglePage, now))
    }
}

/// Full pages far beyond the number of sessions that there are.
fn runs_away(read: &Read<'_>, ledger: &Ledger) -> bool {
    let known = ledger.scope.offset + ledger.seen.len() + ledger.nameless;
    !read.short && read.flight.start > known + 40 * ledger.limit()
}

/// The region is covered.
fn finish(ledger: &mut Ledger) -> Need {
    if ledger.region == Region::Whole {
        ledger.proven = Some(ledger.orders.effective());
    }
    if let Some(since) = ledger.since.filter(|_| ledger.rules.sweep) {
        ledger.begin_epoch(Region::Landing { since, skew: ledger.rules.skew });
        return Need::Go(Phase::Sweep(Box::new(Sweep::new())));
    }
    Need::End(ledger.proven_at(ledger.last_answer))
}

/// Reads the whole list anew, for orders that the joins so far did not respect.
pub fn start_over(ledger: &mut Ledger) -> Need {
    ledger.begin_epoch(Region::Whole);
    ledger.proven = None;
    Need::Go(Phase::Reading(Box::new(Reading::from(ledger.scope.offset, 0))))
}

/// The keys do not prove it: what remains is to read it twice with the same result.
pub fn give_up(ledger: &Ledger, why: &str) -> Need {
    if ledger.scope.offset > 0 {
        return Need::End(Verdict::Unproven(why.to_owned()));
    }
    Need::Go(Phase::Double(Box::new(DoubleCollect::new(why))))
}
