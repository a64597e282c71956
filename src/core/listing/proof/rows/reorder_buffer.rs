//! Rows on their way out: in the order in which their pages were asked for, whatever the order of
//! the answers. It knows no key.

use std::collections::VecDeque;

use crate::core::listing::plan::{Batch, Step, Ticket};

/// Answers held back while an earlier one is outstanding.
const HOLD: usize = 32;

#[derive(Debug)]
enum Slot {
    Asked(Ticket),
    /// The answer is there, with the rows that are new.
    Rows(Batch),
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
}

impl ReorderBuffer {
    pub fn new(wanted: Option<u64>) -> Self {
        Self {
            slots: VecDeque::new(),
            wanted: wanted.unwrap_or(u64::MAX),
            yielded: 0,
            cut: wanted == Some(0),
        }
    }

    pub fn asked(&mut self, ticket: Ticket) {
        self.slots.push_back(Slot::Asked(ticket));
    }

    pub fn answered(&mut self, ticket: Ticket, rows: Vec<u32>) {
        let waiting = |s: &&mut Slot| matches!(s, Slot::Asked(t) if *t == ticket);
        if let Some(slot) = self.slots.iter_mut().find(waiting) {
            *slot = if rows.is_empty() { Slot::Spent(ticket) } else { Slot::Rows(Batch { ticket, rows }) };
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
            Slot::Rows(batch) => Some(batch.rows.len() as u64),
            Slot::Spent(_) => Some(0),
        });
        self.wanted <= at_hand.sum()
    }

    /// No answer will come any more: what is held back behind one goes out.
    pub fn close(&mut self) {
        self.slots.retain(|s| !matches!(s, Slot::Asked(_)));
    }

    /// The next rows, or the next answer to be freed.
    pub fn next(&mut self) -> Option<Step> {
        match self.slots.pop_front()? {
            Slot::Spent(ticket) => Some(Step::Release(ticket)),
            Slot::Rows(batch) => {
                let ticket = batch.ticket;
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
