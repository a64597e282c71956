//! A tie that fills a page: no key tells its rows apart, so neighbouring pages are linked by ids.
//! It holds as long as the order inside the tie stays the same from read to read.

use super::{GapRepair, Progress};
use crate::core::listing::proof::evidence::Entry;
use crate::core::listing::proof::keys::coverage::Span;
use crate::core::listing::proof::keys::order::Order;
use crate::core::listing::proof::rows::page_view::PageView;
use crate::core::listing::proof::state::ProofState;
use crate::core::listing::proof::transition::Position;

const TRIES: u32 = 4;
const CLIMBS: u32 = 40;
/// Rows that two pages must share in the same order: fewer could agree by chance.
const ANCHORS: usize = 4;

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
    reading: Reading,
    /// The chain so far, and the ids of its last page.
    chain: Option<Span>,
    last: Vec<u128>,
    tries: u32,
    climbs: u32,
}

impl TieWalk {
    pub fn new(order: Order, value: i64, from: u64) -> Self {
        Self { order, value, from, reading: Reading::Up, chain: None, last: Vec::new(), tries: 0, climbs: 0 }
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
        self.climbs += 1;
        if span.hi(self.order) > self.value {
            if span.lo(self.order) > self.value {
                self.from = read.stop().saturating_sub(state.overlap());
                return if self.climbs > CLIMBS { self.again(state) } else { ask(self.from) };
            }
            self.chain = Some(span);
            self.last = read.ids().collect();
            self.reading = Reading::Down;
            return go_down(read, state);
        }
        if self.climbs > CLIMBS {
            return self.again(state);
        }
        let step = state.limit().saturating_sub(state.overlap()).max(1);
        ask(read.request.start.saturating_sub(step))
    }

    fn link(&mut self, read: &PageView<'_>, span: Span, state: &mut ProofState) -> Progress {
        let ids: Vec<u128> = read.ids().collect();
        let Some(chain) = self.chain.filter(|_| self.is_linked(&ids)) else { return self.again(state) };
        let nothing_new = ids.iter().all(|id| self.last.contains(id));
        let end = nothing_new && read.short && read.total.is_none_or(|total| total <= read.stop());
        if nothing_new && !end {
            return self.again(state);
        }
        let chain = Span { last: span.last, stop: span.stop, short: span.short, tied: span.tied, ..chain };
        self.chain = Some(chain);
        self.last = ids;
        if end {
            self.reading = Reading::Behind;
            return ask(span.stop);
        }
        if chain.lo(self.order) < self.value { self.finish(false, state) } else { go_down(read, state) }
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

    /// The new page goes on where the last one did: its first rows are the last one's end.
    fn is_linked(&self, ids: &[u128]) -> bool {
        let start = ids.first().and_then(|first| self.last.iter().position(|id| id == first));
        let Some(tail) = start.and_then(|start| self.last.get(start..)) else { return false };
        let shared: Vec<u128> = tail.iter().copied().filter(|id| ids.contains(id)).collect();
        // At the end of the list there may be no more rows to share.
        shared.len() >= ANCHORS.min(tail.len()) && shared.len() * 2 >= tail.len() && ids.starts_with(&shared)
    }

    fn again(&mut self, state: &ProofState) -> Progress {
        self.tries += 1;
        if self.tries >= TRIES {
            let tied = state.limit().saturating_sub(1);
            return Progress::Leave(state.give_up(&format!(
                "{tied} or more sessions share one timestamp, and their order changes from read to read"
            )));
        }
        self.reading = Reading::Up;
        self.climbs = 0;
        self.chain = None;
        ask(self.from)
    }
}

fn go_down(read: &PageView<'_>, state: &ProofState) -> Progress {
    let half = (read.rows.len() as u64 / 2).max(state.overlap());
    ask(read.stop().saturating_sub(half).max(read.request.start + 1))
}

fn ask(rank: u64) -> Progress {
    Progress::Ask(Position::Rank(rank))
}
