//! Proofs that are gone on with: from any step of any kind of listing, and from the format that is written for
//! good.

use std::collections::{HashMap, HashSet};

use blocks_sessions::core::listing::SavedProof;
use blocks_sessions::core::listing::plan::{Plan, Step};
use blocks_sessions::core::listing::proof::rules::Rules;
use blocks_sessions::core::listing::proof::{ProofOptions, ProvingPlan};
use blocks_sessions::core::model::report::ListingReport;
use blocks_sessions::core::model::row_facts::{Facts, RowFacts};
use serde_json::Value;

use super::history::{History, SortBy};
use super::service::{Service, id_of};

/// What is safe when a process dies.
#[derive(Clone)]
struct Safe {
    proof: SavedProof,
    ids: Vec<u128>,
    rows: Vec<u32>,
}

/// A plan under way, and what it handed out.
struct Reading {
    plan: ProvingPlan,
    open: HashMap<u64, Vec<u32>>,
    rows: Vec<u32>,
    ids: Vec<u128>,
}

impl Reading {
    fn new(options: ProofOptions) -> Self {
        let plan = ProvingPlan::with_rules(ProofOptions { keep: true, ..options }, Rules::default());
        Self { plan, open: HashMap::new(), rows: Vec::new(), ids: Vec::new() }
    }

    fn resume(safe: Safe, options: ProofOptions) -> Self {
        let options = ProofOptions { keep: true, known: safe.ids.clone(), ..options };
        let plan = ProvingPlan::resume(safe.proof, options, Rules::default()).unwrap();
        Self { plan, open: HashMap::new(), rows: safe.rows, ids: safe.ids }
    }

    /// Up to the next answer, or `false` at the end.
    fn step(&mut self, serve: &mut dyn FnMut(u64, u32) -> (Facts, Vec<u32>)) -> bool {
        loop {
            match self.plan.step(self.open.is_empty()).unwrap() {
                Step::Ask(ask) => {
                    let (facts, sessions) = serve(ask.offset, ask.limit);
                    self.open.insert(ask.ticket, sessions);
                    self.plan.answer(ask.ticket, &facts);
                    return true;
                }
                Step::Yield(batch) => {
                    let sessions = &self.open[&batch.ticket];
                    self.rows.extend(batch.rows.iter().map(|row| sessions[*row as usize]));
                }
                Step::Release(ticket) => drop(self.open.remove(&ticket)),
                Step::Wait => panic!("waits for nothing"),
                Step::Done => return false,
            }
        }
    }

    /// All that was handed out so far becomes safe.
    fn save(&mut self) -> Safe {
        let (proof, ids) = self.plan.checkpoint(self.rows.len() as u64).unwrap();
        self.ids.extend(ids);
        let proof = serde_json::from_str(&serde_json::to_string(&proof).unwrap()).unwrap();
        Safe { proof, ids: self.ids.clone(), rows: self.rows.clone() }
    }

    fn report(&self) -> &ListingReport {
        self.plan.report()
    }
}

fn served(service: &mut Service, offset: u64, limit: u32) -> (Facts, Vec<u32>) {
    service.pass_time();
    let facts = service.serve(offset, limit);
    (facts, service.last_rows().to_vec())
}

/// Dies after so many answers, and once more after as many; `false` if it came to its end before.
fn dies_after(history: &History, answers: usize) -> bool {
    let mut service = Service::new(history);
    let existed = service.list.clone();
    let region = service.region();
    let options = ProofOptions { consistency: history.mode, region, ..ProofOptions::default() };
    let mut reading = Reading::new(options.clone());
    for _ in 0..2 {
        for _ in 0..answers {
            if !reading.step(&mut |offset, limit| served(&mut service, offset, limit)) {
                return false;
            }
        }
        reading = Reading::resume(reading.save(), options.clone());
    }
    while reading.step(&mut |offset, limit| served(&mut service, offset, limit)) {}
    let report = reading.report();
    assert!(report.complete, "after {answers} answers: {history:?}\n{report:#?}");
    let yielded: HashSet<u32> = reading.rows.iter().copied().collect();
    assert_eq!(yielded.len(), reading.rows.len(), "after {answers} answers one came twice: {history:?}");
    assert_eq!(report.yielded, reading.rows.len() as u64);
    let activity = history.sort_by == SortBy::Activity;
    let missed = existed.iter().filter(|i| {
        let key = service.row(**i).keys[if activity { 0 } else { 2 }];
        service.sessions[**i as usize].died == i64::MAX && region.holds(key) && !yielded.contains(i)
    });
    assert_eq!(missed.count(), 0, "after {answers} answers: {history:?}");
    true
}

