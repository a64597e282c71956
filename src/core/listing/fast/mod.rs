//! The fast plan: as few requests as there are pages, in order, and no proof.
//! It trusts `total_count` to tell where the list ends, and the offset to tell where a page starts;
//! what contradicts that is an error. It does no I/O and knows no client.

mod end_look;
mod messages;

use std::collections::{BTreeMap, VecDeque};

use hashbrown::HashTable;
use hashbrown::hash_table::Entry;

use self::end_look::EndLook;
use self::messages::{cut, over_long, repeats};
use super::plan::{Ask, Batch, Inconsistent, Plan, Range, Step, Ticket};
use super::proof::keys::order::{Order, OrderSet};
use super::proof::keys::region::Region;
use super::proof::keys::sort_orders::Orders;
use crate::core::model::report::ListingReport;
use crate::core::model::row_facts::{Facts, KEY_FIELDS, RowFacts};

/// Reads a list page by page.
pub struct FastPlan {
    range: Range,
    page_size: u32,
    /// Rank of the next page to ask for.
    next_offset: u64,
    next_ticket: Ticket,
    /// Asked for and not yet handed on, in list order.
    asked: VecDeque<Ask>,
    answers: BTreeMap<Ticket, Facts>,
    /// What is to be said before anything else.
    said: VecDeque<Step>,
    seen: HashTable<u128>,
    end: End,
    report: ListingReport,
    region: Region,
    /// What the pages show of the list's order: the bounds are bounds on it.
    orders: Orders,
    /// Which of the keys it is, where the first page cannot show it.
    end_look: EndLook,
}

/// Where the list ends, as far as is known.
enum End {
    /// No answer yet.
    Unknown,
    /// The service does not say: a page that is shorter than asked is the last.
    Unsaid,
    /// The latest `total_count`.
    Total(u64),
    Reached,
    Contradicted(Inconsistent),
}

impl FastPlan {
    #[must_use]
    pub fn new(range: Range, page_size: u32) -> Self {
        Self {
            range,
            page_size,
            next_offset: range.offset,
            next_ticket: 0,
            asked: VecDeque::new(),
            answers: BTreeMap::new(),
            said: VecDeque::new(),
            seen: HashTable::new(),
            end: End::Unknown,
            report: ListingReport { effective_limit: page_size, ..ListingReport::default() },
            region: Region::WHOLE,
            orders: Orders::default(),
            end_look: EndLook::default(),
        }
    }

    /// Only this part of the list; it ends at the first page that lies beyond it.
    #[must_use]
    pub fn bounded(mut self, region: Region) -> Self {
        self.region = region;
        self
    }

    /// The field that the bounds are about, by its place in [`KEY_FIELDS`].
    fn key_field(&self) -> Option<usize> {
        self.standing().first().map(Order::field).or_else(|| self.orders.first_valued())
    }

    /// The orders that the list may have.
    fn standing(&self) -> OrderSet {
        self.end_look.order().unwrap_or_else(|| self.orders.effective())
    }

    fn holds(&self, row: &RowFacts) -> bool {
        self.region.is_whole()
            || self.region.holds(self.key_field().and_then(|field| row.keys.get(field).copied().flatten()))
    }

    /// Whether no row behind this one can belong to the region, whatever order is the list's.
    fn is_beyond(&self, row: &RowFacts) -> bool {
        let orders = self.standing();
        let below =
            |order: Order| self.region.zones(order).iter().all(|zone| order.key(&row.keys) <= zone.lo);
        !self.region.is_whole() && !orders.is_empty() && orders.all(below)
    }

    /// The request for the next page, if the list goes on there.
    fn next_ask(&self) -> Option<Ask> {
        let open = match self.end {
            // Without a total the next page is worth asking for only once this one was full.
            End::Unknown | End::Unsaid => self.asked.is_empty(),
            End::Total(total) => self.next_offset < total,
            End::Reached | End::Contradicted(_) => false,
        };
        let limit = u32::try_from(self.wanted()).unwrap_or(u32::MAX).min(self.page_size);
        (open && limit > 0).then_some(Ask { ticket: self.next_ticket, offset: self.next_offset, limit })
    }

    /// How many sessions are neither yielded nor asked for, but wanted.
    fn wanted(&self) -> u64 {
        let coming: u64 = self.asked.iter().map(|ask| u64::from(ask.limit)).sum();
        self.range.max_items.map_or(u64::MAX, |items| items.saturating_sub(self.report.yielded + coming))
    }

    fn ask(&mut self, ask: Ask) -> Step {
        self.next_ticket += 1;
        self.next_offset += u64::from(ask.limit);
        self.asked.push_back(ask);
        self.report.requests += 1;
        Step::Ask(ask)
    }

