//! Single reads that close one gap: each asks one thing after another, alone.
//! It only tells the kinds apart.

pub(super) mod gallop;
pub(super) mod tail;
pub(super) mod tie;

use self::gallop::Gallop;
use self::tail::Tail;
use self::tie::TieWalk;
use super::coverage::{Gap, Span};
use super::page_view::PageView;
use super::phases::{Action, Position};
use super::state::ProofState;

/// What an errand does after an answer.
#[derive(Debug)]
pub enum Next {
    /// It has another question.
    More,
    Done,
    Become(GapRepair),
    /// There is more below: the bulk goes on at this rank.
    Resume(u64),
    Go(Action),
}

/// One errand.
#[derive(Debug)]
pub enum GapRepair {
    Gallop(Box<Gallop>),
    Tail(Box<Tail>),
    Tie(Box<TieWalk>),
}

impl GapRepair {
    pub fn gallop(gap: &Gap, drift: i64, state: &ProofState) -> Self {
        Self::Gallop(Box::new(Gallop::new(gap, drift, state)))
    }

    pub fn tail(gap: &Gap, up: &Span, back: u64) -> Self {
        Self::Tail(Box::new(Tail::new(gap, up, back)))
    }

    pub fn tie(gap: &Gap, from: u64) -> Self {
        Self::Tie(Box::new(TieWalk::new(gap.order, gap.hi, from)))
    }

    /// Where it wants to read; `None` while its answer is due.
    pub fn want(&self) -> Option<Position> {
        match self {
            Self::Gallop(e) => e.want,
            Self::Tail(e) => e.want,
            Self::Tie(e) => e.want,
        }
    }

    pub fn asked(&mut self) {
        match self {
            Self::Gallop(e) => e.want = None,
            Self::Tail(e) => e.want = None,
            Self::Tie(e) => e.want = None,
        }
    }

    pub fn take(&mut self, read: &PageView<'_>, state: &mut ProofState) -> Next {
        match self {
            Self::Gallop(e) => e.take(read, state),
            Self::Tail(e) => e.take(read, state),
            Self::Tie(e) => e.take(read, state),
        }
    }

    /// How far a gap lay from where it was looked for.
    pub fn drift(&self) -> Option<i64> {
        match self {
            Self::Gallop(e) => e.drift(),
            Self::Tail(_) | Self::Tie(_) => None,
        }
    }
}
