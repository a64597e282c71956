//! What the pages of the running epoch have proven, as a value that can be kept: it changes by entries
//! only, so that a second copy can follow behind and count no page before its rows are safe.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::keys::coverage::{Cover, Span};
use super::keys::order::OrderSet;
use super::keys::region::{Start, Target};
use crate::core::listing::terms::Ticket;

/// One change.
#[derive(Debug, Clone, PartialEq)]
pub enum Entry {
    /// A page, which was joined under these orders; with rules that a test changed, touching will do.
    Prove { span: Option<Span>, orders: OrderSet, cross: bool },
    /// A new epoch proves anew.
    Epoch(Target),
    /// The first epoch's region is covered under these orders; `None`: it is not after all.
    Covered(Option<OrderSet>),
    /// The list's top when the epoch began.
    Since(Start),
    /// The end of the list was met at this rank, and `total_count` was right there.
    End { rank: u64, counted: bool },
    /// A tie was walked by its ids.
    Anchored,
}

/// The proof so far.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    pub target: Target,
    pub epoch: u32,
    pub cover: Cover,
    /// The orders that every join of the cover respected; `None` before the first page.
    pub basis: Option<OrderSet>,
    /// The orders for which the first epoch's region was covered.
    pub covered: Option<OrderSet>,
    /// The top when the running epoch's predecessor began.
    pub since: Option<Start>,
    pub end_rank: u64,
    /// `total_count` was right where the end was proven.
    pub total_held: bool,
    /// A tie was walked by its ids.
    pub anchored: bool,
}

impl Evidence {
    #[expect(clippy::large_types_passed_by_value, reason = "it is kept, and made for this")]
    pub fn new(target: Target) -> Self {
        Self {
            target,
            epoch: 1,
            cover: Cover::default(),
            basis: None,
            covered: None,
            since: None,
            end_rank: 0,
            total_held: false,
            anchored: false,
        }
    }

    pub fn apply(&mut self, entry: &Entry) {
        match entry {
            Entry::Prove { span, orders, cross } => {
                // Without an order nothing is joined: then each page proves what it does under any.
                if !orders.is_empty() {
                    self.basis = Some(self.basis.map_or(*orders, |old| old.both(*orders)));
                }
                if let Some(span) = span {
                    self.cover.insert(*span, *orders, *cross);
                }
            }
            Entry::Epoch(target) => {
                self.epoch += 1;
                self.target = *target;
                self.cover.clear();
                self.basis = None;
            }
            Entry::Covered(orders) => self.covered = *orders,
            Entry::Since(start) => self.since = Some(*start),
            Entry::End { rank, counted } => {
                self.end_rank = *rank;
                self.total_held |= counted;
            }
            Entry::Anchored => self.anchored = true,
        }
    }
}

/// The second copy, which counts pages only once their rows are safe with the owner.
#[derive(Debug)]
pub struct Journal {
    committed: Evidence,
    /// What is not committed yet, with the last answer that it rests on.
    entries: VecDeque<(Ticket, Entry)>,
}

impl Journal {
    pub fn new(start: &Evidence) -> Self {
        Self { committed: start.clone(), entries: VecDeque::new() }
    }

    pub fn push(&mut self, after: Ticket, entry: Entry) {
        self.entries.push_back((after, entry));
    }

    /// All answers up to this one are safe. Entries of one epoch commute, and an epoch begins only when
    /// no answer is due, so that its entry never overtakes those of the epoch before.
    pub fn commit(&mut self, through: Ticket) {
        let committed = &mut self.committed;
        self.entries.retain(|(after, entry)| {
            let safe = *after <= through;
            if safe {
                committed.apply(entry);
            }
            !safe
        });
    }

    pub fn committed(&self) -> &Evidence {
        &self.committed
    }
}
