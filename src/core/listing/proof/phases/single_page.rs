//! A list that fits one page: proven by one page at rank 0, and nothing behind it.
//! It knows no key.

use super::Phase;
use crate::core::listing::proof::rows::page_view::PageView;
use crate::core::listing::proof::rules::EMPTY_HEADS;
use crate::core::listing::proof::state::ProofState;
use crate::core::listing::proof::transition::{Action, PageRequest, Transition, Verdict};
use crate::core::model::report::{Addressing, Certificate};
use crate::core::model::row_facts::RowFacts;

const TRIES: u32 = 8;

/// So many sessions may be deleted between a few readings, and a quarter of those that are left.
const DELETED: u64 = 8;
/// Readings that have to agree where far more sessions were seen before than the page has.
const DOUBTFUL: u32 = 3;
/// Rows at the end by which two pages are known to end at the same place.
const BOTTOM: usize = 3;

/// No server clamps the limit to less.
const LEAST_LIMIT: usize = 4;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reading {
    /// Right behind the head: not one row of it, or a page that was cut there would show nothing new.
    Beyond,
    Head,
}

/// The phase.
#[derive(Debug)]
pub struct SinglePage {
    reading: Reading,
    /// It is known how the server counts.
    calibrated: bool,
    /// Nothing lay behind the head.
    clear: bool,
    /// The service seems to round offsets down.
    rounds: bool,
    /// Readings in a row that bear out that the head is all, and how many are needed; 0 before the first.
    passes: u32,
    needed: u32,
    /// How long the list was then, at least.
    length: usize,
    /// The ids of the head, and when it was read.
    head: Vec<u128>,
    head_at: i64,
    tries: u32,
    empties: u32,
    excess: u32,
    limits: u32,
}

impl SinglePage {
    /// The head was just read, and had no rows.
    pub fn empty(calibrated: bool) -> Self {
        let (reading, head) = (Reading::Head, Vec::new());
        Self {
            reading,
            calibrated,
            clear: false,
            rounds: false,
            passes: 0,
            needed: 0,
            length: 0,
            head,
            head_at: i64::MAX,
            tries: 0,
            empties: 1,
            excess: 0,
            limits: 0,
        }
    }

    /// The head was just read, and was short: its ids.
    pub fn after(head: Vec<u128>) -> Self {
        Self { reading: Reading::Beyond, head, empties: 0, ..Self::empty(true) }
    }
}

impl Phase for SinglePage {
    fn name(&self) -> &'static str {
        "single page"
    }

    fn next(&mut self, state: &mut ProofState, in_flight: usize) -> Action {
        let len = self.head.len() as u64;
        let limit = u32::try_from(len).unwrap_or(u32::MAX).max(1);
        match (self.reading, state.paging.addressing) {
            _ if in_flight > 0 => Action::Wait,
            (Reading::Head, _) => Action::Ask(PageRequest::rank(0)),
            (Reading::Beyond, Addressing::Sessions) if !self.rounds => Action::Ask(PageRequest::rank(len)),
            // Pages of the head's own length: the next one begins right behind it.
            (Reading::Beyond, Addressing::Sessions | Addressing::Floored) => {
                Action::Ask(PageRequest::raw(len, limit))
            }
            (Reading::Beyond, Addressing::Pages) => Action::Ask(PageRequest::raw(1, limit)),
        }
    }

    fn take(&mut self, read: &PageView<'_>, state: &mut ProofState) -> Option<Transition> {
        if self.needed == 0 {
            let gone = state.seen.len().saturating_sub(self.head.len() as u64);
            self.needed = if gone > DELETED + self.head.len() as u64 / 4 { DOUBTFUL } else { 1 };
        }
        if self.reading == Reading::Beyond {
            self.reading = Reading::Head;
            // Rows of the head may have been pushed down there meanwhile, and newcomers of an ascending list land
            // there: then the next head is longer.
            let in_head = |row: &RowFacts| row.id.is_none_or(|id| self.head.contains(&id));
            self.clear =
                read.rows.iter().all(|row| in_head(row) || state.is_newcomer_below(row, self.head_at));
            // The head once more: the service may round offsets down, to a multiple of the limit.
            self.rounds |= self.clear && !read.rows.is_empty() && read.rows.len() == self.head.len();
            self.length = if read.rows.is_empty() { 0 } else { self.head.len() + read.rows.len() };
            return None;
        }
        self.tries += 1;
        // A head without rows that has known ones again was a lie; others may be.
        let known = read.known > 0 || read.ids().any(|id| self.head.contains(&id));
        state.short_page_before_end |= self.empties > 0 && known;
        if !read.rows.is_empty() && !self.calibrated {
            return Some(Transition::Probe { again: true });
        }
        if !read.short {
            return Some(outgrown(state));
        }
        let known = !state.seen.is_empty() || read.total != Some(0);
        if read.rows.is_empty() && known && self.empties < EMPTY_HEADS {
            self.empties += 1;
            return None;
        }
        self.take_head(read, state)
    }
}