    /// The request for the list's end, where only that tells what the bounds are about.
    fn look_at_end(&mut self) -> Option<Ask> {
        let first = self.asked.front().and_then(|ask| self.answers.get(&ask.ticket))?;
        if self.region.is_whole() {
            return None;
        }
        let ticket = self.next_ticket;
        let total = self.end_look.begin(&first.rows, first.total_count, ticket)?;
        self.next_ticket += 1;
        self.report.requests += 1;
        let limit = self.page_size;
        Some(Ask { ticket, offset: total.saturating_sub(u64::from(limit)), limit })
    }

    /// Takes the oldest answer, if it has come, and judges it.
    fn hand_on(&mut self) -> bool {
        let Some(ask) = self.asked.front().copied() else { return false };
        let Some(facts) = self.answers.remove(&ask.ticket) else { return false };
        self.asked.pop_front();
        self.orders.observe(&facts.rows);
        if !self.region.is_whole() {
            self.report.region = self.key_field().and_then(|field| self.region.text(KEY_FIELDS.get(field)?));
        }
        let rows = self.unseen(&facts);
        let held = facts.rows.iter().filter(|row| self.holds(row)).count();
        let repeated = rows.is_empty() && held > 0;
        self.report.yielded += rows.len() as u64;
        self.report.repeated += held.saturating_sub(rows.len()) as u64;
        if !rows.is_empty() {
            self.said.push_back(Step::Yield(Batch { ticket: ask.ticket, rows }));
        }
        self.said.push_back(Step::Release(ask.ticket));
        self.judge(ask, &facts, repeated);
        true
    }

    /// Rows that were not yielded before. A row without an id cannot be told from others: it is new.
    fn unseen(&mut self, facts: &Facts) -> Vec<u32> {
        let mut rows = Vec::with_capacity(facts.rows.len());
        for (index, row) in (0_u32..).zip(&facts.rows) {
            if self.holds(row) && row.id.is_none_or(|id| insert(&mut self.seen, id)) {
                rows.push(index);
            }
        }
        rows
    }

    /// Decides where the list ends by this answer, in list order.
    fn judge(&mut self, ask: Ask, facts: &Facts, repeated: bool) {
        let count = facts.rows.len() as u64;
        let reached = ask.offset + count;
        let short = count < u64::from(ask.limit);
        if self.report.total_count_first.is_none() {
            self.report.total_count_first = facts.total_count;
        }
        self.report.total_count_last = facts.total_count.or(self.report.total_count_last);
        self.end = match facts.total_count {
            _ if count > u64::from(ask.limit) => contradicted(over_long(ask, count)),
            _ if repeated => contradicted(repeats(ask)),
            Some(total) if short && reached < total => contradicted(cut(ask, count, total)),
            _ if facts.rows.last().is_some_and(|row| self.is_beyond(row)) => End::Reached,
            Some(total) if reached < total => End::Total(total),
            // A total below what was read is none.
            None => {
                if short {
                    End::Reached
                } else {
                    End::Unsaid
                }
            }
            Some(total) if short || reached == total => End::Reached,
            Some(_) => End::Unsaid,
        };
    }
}

impl Plan for FastPlan {
    fn step(&mut self, room: bool) -> Result<Step, Inconsistent> {
        loop {
            if let Some(step) = self.said.pop_front() {
                return Ok(step);
            }
            if let End::Contradicted(contradiction) = &self.end {
                return Err(contradiction.clone());
            }
            if room && let Some(ask) = self.next_ask() {
                return Ok(self.ask(ask));
            }
            if matches!(self.end, End::Reached) {
                // Pages asked for behind an end that moved up hold nothing that is missed.
                self.report.cut_short |= self.range.offset > 0;
                return Ok(Step::Done);
            }
            if let Some(ask) = self.look_at_end() {
                return Ok(Step::Ask(ask));
            }
            if !self.end_look.is_under_way() && self.hand_on() {
                continue;
            }
            if !self.asked.is_empty() || self.next_ask().is_some() {
                return Ok(Step::Wait);
            }
            // The list would have gone on.
            self.report.cut_short |= self.range.max_items.is_some();
            return Ok(Step::Done);
        }
    }

    fn answer(&mut self, ticket: Ticket, facts: &Facts) {
        if self.end_look.take(ticket, &facts.rows) {
            self.said.push_back(Step::Release(ticket));
        } else {
            self.answers.insert(ticket, facts.clone());
        }
    }

    fn report(&self) -> &ListingReport {
        &self.report
    }
}

/// Whether the id is new. It is a hash already: a part of it will do as one.
fn insert(seen: &mut HashTable<u128>, id: u128) -> bool {
    #[expect(clippy::cast_possible_truncation, reason = "half of a good hash is a good hash")]
    let hash = |id: &u128| *id as u64;
    match seen.entry(hash(&id), |other| *other == id, hash) {
        Entry::Occupied(_) => false,
        Entry::Vacant(place) => {
            place.insert(id);
            true
        }
    }
}

fn contradicted(message: String) -> End {
    End::Contradicted(Inconsistent { message })
}
