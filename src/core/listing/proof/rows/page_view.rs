//! An answer as the phases see it, with the request that it answers.
//! It judges nothing.

use crate::core::listing::proof::keys::coverage::Span;
use crate::core::listing::proof::keys::order::{Keys, NULL_HIGH, Order};
use crate::core::listing::proof::keys::region::Start;
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
    /// Look only: nothing of it is yielded.
    pub peek: bool,
    /// Its rows wait until it is known what the service takes an offset for.
    pub hold: bool,
    /// It looks for the place that this key has in the list: a page that begins there or below is a peek.
    pub sought: Option<Sought>,
    /// The gap repair that it serves; 0 is the phase itself.
    pub repair: u32,
}

/// A key whose place in the list is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sought {
    pub order: Order,
    pub key: i64,
}

impl InFlight {
    /// Rows below the place that is sought follow those that are still to be read above them. Where none has a key,
    /// it may be that the list has none at all: then they are read in their turn as well.
    pub fn is_peek(&self, rows: &[RowFacts]) -> bool {
        let (first, last) = (rows.first(), rows.last());
        let aside = |Sought { order, key }: Sought| {
            let is_below = first.is_some_and(|row| order.key(&row.keys) <= key);
            is_below || last.is_some_and(|row| order.key(&row.keys) == NULL_HIGH)
        };
        self.peek || !self.head && self.sought.is_some_and(aside)
    }
}

/// A page as the phases see it.
#[derive(Debug)]
pub struct PageView<'a> {
    pub request: InFlight,
    pub rows: &'a [RowFacts],
    pub total: Option<u64>,
    pub answered_at: i64,
    /// That is the service's clock.
    pub dated: bool,
    /// Rows of the region not seen before, and those seen before.
    pub unknown: usize,
    pub known: usize,
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
        top_of(self.rows, self.answered_at, self.dated)
    }
}

/// The top of a list whose first rows these are.
pub fn top_of(rows: &[RowFacts], answered_at: i64, dated: bool) -> Start {
    let mut tops: Keys = Keys::default();
    for row in rows {
        for (top, key) in tops.iter_mut().zip(row.keys) {
            *top = (*top).or(key);
        }
    }
    Start { answered_at, tops, dated }
}

/// Rows of an answer that are to be yielded, or may be.
#[derive(Debug, Default)]
pub struct Fresh {
    pub rows: Vec<u32>,
    /// Held back until it is known whether the region holds them.
    pub undecided: Vec<(u32, RowFacts)>,
}

impl Fresh {
    pub fn push(&mut self, index: u32, row: &RowFacts, wanted: Option<bool>) {
        match wanted {
            Some(true) => self.rows.push(index),
            Some(false) => {}
            None => self.undecided.push((index, *row)),
        }
    }

    pub fn without_id(&self, rows: &[RowFacts]) -> u64 {
        let lacks_an_id = |index: &&u32| {
            usize::try_from(**index).ok().and_then(|i| rows.get(i)).is_some_and(|row| row.id.is_none())
        };
        self.rows.iter().filter(lacks_an_id).count() as u64
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
