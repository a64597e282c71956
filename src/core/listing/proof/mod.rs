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
use self::page_view::Flight;
use self::phases::probe::Calibrate;
use self::phases::{At, Need, Phase, Verdict, Want};
use self::reorder_buffer::Outbox;
use self::rules::{Mode, Rules};
use self::state::Ledger;

use super::plan::{Ask, Contradiction, Plan, Range, Step, Ticket};
use crate::core::model::report::{Addressing, Certificate, ListingReport};
use crate::core::model::row_facts::Facts;

/// A listing that proves that it is whole, or says why it could not.
#[derive(Debug)]
pub struct ProvingPlan {
    mode: Mode,
    ledger: Ledger,
    phase: Phase,
    flights: Vec<Flight>,
    outbox: Outbox,
    next_ticket: Ticket,
    outcome: Option<Result<(), Contradiction>>,
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
            ledger: Ledger::new(rules, scope),
            phase: Phase::Calibrate(Box::new(Calibrate::new(before))),
            flights: Vec::new(),
            outbox: Outbox::new(scope.max_items),
            next_ticket: 0,
            outcome: None,
        }
    }

    /// Bytes held for the ids, and for what the pages proved.
    pub fn held_bytes(&self) -> usize {
        self.ledger.seen.allocated() + self.ledger.cover.allocated()
    }

    /// What the plan is at, for a trace of a failing history.
    pub fn stands_at(&self) -> (&'static str, u32) {
        (self.phase.name(), self.ledger.epoch)
    }

    /// What to ask now, after all changes of phase that need no answer.
    fn need(&mut self) -> Option<Want> {
        loop {
            if self.is_exhausted() && self.outcome.is_none() {
                let restless = || {
                    let why = "The list changes faster than it can be read; try again at a quieter time";
                    Verdict::Unproven(why.to_owned())
                };
                let verdict = self.ledger.scant_verdict().unwrap_or_else(restless);
                self.conclude(&verdict);
            }
            match self.phase.need(&mut self.ledger, self.flights.len()) {
                Need::Ask(want) => return Some(want),
                Need::Wait => return None,
                Need::Go(phase) => self.phase = phase,
                Need::End(verdict) => {
                    self.conclude(&verdict);
                    return None;
                }
            }
        }
    }

    /// A list that changes as fast as it is read has no end: at some point it is enough.
    fn is_exhausted(&self) -> bool {
        let ledger = &self.ledger;
        let pages = (ledger.seen.len() + ledger.nameless) / ledger.limit().max(1);
        ledger.epoch > ledger.rules.max_epochs || ledger.report.requests > 400 + 4 * pages
    }

    fn ask(&mut self, want: Want) -> Ask {
        let reach = match want.at {
            At::Rank(rank) => self.ledger.window.reach(rank),
            At::Around(rank) => self.ledger.window.around(rank),
            At::Ending(rank) => self.ledger.window.ending(rank, self.ledger.overlap()),
            At::Raw { offset, limit } => {
                let limit = limit.min(self.ledger.window.limit);
                addressing::Reach { offset, limit, start: offset }
            }
        };
        let flight = Flight {
            ticket: self.next_ticket,
            start: reach.start,
            asked: reach.limit,
            head: reach.offset == 0,
            fresh_from: want.fresh_from,
            peek: want.peek,
            errand: want.errand,
        };
        self.next_ticket += 1;
        self.flights.push(flight);
        self.outbox.asked(flight.ticket);
        self.ledger.report.requests += 1;
        self.phase.asked(&flight, &self.ledger);
        Ask { ticket: flight.ticket, offset: reach.offset, limit: reach.limit }
    }

    /// The listing is over; rows held back behind an outstanding answer go out.
    fn conclude(&mut self, verdict: &Verdict) {
        self.phase = Phase::Over;
        self.flights.clear();
        self.outbox.close();
        let flawed = match verdict {
            Verdict::Proven(..) if !self.ledger.flaws.is_empty() => {
                Verdict::Unproven(self.ledger.flaws.join(". "))
            }
            other => other.clone(),
        };
        self.outcome = Some(match flawed {
            Verdict::Proven(certificate, at) => {
                self.certify(certificate, at);
                Ok(())
            }
            Verdict::Unproven(why) if self.mode == Mode::Checked => {
                self.ledger
                    .report
                    .warnings
                    .push(format!("It could not be proven that the listing is complete. {why}."));
                Ok(())
            }
            Verdict::Unproven(why) => Err(Contradiction {
                message: format!(
                    "It could not be proven that the listing is complete. {why}. What was found has been yielded; \
                     list again, or accept this with consistency=\"checked\"."
                ),
            }),
            Verdict::Lost(why) => {
                Err(Contradiction { message: format!("The listing is incomplete. {why}.") })
            }
        });
    }

    fn certify(&mut self, certificate: Certificate, at: i64) {
        let ledger = &mut self.ledger;
        let report = &mut ledger.report;
        // Whatever existed at that moment was seen: what is seen above its number is gone.
        let there = report
            .total_count_last
            .filter(|_| ledger.total_held && certificate != Certificate::DoubleCollect);
        report.vanished_at_least = there.map_or(0, |there| ledger.seen.len().saturating_sub(there));
        report.complete = true;
        report.certificate = Some(certificate);
        report.proven_at = Some(at);
    }

    /// The caller has what he wanted before the listing was at its end.
    fn cut_short(&mut self) {
        if self.outcome.is_none() {
            self.phase = Phase::Over;
            self.flights.clear();
            self.outbox.close();
            self.outcome = Some(Ok(()));
            self.outbox.cut = true;
        }
    }

    fn fill_report(&mut self) {
        let ledger = &mut self.ledger;
        let report = &mut ledger.report;
        report.yielded = self.outbox.yielded;
        report.effective_limit = ledger.window.limit;
        report.addressing =
            if ledger.window.counting == Counting::Pages { Addressing::Pages } else { Addressing::Sessions };
        if self.outbox.cut && !report.cut_short {
            report.cut_short = true;
            report.complete = false;
            report.certificate = None;
            report.proven_at = None;
            report.warnings.push("The listing ended where max_items said; the rest was not read.".to_owned());
        }
    }
}

