//! Partitions against the model of the service: parts read interleaved and again, classes settled at different
//! times. Each rule is taken away once, and the simulation must notice.

use std::collections::HashMap;

use blocks_sessions::core::listing::plan::{Plan, Range, Step};
use blocks_sessions::core::listing::proof::rules::Rules;
use blocks_sessions::core::listing::proof::{ProofOptions, ProvingPlan};
use blocks_sessions::core::listing::{Consistency, Region, Seed};
use blocks_sessions::core::model::report::ListingReport;
use blocks_sessions::core::model::row_facts::IdKey;
use blocks_sessions::core::partition::{Part, PartEvidence, PartitionPlan, Planner, class_of};

use super::history::{History, SortBy};
use super::service::{Service, id_of};

/// What is done otherwise than it should be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Mistake {
    None,
    NoSettling,
    /// One settling knows what each part yielded at first; what is handed on is what it yielded when read again.
    OneSettling,
    /// The settling does not wait for the last slice.
    TooEarly,
    Touching,
    /// Rows on which the orders that are left disagree are decided about by the first of them.
    Deciding,
}

/// One reading of a listing, step by step.
struct Reading {
    plan: ProvingPlan,
    open: HashMap<u64, Vec<u32>>,
    yielded: Vec<u32>,
    ended: Option<Result<(), String>>,
}

impl Reading {
    fn new(options: ProofOptions, rules: &Rules) -> Self {
        let plan = ProvingPlan::with_rules(options, rules.clone());
        Self { plan, open: HashMap::new(), yielded: Vec::new(), ended: None }
    }

    /// One request, with all that follows from it.
    fn step(&mut self, service: &mut Service) {
        loop {
            match self.plan.step(true) {
                Ok(Step::Ask(ask)) => {
                    service.pass_time();
                    let facts = service.serve(ask.offset, ask.limit);
                    self.open.insert(ask.ticket, service.last_rows().to_vec());
                    self.plan.answer(ask.ticket, &facts);
                    return;
                }
                Ok(Step::Yield(batch)) => {
                    let rows = &self.open[&batch.ticket];
                    self.yielded.extend(batch.rows.iter().map(|row| rows[*row as usize]));
                }
                Ok(Step::Release(ticket)) => drop(self.open.remove(&ticket)),
                Ok(Step::Wait) => panic!("waits for nothing"),
                Ok(Step::Done) => {
                    self.ended = Some(Ok(()));
                    return;
                }
                Err(fault) => {
                    self.ended = Some(Err(fault.message));
                    return;
                }
            }
        }
    }

    fn finish(mut self, service: &mut Service) -> Result<Read, String> {
        while self.ended.is_none() {
            self.step(service);
        }
        self.ended.clone().unwrap()?;
        Ok(Read { yielded: self.yielded, seed: self.plan.seed(), report: self.plan.report().clone() })
    }
}

#[derive(Clone)]
struct Read {
    yielded: Vec<u32>,
    seed: Option<Seed>,
    report: ListingReport,
}

#[derive(Debug, Default)]
struct Sum {
    parts: usize,
    missed: usize,
    repeated: usize,
    refused: Option<String>,
}

fn plan(service: &mut Service, n: usize, region: Region) -> PartitionPlan {
    let mut first =
        Reading::new(ProofOptions { range: Range::default(), ..ProofOptions::default() }, &Rules::default());
    while first.plan.seed().is_none() && first.ended.is_none() {
        first.step(service);
    }
    let Some(seed) = first.plan.seed() else { return PartitionPlan::whole(region, None, IdKey(1, 2)) };
    let mut planner = Planner::new(seed, region, n);
    for (offset, limit) in planner.wanted() {
        service.pass_time();
        let facts = service.serve(offset, limit);
        planner.answer(&facts);
    }
    let plan = planner.finish(IdKey(1, 2));
    // It travels.
    serde_json::from_str(&serde_json::to_string(&plan).unwrap()).unwrap()
}

