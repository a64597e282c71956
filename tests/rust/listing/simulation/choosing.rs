//! Conditions over moving lists: what they imply of the list's key loses nothing that they take, and the proof
//! must see every row, taken or not.

use std::collections::{HashMap, HashSet};

use blocks_sessions::core::filter::{Choice, ChoiceRequest};
use blocks_sessions::core::listing::bounds;
use blocks_sessions::core::listing::plan::{Ask, Plan, Step, Ticket};
use blocks_sessions::core::listing::proof::rules::Rules;
use blocks_sessions::core::listing::proof::{ProofOptions, ProvingPlan};
use blocks_sessions::core::listing::shortcut::ShortcutPlan;
use blocks_sessions::core::model::row_facts::{CREATED_AT, Facts, RowFacts};
use blocks_sessions::core::model::time::format_timestamp;

use super::history::{History, Total};
use super::service::Service;

const DAY: i64 = 86_400_000_000;

struct Outcome {
    /// Sessions that the condition takes, existed throughout, and were not yielded.
    missed: usize,
    complete: bool,
    region: Option<String>,
    requests: u64,
}

/// Plays a plan against a service; the condition takes what was created since a moment. `hide`: the plan sees
/// only what is taken, as it never must.
fn play(service: &mut Service, plan: &mut dyn Plan, since: i64, hide: bool) -> Outcome {
    let taken = |row: &RowFacts| row.keys[CREATED_AT].is_some_and(|created| created >= since);
    let existed: Vec<u32> = service.list.clone();
    let mut due: Vec<Ask> = Vec::new();
    let mut open: HashMap<Ticket, Vec<u32>> = HashMap::new();
    let mut found: HashSet<u32> = HashSet::new();
    let mut failed = false;
    loop {
        match plan.step(due.len() < service.history.in_flight) {
            Ok(Step::Ask(ask)) => due.push(ask),
            Ok(Step::Yield(batch)) => {
                let sessions = &open[&batch.ticket];
                found.extend(batch.rows.iter().map(|row| sessions[*row as usize]));
            }
            Ok(Step::Release(ticket)) => drop(open.remove(&ticket)),
            Ok(Step::Done) => break,
            Err(_) => {
                failed = true;
                break;
            }
            Ok(Step::Wait) => {
                let ask = due.swap_remove(service.rng.usize(..due.len()));
                service.pass_time();
                let mut facts = service.serve(ask.offset, ask.limit);
                let mut sessions = service.last_rows().to_vec();
                if hide {
                    sessions.retain(|session| taken(&service.row(*session)));
                    facts = hidden(&facts, taken);
                }
                open.insert(ask.ticket, sessions);
                plan.answer(ask.ticket, &facts);
            }
        }
    }
    let wanted = |session: &&u32| {
        taken(&service.row(**session)) && service.sessions[**session as usize].died == i64::MAX
    };
    let report = plan.report().clone();
    Outcome {
        missed: existed.iter().filter(wanted).filter(|session| !found.contains(session)).count(),
        complete: report.complete && !failed,
        region: report.region,
        requests: report.requests,
    }
}

fn hidden(facts: &Facts, taken: impl Fn(&RowFacts) -> bool) -> Facts {
    let rows: Vec<RowFacts> = facts.rows.iter().filter(|row| taken(row)).copied().collect();
    // A service that counts its page would count what it gives.
    let total_count = facts.total_count.map(|_| rows.len() as u64);
    Facts { rows, total_count, ..facts.clone() }
}

fn choice(since: i64) -> Choice {
    let condition = Some(format!("created_at >= '{}'", format_timestamp(since)));
    Choice::read(&ChoiceRequest { condition, ..ChoiceRequest::default() }, 0).unwrap()
}

fn history(seed: u64) -> History {
    History { nulls: 3, ..History::busy(2_000, 4, seed) }
}

fn options(service: &Service) -> ProofOptions {
    ProofOptions { consistency: service.history.mode, ..ProofOptions::default() }
}

#[test]
fn creation_bounds_a_list_by_activity_and_loses_nothing() {
    let (mut shortened, mut complete) = (0, 0);
    for seed in 0..120 {
        let mut service = Service::new(&history(seed));
        let since = service.now - DAY;
        let choice = choice(since);
        let shortcut = bounds::shortcut(&choice, Rules::default().skew).unwrap();
        let mut plan = ShortcutPlan::new(options(&service), shortcut, Rules::default());
        let outcome = play(&mut service, &mut plan, since, false);
        assert!(!outcome.complete || outcome.missed == 0, "seed {seed} misses {}", outcome.missed);
        complete += usize::from(outcome.complete);
        shortened += usize::from(outcome.region.is_some() && outcome.requests < 14);
    }
    assert!(complete > 110 && shortened > 100, "{complete} complete, {shortened} shortened");
}

/// A session that is created long after it was spoken to, far down the list, and another one near its head.
fn turned(seed: u64) -> Service {
    let mut service = Service::new(&history(seed));
    for rank in [40, 1_700] {
        let session = service.list[rank] as usize;
        service.sessions[session].created = service.now - DAY / 2 + 1;
        service.sessions[session].activity = service.sessions[session].activity.map(|at| at - 1).or(Some(0));
    }
    let head = service.list[40] as usize;
    service.sessions[head].created = service.now + DAY;
    service
}

#[test]
fn a_session_that_refutes_the_shortcut_ends_it() {
    let mut bites = 0;
    for seed in 0..40 {
        let since = Service::new(&history(seed)).now - DAY;
        let shortcut = bounds::shortcut(&choice(since), Rules::default().skew).unwrap();
        let mut service = turned(seed);
        let mut plan = ShortcutPlan::new(options(&service), shortcut, Rules::default());
        let outcome = play(&mut service, &mut plan, since, false);
        assert!(!outcome.complete || outcome.missed == 0, "seed {seed} misses {}", outcome.missed);
        assert_eq!(outcome.region, None, "seed {seed}");
        // The same without the check of each row.
        let mut service = turned(seed);
        let part = ProofOptions { region: shortcut, ..options(&service) };
        let mut unchecked = ProvingPlan::with_rules(part, Rules::default());
        let outcome = play(&mut service, &mut unchecked, since, false);
        bites += usize::from(outcome.complete && outcome.missed > 0);
    }
    assert!(bites > 0, "nothing is lost without the check");
}

#[test]
fn a_proof_that_saw_only_what_is_taken_would_certify_too_much() {
    let mut bites = 0;
    for seed in 0..60 {
        let history = History { total: Total::PageLength, ..history(seed) };
        for hide in [false, true] {
            let mut service = Service::new(&history);
            let since = service.now - DAY;
            let mut plan = ProvingPlan::with_rules(options(&service), Rules::default());
            let outcome = play(&mut service, &mut plan, since, hide);
            let falsely = outcome.complete && outcome.missed > 0;
            assert!(hide || !falsely, "seed {seed} misses {}", outcome.missed);
            bites += usize::from(falsely);
        }
    }
    assert!(bites > 0, "nothing is lost by hiding rows");
}
