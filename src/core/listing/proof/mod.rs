//! The proving plan: a listing that can show that it is whole, whatever moves while it is read.
//!
//! Pages prove by key, not by offset: a page with first key `hi` and last key `lo` held, at one moment, every
//! session with `lo < key < hi`. `docs/complete-listing.md` has the idea in full. It does no I/O.
//!
//! # The phases, and what each proves
//! ```text
//!  Probe ──────────── how the service reads `offset`, what it gives at once; the list's top, T
//!    │  └─ short ───► SinglePage ── the list is one atomic page, and nothing lies behind it ──► "single_page"
//!    ▼
//!  BulkScan ───────── open key intervals that cross cover the region: whoever stayed put was read
//!    │    ▲           (gaps are closed by repairs: gallop, tail, tie)
//!    ▼    │ does not reach
//!  HeadRecheck ────── one page at rank 0 reaches below T - skew: whoever moved was read ──► "key_cover",
//!    │    │           "anchor_chain" where a tie was walked by its ids
//!    │    └─ no page can hold it ─► Climb ── the head from below upward: whoever existed at
//!    │                              its foot and still exists was read ──► "key_climb"
//!    └─ no key explains the order ──► DoubleCollect: two readings were the same ──► "double_collect"
//! ```
//!
//! Before it, where the caller has an offset, OffsetTail looks whether one page is all that lies behind that.
//!
//! A phase says what it wants read ([`transition::Action`]) and where the listing goes on
//! ([`transition::Transition`]), both plain data; only this file builds phases. All of them share the
//! [`state::ProofState`]: the orders that no page has refuted, the ids seen, and the [`evidence::Evidence`] of
//! the running epoch. Rows wait in the [`rows::reorder_buffer::ReorderBuffer`] until all before them came.
//!
//! # Words
//! | word | is |
//! |---|---|
//! | *rank* | a session's place in the list at the moment of a page; a hint, since the list moves |
//! | *order*, *key* | a field, a direction and a place for nulls that may sort the list; what it makes of a session |
//! | *effective*, *possible* orders | those that a proof has to hold for; with them those of fields that were the same everywhere so far |
//! | *span* | what one page proves, or several that cross: all keys strictly between its first and last |
//! | *cover*, *gap* | the spans of an epoch; keys between them that nothing proves yet |
//! | *epoch* | one covering: first of the region, then, over and over, of the zone where sessions land |
//! | *region*, *extent* | what the caller asked for by its key; what has to be read for it |
//! | *landing zone* | the keys above T - skew: whatever moved or was born since T lies there |
//! | *tie* | sessions that share one key: no key tells their order |
//! | *foot*, *climb* | a page that reaches below the landing zone; the pages from there up to rank 0 |
//! | *tail* | the end of the list |
//! | *claims* | ranks that were asked for: by them alone sessions without an id are known |
//! | *newcomer* | a session born since the listing began |
//! | *fresh*, *undecided* rows | those not seen before; those of which the orders do not agree that the region holds them |
//!
//! # It must not know
//! Requests on the wire, clients, clocks: answers carry the service's time.

mod addressing;
mod bounds;
mod covering;
mod evidence;
mod gaps;
mod intake;
pub mod keys;
pub mod persist;
mod phases;
pub mod rows;
pub mod rules;
mod state;
mod transition;
mod verdict;

use self::evidence::Journal;
use self::keys::region::Region;
use self::persist::{Origin, Saved, Seed};
use self::phases::Phase;
use self::phases::bulk_scan::BulkScan;
use self::phases::climb::Climb;
use self::phases::double_collect::DoubleCollect;
use self::phases::head_recheck::HeadRecheck;
use self::phases::offset_tail::OffsetTail;
use self::phases::probe::Probe;
use self::phases::single_page::SinglePage;
use self::rows::handed::Handed;
use self::rows::page_view::InFlight;
use self::rows::reorder_buffer::ReorderBuffer;
use self::rules::Rules;
use self::state::ProofState;
use self::transition::{Action, PageRequest, Transition, Verdict};