/// All parts, some of them twice, their requests interleaved.
fn read_parts(
    service: &mut Service,
    parts: &[Part],
    rules: &Rules,
    mistake: Mistake,
) -> Result<Vec<Vec<Read>>, String> {
    let options = |part: &Part| match mistake {
        Mistake::Deciding => {
            ProofOptions { part: false, consistency: Consistency::Checked, ..part.options() }
        }
        _ => part.options(),
    };
    let mut running: Vec<(usize, Reading)> = Vec::new();
    for part in parts {
        for _ in 0..=usize::from(service.rng.u32(..100) < 40) {
            running.push((part.index, Reading::new(options(part), rules)));
        }
    }
    let mut read = vec![Vec::new(); parts.len()];
    while !running.is_empty() {
        let at = service.rng.usize(..running.len());
        running[at].1.step(service);
        if running[at].1.ended.is_some() {
            let (index, reading) = running.swap_remove(at);
            read[index].push(reading.finish(service)?);
        }
    }
    Ok(read)
}

fn play(history: &History, n: usize, classes: u32, mistake: Mistake) -> Sum {
    let service = &mut Service::new(history);
    let existed = service.list.clone();
    let plan = plan(service, n, Region::WHOLE);
    read_and_settle(service, &plan, classes, mistake, &existed)
}

fn read_and_settle(
    service: &mut Service,
    plan: &PartitionPlan,
    classes: u32,
    mistake: Mistake,
    existed: &[u32],
) -> Sum {
    let widen = mistake != Mistake::Deciding;
    let rules = Rules { cross: mistake != Mistake::Touching, widen, ..Rules::default() };
    let mut sum = Sum { parts: plan.parts.len(), ..Sum::default() };
    let read = match read_parts(service, &plan.parts, &rules, mistake) {
        Ok(read) => read,
        Err(fault) => return Sum { refused: Some(fault), ..sum },
    };
    let mut counts: HashMap<u32, usize> = HashMap::new();
    for class in 0..classes {
        let mine = |i: &u32| class_of(id_of(*i), classes) == class;
        // Each class gets its slices from whichever reading came last.
        let pick: Vec<usize> = read.iter().map(|reads| service.rng.usize(..reads.len())).collect();
        let slices: Vec<&Read> = read.iter().zip(&pick).map(|(reads, at)| &reads[*at]).collect();
        let told: Vec<&Read> = match mistake {
            Mistake::OneSettling => read.iter().map(|reads| &reads[0]).collect(),
            Mistake::TooEarly => slices.iter().skip(1).copied().collect(),
            _ => slices.clone(),
        };
        for read in &slices {
            read.yielded.iter().filter(|i| mine(i)).for_each(|i| *counts.entry(*i).or_default() += 1);
        }
        if mistake == Mistake::NoSettling {
            continue;
        }
        let evidence: Vec<PartEvidence> = plan
            .parts
            .iter()
            .zip(&slices)
            .map(|(part, read)| PartEvidence::new(part, read.seed.clone(), read.report.clone()))
            .collect();
        let settling = match plan.settle(&evidence) {
            Ok(settling) => settling,
            Err(fault) => return Sum { refused: Some(fault.to_string()), ..sum },
        };
        let Some((region, seed)) = settling.head else { continue };
        let known =
            told.iter().flat_map(|read| &read.yielded).filter(|i| mine(i)).map(|i| id_of(*i)).collect();
        let consistency = Consistency::Strict;
        let options =
            ProofOptions { consistency, region, seed: Some(seed), known, ..ProofOptions::default() };
        match Reading::new(options, &rules).finish(service) {
            Ok(late) => {
                late.yielded.iter().filter(|i| mine(i)).for_each(|i| *counts.entry(*i).or_default() += 1);
            }
            Err(fault) => return Sum { refused: Some(fault), ..sum },
        }
    }
    let alive = |i: &&u32| service.sessions[**i as usize].died == i64::MAX;
    sum.missed = existed.iter().filter(alive).filter(|i| !counts.contains_key(i)).count();
    sum.repeated = counts.values().filter(|count| **count > 1).count();
    sum
}

fn history(seed: u64) -> History {
    let base = match seed % 4 {
        0 => History::plain(2_400),
        1 => History::busy(2_400, 1, seed),
        2 => History { tie: 10, stable_ties: false, churn: 3.0, ..History::busy(2_600, 1, seed) },
        _ => History { nulls: 10, churn: 2.0, ..History::busy(2_400, 1, seed) },
    };
    let sort_by = if seed.is_multiple_of(5) { SortBy::Created } else { SortBy::Activity };
    History { seed, sort_by, ..base }
}