#[test]
fn a_proof_is_gone_on_with_from_any_step() {
    let busy = |seed| History { pace: 0.05, ..History::busy(700, 1, seed) };
    type Change = fn(History) -> History;
    let kinds: [(&str, Change); 7] = [
        ("by activity", |h| h),
        ("climbed", |h| History { churn: 12.0, warm: true, ..h }),
        ("by creation", |h| History { sort_by: SortBy::Created, touches: 0, ..h }),
        ("ascending", |h| History { ascending: true, churn: 0.2, ..h }),
        ("tied", |h| History { tie: 20, stable_ties: false, churn: 0.5, ..h }),
        ("clamped", |h| History { clamp: 40, churn: 0.5, ..h }),
        ("bounded", |h| History { since_rank: Some(600), until_rank: Some(150), churn: 0.5, ..h }),
    ];
    for (kind, of) in kinds {
        for seed in 0..4 {
            let history = of(busy(seed));
            let steps = (1..200).take_while(|answers| dies_after(&history, *answers)).count();
            assert!(steps >= 2, "{kind}: {steps} steps");
        }
    }
}

/// 600 sessions that never move.
fn still(offset: u64, limit: u32) -> (Facts, Vec<u32>) {
    const TOP: i64 = 1_750_000_000_123_456;
    let sessions: Vec<u32> = (0..600).skip(offset as usize).take(limit as usize).collect();
    let row = |session: &u32| {
        let key = Some(TOP - i64::from(*session) * 7_000_000);
        RowFacts { id: Some(id_of(*session)), keys: [key, None, None, None] }
    };
    let rows = sessions.iter().map(row).collect();
    (Facts { rows, total_count: Some(600), answered_at: TOP + 1_000_000, dated: true }, sessions)
}

/// Rows that were safe when the proof was written.
const SAFE: u32 = 284;

#[test]
fn a_proof_of_version_1_is_gone_on_with_for_good() {
    let proof: SavedProof = serde_json::from_str(include_str!("saved_proof_1.json")).unwrap();
    let safe = Safe { proof, ids: (0..SAFE).map(id_of).collect(), rows: (0..SAFE).collect() };
    let mut reading = Reading::resume(safe, ProofOptions::default());
    let before = reading.report().requests;
    while reading.step(&mut still) {}
    assert_eq!(reading.rows, (0..600).collect::<Vec<u32>>());
    let report = reading.report();
    assert!(report.complete && report.yielded == 600, "{report:#?}");
    // What was read before is not read again.
    assert!(report.requests - before <= 8, "{} requests", report.requests - before);
}

/// A field that is new or gone is another version, and the fixture of this one stays.
#[test]
fn what_is_written_is_of_that_version() {
    let mut reading = Reading::new(ProofOptions::default());
    while reading.rows.len() < SAFE as usize {
        assert!(reading.step(&mut still));
    }
    let mut written = serde_json::to_value(reading.save().proof).unwrap();
    let mut kept: Value = serde_json::from_str(include_str!("saved_proof_1.json")).unwrap();
    for value in [&mut written, &mut kept] {
        // The report grows with what users see: a field that is missing there does no harm.
        value.as_object_mut().unwrap().remove("report");
    }
    assert_eq!(written["version"], kept["version"]);
    assert_eq!(shape(&written), shape(&kept));
}

/// The names of the fields, at every depth.
fn shape(value: &Value) -> Value {
    match value {
        Value::Object(fields) => fields.iter().map(|(name, value)| (name.clone(), shape(value))).collect(),
        Value::Array(items) => items.first().map(shape).into_iter().collect(),
        _ => Value::Null,
    }
}
