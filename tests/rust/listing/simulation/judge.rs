//! Runs one history through the plan, and judges what came out against what the service knows.

use std::collections::HashMap;

use blocks_sessions::core::listing::Consistency;
use blocks_sessions::core::listing::plan::{Plan, Range, Step, Ticket};
use blocks_sessions::core::listing::proof::rules::Rules;
use blocks_sessions::core::listing::proof::{ProofOptions, ProvingPlan};
use blocks_sessions::core::listing::{Region, SavedProof};
use blocks_sessions::core::model::report::{Certificate, ListingReport};
use blocks_sessions::core::model::row_facts::{Facts, KEY_FIELDS, RowFacts};

use super::history::{Fault, History};
use super::service::Service;

/// No listing of these sizes needs more requests; one that does never ends.
const ENDLESS: u64 = 20_000;

#[derive(Debug, Clone, Default)]
pub struct Outcome {
    /// Sessions that existed throughout and were not yielded.
    pub missed: usize,
    pub repeated: usize,
    pub complete: bool,
    pub cut_short: bool,
    pub error: Option<String>,
    pub endless: bool,
    /// What the plan must never do: yield what is not there, release twice, overrun the room.
    pub broken: Option<String>,
    pub requests: u64,
    /// The most that the plan held, where it was traced.
    pub held_bytes: usize,
    pub report: ListingReport,
    /// How often the process died.
    pub crashes: u32,
    /// The head was climbed.
    pub climbed: bool,
    /// The sessions, in the order in which they were handed out.
    pub sessions: Vec<u32>,
}

impl Outcome {
    /// The one thing that must not happen.
    pub fn is_false(&self) -> bool {
        self.complete && self.missed > 0
    }

    pub fn is_refused(&self) -> bool {
        !self.complete && (self.report.unproven || self.error.is_some())
    }
}

struct Due {
    ticket: Ticket,
    offset: u64,
    limit: u32,
    answer: Option<(Facts, Vec<u32>)>,
}

struct Run<'a> {
    service: Service,
    history: &'a History,
    due: Vec<Due>,
    /// Answers not released, with the sessions behind their rows.
    open: HashMap<Ticket, Vec<u32>>,
    yielded: Vec<u8>,
    /// The list when the first request was answered, with its keys.
    first: Option<Vec<(u32, RowFacts)>>,
    out: Outcome,
    region: Region,
    options: ProofOptions,
    rules: &'a Rules,
    /// The sessions yielded, in order.
    log: Vec<u32>,
    /// Those that lay outside of the region, by the order reported at the end.
    outsiders: Vec<u32>,
    safe: Safe,
    /// The plan only looks yet whether one page holds all behind the offset.
    looks: bool,
    rows: u64,
    trace: Option<Vec<String>>,
}

/// What survives a crash.
#[derive(Default)]
struct Safe {
    rows: usize,
    ids: Vec<u128>,
    proof: Option<SavedProof>,
}

/// The same, with what was asked and answered.
pub fn traced(history: &History, rules: &Rules) -> (Outcome, Vec<String>) {
    play(history, rules, Some(Vec::new()))
}

pub fn run(history: &History, rules: &Rules) -> Outcome {
    play(history, rules, None).0
}

fn play(history: &History, rules: &Rules, trace: Option<Vec<String>>) -> (Outcome, Vec<String>) {
    let service = Service::new(history);
    let options = ProofOptions {
        consistency: history.mode,
        range: Range { offset: history.offset, max_items: history.max_items },
        region: service.region(),
        keep: history.crashes > 0,
        ..ProofOptions::default()
    };
    let mut plan = ProvingPlan::with_rules(options.clone(), rules.clone());
    let mut run = Run {
        region: options.region,
        options,
        rules,
        log: Vec::new(),
        outsiders: Vec::new(),
        safe: Safe::default(),
        service,
        history,
        due: Vec::new(),
        open: HashMap::new(),
        yielded: Vec::new(),
        first: None,
        out: Outcome::default(),
        rows: 0,
        looks: false,
        trace,
    };
    run.drive(&mut plan);
    run.out.requests = plan.report().requests;
    run.out.report = plan.report().clone();
    run.out.climbed = plan.climbed();
    run.out.complete = run.out.report.complete && run.out.error.is_none();
    run.out.cut_short = run.out.report.cut_short;
    run.judge();
    run.out.sessions = run.log;
    (run.out, run.trace.unwrap_or_default())
}

