//! What all phases of a listing know: the ids seen, the orders left, the cover, the report.
//! It takes pages in; what to ask next is for the phases.

use std::collections::HashMap;

use super::addressing::{Counting, Window};
use super::coverage::{Cover, Gap, Region, Span, Start};
use super::id_set::IdSet;
use super::page_view::{Ending, InFlight, PageView};
use super::phases::Verdict;
use super::rules::Rules;
use super::sort_orders::{Keys, Order, OrderSet, Orders};
use crate::core::listing::plan::Range;
use crate::core::model::report::{Certificate, ListingReport};
use crate::core::model::row_facts::{Facts, RowFacts};

/// Rows above the first page's top are remembered with their keys, to count updates; at most these.
const HOT: usize = 4096;
/// Where `created_at` stands among the keys.
const CREATED: usize = 2;
/// Short pages remembered, to tell a lie from the end; the highest matter, and come first.
const SHORT: usize = 32;

/// The shared state of a listing.
#[derive(Debug)]
pub struct ProofState {
    pub rules: Rules,
    pub scope: Range,
    pub window: Window,
    pub orders: Orders,
    pub seen: IdSet,
    pub cover: Cover,
    /// Sessions yielded that have no id.
    pub rows_without_id: u64,
    /// The orders that every join of the cover respected; `None` before the first page.
    basis: Option<OrderSet>,
    /// The orders for which the whole list was covered.
    pub proven: Option<OrderSet>,
    pub region: Region,
    /// The top when the running epoch's predecessor began.
    pub since: Option<Start>,
    /// The top when the listing began.
    origin: Option<Start>,
    pub epoch: u32,
    pub report: ListingReport,
    /// Why this listing cannot be proven any more.
    pub violations: Vec<String>,
    /// A tie was walked by its ids.
    pub anchored: bool,
    /// Last keys of pages that were shorter than asked, and the first request made after each.
    shorts: Vec<(Keys, u64)>,
    /// One of them was not the end.
    pub short_page_lied: bool,
    /// Ranks where nulls meet values, and where the list ended.
    pub null_edge: Option<u64>,
    pub end_rank: u64,
    /// `total_count` was right where the end was proven.
    pub total_held: bool,
    /// So few sessions the service seems to give at once, whatever is asked for: too few for a proof.
    pub limit_too_small: Option<u32>,
    /// When the last answer was given.
    pub last_answer: i64,
    hot: HashMap<u128, i64>,
}

impl ProofState {
    pub fn new(rules: Rules, scope: Range) -> Self {
        let window = Window { counting: Counting::Sessions, limit: rules.limit };
        Self {
            rules,
            scope,
            window,
            orders: Orders::default(),
            seen: IdSet::default(),
            cover: Cover::default(),
            rows_without_id: 0,
            basis: None,
            proven: None,
            region: Region::Whole,
            since: None,
            origin: None,
            epoch: 1,
            report: ListingReport::default(),
            violations: Vec::new(),
            anchored: false,
            shorts: Vec::new(),
            short_page_lied: false,
            null_edge: None,
            end_rank: 0,
            total_held: false,
            limit_too_small: None,
            last_answer: 0,
            hot: HashMap::new(),
        }
    }

    /// The first page's top: the listing begins.
    pub fn begin(&mut self, start: Start) {
        self.since.get_or_insert(start);
        self.origin.get_or_insert(start);
    }

