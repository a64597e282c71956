//! Takes the rules away one by one: the simulation must notice.

use blocks_sessions::core::listing::proof::rules::Rules;

use super::history::{Fault, History, Total};
use super::judge::run;
use super::tally::fault_of;

/// Plays histories until one fails without the rule; the same must hold with it.
fn bites(without: &Rules, histories: impl Iterator<Item = History>) -> bool {
    for history in histories {
        if fault_of(&history, &run(&history, without)).is_some() {
            let kept = run(&history, &Rules::default());
            assert_eq!(fault_of(&history, &kept), None, "it fails with the rule as well: {history:?}");
            return true;
        }
    }
    false
}

#[test]
fn without_the_sweep_movers_are_lost() {
    let without = Rules { sweep: false, ..Rules::default() };
    assert!(bites(&without, (0..200).map(|seed| History::busy(600, 1, seed))));
}

#[test]
fn neighbours_that_only_touch_lose_ties() {
    let without = Rules { cross: false, ..Rules::default() };
    let tied = |seed| History { tie: 12, stable_ties: false, ..History::busy(600, 4, seed) };
    assert!(bites(&without, (0..200).map(tied)));
}

#[test]
fn total_count_at_its_word_ends_too_early() {
    let without = Rules { trust_total: true, ..Rules::default() };
    let capped = |seed| History { total: Total::Capped(200), ..History::busy(600, 1, seed) };
    assert!(bites(&without, (0..20).map(capped)));
    let stale = |seed| History {
        total: Total::Stale(6),
        inserts: 1,
        touches: 0,
        deletes: 0,
        ..History::busy(640 + seed as usize % 20, 4, seed)
    };
    assert!(bites(&without, (0..2_000).map(stale)));
}

#[test]
fn a_short_page_without_a_second_reading_ends_too_early() {
    let without = Rules { tail_proof: false, ..Rules::default() };
    let cut = |seed| History { fault: Fault::Cut, fault_percent: 10, seed, ..History::plain(600) };
    assert!(bites(&without, (0..200).map(cut)));
}

#[test]
fn each_rule_is_missed_in_random_histories() {
    let rules = Rules::default;
    let without = [
        Rules { sweep: false, ..rules() },
        Rules { cross: false, ..rules() },
        Rules { trust_total: true, ..rules() },
        Rules { tail_proof: false, ..rules() },
    ];
    for rules in without {
        assert!(bites(&rules, (0..40_000).map(History::random)), "{rules:?} goes unnoticed");
    }
}
