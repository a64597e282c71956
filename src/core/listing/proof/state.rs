//! What all phases of a listing know: what was learned of the service, the ids seen, the evidence.
//! What the evidence covers is judged in `covering`, bounds in `bounds`; pages are taken in by `intake`, and what to
//! ask next is for the phases.

use std::collections::HashMap;

use super::addressing::Paging;
use super::evidence::{Entry, Evidence, Journal};
use super::gaps::tied_pages::TiedPages;
use super::keys::coverage::Span;
use super::keys::order::{Keys, Order, OrderSet};
use super::keys::region::{Landing, Region, Start, Target};
use super::keys::sort_orders::Orders;
use super::rows::claims::Claims;
use super::rows::id_set::IdSet;
use super::rules::Rules;
use super::transition::{Transition, Verdict};
use crate::core::listing::terms::{Range, Ticket};
use crate::core::model::report::{Addressing, Certificate, ListingReport};

/// Pages of fewer sessions are too small for a climb.
const LEAST_TO_CLIMB: u32 = 16;

/// The shared state of a listing.
#[derive(Debug)]
pub struct ProofState {
    pub rules: Rules,
    pub range: Range,
    pub region: Region,
    /// What has to be read: the region, or the whole list where the orders do not agree on what lies within.
    pub extent: Region,
    pub paging: Paging,
    /// It is known how the service pages.
    pub calibrated: bool,
    pub orders: Orders,
    pub seen: IdSet,
    /// Ids that the caller had before, in pages of which nothing is known.
    pub carried: u64,
    /// What the running epoch has proven; changed by [`Self::record`] only.
    pub evidence: Evidence,
    pub journal: Option<Journal>,
    /// The newest answer that was taken in.
    pub last_ticket: Ticket,
    /// Sessions yielded that have no id.
    pub rows_without_id: u64,
    /// Some session was read that has none.
    pub some_lack_an_id: bool,
    /// Which ranks were read: only by them sessions without an id are known.
    pub claims: Claims,
    /// Pages of the running epoch whose sessions share one key.
    pub tied_pages: TiedPages,
    /// The top when the listing began.
    pub origin: Option<Start>,
    /// The last keys of its first page then.
    pub first_page_end: Option<Keys>,
    /// Sessions yielded that may have stood in front of the caller's offset from the start.
    pub perhaps_in_front: u64,
    pub report: ListingReport,
    /// Those of them that an earlier process sent.
    pub requests_before: u64,
    /// Why this listing cannot be proven any more.
    pub violations: Vec<String>,
    /// Last keys of pages that were shorter than asked, and the first request made after each.
    pub shorts: Vec<(Keys, u64)>,
    /// One of them was not the end.
    pub short_page_before_end: bool,
    /// The rank at which the list seemed to end first: what is found beyond was born since.
    pub first_end: Option<u64>,
    /// The calibration was repeated, since a list of one page had shown little of the service.
    pub recalibrated: bool,
    /// The rank where nulls meet values.
    pub null_edge: Option<u64>,
    /// So few sessions the service seems to give at once, whatever is asked for: too few for a proof.
    pub limit_too_small: Option<u32>,
    /// When the last answer was given.
    pub last_answer: i64,
    /// The rank at which the region ended, when it had been covered.
    pub region_end: Option<u64>,
    /// Keys of rows that lie where sessions land, by id, and the field that they are of.
    pub landed: HashMap<u128, i64>,
    pub landed_by: Option<usize>,
    /// A page at rank 0 that was read before the climb; kept only where a test lets the climb end at it.
    pub early_head: Option<Span>,
    /// The head was climbed: what is proven is proven as of the climb's foot.
    pub climbed: bool,
    /// A session was seen with an earlier key than before.
    pub went_back: bool,
    /// Other parts of the same list decide about their rows by themselves.
    pub is_part: bool,
    /// Rows seen again with a later key are yielded again.
    pub again: bool,
    /// Whether rows that wait lie behind the caller's offset; `None` while that is not known.
    pub behind_offset: Option<bool>,
    /// The keys of rows of which the orders did not agree whether the region holds them.
    pub undecided: HashMap<u128, Keys>,
    /// No answer will come any more.
    pub concluded: bool,
    /// It is known whether sessions come later that have a key which those at the head lack.
    pub nulls_told: bool,
    /// The orders by which some decision about a row of a bounded region was wrong.
    pub contradicted: OrderSet,
    /// The order by which such rows were decided about nevertheless.
    pub decided_by: Option<Order>,
}

impl ProofState {
    pub fn new(rules: Rules, range: Range, region: Region) -> Self {
        let paging = Paging { addressing: Addressing::Sessions, limit: rules.limit };
        Self {
            rules,
            range,
            region,
            extent: region,
            paging,
            calibrated: false,
            orders: Orders::default(),
            seen: IdSet::default(),
            carried: 0,
            evidence: Evidence::new(Target { region, landing: None }),
            journal: None,
            last_ticket: 0,
            rows_without_id: 0,
            some_lack_an_id: false,
            claims: Claims::default(),
            tied_pages: TiedPages::default(),
            origin: None,
            first_page_end: None,
            perhaps_in_front: 0,
            report: ListingReport::default(),
            requests_before: 0,
            violations: Vec::new(),
            shorts: Vec::new(),
            short_page_before_end: false,
            first_end: None,
            recalibrated: false,
            null_edge: None,
            limit_too_small: None,
            last_answer: 0,
            region_end: None,
            landed: HashMap::new(),
            landed_by: None,
            early_head: None,
            climbed: false,
            went_back: false,
            is_part: false,
            again: false,
            behind_offset: None,
            undecided: HashMap::new(),
            concluded: false,
            nulls_told: false,
            contradicted: OrderSet::none(),
            decided_by: None,
        }
    }