impl SinglePage {
    fn take_head(&mut self, read: &PageView<'_>, state: &mut ProofState) -> Option<Transition> {
        let excess = read.total.filter(|t| *t > plausible(read, state));
        // So many cannot all have been deleted since the last reading: this page is not the whole list.
        let before = if self.head.is_empty() { state.seen.len() } else { self.head.len() as u64 };
        let holds = lost(read, before) <= deletable(read) || read.rows.is_empty();
        let counted = read.total == Some(read.rows.len() as u64);
        let confirmed = counted || (holds && !state.short_page_before_end);
        let whole = self.is_whole(read, state) && excess.is_none() && confirmed;
        self.passes = if whole { self.passes + 1 } else { 0 };
        if whole && (self.passes >= self.needed || read.rows.is_empty()) {
            return Some(Transition::End(Verdict::Proven(Certificate::SinglePage, read.answered_at)));
        }
        if self.is_a_limit(read, state) {
            state.settle_paging(Addressing::Sessions, u32::try_from(read.rows.len()).ok());
            return Some(state.start_over());
        }
        self.excess += u32::from(excess.is_some());
        // Something contradicts a list of one page, and what such a list shows of the service is little.
        if self.tries > TRIES / 2 && (excess.is_some() || state.short_page_before_end) && !state.recalibrated
        {
            return Some(recalibrate(state));
        }
        self.reading = Reading::Beyond;
        self.head = read.ids().collect();
        self.head_at = read.answered_at;
        (self.tries >= TRIES).then(|| Transition::End(self.give_up(excess, state)))
    }

    /// Twice the same length, and something behind it: that is no end, but a limit.
    fn is_a_limit(&mut self, read: &PageView<'_>, state: &ProofState) -> bool {
        let again = read.rows.len() == self.head.len() && self.head.len() >= LEAST_LIMIT;
        self.limits += u32::from(again && (self.length > self.head.len() || !self.clear));
        self.limits >= 2 && state.paging.addressing == Addressing::Sessions
    }

    /// Nothing lay behind, and what was the end then is the head's end still: it did not sink behind it.
    fn is_whole(&self, read: &PageView<'_>, state: &ProofState) -> bool {
        read.rows.is_empty() || (self.clear && self.ends_alike(read, state) && read.rows.len() >= self.length)
    }

    /// One that moved up would have newcomers below it.
    fn ends_alike(&self, read: &PageView<'_>, state: &ProofState) -> bool {
        let bottom = self.head.get(self.head.len().saturating_sub(BOTTOM)..).unwrap_or_default();
        let is_bottom = |row: &RowFacts| row.id.is_some_and(|id| bottom.contains(&id));
        let was_there = |row: &RowFacts| row.id.is_some_and(|id| self.head.contains(&id));
        let born_below = |row: &RowFacts| state.is_newcomer_below(row, self.head_at);
        let mut end =
            read.rows.iter().rev().skip_while(|row| !is_bottom(row) && (was_there(row) || born_below(row)));
        self.head.is_empty() || end.next().is_some_and(is_bottom)
    }

    fn give_up(&self, excess: Option<u64>, state: &ProofState) -> Verdict {
        match excess {
            Some(total) if self.excess > TRIES / 2 => Verdict::Lost(format!(
                "The service counts {total} sessions but shows only {}; ask again later, or narrow the listing",
                state.seen.len()
            )),
            _ => Verdict::Unproven("The list changed each time its only page was read again".to_owned()),
        }
    }
}

/// How many sessions the service may count: some of those seen may just have been deleted.
fn plausible(read: &PageView<'_>, state: &ProofState) -> u64 {
    let gone = lost(read, state.seen.len());
    read.rows.len() as u64 + if read.rows.is_empty() || gone > deletable(read) { 0 } else { gone }
}

/// How many fewer sessions the page has than that.
fn lost(read: &PageView<'_>, before: u64) -> u64 {
    before.saturating_sub(read.rows.len() as u64)
}

/// How many may be deleted between a few readings.
fn deletable(read: &PageView<'_>) -> u64 {
    DELETED + read.rows.len() as u64 / 4
}

/// How the service pages is found out anew, and whether it sends short pages before the end.
fn recalibrate(state: &mut ProofState) -> Transition {
    state.recalibrated = true;
    state.shorts.clear();
    state.short_page_before_end = false;
    outgrown(state)
}

/// The list has outgrown the page meanwhile, and a single page shows little of how the server counts.
fn outgrown(state: &mut ProofState) -> Transition {
    state.calibrated = false;
    state.begin_epoch(None);
    Transition::Probe { again: true }
}
