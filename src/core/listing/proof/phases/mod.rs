//! The phases of a proving listing, and what they say to each other: a phase tells what it needs,
//! and takes the answers. Each phase has its own file and its own data.

pub(super) mod bulk_scan;
pub(super) mod double_collect;
pub(super) mod head_recheck;
pub(super) mod probe;
pub(super) mod sample;
pub(super) mod single_page;

use self::bulk_scan::BulkScan;
use self::double_collect::DoubleCollect;
use self::head_recheck::HeadRecheck;
use self::probe::Probe;
use self::single_page::SinglePage;
use super::page_view::{InFlight, PageView};
use super::state::ProofState;
use crate::core::model::report::Certificate;

/// Where to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Position {
    /// At a rank of the list, however the server counts.
    Rank(u64),
    /// With that rank in the middle.
    Around(u64),
    /// So that it ends a little behind that rank.
    Ending(u64),
    /// With this very offset and limit: before it is known how the server counts.
    Raw { offset: u64, limit: u32 },
}

/// A request that a phase wants made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageRequest {
    pub at: Position,
    pub fresh_from: Option<u64>,
    pub peek: bool,
    pub repair: u32,
}

impl PageRequest {
    pub fn at(at: Position) -> Self {
        Self { at, fresh_from: None, peek: false, repair: 0 }
    }

    pub fn rank(rank: u64) -> Self {
        Self::at(Position::Rank(rank))
    }

    pub fn raw(offset: u64, limit: u32) -> Self {
        Self::at(Position::Raw { offset, limit })
    }
}

/// How a listing ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Whole, as the list was at that moment.
    Proven(Certificate, i64),
    /// Perhaps whole; the sentence says why that cannot be shown.
    Unproven(String),
    /// Sessions are known to be missing.
    Lost(String),
}

/// What a phase needs next.
#[derive(Debug)]
pub enum Action {
    Ask(PageRequest),
    Wait,
    Go(Phase),
    End(Verdict),
}

/// Where a listing stands.
#[derive(Debug)]
pub enum Phase {
    /// The first page, and how the server counts.
    Probe(Box<Probe>),
    /// The list fits one page.
    SinglePage(Box<SinglePage>),
    /// Pages until their intervals cover the region.
    BulkScan(Box<BulkScan>),
    /// One page where movers land.
    HeadRecheck(Box<HeadRecheck>),
    /// No key explains the order: twice the same.
    Double(Box<DoubleCollect>),
    Over,
}

impl Phase {
    /// Its name, for a trace.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Probe(_) => "calibrate",
            Self::SinglePage(_) => "small",
            Self::BulkScan(_) => "reading",
            Self::HeadRecheck(_) => "sweep",
            Self::Double(_) => "double",
            Self::Over => "over",
        }
    }

    /// What it needs now; asking changes nothing but the phase itself.
    pub fn need(&mut self, state: &mut ProofState, in_flight: usize) -> Action {
        match self {
            Self::Probe(p) => p.need(state, in_flight),
            Self::SinglePage(p) => p.need(state, in_flight),
            Self::BulkScan(p) => p.need(state, in_flight),
            Self::HeadRecheck(p) => p.need(state, in_flight),
            Self::Double(p) => p.need(state, in_flight),
            Self::Over => Action::Wait,
        }
    }

    /// The request that it wanted was sent.
    pub fn asked(&mut self, request: &InFlight, state: &ProofState) {
        if let Self::BulkScan(p) = self {
            p.asked(request, state);
        }
    }

    /// Takes an answer. `Some` sends the listing elsewhere.
    pub fn take(&mut self, read: &PageView<'_>, state: &mut ProofState) -> Option<Action> {
        match self {
            Self::Probe(p) => p.take(read, state),
            Self::SinglePage(p) => p.take(read, state),
            Self::BulkScan(p) => p.take(read, state),
            Self::HeadRecheck(p) => p.take(read, state),
            Self::Double(p) => p.take(read, state),
            Self::Over => None,
        }
    }
}