#[test]
#[expect(clippy::print_stdout, reason = "the figures are what this is for")]
fn parts_and_their_settling_are_whole() {
    let runs = 120;
    let (mut refused, mut parts) = (0, 0);
    for seed in 0..runs {
        let sum = play(&history(seed), 4, 1 + u32::from(seed % 3 == 0) * 3, Mistake::None);
        assert_eq!((sum.missed, sum.repeated), (0, 0), "seed {seed}: {sum:?}");
        refused += u64::from(sum.refused.is_some());
        parts += sum.parts;
        if let Some(why) = sum.refused {
            println!("refused, seed {seed}: {why}");
        }
    }
    println!("\npartitions: {runs} plans, {parts} parts, 0 missed, 0 repeated, {refused} refused");
    assert!(parts > 3 * runs as usize && refused * 20 <= runs);
}

#[test]
fn partitions_have_teeth() {
    for mistake in [Mistake::NoSettling, Mistake::OneSettling, Mistake::TooEarly] {
        let fails = |seed| {
            let sum = play(&History::busy(2_400, 1, seed), 4, 4, mistake);
            sum.missed + sum.repeated > 0
        };
        assert!((0..60).any(fails), "{mistake:?} goes unnoticed");
    }
    let tied = |seed| History { tie: 30, stable_ties: false, churn: 3.0, ..History::busy(2_400, 1, seed) };
    let fails = |seed| {
        let sum = play(&tied(seed), 4, 1, Mistake::Touching);
        sum.refused.is_none() && sum.missed > 0
    };
    assert!((0..200).any(fails), "touching goes unnoticed");
}

/// What the field's readers do: each worker owns a range of ranks, and reads it page by page.
fn read_by_rank(history: &History, n: usize) -> Sum {
    let service = &mut Service::new(history);
    let existed = service.list.clone();
    let total = existed.len();
    let mut ranges: Vec<(usize, usize)> = (0..n).map(|i| (total * i / n, total * (i + 1) / n)).collect();
    let mut counts: HashMap<u32, usize> = HashMap::new();
    while !ranges.is_empty() {
        let at = service.rng.usize(..ranges.len());
        let (from, to) = ranges[at];
        service.pass_time();
        service.serve(from as u64, 100.min(to - from) as u32);
        service.last_rows().iter().for_each(|i| *counts.entry(*i).or_default() += 1);
        ranges[at].0 += 100.min(to - from);
        if ranges[at].0 >= to {
            ranges.swap_remove(at);
        }
    }
    let alive = |i: &&u32| service.sessions[**i as usize].died == i64::MAX;
    Sum {
        parts: n,
        missed: existed.iter().filter(alive).filter(|i| !counts.contains_key(i)).count(),
        repeated: counts.values().filter(|count| **count > 1).count(),
        refused: None,
    }
}

#[test]
fn ranks_are_no_owners() {
    let fails = |seed: &u64| {
        let sum = read_by_rank(&History::busy(2_400, 1, *seed), 4);
        sum.missed + sum.repeated > 0
    };
    let failed = (0..60).filter(fails).count();
    assert!(failed > 50, "rank ownership goes unnoticed: {failed} of 60");
}

/// A list by creation in which activity follows creation, until, after the plan, a batch touches the sessions
/// around a cut one after the other: the part below it sees two orders that disagree about most of them.
fn touched_by_a_batch(mistake: Mistake) -> Sum {
    let quiet = History { sort_by: SortBy::Created, ..History::plain(2_400) };
    let service = &mut Service::new(&quiet);
    service.sessions.iter_mut().for_each(|session| session.activity = Some(session.created));
    let existed = service.list.clone();
    let plan = plan(service, 4, Region::WHOLE);
    let cut = plan.parts[1].range.high.unwrap();
    let rank = existed.iter().position(|i| service.sessions[*i as usize].created <= cut).unwrap();
    let now = service.now;
    for (place, i) in (0..).zip(&existed[rank - 150..rank + 300]) {
        service.sessions[*i as usize].activity = Some(now - place);
    }
    read_and_settle(service, &plan, 1, mistake, &existed)
}

#[test]
fn a_part_does_not_decide_where_the_orders_disagree() {
    let right = touched_by_a_batch(Mistake::None);
    assert!(right.parts > 3 && right.refused.is_some(), "the part raises: {right:?}");
    let wrong = touched_by_a_batch(Mistake::Deciding);
    assert!(wrong.refused.is_none() && wrong.missed > 0, "deciding goes unnoticed: {wrong:?}");
}
