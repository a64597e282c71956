//! The phases of a proving listing, and what they say to each other: a phase tells what it needs,
//! and takes the answers. Each phase has its own file and its own data.

pub(super) mod bulk_scan;
pub(super) mod double_collect;
pub(super) mod head_recheck;
pub(super) mod probe;
pub(super) mod sample;
pub(super) mod single_page;

use self::bulk_scan::Reading;
use self::double_collect::DoubleCollect;
use self::head_recheck::Sweep;
use self::probe::Calibrate;
use self::single_page::Small;
use super::page_view::{Flight, Read};
use super::state::Ledger;
use crate::core::model::report::Certificate;

/// Where to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum At {
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
pub struct Want {
    pub at: At,
    pub fresh_from: Option<u64>,
    pub peek: bool,
    pub errand: u32,
}

impl Want {
    pub fn at(at: At) -> Self {
        Self { at, fresh_from: None, peek: false, errand: 0 }
    }

    pub fn rank(rank: u64) -> Self {
        Self::at(At::Rank(rank))
    }

    pub fn raw(offset: u64, limit: u32) -> Self {
        Self::at(At::Raw { offset, limit })
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
pub enum Need {
    Ask(Want),
    Wait,
    Go(Phase),
    End(Verdict),
}

/// Where a listing stands.
#[derive(Debug)]
pub enum Phase {
    /// The first page, and how the server counts.
    Calibrate(Box<Calibrate>),
    /// The list fits one page.
    Small(Box<Small>),
    /// Pages until their intervals cover the region.
    Reading(Box<Reading>),
    /// One page where movers land.
    Sweep(Box<Sweep>),
    /// No key explains the order: twice the same.
    Double(Box<DoubleCollect>),
    Over,
}

impl Phase {
    /// Its name, for a trace.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Calibrate(_) => "calibrate",
            Self::Small(_) => "small",
            Self::Reading(_) => "reading",
            Self::Sweep(_) => "sweep",
            Self::Double(_) => "double",
            Self::Over => "over",
        }
    }

    /// What it needs now; asking changes nothing but the phase itself.
    pub fn need(&mut self, ledger: &mut Ledger, in_flight: usize) -> Need {
        match self {
            Self::Calibrate(p) => p.need(ledger, in_flight),
            Self::Small(p) => p.need(ledger, in_flight),
            Self::Reading(p) => p.need(ledger, in_flight),
            Self::Sweep(p) => p.need(ledger, in_flight),
            Self::Double(p) => p.need(ledger, in_flight),
            Self::Over => Need::Wait,
        }
    }

    /// The request that it wanted was sent.
    pub fn asked(&mut self, flight: &Flight, ledger: &Ledger) {
        if let Self::Reading(p) = self {
            p.asked(flight, ledger);
        }
    }

    /// Takes an answer. `Some` sends the listing elsewhere.
    pub fn take(&mut self, read: &Read<'_>, ledger: &mut Ledger) -> Option<Need> {
        match self {
            Self::Calibrate(p) => p.take(read, ledger),
            Self::Small(p) => p.take(read, ledger),
            Self::Reading(p) => p.take(read, ledger),
            Self::Sweep(p) => p.take(read, ledger),
            Self::Double(p) => p.take(read, ledger),
            Self::Over => None,
        }
    }
}
