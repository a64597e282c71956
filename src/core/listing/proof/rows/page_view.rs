//! An answer as the phases see it, with the request that it answers.
//! It judges nothing.

use crate::core::listing::proof::keys::coverage::Span;
use crate::core::listing::proof::keys::region::Start;
use crate::core::listing::proof::keys::sort_orders::Keys;
use crate::core::model::row_facts::RowFacts;

/// A request under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InFlight {
    pub ticket: u64,
    /// The rank at which the answer should begin.
    pub start: u64,
    pub asked: u32,
    /// It begins at the head, however the server counts.
    pub head: bool,
    /// Rows without an id are new from this rank on; elsewhere they cannot be told from old ones.
    pub fresh_from: Option<u64>,
    /// Look only: nothing of it is yielded.
    pub peek: bool,
    /// The gap repair that it serves; 0 is the phase itself.
    pub repair: u32,
}

/// A page as the phases see it.
#[derive(Debug)]
pub struct PageView<'a> {
    pub request: InFlight,
    pub rows: &'a [RowFacts],
    pub total: Option<u64>,
    pub answered_at: i64,
    /// Rows not seen before.
    pub unknown: usize,
    /// `None` if the page is empty.
    pub span: Option<Span>,
    /// Shorter than asked.
    pub short: bool,
}

impl PageView<'_> {
    pub fn stop(&self) -> u64 {
        self.request.start + self.rows.len() as u64
    }

    pub fn ids(&self) -> impl Iterator<Item = u128> {
        self.rows.iter().filter_map(|r| r.id)
    }

    /// What the page says of the top of the list.
    pub fn as_start(&self) -> Start {
        let mut tops: Keys = Keys::default();
        for row in self.rows {
            for (top, key) in tops.iter_mut().zip(row.keys) {
                *top = (*top).or(key);
            }
        }
        Start { answered_at: self.answered_at, tops }
    }
}

/// A page that may be the last.
#[derive(Debug, Clone, PartialEq)]
pub struct Ending {
    pub span: Span,
    pub at: i64,
    pub ids: Vec<u128>,
}

impl Ending {
    pub fn of(read: &PageView<'_>, span: Span) -> Self {
        Self { span, at: read.answered_at, ids: read.ids().collect() }
    }
}
