//! The proving plan: a listing that can show that it is whole.
//! Pages prove by key, not by offset: see `docs/complete-listing.md` for the idea. The phases decide
//! what to ask; the ledger takes pages in; this file only moves between them. It does no I/O.

mod addressing;
mod coverage;
mod gaps;
pub mod id_set;
mod page_view;
mod phases;
mod reorder_buffer;
pub mod rules;
mod sort_orders;
mod state;

use self::addressing::Counting;
use self::page_view::InFlight;
use self::phases::probe::Probe;
use self::phases::{Action, PageRequest, Phase, Position, Verdict};
use self::reorder_buffer::ReorderBuffer;
use self::rules::{Mode, Rules};
use self::state::ProofState;

use super::plan::{Ask, Inconsistent, Plan, Range, Step, Ticket};
use crate::core::model::report::{Addressing, Certificate, ListingReport};
use crate::core::model::row_facts::Facts;

/// A listing that proves that it is whole, or says why it could not.
#[derive(Debug)]
pub struct ProvingPlan {
    mode: Mode,
    state: ProofState,
    phase: Phase,
    in_flight: Vec<InFlight>,
    buffer: ReorderBuffer,
    next_ticket: Ticket,
    outcome: Option<Result<(), Inconsistent>>,
}

impl ProvingPlan {
    #[must_use]
    pub fn new(mode: Mode, scope: Range) -> Self {
        Self::with_rules(mode, scope, Rules::default())
    }

    /// As [`Self::new`], with rules that a test has changed.
    #[must_use]
    pub fn with_rules(mode: Mode, scope: Range, rules: Rules) -> Self {
        // Strict does not take the service's word for it that one short page is all.
        let before = mode == Mode::Strict && scope.offset == 0;
        Self {
            mode,
            state: ProofState::new(rules, scope),
            phase: Phase::Probe(Box::new(Probe::new(before))),
            in_flight: Vec::new(),
            buffer: ReorderBuffer::new(scope.max_items),
            next_ticket: 0,
            outcome: None,
        }
    }

    /// Bytes held for the ids, and for what the pages proved.
    pub fn held_bytes(&self) -> usize {
        self.state.seen.allocated() + self.state.cover.allocated()
    }

    /// What the plan is at, for a trace of a failing history.
    pub fn stands_at(&self) -> (&'static str, u32) {
        (self.phase.name(), self.state.epoch)
    }

    /// What to ask now, after all changes of phase that need no answer.
    fn need(&mut self) -> Option<PageRequest> {
        loop {
            if self.is_exhausted() && self.outcome.is_none() {
                let restless = || {
                    let why = "The list changes faster than it can be read; try again at a quieter time";
                    Verdict::Unproven(why.to_owned())
                };
                let verdict = self.state.limit_too_small_verdict().unwrap_or_else(restless);
                self.conclude(&verdict);
            }
            match self.phase.need(&mut self.state, self.in_flight.len()) {
                Action::Ask(want) => return Some(want),
                Action::Wait => return None,
                Action::Go(phase) => self.phase = phase,
                Action::End(verdict) => {
                    self.conclude(&verdict);
                    return None;
                }
            }
        }
    }

    /// A list that changes as fast as it is read has no end: at some point it is enough.
    fn is_exhausted(&self) -> bool {
        let state = &self.state;
        let pages = (state.seen.len() + state.rows_without_id) / state.limit().max(1);
        state.epoch > state.rules.max_epochs || state.report.requests > 400 + 4 * pages
    }

    fn ask(&mut self, want: PageRequest) -> Ask {
        let reach = match want.at {
            Position::Rank(rank) => self.state.window.reach(rank),
            Position::Around(rank) => self.state.window.around(rank),
            Position::Ending(rank) => self.state.window.ending(rank, self.state.overlap()),
            Position::Raw { offset, limit } => {
                let limit = limit.min(self.state.window.limit);
                addressing::Reach { offset, limit, start: offset }
            }
        };
        let request = InFlight {
            ticket: self.next_ticket,
            start: reach.start,
            asked: reach.limit,
            head: reach.offset == 0,
            fresh_from: want.fresh_from,
            peek: want.peek,
            repair: want.repair,
        };
        self.next_ticket += 1;
        self.in_flight.push(request);
        self.buffer.asked(request.ticket);
        self.state.report.requests += 1;
        self.phase.asked(&request, &self.state);
        Ask { ticket: request.ticket, offset: reach.offset, limit: reach.limit }
    }

