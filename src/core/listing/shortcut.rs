//! A plan that reads less than the list, since a session's own times are taken to follow each other; the first row
//! that refutes it ends the shortcut, and the rest of the list is read as well. It decides nothing else, and does
//! no I/O.

use std::collections::BTreeMap;

use super::bounds::refutes;
use super::plan::{Ask, Batch, Inconsistent, Plan, Step, Ticket};
use super::proof::keys::region::Region;
use super::proof::persist::Seed;
use super::proof::rules::Rules;
use super::proof::{ProofOptions, ProvingPlan};
use crate::core::model::report::ListingReport;
use crate::core::model::row_facts::Facts;

/// A proving plan over a part of the list, and what it takes to begin anew without the shortcut.
pub struct ShortcutPlan {
    plan: ProvingPlan,
    rules: Rules,
    /// How to read the list without the shortcut; `None` once that is being done.
    whole: Option<ProofOptions>,
    /// The tickets of the plan at hand come after those of the one before it.
    base: Ticket,
    next: Ticket,
    /// Ids of the rows of answers that are not released.
    rows: BTreeMap<Ticket, Vec<Option<u128>>>,
    yielded: Vec<u128>,
    /// Answers that nobody wants any more.
    released: Vec<Ticket>,
    /// What the plan before this one did.
    before: ListingReport,
    report: ListingReport,
}

impl ShortcutPlan {
    /// `shortcut` is the part to read as long as nothing refutes it; `options` are about the list without it.
    pub fn new(options: ProofOptions, shortcut: Region, rules: Rules) -> Self {
        let part = ProofOptions { region: shortcut, ..options.clone() };
        let plan = ProvingPlan::with_rules(part, rules.clone());
        let report = plan.report().clone();
        Self {
            plan,
            rules,
            yielded: options.known.clone(),
            whole: Some(options),
            base: 0,
            next: 0,
            rows: BTreeMap::new(),
            released: Vec::new(),
            before: ListingReport::default(),
            report,
        }
    }

    /// Reads the list without the shortcut, but for what was yielded.
    fn begin_anew(&mut self, options: ProofOptions) {
        self.before = self.plan.report().clone();
        self.released.extend(self.rows.keys());
        self.rows.clear();
        self.base = self.next;
        let known = std::mem::take(&mut self.yielded);
        self.plan = ProvingPlan::with_rules(ProofOptions { known, ..options }, self.rules.clone());
    }

    fn ids(&mut self, batch: &Batch) {
        let Some(ids) = self.rows.get(&batch.ticket) else { return };
        self.yielded.extend(batch.rows.iter().filter_map(|row| ids.get(*row as usize).copied().flatten()));
    }

    fn refresh(&mut self) {
        let (now, before) = (self.plan.report(), &self.before);
        self.report = ListingReport {
            yielded: now.yielded + before.yielded,
            repeated: now.repeated + before.repeated,
            requests: now.requests + before.requests,
            total_count_first: before.total_count_first.or(now.total_count_first),
            ..now.clone()
        };
    }

    fn translated(&mut self, step: Step) -> Step {
        match step {
            Step::Ask(ask) => {
                let ticket = ask.ticket + self.base;
                self.next = self.next.max(ticket + 1);
                Step::Ask(Ask { ticket, ..ask })
            }
            Step::Yield(batch) => {
                let batch = Batch { ticket: batch.ticket + self.base, ..batch };
                if self.whole.is_some() {
                    self.ids(&batch);
                }
                Step::Yield(batch)
            }
            Step::Release(ticket) => {
                self.rows.remove(&(ticket + self.base));
                Step::Release(ticket + self.base)
            }
            other => other,
        }
    }
}

impl Plan for ShortcutPlan {
    fn step(&mut self, room: bool) -> Result<Step, Inconsistent> {
        if let Some(ticket) = self.released.pop() {
            return Ok(Step::Release(ticket));
        }
        let step = self.plan.step(room);
        self.refresh();
        step.map(|step| self.translated(step))
    }

    fn answer(&mut self, ticket: Ticket, facts: &Facts) {
        let Some(own) = ticket.checked_sub(self.base) else {
            self.released.push(ticket);
            return;
        };
        if self.whole.is_none() {
            self.plan.answer(own, facts);
            return;
        }
        self.rows.insert(ticket, facts.rows.iter().map(|row| row.id).collect());
        let refuted = facts.rows.iter().any(|row| refutes(row, self.rules.skew));
        match self.whole.take_if(|_| refuted) {
            Some(options) => self.begin_anew(options),
            None => self.plan.answer(own, facts),
        }
    }

    fn report(&self) -> &ListingReport {
        &self.report
    }

    fn seed(&self) -> Option<Seed> {
        self.plan.seed()
    }
}
