//! What the phases say to the plan, as plain data: where to read, where to go on, how it ends.
//! Nothing here knows a phase; `proof/mod.rs` builds them.

use super::rows::page_view::Sought;
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
    pub position: Position,
    /// Its rank is known, so that rows without an id are new where nobody has read before.
    pub claims: bool,
    /// Look only: nothing of it is yielded.
    pub peek: bool,
    /// Its rows wait until it is known what the service takes an offset for.
    pub hold: bool,
    /// It looks for the place that this key has in the list: a page that begins there or below is a peek.
    pub sought: Option<Sought>,
    /// The gap repair that it serves; 0 is the phase itself.
    pub repair: u32,
}

impl PageRequest {
    pub fn at(position: Position) -> Self {
        Self { position, claims: true, peek: false, hold: false, sought: None, repair: 0 }
    }

    pub fn rank(rank: u64) -> Self {
        Self::at(Position::Rank(rank))
    }

    pub fn raw(offset: u64, limit: u32) -> Self {
        Self { claims: false, ..Self::at(Position::Raw { offset, limit }) }
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

/// What a phase wants next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    Ask(PageRequest),
    /// For answers that are due.
    Wait,
    Leave(Transition),
}

/// Where the listing goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Transition {
    /// The first page. `again`: once more, since what it showed of the server does not hold any more.
    Probe {
        again: bool,
    },
    /// The head was read, and had no rows. `calibrated`: it is known how the server counts.
    EmptyPage {
        calibrated: bool,
    },
    /// The head was read, and was short: its ids.
    SinglePage {
        head: Vec<u128>,
    },
    /// Pages at a stride from this rank on; rows below rank `known` were read already. `at_end`: the end
    /// was met, only gaps are left.
    BulkScan {
        from: u64,
        known: u64,
        at_end: bool,
    },
    HeadRecheck,
    /// The head from below upward; its foot is guessed to lie at that rank.
    Climb {
        foot: u64,
    },
    DoubleCollect {
        why: String,
    },
    End(Verdict),
}