impl Plan for ProvingPlan {
    fn step(&mut self, room: bool) -> Result<Step, Contradiction> {
        if self.outbox.is_satisfied() {
            self.cut_short();
        } else if self.outcome.is_none() && !self.outbox.will_satisfy() {
            let want = self.need();
            if let Some(want) = want.filter(|_| room && !self.outbox.is_full()) {
                return Ok(Step::Ask(self.ask(want)));
            }
        }
        let next = self.outbox.next();
        self.fill_report();
        match (next, &self.outcome) {
            (Some(step), _) => Ok(step),
            (None, None) => Ok(Step::Wait),
            (None, Some(Ok(()))) => Ok(Step::Done),
            (None, Some(Err(contradiction))) => Err(contradiction.clone()),
        }
    }

    fn answer(&mut self, ticket: Ticket, facts: &Facts) {
        let Some(index) = self.flights.iter().position(|f| f.ticket == ticket) else { return };
        let flight = self.flights.swap_remove(index);
        let known = self.ledger.orders.effective();
        let (read, fresh) = self.ledger.accept(flight, facts);
        if self.ledger.orders.effective() != known {
            self.ledger.report.order = self.ledger.orders.names();
        }
        self.outbox.answered(ticket, fresh);
        match self.phase.take(&read, &mut self.ledger) {
            Some(Need::Go(phase)) => self.phase = phase,
            Some(Need::End(verdict)) => self.conclude(&verdict),
            Some(Need::Ask(_) | Need::Wait) | None => {}
        }
        self.fill_report();
    }

    fn report(&self) -> &ListingReport {
        &self.ledger.report
    }
}