use super::plan::{Ask, Consistency, Inconsistent, Plan, Range, Step, Ticket};
use super::saved::{ResumeError, SavedProof};
use crate::core::model::report::ListingReport;
use crate::core::model::row_facts::Facts;

/// What a proving listing is to do.
#[derive(Debug, Clone)]
pub struct ProofOptions {
    pub consistency: Consistency,
    pub range: Range,
    /// Not together with an offset.
    pub region: Region,
    /// What is known of the service and the list: no calibration then.
    pub seed: Option<Seed>,
    /// Hashes of ids that the caller has already: not yielded again.
    pub known: Vec<u128>,
    /// Keep the proof so that [`Plan::checkpoint`] can give it.
    pub keep: bool,
    /// A part of a partition: rows on which the orders disagree must not be decided about, since other parts
    /// may decide otherwise.
    pub part: bool,
    /// Yield sessions again that are seen again with a later key.
    pub again: bool,
}

impl Default for ProofOptions {
    fn default() -> Self {
        Self {
            consistency: Consistency::Checked,
            range: Range::default(),
            region: Region::WHOLE,
            seed: None,
            known: Vec::new(),
            keep: false,
            part: false,
            again: false,
        }
    }
}

/// A listing that proves that it is whole, or says why it could not.
#[derive(Debug)]
pub struct ProvingPlan {
    consistency: Consistency,
    state: ProofState,
    /// `None` once the listing is over.
    phase: Option<Box<dyn Phase>>,
    in_flight: Vec<InFlight>,
    buffer: ReorderBuffer,
    next_ticket: Ticket,
    outcome: Option<Result<(), Inconsistent>>,
    handed: Handed,
    /// The caller's `max_items` was met before the end.
    cut: bool,
}

impl ProvingPlan {
    #[must_use]
    pub fn new(consistency: Consistency, range: Range) -> Self {
        Self::with_rules(ProofOptions { consistency, range, ..ProofOptions::default() }, Rules::default())
    }

    /// As [`Self::new`] with all options, and with rules that a test may have changed.
    #[must_use]
    pub fn with_rules(options: ProofOptions, rules: Rules) -> Self {
        let ProofOptions { consistency, range, region, seed, known, keep, part, again } = options;
        let mut state = ProofState::new(rules, range, region);
        state.again = again;
        state.is_part = part;
        state.carried = known.len() as u64;
        for id in known.into_iter().filter(|_| state.rules.restore_ids) {
            state.seen.insert(id);
        }
        if keep {
            state.journal = Some(Journal::new(&state.evidence));
        }
        let mut phase: Box<dyn Phase> = Box::new(first_probe(consistency, range));
        // Where the list's end is near, all behind the offset is one page. A proof that is kept begins with the head:
        // whoever goes on with it must know what moved since.
        let near = range.offset > 0 && range.max_items.is_none() && !keep && state.carried == 0;
        if near && seed.is_none() && state.region.is_whole() {
            phase = Box::new(OffsetTail::new(range.offset));
        }
        if let Some(seed) = seed {
            seed.plant(&mut state);
            let deep = region.until.is_some() && seed.start.is_some();
            let scan = BulkScan::new(range.offset, 0, deep);
            phase = Box::new(if deep { scan.seeking(seed.rank) } else { scan });
        }
        Self {
            consistency,
            state,
            phase: Some(phase),
            in_flight: Vec::new(),
            buffer: ReorderBuffer::new(range.max_items),
            next_ticket: 0,
            outcome: None,
            handed: Handed::default(),
            cut: false,
        }
    }

