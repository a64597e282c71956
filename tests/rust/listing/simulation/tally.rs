//! Many histories on all processors: what came out, added up, and the first that failed made small.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use blocks_sessions::core::listing::proof::rules::Rules;
use blocks_sessions::core::model::report::Certificate;

use super::history::{Addressing, Fault, History};
use super::judge::{Outcome, run, traced};

/// Changes a request.
const BUCKETS: [&str; 4] = ["up to 3", "up to 20", "up to 40", "more"];
/// Seeds of refused histories that are told for each reason.
const SHOWN: usize = 12;

/// What many histories came to.
#[derive(Debug, Clone, Default)]
pub struct Column {
    pub histories: u64,
    pub certified: u64,
    pub missed: u64,
    pub repeated: u64,
    pub falsely_certified: u64,
    /// A short first page that was believed on the word of its own `total_count`.
    pub believed: u64,
    pub refused: u64,
    /// Histories and refusals by how much changes between two requests.
    pub buckets: [(u64, u64); 4],
    pub climbed: u64,
    pub crashed: u64,
    pub bounded: u64,
    pub requests: u64,
}

#[derive(Debug, Clone, Default)]
pub struct Tally {
    pub inside: Column,
    pub outside: Column,
    /// Why histories inside were refused, by how much changes between two requests, with their seeds.
    pub reasons: BTreeMap<(usize, String), Vec<u64>>,
    /// Seeds that failed, and why.
    pub failures: Vec<(u64, &'static str)>,
}

/// Why an outcome is a failure of the method.
pub fn fault_of(history: &History, outcome: &Outcome) -> Option<&'static str> {
    if outcome.broken.is_some() {
        return Some("the plan broke its own interface");
    }
    if outcome.endless {
        return Some("the listing has no end");
    }
    if outcome.repeated > 0 {
        return Some("a session was yielded twice");
    }
    (outcome.is_false() && !is_believed(history, outcome))
        .then_some("sessions are missing from a proven listing")
}

fn is_believed(history: &History, outcome: &Outcome) -> bool {
    let single = outcome.report.certificate == Some(Certificate::SinglePage);
    outcome.is_false() && single && history.is_taken_on_trust()
}

impl Tally {
    fn add(&mut self, history: &History, outcome: &Outcome) {
        let column = if history.is_inside() { &mut self.inside } else { &mut self.outside };
        column.histories += 1;
        column.requests += outcome.requests;
        column.certified += u64::from(outcome.complete);
        column.repeated += outcome.repeated as u64;
        column.refused += u64::from(outcome.is_refused());
        column.climbed += u64::from(outcome.climbed && outcome.complete);
        column.crashed += u64::from(outcome.crashes > 0);
        column.bounded += u64::from(history.since_rank.or(history.until_rank).is_some());
        if let Some(bucket) = column.buckets.get_mut(history.bucket()) {
            bucket.0 += 1;
            bucket.1 += u64::from(outcome.is_refused());
        }
        if is_believed(history, outcome) {
            column.believed += 1;
        } else if outcome.is_false() {
            column.missed += outcome.missed as u64;
            column.falsely_certified += 1;
        }
        if history.is_inside() && outcome.is_refused() {
            let why = outcome.error.clone().or(outcome.report.warnings.last().cloned()).unwrap_or_default();
            let why = why.chars().filter(|c| !c.is_ascii_digit()).collect();
            self.reasons.entry((history.bucket(), why)).or_default().push(history.seed);
        }
        if let Some(fault) = fault_of(history, outcome) {
            self.failures.push((history.seed, fault));
        }
    }

    fn merge(&mut self, other: &Self) {
        self.inside.merge(&other.inside);
        self.outside.merge(&other.outside);
        for (why, seeds) in &other.reasons {
            self.reasons.entry(why.clone()).or_default().extend(seeds);
        }
        self.failures.extend(&other.failures);
    }
}

impl Column {
    fn merge(&mut self, other: &Self) {
        self.histories += other.histories;
        self.certified += other.certified;
        self.missed += other.missed;
        self.repeated += other.repeated;
        self.falsely_certified += other.falsely_certified;
        self.believed += other.believed;
        self.refused += other.refused;
        self.climbed += other.climbed;
        self.crashed += other.crashed;
        self.bounded += other.bounded;
        for (own, other) in self.buckets.iter_mut().zip(other.buckets) {
            own.0 += other.0;
            own.1 += other.1;
        }
        self.requests += other.requests;
    }

    pub fn bucket_percent(&self, bucket: usize) -> f64 {
        let (all, refused) = self.buckets.get(bucket).copied().unwrap_or_default();
        refused as f64 * 100.0 / all.max(1) as f64
    }

