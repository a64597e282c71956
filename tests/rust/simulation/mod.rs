//! The proving plan against a model of the service, over many seeded histories.
//! `BLOCKS_SIMULATIONS` sets how many, `BLOCKS_SEED` runs one alone.

mod history;
mod judge;
mod service;

use blocks_sessions::core::listing::proof::rules::Rules;
use history::History;
use judge::{Outcome, run};

#[test]
fn dump() {
    let n: u64 = std::env::var("BLOCKS_SIMULATIONS").ok().and_then(|v| v.parse().ok()).unwrap_or(2000);
    let rules = Rules::default();
    if let Some(seed) = std::env::var("BLOCKS_SEED").ok().and_then(|v| v.parse().ok()) {
        let h = History::random(seed);
        let (o, trace) = judge::traced(&h, &rules);
        println!("{h:#?}");
        for line in trace { println!("{line}"); }
        println!("missed {} refused {} {:?} {:?}", o.missed, o.is_refused(), o.error, o.report);
        return;
    }
    let (mut inside, mut refused, mut falses, mut trust, mut endless, mut rep, mut broken, mut certified) = (0, 0, 0, 0, 0, 0, 0, 0);
    let t = std::time::Instant::now();
    let mut reqs = 0;
    for seed in 0..n {
        let h = History::random(seed);
        let o = run(&h, &rules);
        reqs += o.requests;
        if o.complete { certified += 1; }
        if o.is_false() {
            if h.is_taken_on_trust() || o.report.yielded == 0 { trust += 1 } else {
                falses += 1;
                if falses < 12 { println!("FALSE {seed} missed {} inside {} {:?} {h:?}", o.missed, h.is_inside(), o.report.certificate); }
            }
        }
        if o.endless { endless += 1; if endless < 5 { println!("ENDLESS {h:?}"); } }
        if o.repeated > 0 { rep += 1; if rep < 5 { println!("REP {} {h:?}", o.repeated); } }
        if let Some(b) = &o.broken { broken += 1; if broken < 5 { println!("BROKEN {b} {h:?}"); } }
        if h.is_inside() { inside += 1; if o.is_refused() { refused += 1; if refused < 25 { println!("REFUSED {seed} {:?} {:?} {h:?}", o.error, o.report.warnings); } } }
    }
    println!("{n} in {:?}, inside {inside} refused {refused} certified {certified} false {falses} trust {trust} endless {endless} rep {rep} broken {broken} reqs {reqs}", t.elapsed());
    for w in [1, 8, 16] {
        let mut q = 0; let mut bad = 0; let mut refused = 0;
        for seed in 0..300 { let o = run(&History::busy(2000, w, seed), &rules); q += o.requests; bad += o.missed; refused += usize::from(!o.complete); }
        println!("busy {w}: {} missed {bad} refused {refused}", q as f64 / 300.0);
    }
}