    /// Goes on with a saved proof; `options.known` are the ids of the rows that are safe. What the proof is
    /// about comes from it, not from the options.
    ///
    /// # Errors
    /// When it is not a saved proof, or a newer version's.
    pub fn resume(proof: SavedProof, options: ProofOptions, rules: Rules) -> Result<Self, ResumeError> {
        let saved = Saved::read(proof)?;
        let (consistency, range, region) = (saved.consistency, saved.range, saved.region);
        let options = ProofOptions { consistency, range, region, seed: None, ..options };
        let mut plan = Self::with_rules(options, rules);
        let state = &mut plan.state;
        saved.restore(state);
        state.carried = 0;
        state.requests_before = state.report.requests;
        state.journal = state.journal.as_ref().map(|_| Journal::new(&state.evidence));
        // Without the list's top nobody knows where sessions land: then the listing begins with it.
        plan.phase = Some(Box::new(first_probe(consistency, range)));
        if state.calibrated && state.evidence.since.is_some() {
            let lowest = state.evidence.cover.lowest(state.orders.effective().first());
            let stop = lowest.map(|span| span.stop);
            let from = stop.unwrap_or(range.offset);
            // Rows without an id are not told apart from those that are safe.
            plan.state.claims.ask(Ticket::MAX, 0, from);
            plan.phase = Some(Box::new(BulkScan::new(from, from, true).seeking(stop)));
        }
        let yielded = plan.state.report.yielded;
        plan.buffer = ReorderBuffer::new(range.max_items.map(|most| most.saturating_sub(yielded)));
        plan.buffer.yielded = yielded;
        plan.handed.before = yielded;
        Ok(plan)
    }

    /// Bytes held for the ids, and for what the pages proved.
    pub fn held_bytes(&self) -> usize {
        self.state.seen.allocated() + self.state.evidence.cover.allocated()
    }

    /// What the plan is at, for a trace of a failing history.
    pub fn stands_at(&self) -> (&'static str, u32) {
        (self.phase.as_ref().map_or("over", |phase| phase.name()), self.state.evidence.epoch)
    }

    /// Whether the head was climbed, whatever the certificate says.
    pub fn climbed(&self) -> bool {
        self.state.climbed
    }

    /// The only place where phases are built.
    fn enter(&mut self, transition: Transition) {
        self.phase = Some(match transition {
            Transition::Probe { again: true } => Box::new(Probe::again()),
            Transition::Probe { again: false } => Box::new(Probe::new(false)),
            Transition::EmptyPage { calibrated } => Box::new(SinglePage::empty(calibrated)),
            Transition::SinglePage { head } => Box::new(SinglePage::after(head)),
            Transition::BulkScan { from, known, at_end } => Box::new(BulkScan::new(from, known, at_end)),
            Transition::HeadRecheck => Box::new(HeadRecheck::new()),
            Transition::Climb { foot } => {
                self.state.went_back = false;
                Box::new(Climb::new(foot))
            }
            Transition::DoubleCollect { why } => Box::new(DoubleCollect::new(&why)),
            // What was asked for is read first.
            Transition::End(Verdict::Proven(kind, _)) if kind.is_by_key() && self.state.is_too_narrow() => {
                self.state.extent = Region::WHOLE;
                Box::new(BulkScan::new(self.state.range.offset, 0, true))
            }
            Transition::End(verdict) => return self.conclude(&verdict),
        });
    }

    /// The next request, after all changes of phase that need no answer.
    fn next_request(&mut self) -> Option<PageRequest> {
        loop {
            if self.is_exhausted() && self.outcome.is_none() {
                self.conclude_exhausted();
            }
            match self.phase.as_mut()?.next(&mut self.state, self.in_flight.len()) {
                Action::Ask(request) => return Some(request),
                Action::Wait => return None,
                Action::Leave(transition) => self.enter(transition),
            }
        }
    }

    /// A list that changes as fast as it is read has no end: at some point it is enough.
    fn is_exhausted(&self) -> bool {
        let state = &self.state;
        // What is born meanwhile makes the list no longer than it was.
        let totals = state.report.total_count_last.zip(state.report.total_count_first);
        let grown = totals.map_or(0, |(last, first)| last.saturating_sub(first)).max(state.report.inserted);
        let found = state.length().saturating_sub(grown) + state.rows_without_id;
        // Where keys and totals do not tell what was born, it is what lies behind the end that was met first.
        let last = state.report.total_count_last;
        let end = state
            .first_end
            .filter(|end| !state.short_page_before_end && last.is_none_or(|last| last <= *end));
        // Without ids nothing tells repeats, but a total that grows is one of sessions.
        let counted =
            totals.filter(|(last, first)| last > first && state.all_lack_an_id()).map(|(_, first)| first);
        let pages = [end, counted].into_iter().flatten().fold(found, u64::min) / state.limit().max(1);
        state.evidence.epoch > state.rules.max_epochs
            || state.report.requests - state.requests_before > 400 + 4 * pages
    }

