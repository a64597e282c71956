//! Rows on their way out: in the order in which their pages were asked for, whatever the order of
//! the answers. It knows no key.

use std::collections::VecDeque;

use super::page_view::Fresh;
use crate::core::listing::terms::{Batch, Step, Ticket};
use crate::core::model::row_facts::RowFacts;

/// Answers held back while an earlier one is outstanding.
const HOLD: usize = 32;

#[derive(Debug)]
enum Slot {
    Asked(Ticket),
    /// The answer is there, with the rows that are new.
    Rows(Ticket, Fresh),
    Spent(Ticket),
}

/// The queue of answers.
#[derive(Debug)]
pub struct ReorderBuffer {
    slots: VecDeque<Slot>,
    /// How many more rows the caller wants.
    wanted: u64,
    pub yielded: u64,
    /// Rows that the caller did not want any more were left.
    pub cut: bool,
    closed: bool,
}

impl ReorderBuffer {
    pub fn new(wanted: Option<u64>) -> Self {
        Self {
            slots: VecDeque::new(),
            wanted: wanted.unwrap_or(u64::MAX),
            yielded: 0,
            cut: wanted == Some(0),
            closed: false,
        }
    }

    pub fn asked(&mut self, ticket: Ticket) {
        self.slots.push_back(Slot::Asked(ticket));
    }

    pub fn answered(&mut self, ticket: Ticket, fresh: Fresh) {
        let waiting = |s: &&mut Slot| matches!(s, Slot::Asked(t) if *t == ticket);
        if let Some(slot) = self.slots.iter_mut().find(waiting) {
            let spent = fresh.rows.is_empty() && fresh.undecided.is_empty();
            *slot = if spent { Slot::Spent(ticket) } else { Slot::Rows(ticket, fresh) };
        }
    }

    pub fn is_full(&self) -> bool {
        self.slots.len() >= HOLD
    }

    /// Whether the caller has all that he wants.
    pub fn is_satisfied(&self) -> bool {
        self.wanted == 0
    }

    /// Whether the rows at hand are all that the caller wants.
    pub fn will_satisfy(&self) -> bool {
        let at_hand = self.slots.iter().map_while(|s| match s {
            Slot::Asked(_) => None,
            // What waits for a decision is not at hand, nor is what comes after it.
            Slot::Rows(_, fresh) => fresh.undecided.is_empty().then_some(fresh.rows.len() as u64),
            Slot::Spent(_) => Some(0),
        });
        self.wanted <= at_hand.sum()
    }

    /// No answer will come any more: what is held back behind one goes out.
    pub fn close(&mut self) {
        self.slots.retain(|s| !matches!(s, Slot::Asked(_)));
        self.closed = true;
    }

    /// The rows that are held back, since it is not known whether they are wanted.
    pub fn undecided(&self) -> impl Iterator<Item = &RowFacts> {
        self.slots
            .iter()
            .flat_map(|slot| match slot {
                Slot::Rows(_, fresh) => fresh.undecided.as_slice(),
                Slot::Asked(_) | Slot::Spent(_) => &[],
            })
            .map(|(_, row)| row)
    }

    /// The next rows, or the next answer to be freed. `decide` says whether a row that was held back is
    /// wanted, at once where it must.
    pub fn next(&mut self, decide: impl FnMut(&RowFacts, bool) -> Option<bool>) -> Option<Step> {
        let now = self.closed || self.is_full();
        match self.slots.pop_front()? {
            Slot::Spent(ticket) => Some(Step::Release(ticket)),
            Slot::Rows(ticket, mut fresh) => {
                if !settle(&mut fresh, now, decide) {
                    self.slots.push_front(Slot::Rows(ticket, fresh));
                    return None;
                }
                let batch = Batch { ticket, rows: fresh.rows };
                let Some(step) = self.hand_out(batch) else { return Some(Step::Release(ticket)) };
                self.slots.push_front(Slot::Spent(ticket));
                Some(step)
            }
            asked @ Slot::Asked(_) => {
                self.slots.push_front(asked);
                None
            }
        }
    }

    fn hand_out(&mut self, mut batch: Batch) -> Option<Step> {
        let room = usize::try_from(self.wanted).unwrap_or(usize::MAX);
        if batch.rows.len() > room {
            batch.rows.truncate(room);
            self.cut = true;
        }
        self.wanted -= batch.rows.len() as u64;
        self.yielded += batch.rows.len() as u64;
        (!batch.rows.is_empty()).then_some(Step::Yield(batch))
    }
}

/// Decides about the rows that were held back; `false` while one cannot be decided.
fn settle(fresh: &mut Fresh, now: bool, mut decide: impl FnMut(&RowFacts, bool) -> Option<bool>) -> bool {
    let mut left = Vec::new();
    for (index, row) in std::mem::take(&mut fresh.undecided) {
        match decide(&row, now) {
            Some(true) => fresh.rows.push(index),
            Some(false) => {}
            None => left.push((index, row)),
        }
    }
    fresh.undecided = left;
    fresh.rows.sort_unstable();
    fresh.undecided.is_empty()
}
