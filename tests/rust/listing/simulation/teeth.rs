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
    let without = Rules { head_recheck: false, ..Rules::default() };
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
fn a_climb_that_only_touches_loses_ties() {
    let without = Rules { climb_cross: false, ..Rules::default() };
    let tied = |seed| History {
        grain: 1_000_000,
        stable_ties: false,
        touches: 3,
        ..History::rushing(900, 12.0, 0.1, seed)
    };
    assert!(bites(&without, (0..400).map(tied)));
}

#[test]
fn a_climb_to_a_page_that_was_asked_for_before_loses_movers() {
    let without = Rules { climb_alone: false, ..Rules::default() };
    let rushing =
        |seed| History { in_flight: 4, inserts: 0, deletes: 0, ..History::rushing(1_500, 30.0, 1.0, seed) };
    assert!(bites(&without, (0..800).map(rushing)));
}

#[test]
fn a_climb_from_above_the_bound_loses_what_moved_before() {
    let without = Rules { climb_foot: false, ..Rules::default() };
    assert!(bites(&without, (0..400).map(|seed| History::rushing(1_500, 20.0, 1.0, seed))));
}

/// Without the climb nothing is lost, but what moves like this is refused.
#[test]
fn without_the_climb_a_rushing_list_is_refused() {
    let without = Rules { climb: false, ..Rules::default() };
    let rushing = |seed| History::rushing(2_000, 20.0, 0.02, seed);
    assert!((0..5).all(|seed| !run(&rushing(seed), &without).complete));
    assert!((0..5).all(|seed| run(&rushing(seed), &Rules::default()).complete));
}

#[test]
fn a_restored_proof_without_its_ids_repeats_sessions() {
    let without = Rules { restore_ids: false, ..Rules::default() };
    assert!(bites(&without, (0..50).map(|seed| History { crashes: 200, ..History::busy(900, 4, seed) })));
}

#[test]
fn a_bounded_region_that_trusts_offsets_loses_its_edge() {
    let without = Rules { bound_by_key: false, ..Rules::default() };
    let bounded =
        |seed| History { until_rank: Some(1_500), since_rank: Some(2_200), ..History::busy(3_000, 1, seed) };
    assert!(bites(&without, (0..200).map(bounded)));
}

#[test]
fn each_rule_is_missed_in_random_histories() {
    let rules = Rules::default;
    let without = [
        Rules { head_recheck: false, ..rules() },
        Rules { cross: false, ..rules() },
        Rules { trust_total: true, ..rules() },
        Rules { tail_proof: false, ..rules() },
    ];
    for rules in without {
        assert!(bites(&rules, (0..40_000).map(History::random)), "{rules:?} goes unnoticed");
    }
}