    fn ask(&mut self, wanted: PageRequest) -> Ask {
        let address = self.state.paging.address(wanted.position, self.state.overlap());
        let request = InFlight {
            ticket: self.next_ticket,
            start: address.start,
            asked: address.limit,
            head: address.offset == 0,
            peek: wanted.peek,
            hold: wanted.hold,
            sought: wanted.sought,
            repair: wanted.repair,
        };
        self.next_ticket += 1;
        if wanted.claims && !wanted.peek {
            self.state.claims.ask(request.ticket, request.start, request.start + u64::from(request.asked));
        }
        self.in_flight.push(request);
        self.buffer.asked(request.ticket);
        self.state.report.requests += 1;
        if let Some(phase) = &mut self.phase {
            phase.asked(&request, &self.state);
        }
        Ask { ticket: request.ticket, offset: address.offset, limit: address.limit }
    }
}

/// Strict does not take the service's word for it that one short page is all.
fn first_probe(consistency: Consistency, range: Range) -> Probe {
    Probe::new(consistency == Consistency::Strict && range.offset == 0)
}

impl Plan for ProvingPlan {
    fn step(&mut self, room: bool) -> Result<Step, Inconsistent> {
        if self.buffer.is_satisfied() {
            self.cut_short();
        } else if self.outcome.is_none() && !self.buffer.will_satisfy() {
            let wanted = self.next_request();
            if let Some(wanted) = wanted.filter(|_| room && !self.buffer.is_full()) {
                return Ok(Step::Ask(self.ask(wanted)));
            }
        }
        let state = &mut self.state;
        let next = self.buffer.next(|row, now| state.decide(row, now));
        if self.state.journal.is_some() {
            self.handed.note(next.as_ref(), self.buffer.yielded);
        }
        self.fill_report();
        match (next, &self.outcome) {
            (Some(step), _) => Ok(step),
            (None, None) => Ok(Step::Wait),
            (None, Some(Ok(()))) => Ok(Step::Done),
            (None, Some(Err(contradiction))) => Err(contradiction.clone()),
        }
    }

    fn answer(&mut self, ticket: Ticket, facts: &Facts) {
        let Some(index) = self.in_flight.iter().position(|f| f.ticket == ticket) else { return };
        let request = self.in_flight.swap_remove(index);
        let known = self.state.orders.effective();
        let (read, fresh) = self.state.accept(request, facts);
        if self.state.journal.is_some() {
            self.handed.arrived(ticket, facts);
        }
        if self.state.orders.effective() != known {
            self.state.report.order = self.state.orders.names();
        }
        self.buffer.answered(ticket, fresh);
        let transition = self.phase.as_mut().and_then(|phase| phase.take(&read, &mut self.state));
        if let Some(transition) = transition {
            self.enter(transition);
        }
        self.fill_report();
    }

    fn report(&self) -> &ListingReport {
        &self.state.report
    }

    fn checkpoint(&mut self, handed: u64) -> Option<(SavedProof, Vec<u128>)> {
        let journal = self.state.journal.as_mut()?;
        let (through, ids) = self.handed.take(handed);
        if let Some(through) = through {
            journal.commit(through);
        }
        let yielded = self.handed.before;
        let saved =
            Saved::of(&self.state, self.consistency, self.state.journal.as_ref()?.committed(), yielded);
        Some((saved.into_proof()?, ids))
    }

    fn seed(&self) -> Option<Seed> {
        Seed::of(&self.state)
    }

    fn origin(&self) -> Option<Origin> {
        Origin::of(&self.state)
    }
}
