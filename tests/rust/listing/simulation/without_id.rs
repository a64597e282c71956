//! Sessions without an id: nothing can be proven of them, but they are read as well as the fast plan reads them.

use std::collections::HashMap;

use blocks_sessions::core::listing::fast::FastPlan;
use blocks_sessions::core::listing::plan::{Plan, Range, Step};
use blocks_sessions::core::listing::proof::rules::Rules;
use blocks_sessions::core::listing::proof::{ProofOptions, ProvingPlan};

use super::history::{Fault, History, Shape, Total};
use super::service::Service;

/// What came of a listing, one request after the other.
#[derive(Debug)]
struct Read {
    yielded: Vec<u32>,
    requests: u64,
    failure: Option<String>,
    complete: bool,
    missed: usize,
}

impl Read {
    fn repeated(&self) -> usize {
        let mut times: HashMap<u32, usize> = HashMap::new();
        self.yielded.iter().for_each(|session| *times.entry(*session).or_default() += 1);
        times.values().map(|times| times - 1).sum()
    }
}

fn read(history: &History, plan: &mut dyn Plan) -> Read {
    let mut service = Service::new(history);
    let existed = service.list.clone();
    let mut open: HashMap<u64, Vec<u32>> = HashMap::new();
    let mut yielded = Vec::new();
    let mut failure = None;
    loop {
        match plan.step(open.is_empty()) {
            Ok(Step::Ask(ask)) => {
                service.pass_time();
                let facts = service.serve(ask.offset, ask.limit);
                open.insert(ask.ticket, service.last_rows().to_vec());
                plan.answer(ask.ticket, &facts);
            }
            Ok(Step::Yield(batch)) => {
                let rows = &open[&batch.ticket];
                yielded.extend(batch.rows.iter().map(|row| rows[*row as usize]));
            }
            Ok(Step::Release(ticket)) => drop(open.remove(&ticket)),
            Ok(Step::Wait) => panic!("waits for nothing"),
            Ok(Step::Done) => break,
            Err(fault) => {
                failure = Some(fault.message);
                break;
            }
        }
    }
    let alive = |i: &&u32| service.sessions[**i as usize].died == i64::MAX;
    let missed = existed.iter().filter(alive).filter(|i| !yielded.contains(i)).count();
    let report = plan.report();
    Read { yielded, requests: report.requests, failure, complete: report.complete, missed }
}

fn checked(history: &History) -> Read {
    let range = Range { offset: history.offset, max_items: None };
    let options = ProofOptions { consistency: history.mode, range, ..ProofOptions::default() };
    read(history, &mut ProvingPlan::with_rules(options, Rules::default()))
}

fn fast(history: &History) -> Read {
    let range = Range { offset: history.offset, max_items: None };
    read(history, &mut FastPlan::new(range, 100))
}

fn histories() -> impl Iterator<Item = History> {
    let shapes = [Shape::Page, Shape::CreatedOnly, Shape::Nothing];
    let totals = [Total::Exact, Total::Null, Total::PageLength];
    let mut histories = Vec::new();
    for (shape, total, without_id) in
        shapes.iter().flat_map(|s| totals.iter().flat_map(move |t| [1, 2, 7].map(|n| (*s, *t, n))))
    {
        for (tie, sessions) in
            [1, 150].into_iter().flat_map(|tie| [40, 100, 192, 400, 1_000].map(|n| (tie, n)))
        {
            histories.push(History { total, shape, tie, without_id, ..History::plain(sessions) });
        }
    }
    histories.into_iter()
}

#[test]
fn every_session_of_a_quiet_list_is_yielded_once() {
    for history in histories() {
        let read = checked(&history);
        assert!(!read.complete && read.failure.is_none(), "{history:?}\n{:?}", read.failure);
        assert_eq!((read.missed, read.repeated()), (0, 0), "{history:?}");
    }
}

#[test]
fn a_limit_that_the_service_clamps_loses_none() {
    // Without a total, an id or a key nothing tells a clamp from the end.
    let told = |h: &History| h.total == Total::Exact || (h.total == Total::Null && h.without_id > 1);
    for history in histories().filter(told) {
        for clamp in [10, 30, 99] {
            let history = History { clamp, ..history.clone() };
            let read = checked(&history);
            assert_eq!((read.missed, read.repeated()), (0, 0), "{history:?}\n{:?}", read.failure);
        }
    }
}

/// Where no session has an id nothing can be known again: reading more would be for nothing.
#[test]
fn a_list_without_any_id_costs_hardly_more_than_the_fast_plan() {
    for history in histories().filter(|history| history.without_id == 1) {
        let pages = (history.sessions as u64).div_ceil(100);
        let read = checked(&history);
        assert!(read.requests <= pages * 112 / 100 + 4, "{history:?}: {} requests", read.requests);
    }
}

#[test]
fn a_moving_list_is_read_as_well_as_the_fast_plan_reads_it() {
    for without_id in [1, 7] {
        let (mut ours, mut theirs) = (0, 0);
        for seed in 0..60 {
            let history = History { without_id, ..History::busy(1_000, 1, seed) };
            let (checked, fast) = (checked(&history), fast(&history));
            ours += checked.missed + checked.repeated();
            theirs += fast.missed + fast.repeated();
        }
        // One more page is read, and each moves the list.
        assert!(ours * 4 <= theirs * 5, "{without_id}: {ours} missed or repeated, {theirs} by the fast plan");
    }
}

#[test]
fn pages_that_are_cut_are_read_on() {
    for seed in 0..100 {
        let history =
            History { without_id: 1, fault: Fault::Cut, fault_percent: 20, seed, ..History::plain(640) };
        let read = checked(&history);
        assert_eq!((read.missed, read.repeated()), (0, 0), "{history:?}\n{:?}", read.failure);
    }
}