    /// Takes a page in; the indices are those of the rows to be yielded.
    pub fn accept<'a>(&mut self, request: InFlight, facts: &'a Facts) -> (PageView<'a>, Vec<u32>) {
        let rows = facts.rows.as_slice();
        self.check_shape(request, rows);
        self.orders.observe(rows);
        self.note_answer(facts);
        let (fresh, unknown) = if request.peek { (Vec::new(), 0) } else { self.sift(request, rows) };
        let short = (rows.len() as u64) < u64::from(request.asked.min(self.window.limit));
        let span = self.span_of(request, rows, short);
        let total = facts.total_count;
        let read = PageView { request, rows, total, answered_at: facts.answered_at, unknown, span, short };
        self.note_short(&read);
        self.note_null_edge(&read);
        (read, fresh)
    }

    /// A page that breaks its own rules proves nothing; the list is still read to its end.
    fn check_shape(&mut self, request: InFlight, rows: &[RowFacts]) {
        if rows.len() as u64 > u64::from(request.asked) {
            self.flaw("The service sent more sessions in one answer than were asked for");
        }
        let mut ids: Vec<u128> = rows.iter().filter_map(|r| r.id).collect();
        if ids.len() < rows.len() {
            self.flaw("Some sessions have no session_id, so that repeats of them cannot be told");
        }
        ids.sort_unstable();
        if ids.windows(2).any(|pair| matches!(pair, [a, b] if a == b)) {
            self.flaw("The service sent the same session twice in one answer");
        }
    }

    fn flaw(&mut self, sentence: &str) {
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
    fn sift(&mut self, request: InFlight, rows: &[RowFacts]) -> (Vec<u32>, usize) {
        let (mut fresh, mut unknown) = (Vec::with_capacity(rows.len()), 0);
        for ((index, rank), row) in (0..).zip(request.start..).zip(rows) {
            let Some(id) = row.id else {
                if request.fresh_from.is_some_and(|from| rank >= from) && rank >= self.scope.offset {
                    fresh.push(index);
                    self.rows_without_id += 1;
                }
                continue;
            };
            let new = self.seen.insert(id);
            self.note_row(id, row, new);
            if new {
                unknown += 1;
                if self.is_wanted(rank, row) {
                    fresh.push(index);
                }
            } else {
                self.report.repeated += 1;
            }
        }
        (fresh, unknown)
    }

    /// Sessions in front of the caller's offset are known, but not yielded.
    fn is_wanted(&self, rank: u64, row: &RowFacts) -> bool {
        if self.scope.offset == 0 || rank >= self.scope.offset {
            return true;
        }
        // In front, but it came there only after the start.
        let Some(since) = self.origin else { return false };
        let landing = Region::Landing { since, skew: self.rules.skew };
        self.orders.effective().all(|o| {
            let zone = landing.zone(o, self.orders.granularity(o));
            let key = o.key(&row.keys);
            zone.lo < key && key < zone.hi
        })
    }

    /// Counts what was born or changed since the list's first page.
    fn note_row(&mut self, id: u128, row: &RowFacts, new: bool) {
        let (Some(origin), Some(order)) = (self.origin, self.orders.effective().first()) else { return };
        let value = |keys: &Keys| keys.get(order.field()).copied().flatten();
        let top = value(&origin.tops).filter(|_| !order.ascending()).unwrap_or(origin.answered_at);
        let Some(key) = value(&row.keys).filter(|key| *key > top) else { return };
        let known = self.hot.get(&id).copied();
        if new {
            // One that was merely touched before it was read is not new to the list.
            let born = row.keys.get(CREATED).copied().flatten().unwrap_or(key);
            self.report.inserted += u64::from(born > top.saturating_sub(self.rules.skew));
        } else if known.is_none_or(|old| key > old) && self.hot.len() < HOT {
            self.report.updated += 1;
        }
        if known.is_some() || self.hot.len() < HOT {
            self.hot.insert(id, key);
        }
    }

    fn span_of(&self, request: InFlight, rows: &[RowFacts], short: bool) -> Option<Span> {
        let (first, last) = (rows.first()?.keys, rows.last()?.keys);
        let tied = |o: Order| rows.iter().rev().take_while(|r| o.key(&r.keys) == o.key(&last)).count();
        let tied = self.orders.effective().iter().map(tied).max().unwrap_or(1);
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

    /// Adds a page's proof to the cover.
    pub fn prove(&mut self, span: Option<Span>) {
        let orders = self.orders.effective();
        self.basis = Some(self.basis.map_or(orders, |old| old.both(orders)));
        if let Some(span) = span {
            self.cover.insert(span, orders, self.rules.cross);
        }
    }

    /// Forgets the cover: a new epoch proves anew.
    pub fn begin_epoch(&mut self, region: Region) {
        self.epoch += 1;
        self.region = region;
        self.cover.clear();
        self.basis = None;
    }

    /// An order came back (its better was refuted): what was joined need not hold for it.
    pub fn is_outdated(&self) -> bool {
        let now = self.orders.effective();
        let lacks = |basis: Option<OrderSet>| basis.is_some_and(|b| !now.within(b));
        lacks(self.basis) || lacks(self.proven)
    }

    /// The gaps of the first order that has any.
    pub fn gaps(&self) -> Vec<Gap> {
        let gaps =
            |o: Order| self.cover.gaps(o, self.region.zone(o, self.orders.granularity(o)), self.rules.cross);
        self.orders.effective().iter().map(gaps).find(|g| !g.is_empty()).unwrap_or_default()
    }

    /// Whether one page alone proves the region.
    pub fn reaches(&self, span: &Span) -> bool {
        let orders = self.orders.effective();
        !orders.is_empty()
            && orders.all(|o| {
                let mut cover = Cover::default();
                cover.insert(*span, orders, self.rules.cross);
                cover.gaps(o, self.region.zone(o, self.orders.granularity(o)), self.rules.cross).is_empty()
            })
    }

    /// Whether a page's lower end lies below all that the region asks for.
    pub fn is_below(&self, span: &Span) -> bool {
        let orders = self.orders.effective();
        !orders.is_empty() && orders.all(|o| span.lo(o) <= self.region.zone(o, self.orders.granularity(o)).lo)
    }

    /// A page that was shorter than asked was not the end if a later one shows what lay below.
    fn note_short(&mut self, read: &PageView<'_>) {
        let (Some(span), Some(order)) = (read.span, self.orders.effective().first()) else { return };
        let below = |(last, asked): &(Keys, u64)| {
            read.request.ticket >= *asked && order.key(&span.last) < order.key(last)
        };
        // Newcomers of an ascending list land behind the end.
        self.short_page_lied |= !order.ascending() && self.shorts.iter().any(below);
        if read.short && self.shorts.len() < SHORT {
            self.shorts.push((span.last, self.report.requests));
        }
    }

    /// Whether an answer from behind a page shows that nothing lay below it. Its own rows may have been
    /// pushed down there, and newcomers of an ascending list land there.
    pub fn is_end(&self, ending: &Ending, behind: &PageView<'_>) -> bool {
        let Some(order) = self.orders.effective().first() else { return false };
        let bound = ending.at.saturating_sub(self.rules.skew).saturating_sub(self.orders.granularity(order));
        let newcomer = |r: &RowFacts| order.ascending() && order.key(&r.keys) < order.of_value(bound);
        let pushed = |r: &RowFacts| r.id.is_some_and(|id| ending.ids.contains(&id));
        // Where the server counts pages, the answer may begin above the end.
        let above =
            usize::try_from(ending.span.stop.saturating_sub(behind.request.start)).unwrap_or(usize::MAX);
        behind.short && behind.rows.iter().skip(above).all(|r| newcomer(r) || pushed(r))
    }

    /// The verdict when the cover is proven as of a moment.
    pub fn proven_at(&self, at: i64) -> Verdict {
        let kind = if self.anchored { Certificate::AnchorChain } else { Certificate::KeyCover };
        Verdict::Proven(kind, at)
    }

    /// How the server counts, and how much it gives at once.
    pub fn settle_window(&mut self, counting: Counting, clamp: Option<u32>) {
        self.window.counting = counting;
        if counting == Counting::Pages {
            self.warn("The service counts offsets in pages, not in sessions.");
        }
        if let Some(limit) = clamp {
            self.window.limit = limit;
            // What was short of a full hundred was full after all.
            self.shorts.clear();
            self.short_page_lied = false;
            self.warn(&format!("The service gives at most {limit} sessions at once."));
        }
    }

    /// What is missing where the service gives next to nothing at once, and how it can be had.
    pub fn limit_too_small_verdict(&self) -> Option<Verdict> {
        let (given, found) = (self.limit_too_small?, self.seen.len());
        let total = self.report.total_count_last.filter(|total| *total > found)?;
        Some(Verdict::Lost(format!(
            "The service counts {total} sessions, {found} were found: it seems to give at most {given} at once, too \
             few to prove anything; use consistency=\"fast\" with page_size={given}"
        )))
    }

    fn warn(&mut self, sentence: &str) {
        if !self.report.warnings.iter().any(|w| w == sentence) {
            self.report.warnings.push(sentence.to_owned());
        }
    }

    pub fn overlap(&self) -> u64 {
        let limit = self.window.limit;
        // At least as much way as overlap, however little the service gives at once.
        u64::from(self.rules.overlap.min((limit / 4).max(3)).min(limit / 2).max(1))
    }

    pub fn limit(&self) -> u64 {
        u64::from(self.window.limit)
    }
}