    /// The listing is over; rows held back behind an outstanding answer go out.
    fn conclude(&mut self, verdict: &Verdict) {
        self.phase = Phase::Over;
        self.in_flight.clear();
        self.buffer.close();
        let flawed = match verdict {
            Verdict::Proven(..) if !self.state.violations.is_empty() => {
                Verdict::Unproven(self.state.violations.join(". "))
            }
            other => other.clone(),
        };
        self.outcome = Some(match flawed {
            Verdict::Proven(certificate, at) => {
                self.certify(certificate, at);
                Ok(())
            }
            Verdict::Unproven(why) if self.mode == Mode::Checked => {
                self.state
                    .report
                    .warnings
                    .push(format!("It could not be proven that the listing is complete. {why}."));
                Ok(())
            }
            Verdict::Unproven(why) => Err(Inconsistent {
                message: format!(
                    "It could not be proven that the listing is complete. {why}. What was found has been yielded; \
                     list again, or accept this with consistency=\"checked\"."
                ),
            }),
            Verdict::Lost(why) => Err(Inconsistent { message: format!("The listing is incomplete. {why}.") }),
        });
    }

    fn certify(&mut self, certificate: Certificate, at: i64) {
        let state = &mut self.state;
        let report = &mut state.report;
        // Whatever existed at that moment was seen: what is seen above its number is gone.
        let there =
            report.total_count_last.filter(|_| state.total_held && certificate != Certificate::DoubleCollect);
        report.vanished_at_least = there.map_or(0, |there| state.seen.len().saturating_sub(there));
        report.complete = true;
        report.certificate = Some(certificate);
        report.proven_at = Some(at);
    }

    /// The caller has what he wanted before the listing was at its end.
    fn cut_short(&mut self) {
        if self.outcome.is_none() {
            self.phase = Phase::Over;
            self.in_flight.clear();
            self.buffer.close();
            self.outcome = Some(Ok(()));
            self.buffer.cut = true;
        }
    }

    fn fill_report(&mut self) {
        let state = &mut self.state;
        let report = &mut state.report;
        report.yielded = self.buffer.yielded;
        report.effective_limit = state.window.limit;
        report.addressing =
            if state.window.counting == Counting::Pages { Addressing::Pages } else { Addressing::Sessions };
        if self.buffer.cut && !report.cut_short {
            report.cut_short = true;
            report.complete = false;
            report.certificate = None;
            report.proven_at = None;
            report.warnings.push("The listing ended where max_items said; the rest was not read.".to_owned());
        }
    }
}

impl Plan for ProvingPlan {
    fn step(&mut self, room: bool) -> Result<Step, Inconsistent> {
        if self.buffer.is_satisfied() {
            self.cut_short();
        } else if self.outcome.is_none() && !self.buffer.will_satisfy() {
            let want = self.need();
            if let Some(want) = want.filter(|_| room && !self.buffer.is_full()) {
                return Ok(Step::Ask(self.ask(want)));
            }
        }
        let next = self.buffer.next();
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
        if self.state.orders.effective() != known {
            self.state.report.order = self.state.orders.names();
        }
        self.buffer.answered(ticket, fresh);
        match self.phase.take(&read, &mut self.state) {
            Some(Action::Go(phase)) => self.phase = phase,
            Some(Action::End(verdict)) => self.conclude(&verdict),
            Some(Action::Ask(_) | Action::Wait) | None => {}
        }
        self.fill_report();
    }

    fn report(&self) -> &ListingReport {
        &self.state.report
    }
}
