//! The proving plan against a model of the service, over many seeded histories.
//! `BLOCKS_SIMULATIONS` sets how many (2,000 if it does not), and `BLOCKS_FIRST_SEED` with which seed they begin;
//! `BLOCKS_SEED` tells one of them in full.

#![expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the model's numbers are small"
)]

mod bounded;
mod choosing;
mod cost;
mod edges;
mod found;
mod hard;
mod history;
mod judge;
mod ordered;
mod parts;
mod saved;
mod service;
mod tally;
mod teeth;
mod without_id;

use blocks_sessions::core::listing::proof::rules::Rules;
use history::History;

/// A number from the environment.
fn setting(name: &str) -> Option<u64> {
    std::env::var(name).ok().and_then(|n| n.parse().ok())
}

/// How many histories are played.
fn histories() -> u64 {
    setting("BLOCKS_SIMULATIONS").unwrap_or(2_000)
}

#[test]
#[expect(clippy::print_stdout, reason = "the figures are what this is for")]
fn nothing_is_missed_repeated_or_falsely_certified() {
    let rules = Rules::default();
    if let Some(seed) = setting("BLOCKS_SEED") {
        let (outcome, trace) = judge::traced(&History::random(seed), &rules);
        println!("{:?}\n{}\n{outcome:#?}", History::random(seed), trace.join("\n"));
        return;
    }
    let first = setting("BLOCKS_FIRST_SEED").unwrap_or(0);
    let tally = tally::play(first..first + histories(), &rules);
    println!("\n{tally}");
    if let Some((seed, _)) = tally.failures.first() {
        // First: an endless history takes long to be made smaller.
        println!("failures: {:?}", tally.failures.iter().take(30).collect::<Vec<_>>());
        panic!("{}", tally::describe(*seed, &rules));
    }
    assert!(tally.inside.histories * 5 > histories(), "too few histories lie inside the assumptions");
    for (bucket, most) in [0.1, 0.1, 2.0].into_iter().enumerate() {
        let share = tally.inside.bucket_percent(bucket);
        // Of few histories one alone is a large share.
        let slack = 300.0 / tally.inside.buckets[bucket].0.max(1) as f64;
        assert!(share <= most + slack, "too many are refused: {share:.2} % in bucket {bucket}");
    }
    assert!(tally.outside.certified > 0 && tally.outside.refused > 0, "nothing lies outside");
}
