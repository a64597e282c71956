//! Gap repairs: single reads that close one gap, each asking one thing after another. A repair says as plain
//! data what follows; only this file builds repairs.

mod gallop;
pub mod nulls_first;
mod seek;
mod tail;
pub mod tail_reach;
mod tie;
pub mod tied_pages;

use std::fmt::Debug;

use self::gallop::Gallop;
use self::seek::Seek;
use self::tail::Tail;
use self::tie::TieWalk;
use super::keys::coverage::{Gap, Span};
use super::keys::order::Order;
use super::rows::page_view::{PageView, Sought};
use super::state::ProofState;
use super::transition::{Position, Transition};

/// What a repair does after an answer.
#[expect(clippy::large_enum_variant, reason = "one at a time, and taken apart at once")]
#[derive(Debug, Clone, PartialEq)]
pub enum Progress {
    Ask(Position),
    Done,
    Replace(RepairPlan),
    /// There is more below: the bulk goes on at this rank.
    Resume(u64),
    Leave(Transition),
}

/// One repair.
pub trait GapRepair: Debug + Send {
    /// Where it reads first.
    fn first(&self) -> Position;

    fn take(&mut self, read: &PageView<'_>, state: &mut ProofState) -> Progress;

    /// The key whose place it looks for: pages from below come to be read in their turn.
    fn sought(&self) -> Option<Sought> {
        None
    }

    /// How far the gap lay from where it was looked for.
    fn drift(&self) -> Option<i64> {
        None
    }
}

/// A repair to be made.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum RepairPlan {
    /// Between two spans, where ranks have drifted so far.
    Gallop { gap: Gap, drift: i64 },
    /// Far from what was read, near that rank if it is known.
    Seek { gap: Gap, hint: Option<u64> },
    /// At the end of the list, below that span, from so many rows above it.
    /// `walk`: a tie that fills a page there is walked.
    Tail { gap: Gap, up: Span, back: u64, walk: bool },
    /// Through sessions that share one key, near that rank where it is not known where they begin.
    /// `is_last`: where that fails, nothing else is left to be tried.
    Tie { order: Order, value: i64, from: u64, is_last: bool },
}

impl RepairPlan {
    pub fn start(self, state: &ProofState) -> (Position, Box<dyn GapRepair>) {
        let repair: Box<dyn GapRepair> = match self {
            Self::Gallop { gap, drift } => Box::new(Gallop::new(&gap, drift, state)),
            Self::Seek { gap, hint } => Box::new(Seek::new(&gap, hint, state)),
            Self::Tail { gap, up, back, walk } => Box::new(Tail::new(&gap, &up, back, walk)),
            Self::Tie { order, value, from, is_last } => {
                // Pages of a few rows would never come down to it.
                let start = state.evidence.cover.start_of_tie(order, value);
                let start = start.filter(|_| state.limit_too_small.is_none());
                let above = start.map(|start| start.saturating_sub(state.limit() / 2));
                Box::new(TieWalk::new(order, value, above.unwrap_or(from), is_last))
            }
        };
        (repair.first(), repair)
    }
}
