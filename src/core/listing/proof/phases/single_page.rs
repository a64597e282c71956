//! A list that fits one page: proven by one page at rank 0, and nothing behind it.
//! It knows no key.

use super::bulk_scan::start_over;
use super::probe::Calibrate;
use crate::core::listing::proof::addressing::Counting;
use crate::core::listing::proof::coverage::Region;
use crate::core::listing::proof::page_view::Read;
use crate::core::listing::proof::phases::{Need, Phase, Verdict, Want};
use crate::core::listing::proof::state::Ledger;
use crate::core::model::report::Certificate;

const TRIES: u32 = 8;
/// An empty head of a list that had sessions is asked for again so often.
const EMPTIES: u32 = 4;

/// Rows at the end by which two pages are known to end at the same place.
const BOTTOM: usize = 3;

/// No server clamps the limit to less.
const LEAST_LIMIT: usize = 4;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// Right behind the head: not one row of it, or a page that was cut there would show nothing new.
    Beyond,
    Head,
}

/// The phase.
#[derive(Debug)]
pub struct Small {
    stage: Stage,
    /// It is known how the server counts.
    calibrated: bool,
    /// Nothing lay behind the head.
    clear: bool,
    /// How long the list was then, at least.
    length: usize,
    /// The ids of the head.
    head: Vec<u128>,
    tries: u32,
    empties: u32,
    excess: u32,
    limits: u32,
}

impl Small {
    /// The head was just read, and had no rows.
    pub fn empty(calibrated: bool) -> Self {
        let (stage, head) = (Stage::Head, Vec::new());
        Self { stage, calibrated, clear: false, length: 0, head, tries: 0, empties: 1, excess: 0, limits: 0 }
    }

    /// The head was just read, and was short: its ids.
    pub fn after(head: Vec<u128>) -> Self {
        Self { stage: Stage::Beyond, head, empties: 0, ..Self::empty(true) }
    }

    pub fn need(&self, ledger: &Ledger, in_flight: usize) -> Need {
        let len = self.head.len() as u64;
        let limit = u32::try_from(len).unwrap_or(u32::MAX).max(1);
        match (self.stage, ledger.window.counting) {
            _ if in_flight > 0 => Need::Wait,
            (Stage::Head, _) => Need::Ask(Want::rank(0)),
            (Stage::Beyond, Counting::Sessions) => Need::Ask(Want::rank(len)),
            // Pages of the head's own length: the next one begins right behind it.
            (Stage::Beyond, Counting::Floored) => Need::Ask(Want::raw(len, limit)),
            (Stage::Beyond, Counting::Pages) => Need::Ask(Want::raw(1, limit)),
        }
    }

    pub fn take(&mut self, read: &Read<'_>, ledger: &mut Ledger) -> Option<Need> {
        if self.stage == Stage::Beyond {
            self.stage = Stage::Head;
            // Rows of the head may have been pushed down there meanwhile: then the next head is longer.
            self.clear = read.ids().all(|id| self.head.contains(&id));
            self.length = if read.rows.is_empty() { 0 } else { self.head.len() + read.rows.len() };
            return None;
        }
        self.tries += 1;
        // A head without rows that has known ones again was a lie; others may be.
        ledger.short_page_lied |= self.empties > 0 && read.unknown < read.rows.len();
        if !read.rows.is_empty() && !self.calibrated {
            return Some(Need::Go(Phase::Calibrate(Box::new(Calibrate::again()))));
        }
        if !read.short {
            return Some(outgrown(ledger));
        }
        let known = !ledger.seen.is_empty() || read.total != Some(0);
        if read.rows.is_empty() && known && self.empties < EMPTIES {
            self.empties += 1;
            return None;
        }
        self.take_head(read, ledger)
    }

    fn take_head(&mut self, read: &Read<'_>, ledger: &mut Ledger) -> Option<Need> {
        let excess = read.total.filter(|t| *t > plausible(read, ledger));
        // So many that were seen cannot all have been deleted: this page is not the whole list.
        let holds = plausible(read, ledger) >= ledger.seen.len() || read.rows.is_empty();
        let counted = read.total == Some(read.rows.len() as u64);
        let confirmed = counted || (holds && !ledger.short_page_lied);
        if self.is_whole(read) && excess.is_none() && confirmed {
            return Some(Need::End(Verdict::Proven(Certificate::SinglePage, read.answered_at)));
        }
        if self.is_a_limit(read, ledger) {
            ledger.settle_window(Counting::Sessions, u32::try_from(read.rows.len()).ok());
            return Some(start_over(ledger));
        }
        self.excess += u32::from(excess.is_some());
        self.stage = Stage::Beyond;
        self.head = read.ids().collect();
        (self.tries >= TRIES).then(|| Need::End(self.give_up(excess, ledger)))
    }

    /// Twice the same length, and something behind it: that is no end, but a limit.
    fn is_a_limit(&mut self, read: &Read<'_>, ledger: &Ledger) -> bool {
        let again = read.rows.len() == self.head.len() && self.head.len() >= LEAST_LIMIT;
        self.limits += u32::from(again && (self.length > self.head.len() || !self.clear));
        self.limits >= 2 && ledger.window.counting == Counting::Sessions
    }

    /// Nothing lay behind, and what was the end then is in the head still: it did not sink behind it.
    fn is_whole(&self, read: &Read<'_>) -> bool {
        let mut bottom = self.head.iter().rev().take(BOTTOM);
        let holds = self.head.is_empty() || bottom.any(|end| read.ids().any(|id| id == *end));
        read.rows.is_empty() || (self.clear && holds && read.rows.len() >= self.length)
    }

    fn give_up(&self, excess: Option<u64>, ledger: &Ledger) -> Verdict {
        match excess {
            Some(total) if self.excess > TRIES / 2 => Verdict::Lost(format!(
                "The service counts {total} sessions but shows only {}; ask again later, or narrow the listing",
                ledger.seen.len()
            )),
            _ => Verdict::Unproven("The list changed each time its only page was read again".to_owned()),
        }
    }
}

/// How many sessions the service may count: some of those seen may just have been deleted.
fn plausible(read: &Read<'_>, ledger: &Ledger) -> u64 {
    let len = read.rows.len() as u64;
    let gone = ledger.seen.len().saturating_sub(len);
    if len > 0 && gone <= 8 + len / 4 { len + gone } else { len }
}

/// The list has outgrown the page meanwhile, and a single page shows little of how the server counts.
fn outgrown(ledger: &mut Ledger) -> Need {
    ledger.begin_epoch(Region::Whole);
    Need::Go(Phase::Calibrate(Box::new(Calibrate::again())))
}
