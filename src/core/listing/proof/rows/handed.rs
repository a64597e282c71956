//! Which rows went out, in which order, and which answers went out whole: what may be counted once the owner
//! says how many of the rows are safe.

use std::collections::{HashMap, VecDeque};

use crate::core::listing::terms::{Step, Ticket};
use crate::core::model::row_facts::Facts;

/// Rows handed out and not yet known to be safe.
#[derive(Debug, Default)]
pub struct Handed {
    /// Rows that were safe at the last checkpoint, since the listing began.
    pub before: u64,
    /// The ids of the rows since, in their order; `None` for one without.
    ids: VecDeque<Option<u128>>,
    /// Answers that went out whole, and how many rows had gone out by then.
    whole: VecDeque<(Ticket, u64)>,
    /// The ids of answers that have rows to go out.
    waiting: HashMap<Ticket, Vec<Option<u128>>>,
}

impl Handed {
    pub fn arrived(&mut self, ticket: Ticket, facts: &Facts) {
        self.waiting.insert(ticket, facts.rows.iter().map(|row| row.id).collect());
    }

    pub fn note(&mut self, step: Option<&Step>, yielded: u64) {
        match step {
            Some(Step::Yield(batch)) => {
                let ids = self.waiting.get(&batch.ticket).map_or(&[][..], Vec::as_slice);
                let id =
                    |row: &u32| usize::try_from(*row).ok().and_then(|row| ids.get(row)).copied().flatten();
                self.ids.extend(batch.rows.iter().map(id));
            }
            Some(Step::Release(ticket)) => {
                self.waiting.remove(ticket);
                self.whole.push_back((*ticket, yielded));
            }
            _ => {}
        }
    }

    /// The first `handed` rows since the listing began are safe: the last answer that is safe as a whole, and
    /// the ids that became so.
    pub fn take(&mut self, handed: u64) -> (Option<Ticket>, Vec<u128>) {
        let count =
            usize::try_from(handed.saturating_sub(self.before)).unwrap_or(usize::MAX).min(self.ids.len());
        self.before += count as u64;
        let mut through = None;
        while let Some((ticket, _)) = self.whole.front().copied().filter(|(_, rows)| *rows <= self.before) {
            through = Some(ticket);
            self.whole.pop_front();
        }
        (through, self.ids.drain(..count).flatten().collect())
    }
}
