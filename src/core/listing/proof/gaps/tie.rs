//! A tie that fills a page: no key tells its rows apart, so neighbouring pages are linked by ids.
//! It holds as long as the order inside the tie stays the same from read to read.

use super::tied_pages::{ANCHORS, is_linked};
use super::{GapRepair, Progress};
use crate::core::listing::proof::evidence::Entry;
use crate::core::listing::proof::keys::coverage::Span;
use crate::core::listing::proof::keys::order::Order;
use crate::core::listing::proof::rows::page_view::PageView;
use crate::core::listing::proof::state::ProofState;
use crate::core::listing::proof::transition::{Position, Transition};

const TRIES: u32 = 4;
const CLIMBS: u32 = 40;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reading {
    /// Up to a page that begins above the tie.
    Up,
    /// Down through it, by ids.
    Down,
    /// Behind what seems to be the end of the list.
    Behind,
}

/// The repair.
#[derive(Debug)]
pub struct TieWalk {
    order: Order,
    value: i64,
    from: u64,
    /// Where it fails, nothing else is left to be tried.
    is_last: bool,
    reading: Reading,
    /// The chain so far, and the ids of its last page.
    chain: Option<Span>,
    last: Vec<u128>,
    /// The chain ends with a page that was read before the walk, and so far the list moved since, as was seen.
    is_known: bool,
    drift: i64,
    /// Readings in a row that did not go on where the chain ends.
    lost: u32,
    tries: u32,
    climbs: u32,
    /// Ranks above the tie, and within it or below.
    above: Option<u64>,
    within: Option<u64>,
}

impl TieWalk {
    pub fn new(order: Order, value: i64, from: u64, is_last: bool) -> Self {
        Self {
            order,
            value,
            from,
            is_last,
            reading: Reading::Up,
            chain: None,
            last: Vec::new(),
            is_known: false,
            drift: 0,
            lost: 0,
            tries: 0,
            climbs: 0,
            above: None,
            within: None,
        }
    }
}

impl GapRepair for TieWalk {
    fn first(&self) -> Position {
        Position::Rank(self.from)
    }

    fn take(&mut self, read: &PageView<'_>, state: &mut ProofState) -> Progress {
        match (read.span, self.reading) {
            (_, Reading::Behind) if read.unknown == 0 && read.ids().all(|id| self.last.contains(&id)) => {
                self.finish(true, state)
            }
            (None, _) | (_, Reading::Behind) => self.again(state),
            (Some(span), Reading::Up) => self.climb(read, span, state),
            (Some(span), Reading::Down) => self.link(read, span, state),
        }
    }
}

impl TieWalk {
    fn climb(&mut self, read: &PageView<'_>, span: Span, state: &mut ProofState) -> Progress {
        let is_above = span.hi(self.order) > self.value;
        if is_above && span.lo(self.order) <= self.value {
            self.chain = Some(span);
            self.last = read.ids().collect();
            self.reading = Reading::Down;
            return self.go_down(read, state);
        }
        self.climbs += 1;
        if self.climbs > CLIMBS {
            return self.again(state);
        }
        if is_above {
            self.above = Some(read.stop());
        } else {
            self.within = Some(read.request.start);
        }
        ask(self.top(state))
    }

    /// Where the tie may begin: between the nearest readings above it and within, or further up each time.
    fn top(&self, state: &ProofState) -> u64 {
        match (self.above, self.within) {
            (Some(above), Some(within)) if above < within => {
                above.midpoint(within).saturating_sub(state.limit() / 2)
            }
            (Some(above), _) => above.saturating_sub(state.overlap()),
            (None, within) => {
                let step = state.limit().saturating_sub(state.overlap()).max(1);
                within.unwrap_or(self.from).saturating_sub(step << self.climbs.min(16))
            }
        }
    }

    fn link(&mut self, read: &PageView<'_>, span: Span, state: &mut ProofState) -> Progress {
        let ids: Vec<u128> = read.ids().collect();
        // At the end of the list there may be no more rows to share.
        let overlap = usize::try_from(state.overlap()).unwrap_or(ANCHORS);
        let least = if read.short { 1 } else { ANCHORS.min(overlap) };
        let Some(chain) = self.chain.filter(|_| is_linked(&self.last, &ids, least)) else {
            return self.look_again(read, state);
        };
        let nothing_new = ids.iter().all(|id| self.last.contains(id));
        let end = nothing_new && read.short && read.total.is_none_or(|total| total <= read.stop());
        if nothing_new && !end {
            return self.again(state);
        }
        let chain = chain.down_to(&span);
        self.chain = Some(chain);
        self.last = ids;
        if end {
            self.reading = Reading::Behind;
            return ask(span.stop);
        }
        if chain.lo(self.order) < self.value { self.finish(false, state) } else { self.go_down(read, state) }
    }

    fn finish(&mut self, end: bool, state: &mut ProofState) -> Progress {
        let Some(chain) = self.chain else { return self.again(state) };
        if end {
            state.record(Entry::End { rank: chain.stop, counted: false });
        }
        state.record(Entry::Anchored);
        state.prove(Some(Span { end, ..chain }));
        Progress::Done
    }

    /// Down to the next page, through those that were read before.
    fn go_down(&mut self, read: &PageView<'_>, state: &mut ProofState) -> Progress {
        (self.is_known, self.lost) = (false, 0);
        while let (Some(chain), Some((span, last))) = (self.chain, state.tied_pages.pass(&self.last)) {
            self.chain = Some(chain.down_to(&span));
            (self.last, self.is_known) = (last, true);
        }
        self.below(read.request.start + 1, state)
    }

    /// The page below the chain, with enough rows to share that no other order would show them alike by chance.
    fn below(&self, least: u64, state: &ProofState) -> Progress {
        let stop = self.chain.map_or(least, |chain| chain.stop);
        let shared = (state.limit() / 4).max(state.overlap());
        let rank = stop.saturating_sub(shared);
        ask(if self.is_known { rank.saturating_add_signed(self.drift) } else { rank.max(least) })
    }

    /// The page does not go on where the chain ends: perhaps the list moved since that end was read.
    fn look_again(&mut self, read: &PageView<'_>, state: &mut ProofState) -> Progress {
        self.lost += 1;
        match state.tied_pages.drift(read).filter(|_| self.is_known && self.lost < TRIES) {
            Some(drift) => {
                self.drift = drift;
                self.below(0, state)
            }
            None => self.again(state),
        }
    }

    fn again(&mut self, state: &mut ProofState) -> Progress {
        self.tries += 1;
        state.tied_pages.begin();
        if self.tries >= TRIES {
            return if self.is_last { Self::give_up(state) } else { Progress::Done };
        }
        self.reading = Reading::Up;
        (self.climbs, self.above, self.within) = (0, None, None);
        self.chain = None;
        ask(self.from)
    }

    fn give_up(state: &ProofState) -> Progress {
        let tied = state.limit().saturating_sub(1);
        let why =
            format!("{tied} or more sessions share one timestamp, and their order changes from read to read");
        let told = state.limit_too_small_verdict().map(Transition::End);
        Progress::Leave(told.unwrap_or_else(|| state.give_up(&why)))
    }
}

fn ask(rank: u64) -> Progress {
    Progress::Ask(Position::Rank(rank))
}