    /// Changes the evidence, and the copy that follows behind.
    pub fn record(&mut self, entry: Entry) {
        self.evidence.apply(&entry);
        if let Some(journal) = &mut self.journal {
            journal.push(self.last_ticket, entry);
        }
    }

    /// The first page's top: the listing begins.
    pub fn begin(&mut self, start: Start) {
        if self.evidence.since.is_none() {
            self.record(Entry::Since(start));
        }
        self.origin.get_or_insert(start);
    }

    /// Adds a page's proof to the cover.
    pub fn prove(&mut self, span: Option<Span>) {
        let orders = self.orders.effective();
        self.record(Entry::Prove { span, orders, cross: self.rules.cross });
    }

    /// Forgets the cover: a new epoch proves anew, the region or what of it lies where sessions land.
    pub fn begin_epoch(&mut self, landing: Option<Landing>) {
        self.tied_pages.clear();
        self.record(Entry::Epoch(Target { region: self.extent, landing }));
    }

    /// Whether the first epoch is still running: the region itself is being covered.
    pub fn is_first_cover(&self) -> bool {
        self.evidence.target.landing.is_none()
    }

    /// An order came back (its better was refuted), so that what was joined need not hold for it; or more has to
    /// be read than is being covered.
    pub fn is_outdated(&self) -> bool {
        let now = self.orders.effective();
        let lacks = |basis: Option<OrderSet>| basis.is_some_and(|b| !now.within(b));
        lacks(self.evidence.basis)
            || lacks(self.evidence.covered)
            || self.evidence.target.region != self.extent
    }

    /// Reads the whole region anew, for orders that the joins so far did not respect.
    pub fn start_over(&mut self) -> Transition {
        self.begin_epoch(None);
        self.record(Entry::Covered(None));
        Transition::BulkScan { from: self.range.offset, known: 0, at_end: false }
    }

    /// The keys do not prove it: what remains is to read it twice with the same result.
    pub fn give_up(&self, why: &str) -> Transition {
        // Two readings would not show it either.
        if self.some_lack_an_id {
            return Transition::End(Verdict::Unproven(self.violations.join(". ")));
        }
        if self.range.offset > 0 {
            return Transition::End(Verdict::Unproven(why.to_owned()));
        }
        Transition::DoubleCollect { why: why.to_owned() }
    }

    /// No session has an id: nothing that was read can be known again.
    pub fn all_lack_an_id(&self) -> bool {
        self.some_lack_an_id && self.seen.is_empty()
    }

    /// Whether the head can be climbed: whatever moves does so upward, to where a climb arrives.
    pub fn can_climb(&self) -> bool {
        let orders = self.orders.effective();
        let upward = |o: Order| !(o.ascending() || o.nulls_first() && self.orders.null_seen(o));
        // Pages of very few make no way upward.
        self.rules.climb && self.paging.limit >= LEAST_TO_CLIMB && !orders.is_empty() && orders.all(upward)
    }

    /// The verdict when the cover is proven as of a moment.
    pub fn proven_at(&self, at: i64) -> Verdict {
        let anchored = self.evidence.anchored;
        Verdict::Proven(if anchored { Certificate::AnchorChain } else { Certificate::KeyCover }, at)
    }

    /// How the server counts, and how much it gives at once.
    pub fn settle_paging(&mut self, addressing: Addressing, clamp: Option<u32>) {
        self.calibrated = true;
        self.paging.addressing = addressing;
        if addressing == Addressing::Pages {
            self.warn("The service counts offsets in pages, not in sessions.");
        }
        if let Some(limit) = clamp {
            self.paging.limit = limit;
            // What was short of a full hundred was full after all.
            self.shorts.clear();
            self.short_page_before_end = false;
            self.warn(&format!("The service gives at most {limit} sessions at once."));
        }
    }

    /// A list that stood still has as many ids as sessions, or one of them names two.
    pub fn check_count(&mut self) {
        let found = self.seen.len() + self.rows_without_id;
        let report = &self.report;
        let still = report.total_count_first == report.total_count_last
            && report.total_count_last == Some(self.evidence.end_rank)
            && report.inserted + report.updated == 0;
        let whole = self.region.is_whole() && self.range == Range::default() && self.carried == 0;
        if still && whole && self.evidence.end_rank > found {
            let total = self.evidence.end_rank;
            let again = match total - found {
                1 => "one comes twice".to_owned(),
                more => format!("{more} rows have the id of another"),
            };
            self.violation(&format!(
                "The service counts {total} sessions, but they have only {found} different session_ids: {again}"
            ));
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

    pub fn warn(&mut self, sentence: &str) {
        if !self.report.warnings.iter().any(|w| w == sentence) {
            self.report.warnings.push(sentence.to_owned());
        }
    }

    pub fn overlap(&self) -> u64 {
        let limit = self.paging.limit;
        // At least as much way as overlap, however little the service gives at once.
        u64::from(self.rules.overlap.min((limit / 4).max(3)).min(limit / 2).max(1))
    }

    pub fn limit(&self) -> u64 {
        u64::from(self.paging.limit)
    }
}