    pub fn refused_percent(&self) -> f64 {
        self.refused as f64 * 100.0 / self.histories.max(1) as f64
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (a, b) = (&self.inside, &self.outside);
        let mut line = |name: &str, x: String, y: String| writeln!(f, "| {name:<42} | {x:>12} | {y:>12} |");
        line("random histories", "inside".into(), "outside".into())?;
        line(&"-".repeat(42), "-".repeat(12), "-".repeat(12))?;
        let mut count = |name: &str, x: u64, y: u64| line(name, x.to_string(), y.to_string());
        count("histories", a.histories, b.histories)?;
        count("proven complete", a.certified, b.certified)?;
        count("sessions missed in a proven listing", a.missed, b.missed)?;
        count("sessions yielded twice", a.repeated, b.repeated)?;
        count("falsely certified", a.falsely_certified, b.falsely_certified)?;
        count("page believed on its own total_count", a.believed, b.believed)?;
        count("refused or warned about", a.refused, b.refused)?;
        count("their head was climbed", a.climbed, b.climbed)?;
        count("of a part of the list by key", a.bounded, b.bounded)?;
        count("gone on with after a crash", a.crashed, b.crashed)?;
        let percent = |c: &Column| format!("{:.3}", c.refused_percent());
        line("the same, percent", percent(a), percent(b))?;
        let mean = |c: &Column| format!("{:.1}", c.requests as f64 / c.histories.max(1) as f64);
        line("requests, mean", mean(a), mean(b))?;
        for (bucket, name) in BUCKETS.iter().enumerate() {
            let share = |c: &Column| format!("{:.3}", c.bucket_percent(bucket));
            line(&format!("refused, percent: {name} changes a request"), share(a), share(b))?;
        }
        for ((bucket, why), seeds) in &self.reasons {
            let (count, shown) = (seeds.len(), &seeds[..seeds.len().min(SHOWN)]);
            writeln!(f, "refused inside, {}: {count:>6} {shown:?}: {why}", BUCKETS[*bucket])?;
        }
        Ok(())
    }
}

/// Plays the seeds on all processors.
pub fn play(seeds: std::ops::Range<u64>, rules: &Rules) -> Tally {
    let next = AtomicU64::new(seeds.start);
    let sum = Mutex::new(Tally::default());
    let threads = std::thread::available_parallelism().map_or(2, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                let mut own = Tally::default();
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= seeds.end {
                        break;
                    }
                    let history = History::random(seed);
                    own.add(&history, &run(&history, rules));
                }
                sum.lock().unwrap().merge(&own);
            });
        }
    });
    sum.into_inner().unwrap()
}

/// The failing history, smaller, and what was asked and answered in it.
pub fn describe(seed: u64, rules: &Rules) -> String {
    let history = shrink(History::random(seed), rules);
    let (outcome, trace) = traced(&history, rules);
    let what = fault_of(&history, &outcome).unwrap_or("nothing is wrong");
    let (missed, error, broken) = (outcome.missed, outcome.error, outcome.broken);
    format!(
        "seed {seed}: {what} ({missed} missed, {error:?}, {broken:?}).\nMade smaller: {history:#?}\n{}\n{:#?}",
        trace.join("\n"),
        outcome.report
    )
}

/// Simplifies a history for as long as it still fails.
pub fn shrink(mut history: History, rules: &Rules) -> History {
    let simpler: [fn(&mut History); 25] = [
        |h| h.sessions /= 2,
        |h| h.sessions = h.sessions * 9 / 10,
        |h| h.sessions = h.sessions.saturating_sub(1),
        |h| h.in_flight = 1,
        |h| h.churn = 0.0,
        |h| h.churn /= 2.0,
        |h| h.inserts = 0,
        |h| h.touches = 0,
        |h| h.deletes = 0,
        |h| h.bulk_deletes = 0,
        |h| h.fault = Fault::None,
        |h| h.tie = 1,
        |h| h.stable_ties = true,
        |h| h.grain = 1,
        |h| h.lag = 0,
        |h| (h.clock_error, h.clock_grain) = (0, 1),
        |h| h.future = 0,
        |h| h.nulls = 0,
        |h| h.addressing = Addressing::Sessions,
        |h| h.clamp = 100,
        |h| h.offset = 0,
        |h| h.max_items = None,
        |h| h.crashes = 0,
        |h| h.since_rank = None,
        |h| h.until_rank = None,
    ];
    for _ in 0..20 {
        let before = format!("{history:?}");
        for simplify in simpler {
            let mut small = history.clone();
            simplify(&mut small);
            // The chance of meeting the fault again is better with a few seeds.
            let fails = (0..8).map(|i| History { seed: history.seed + i, ..small.clone() });
            if let Some(small) = fails.into_iter().find(|h| fault_of(h, &run(h, rules)).is_some()) {
                history = small;
            }
        }
        if before == format!("{history:?}") {
            break;
        }
    }
    history
}