impl Run<'_> {
    fn drive(&mut self, plan: &mut ProvingPlan) {
        loop {
            let room = self.due.len() < self.history.in_flight;
            // A caller that holds all the pages it may has no room either: what was not sent then is still wanted.
            let hindered = room && plan.report().requests.is_multiple_of(2);
            let step = match plan.step(room && !hindered) {
                Ok(Step::Wait) if hindered => plan.step(true),
                step => step,
            };
            match step {
                Ok(Step::Ask(ask)) => {
                    if !room {
                        self.broken("asked without room");
                    }
                    self.due.push(Due {
                        ticket: ask.ticket,
                        offset: ask.offset,
                        limit: ask.limit,
                        answer: None,
                    });
                }
                Ok(Step::Yield(batch)) => self.take(batch.ticket, &batch.rows),
                Ok(Step::Release(ticket)) => {
                    if self.open.remove(&ticket).is_none() {
                        self.broken("released what was not held");
                    }
                }
                Ok(Step::Wait) => {
                    if self.due.is_empty() {
                        self.broken("waits for nothing");
                        return;
                    }
                    self.answer_one(plan);
                    self.perhaps_crash(plan);
                }
                Ok(Step::Done) => return,
                Err(contradiction) => {
                    self.out.error = Some(contradiction.message);
                    return;
                }
            }
            if plan.report().requests > ENDLESS {
                self.out.endless = true;
                return;
            }
        }
    }

    fn broken(&mut self, what: &str) {
        self.out.broken.get_or_insert_with(|| what.to_owned());
    }

    fn take(&mut self, ticket: Ticket, rows: &[u32]) {
        let Some(sessions) = self.open.get(&ticket) else {
            self.broken("yielded what was not held");
            return;
        };
        for row in rows {
            let Some(session) = sessions.get(*row as usize).copied() else {
                self.out.broken = Some("yielded a row that is not there".to_owned());
                return;
            };
            let session = session as usize;
            if self.yielded.len() <= session {
                self.yielded.resize(session + 1, 0);
            }
            self.log.push(session as u32);
            if !self.region.is_whole() && !self.holds(session as u32) {
                self.outsiders.push(session as u32);
            }
            let count = &mut self.yielded[session];
            // Without an id, nobody can tell a repeat.
            let known = self.history.without_id == 0 || !session.is_multiple_of(self.history.without_id);
            self.out.repeated += usize::from(*count > 0 && known);
            *count = 1;
            self.rows += 1;
        }
    }

    /// Some requests are served, in any order; one of the answers arrives.
    fn answer_one(&mut self, plan: &mut ProvingPlan) {
        loop {
            let waiting: Vec<usize> = (0..self.due.len()).filter(|i| self.due[*i].answer.is_none()).collect();
            let served = self.due.len() - waiting.len();
            if waiting.is_empty() || (served > 0 && self.service.rng.bool()) {
                break;
            }
            let at = waiting[self.service.rng.usize(..waiting.len())];
            // A look behind an offset that came to nothing is no part of the listing that begins after it.
            let looked = std::mem::replace(&mut self.looks, plan.stands_at().0 == "offset tail");
            if self.first.is_none() || (looked && !self.looks) {
                if self.first.is_some() {
                    self.service.pass_time();
                }
                self.first = Some(self.service.list.iter().map(|i| (*i, self.service.row(*i))).collect());
            } else {
                self.service.pass_time();
            }
            let due = &mut self.due[at];
            let facts = self.service.serve(due.offset, due.limit);
            let sessions = self.service.last_rows().to_vec();
            due.answer = Some((facts, sessions));
        }
        let ready: Vec<usize> = (0..self.due.len()).filter(|i| self.due[*i].answer.is_some()).collect();
        let at = ready[self.service.rng.usize(..ready.len())];
        let due = self.due.swap_remove(at);
        let Some((facts, sessions)) = due.answer else { return };
        self.open.insert(due.ticket, sessions);
        if let Some(trace) = self.trace.as_mut() {
            self.out.held_bytes = self.out.held_bytes.max(plan.held_bytes());
            if trace.len() > 4000 {
                trace.remove(200);
            }
            let ends = facts.rows.first().zip(facts.rows.last()).map(|(a, b)| (a.keys, b.keys));
            let (rows, total) = (facts.rows.len(), facts.total_count);
            let (offset, limit, ticket) = (due.offset, due.limit, due.ticket);
            let (phase, epoch) = plan.stands_at();
            trace.push(format!(
                "{phase}, epoch {epoch}, #{ticket} offset {offset} limit {limit}: {rows} rows, total {total:?}, {ends:?}"
            ));
        }
        plan.answer(due.ticket, &facts);
    }

    /// Now and then rows become safe with the proof; now and then the process dies, with all that is not.
    fn perhaps_crash(&mut self, plan: &mut ProvingPlan) {
        let dice = |run: &mut Self| run.service.rng.u32(..1000) < run.history.crashes;
        // A process that always dies gets nowhere.
        if self.history.crashes == 0 || self.out.crashes >= 8 || (!dice(self) && !dice(self)) {
            return;
        }
        // Not all that was yielded has reached the disk.
        let rows = self.service.rng.usize(self.safe.rows..=self.log.len());
        let Some((proof, ids)) = plan.checkpoint(rows as u64) else { return self.broken("keeps no proof") };
        self.safe.rows = rows;
        self.safe.ids.extend(ids);
        let text = serde_json::to_string(&proof).unwrap();
        self.safe.proof = serde_json::from_str(&text).ok();
        if self.service.rng.bool() {
            return;
        }
        let options = ProofOptions { known: self.safe.ids.clone(), ..self.options.clone() };
        let proof = self.safe.proof.clone().unwrap();
        *plan = ProvingPlan::resume(proof, options, self.rules.clone()).unwrap();
        self.out.crashes += 1;
        self.due.clear();
        self.open.clear();
        self.log.truncate(self.safe.rows);
        self.outsiders.clear();
        self.rows = self.log.len() as u64;
        self.yielded.fill(0);
        for session in &self.log {
            self.yielded[*session as usize] = 1;
        }
        if let Some(trace) = self.trace.as_mut() {
            trace.push(format!("crash; {} rows are safe", self.log.len()));
        }
    }

    /// The list's own key, where the report names it as one that may be; else the first that it names, or shows.
    fn field(&self) -> usize {
        let region = self.out.report.region.as_deref().unwrap_or_default();
        let order = self.out.report.order.as_deref().unwrap_or_default();
        // A bound that was asked of each session is one on the field that it names.
        let told = if region.is_empty() { order } else { region };
        let named = |field: &usize| told.contains(KEY_FIELDS[*field]);
        let first = (0..KEY_FIELDS.len()).filter(named).min_by_key(|field| told.find(KEY_FIELDS[*field]));
        let sessions = 0..self.service.sessions.len() as u32;
        let shown = || {
            (0..KEY_FIELDS.len()).find(|f| sessions.clone().any(|i| self.service.row(i).keys[*f].is_some()))
        };
        self.history.key_fields().iter().copied().find(named).or(first).or_else(shown).unwrap_or(0)
    }

    fn holds(&self, session: u32) -> bool {
        self.region.holds(self.service.row(session).keys[self.field()])
    }

    fn judge(&mut self) {
        if !self.open.is_empty() && !self.out.endless {
            self.broken("ended without releasing every answer");
        }
        let existed = self.first.take().unwrap_or_default();
        let field = self.field();
        let has = |i: u32| self.yielded.get(i as usize).is_some_and(|c| *c > 0);
        let alive = |i: u32| self.service.sessions[i as usize].died == i64::MAX;
        let from = usize::try_from(self.history.offset).unwrap_or(usize::MAX).min(existed.len());
        let wanted = |row: &RowFacts, i: u32| self.region.holds(row.keys[field]) && self.holds(i);
        self.out.missed =
            existed[from..].iter().filter(|(i, row)| alive(*i) && !has(*i) && wanted(row, *i)).count();
        // A session that was inside when it was read may have moved out since. A page that is believed to be all
        // may not show the list's own key.
        let single = self.out.report.certificate == Some(Certificate::SinglePage);
        if self.out.complete
            && !(single && self.history.is_taken_on_trust())
            && self
                .outsiders
                .iter()
                .any(|i| !self.holds(*i) && self.service.sessions[*i as usize].changed == i64::MIN)
        {
            self.broken("yielded a session outside of the region");
        }
        self.judge_moment();
        if self.out.cut_short
            && self.history.offset == 0
            && Some(self.rows) != self.history.max_items
            && self.out.error.is_none()
        {
            self.broken("cut short at another number than asked");
        }
        if self.history.max_items.is_some_and(|max| self.rows > max) {
            self.broken("more rows than asked");
        }
        if self.out.report.yielded != self.rows {
            self.broken("the report counts another number of rows");
        }
        if self.history.mode == Consistency::Strict
            && self.out.error.is_none()
            && self.out.is_refused()
            && !self.out.endless
        {
            self.broken("strict ended without a proof and without an error");
        }
    }

    /// What is proven as of a moment holds everything that existed at that moment.
    fn judge_moment(&mut self) {
        let exact =
            self.history.clock_error == 0 && self.history.clock_grain == 1 && self.history.offset == 0;
        // A newcomer without a key lands among other nulls, not where movers land.
        let exact = exact && self.history.nulls == 0 && self.history.fault == Fault::None;
        // What is born behind a clamped page of an ascending list is not seen at that moment.
        let single = self.out.report.certificate == Some(Certificate::SinglePage);
        let exact = exact && !(single && self.history.ascending && self.history.clamp < 100);
        let atomic = self.out.report.certificate.is_some_and(|c| c != Certificate::DoubleCollect);
        let (Some(at), true, true) = (self.out.report.proven_at, exact && atomic, self.out.complete) else {
            return;
        };
        let has = |i: usize| self.yielded.get(i).is_some_and(|c| *c > 0);
        let bounded = !self.region.is_whole();
        let there = |(i, s): &(usize, &super::service::Session)| {
            let existed = s.born <= at && s.died > at && !has(*i);
            // In a region: what was there then and neither moved nor went until the end. Of a climb: what was
            // there at its foot and did not go.
            existed
                && (!self.out.climbed || s.died == i64::MAX)
                && (!bounded || (s.died == i64::MAX && s.changed <= at && self.holds(*i as u32)))
        };
        self.out.missed += self.service.sessions.iter().enumerate().filter(there).count();
    }
}
