//! Takes pages in: checks their shape, tells new rows from known ones, and notes what the page shows of
//! the service. What follows from a page is for the phases.

use super::keys::coverage::Span;
use super::keys::order::{Keys, Order};
use super::keys::region::Landing;
use super::rows::page_view::{Fresh, InFlight, PageView, top_of};
use super::state::ProofState;
use crate::core::model::row_facts::{CREATED_AT, Facts, RowFacts};

/// Keys of rows where sessions land are remembered, to count updates; at most so many.
const LANDED: usize = 4096;
/// Short pages remembered, to tell a lie from the end; the highest matter, and come first.
const SHORT: usize = 32;

impl ProofState {
    /// Takes a page in; the indices are those of the rows to be yielded.
    pub fn accept<'a>(&mut self, request: InFlight, facts: &'a Facts) -> (PageView<'a>, Fresh) {
        let rows = facts.rows.as_slice();
        let request = InFlight { peek: request.is_peek(rows), ..request };
        self.last_ticket = self.last_ticket.max(request.ticket);
        self.check_shape(request, rows);
        self.orders.observe(rows);
        if request.head {
            self.orders.observe_head(rows);
        }
        self.note_answer(facts);
        let repeated = self.report.repeated;
        let (fresh, unknown) = match request {
            InFlight { peek: true, .. } => {
                // Its ranks are still to be read.
                self.claims.answered(request.ticket, request.start);
                (Fresh::default(), 0)
            }
            InFlight { hold: true, .. } => (self.hold_back(request, rows), 0),
            _ => self.sift(request, rows),
        };
        self.rows_without_id += fresh.without_id(rows);
        // Only now: none of these rows came there after the start.
        if request.head && self.evidence.since.is_none() && !rows.is_empty() {
            self.begin(top_of(rows, facts.answered_at, facts.dated));
            self.first_page_end = rows.last().map(|row| row.keys);
            self.note_first(rows);
        }
        let short = (rows.len() as u64) < u64::from(request.asked.min(self.paging.limit));
        let span = self.span_of(request, rows, short);
        let total = facts.total_count;
        let (answered_at, dated) = (facts.answered_at, facts.dated);
        let known = usize::try_from(self.report.repeated - repeated).unwrap_or(usize::MAX);
        let read = PageView { request, rows, total, answered_at, dated, unknown, known, span, short };
        self.note_short(&read);
        if short && self.calibrated && !rows.is_empty() {
            self.first_end.get_or_insert(read.stop());
        }
        self.note_null_edge(&read);
        (read, fresh)
    }

    /// A page that breaks its own rules proves nothing; the list is still read to its end.
    fn check_shape(&mut self, request: InFlight, rows: &[RowFacts]) {
        if rows.len() as u64 > u64::from(request.asked) {
            self.violation("The service sent more sessions in one answer than were asked for");
        }
        let mut ids: Vec<u128> = rows.iter().filter_map(|r| r.id).collect();
        if ids.len() < rows.len() {
            self.some_lack_an_id = true;
            self.violation("Some sessions have no session_id, so that repeats of them cannot be told");
        }
        if has_twice(&mut ids) {
            self.violation("The service sent the same session twice in one answer");
        }
    }

    pub fn violation(&mut self, sentence: &str) {
        if !self.violations.iter().any(|f| f == sentence) {
            self.violations.push(sentence.to_owned());
        }
    }

    fn note_answer(&mut self, facts: &Facts) {
        self.last_answer = facts.answered_at;
        let report = &mut self.report;
        if report.started_at.is_none() {
            report.started_at = Some(facts.answered_at);
            report.total_count_first = facts.total_count;
        }
        report.total_count_last = facts.total_count;
    }

    /// Which rows are new, and how many.
    fn sift(&mut self, request: InFlight, rows: &[RowFacts]) -> (Fresh, usize) {
        let own = self.claims.answered(request.ticket, request.start + rows.len() as u64);
        let (mut fresh, mut unknown) = (Fresh::default(), 0);
        for ((index, rank), row) in (0..).zip(request.start..).zip(rows) {
            let held = self.judge(&row.keys);
            let Some(id) = row.id else {
                let is_own = own.iter().any(|(first, last)| (*first..*last).contains(&rank));
                let is_new = is_own && rank >= self.range.offset;
                fresh.push(index, row, held.filter(|_| is_new).or(if is_new { None } else { Some(false) }));
                continue;
            };
            if held == Some(false) {
                continue;
            }
            let decided = held.is_some();
            let new = if decided { self.seen.insert(id) } else { !self.seen.contains(id) };
            let later = self.note_row(id, row, new);
            if new {
                unknown += usize::from(decided || self.undecided.insert(id, row.keys).is_none());
                let wanted = self.is_wanted(rank, row);
                fresh.push(index, row, if wanted { held } else { Some(false) });
            } else {
                self.report.repeated += 1;
                fresh.push(index, row, Some(later && self.again));
            }
        }
        (fresh, unknown)
    }

    /// Rows that are the caller's if the service takes an offset for a number of sessions.
    fn hold_back(&self, request: InFlight, rows: &[RowFacts]) -> Fresh {
        let mut fresh = Fresh::default();
        for ((index, rank), row) in (0..).zip(request.start..).zip(rows) {
            fresh.push(index, row, if rank >= self.range.offset { None } else { Some(false) });
        }
        fresh
    }

    /// Decides about a row that was held back: whether it is to be yielded.
    pub fn decide(&mut self, row: &RowFacts, now: bool) -> Option<bool> {
        // No row of a whole list waits but for what an offset means.
        let held = if self.region.holds_all() {
            self.behind_offset.or(now.then_some(false))?
        } else {
            self.judge(&row.keys).or_else(|| now.then(|| self.judge_now(&row.keys)))?
        };
        Some(held && row.id.is_none_or(|id| self.seen.insert(id)))
    }

    /// Sessions in front of the caller's offset are known, but not yielded.
    fn is_wanted(&mut self, rank: u64, row: &RowFacts) -> bool {
        if self.range.offset == 0 || rank >= self.range.offset {
            return true;
        }
        // In front, but it came there only after the start.
        let Some(since) = self.origin else { return false };
        let landing = Landing { since, skew: self.rules.skew };
        let orders = self.orders.effective();
        let landed = |keys: &Keys| {
            orders.all(|order| landing.zone(order, self.orders.granularity(order)).holds(order.key(keys)))
        };
        let wanted = landed(&row.keys);
        // Or stood there from the start with such a key, unless the first page showed all that did.
        let newer = orders.all(|order| order.key(&row.keys) > order.key(&since.tops));
        let told = newer || self.first_page_end.is_some_and(|end| !landed(&end));
        self.perhaps_in_front += u64::from(wanted && !told);
        wanted
    }

    /// The first page's keys, for whoever yields changed rows again.
    fn note_first(&mut self, rows: &[RowFacts]) {
        if !self.again {
            return;
        }
        for row in rows {
            if let Some(id) = row.id {
                self.note_row(id, row, true);
            }
        }
    }

    /// Counts what was born or changed since the list's first page; `true` where a known session has a
    /// later key than before.
    fn note_row(&mut self, id: u128, row: &RowFacts, new: bool) -> bool {
        let (Some(origin), Some(order)) = (self.origin, self.orders.effective().first()) else {
            return false;
        };
        let value = |keys: &Keys| keys.get(order.field()).copied().flatten();
        let top = value(&origin.tops).filter(|_| !order.ascending()).unwrap_or(origin.answered_at);
        let Some(key) = value(&row.keys) else { return false };
        if self.landed_by.replace(order.field()) != Some(order.field()) {
            self.landed.clear();
        }
        let known = self.landed.get(&id).copied();
        self.went_back |= known.is_some_and(|old| key < old);
        // Whoever yields changed rows again has to know the keys of all that lie where changed ones land.
        let least = if self.again {
            let landing = Landing { since: origin, skew: self.rules.skew };
            landing.bound(order, self.orders.granularity(order))
        } else {
            top
        };
        if key <= least {
            return false;
        }
        let room = self.again || self.landed.len() < LANDED;
        let later = !new && known.is_none_or(|old| key > old) && room;
        if new {
            // One that was merely touched before it was read is not new to the list.
            let born = row.keys.get(CREATED_AT).copied().flatten().unwrap_or(key);
            let since_top = key > top && born > top.saturating_sub(self.rules.skew);
            self.report.inserted += u64::from(since_top);
        } else {
            self.report.updated += u64::from(later && key > top);
        }
        if known.is_some() || room {
            self.landed.insert(id, key);
        }
        later
    }

    fn span_of(&self, request: InFlight, rows: &[RowFacts], short: bool) -> Option<Span> {
        let (first, last) = (rows.first()?.keys, rows.last()?.keys);
        let tied = |o: Order| rows.iter().rev().take_while(|r| o.key(&r.keys) == o.key(&last)).count();
        let tied = self.orders.tying().iter().map(tied).max().unwrap_or(1);
        let (start, stop) = (request.start, request.start + rows.len() as u64);
        Some(Span {
            first,
            last,
            top: request.head,
            end: false,
            start,
            stop,
            short,
            tied: tied.try_into().unwrap_or(0),
        })
    }

    fn note_null_edge(&mut self, read: &PageView<'_>) {
        let Some(order) = self.orders.effective().first() else { return };
        let null = |r: &RowFacts| r.keys.get(order.field()).copied().flatten().is_none();
        let edge = read.rows.windows(2).position(|w| matches!(w, [a, b] if null(a) != null(b)));
        if let Some(edge) = edge {
            self.null_edge = Some(read.request.start + edge as u64 + 1);
        }
    }

    /// A page that was shorter than asked was not the end if a later one shows what lay below.
    fn note_short(&mut self, read: &PageView<'_>) {
        let (Some(span), Some(order)) = (read.span, self.orders.effective().first()) else { return };
        let below = |(last, asked): &(Keys, u64)| {
            read.request.ticket >= *asked && order.key(&span.last) < order.key(last)
        };
        // Newcomers of an ascending list land behind the end.
        self.short_page_before_end |= !order.ascending() && self.shorts.iter().any(below);
        if read.short && self.shorts.len() < SHORT {
            self.shorts.push((span.last, self.report.requests));
        }
    }
}

/// Whether an id is there twice; the ids are sorted where that has to be looked at.
fn has_twice(ids: &mut [u128]) -> bool {
    // Ids are hashes: where no two have the same sixteen bits, as in nearly all pages, no two are the same.
    let mut seen = [0u64; 1 << 10];
    let is_new = |id: &u128| {
        let Some(word) = seen.get_mut((id >> 6 & 0x3FF) as usize) else { return false };
        let bit = 1 << (id & 0x3F);
        let is_new = *word & bit == 0;
        *word |= bit;
        is_new
    };
    if ids.iter().all(is_new) {
        return false;
    }
    ids.sort_unstable();
    ids.windows(2).any(|pair| matches!(pair, [a, b] if a == b))
}
