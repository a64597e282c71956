//! What the proof costs: requests on quiet and on busy lists, and bytes for the ids.

use blocks_sessions::core::listing::Consistency;
use blocks_sessions::core::listing::proof::rows::id_set::IdSet;
use blocks_sessions::core::listing::proof::rules::Rules;
use blocks_sessions::core::model::report::Certificate;

use super::history::{History, Total};
use super::judge::{run, traced};
use super::service::id_of;

/// What the fast plan needs: one page after another, until the total is reached or a page is short.
fn fast_requests(sessions: usize, total: Total) -> f64 {
    let pages = if total == Total::Exact { sessions.div_ceil(100).max(1) } else { sessions / 100 + 1 };
    pages as f64
}

#[test]
fn a_list_of_one_page_costs_one_request_and_two_in_strict() {
    for sessions in 0..100 {
        for (mode, requests) in [(Consistency::Checked, 1), (Consistency::Strict, 2)] {
            let outcome = run(&History { mode, ..History::plain(sessions) }, &Rules::default());
            assert!(outcome.complete, "{sessions} sessions, {mode:?}: {outcome:?}");
            assert_eq!(outcome.requests, requests, "{sessions} sessions, {mode:?}");
        }
    }
}

#[test]
fn a_quiet_list_costs_at_most_an_eighth_more_and_three() {
    for sessions in (100..1_300).chain([1_999, 2_000, 2_001, 5_000, 10_000, 10_001]) {
        for in_flight in [1, 4, 16] {
            let outcome = run(&History { in_flight, ..History::plain(sessions) }, &Rules::default());
            let allowed = 1.12 * fast_requests(sessions, Total::Exact) + 3.0;
            assert!(outcome.complete && outcome.missed == 0, "{sessions} sessions: {outcome:?}");
            assert!(
                outcome.requests as f64 <= allowed,
                "{sessions} sessions, {in_flight} in flight: {} requests, {allowed} allowed",
                outcome.requests
            );
        }
    }
}

#[test]
fn a_quiet_list_of_unknown_length_costs_one_more_at_most() {
    for sessions in (1..1_300).chain([5_000, 10_000]) {
        let history = History { total: Total::Null, ..History::plain(sessions) };
        let outcome = run(&history, &Rules::default());
        let allowed = 1.12 * fast_requests(sessions, Total::Null) + 4.0;
        assert!(outcome.complete && outcome.missed == 0, "{sessions} sessions: {outcome:?}");
        assert!(
            outcome.requests as f64 <= allowed,
            "{sessions}: {} requests, {allowed} allowed",
            outcome.requests
        );
    }
}

/// They share one key, the lack of one, and no key tells where in a page of them the next one begins.
#[test]
fn sessions_without_a_key_cost_a_few_requests_more() {
    for sessions in [450, 2_500, 30_000] {
        for nulls in [1, 2, 3, 4, 5, 10, 40, 90] {
            for (churn, in_flight) in [(0.0, 1), (0.0, 16), (1.0, 8)] {
                let plain = History { nulls, churn, in_flight, ..History::plain(sessions) };
                let outcome = run(&plain, &Rules::default());
                let with_keys = run(&History { nulls: 0, ..plain.clone() }, &Rules::default());
                assert!(outcome.complete && outcome.missed == 0, "{plain:?}: {outcome:#?}");
                // Where the list moves, some of these pages do not meet.
                let moved = if churn > 0.0 { with_keys.requests / 4 } else { 0 };
                let allowed = with_keys.requests + 16 + moved;
                assert!(
                    outcome.requests <= allowed,
                    "{} requests, {allowed} allowed: {plain:?}",
                    outcome.requests
                );
            }
        }
    }
}

/// A page that begins a little above the sessions of one key holds them all, or they are linked by the pages of the
/// bulk.
#[test]
fn sessions_that_share_a_key_cost_a_page_for_each_seam_at_most() {
    for (tie, more) in [(10, 0.4), (60, 1.1), (95, 1.2), (100, 0.4), (110, 0.4), (200, 0.3)] {
        for in_flight in [1, 16] {
            let history = History { tie, in_flight, ..History::plain(20_000) };
            let outcome = run(&history, &Rules::default());
            assert!(outcome.complete && outcome.missed == 0, "{history:?}: {outcome:#?}");
            let allowed = 220.0 * (1.0 + more);
            assert!(
                outcome.requests as f64 <= allowed,
                "{tie}: {} requests, {allowed} allowed",
                outcome.requests
            );
            let moved = run(&History { churn: 1.0, in_flight: 8, ..history }, &Rules::default());
            assert!(moved.complete && moved.missed == 0, "{tie}, moved: {moved:#?}");
        }
    }
}

#[test]
#[expect(clippy::print_stdout, reason = "the figures are what this is for")]
fn a_busy_list_is_proven_for_few_requests() {
    println!("\n| 2,000 sessions, 1 change per request | missed | repeated | unproven | requests, mean |");
    println!("|--------------------------------------|--------|----------|----------|----------------|");
    for (in_flight, allowed) in [(1, 26.0), (8, 32.0), (16, 38.0)] {
        let (mut missed, mut repeated, mut refused, mut requests) = (0, 0, 0, 0);
        let runs = 700;
        for seed in 0..runs {
            let outcome = run(&History::busy(2_000, in_flight, seed), &Rules::default());
            missed += outcome.missed;
            repeated += outcome.repeated;
            refused += u64::from(!outcome.complete);
            requests += outcome.requests;
        }
        let mean = requests as f64 / runs as f64;
        println!(
            "| {in_flight:>2} in flight                         | {missed:>6} | {repeated:>8} | {refused:>8} | {mean:>14.1} |"
        );
        assert_eq!((missed, repeated, refused), (0, 0, 0), "{in_flight} in flight");
        assert!(mean <= allowed, "{in_flight} in flight: {mean} requests");
    }
}

/// Sessions that changed meanwhile do not fit a page: the head is climbed.
#[test]
#[expect(clippy::print_stdout, reason = "the figures are what this is for")]
fn a_rushing_list_is_proven_by_climbing() {
    println!(
        "\n| sessions, changes a request, seconds a request | missed | repeated | unproven | requests, mean | most |"
    );
    println!(
        "|------------------------------------------------|--------|----------|----------|----------------|------|"
    );
    for (sessions, churn, pace, allowed) in [
        (2_000, 5.0, 1.0, 40.0),
        (2_000, 20.0, 1.0, 40.0),
        (2_000, 20.0, 0.02, 70.0),
        (3_000, 20.0, 0.02, 110.0),
        (3_000, 40.0, 0.02, 200.0),
        (3_000, 60.0, 0.001, 400.0),
    ] {
        let (mut missed, mut repeated, mut refused, mut requests, mut most) = (0, 0, 0, 0, 0);
        let runs = 200;
        for seed in 0..runs {
            let outcome = run(&History::rushing(sessions, churn, pace, seed), &Rules::default());
            missed += outcome.missed;
            repeated += outcome.repeated;
            refused += u64::from(!outcome.complete);
            requests += outcome.requests;
            most = most.max(outcome.requests);
        }
        let mean = requests as f64 / runs as f64;
        println!(
            "| {sessions}, {churn:>2}, {pace:>5}                                | {missed:>6} | {repeated:>8} | {refused:>8} | {mean:>14.1} | {most:>4} |"
        );
        assert_eq!((missed, repeated), (0, 0), "{churn} changes, {pace} s");
        assert!(refused * 50 <= runs, "{churn} changes, {pace} s: {refused} refused");
        assert!(mean <= allowed, "{churn} changes, {pace} s: {mean} requests");
    }
}

/// Stamps of a day, and all of this one: no key tells anything.
#[test]
fn one_key_for_all_sessions_is_read_three_times() {
    for (sessions, until_rank) in [(2_500, None), (30_000, None), (2_500, Some(0)), (30_000, Some(0))] {
        let plain = History { tie: 100_000, grain: 86_400_000_000, in_flight: 4, ..History::plain(sessions) };
        let outcome = run(&History { until_rank, ..plain }, &Rules::default());
        let certificate = outcome.report.certificate.map(Certificate::name);
        assert_eq!((outcome.complete, certificate), (true, Some("double_collect")), "{outcome:#?}");
        let pages = sessions.div_ceil(92) as u64;
        assert!(outcome.requests <= 3 * pages + 12, "{} for {pages} pages", outcome.requests);
    }
}

#[test]
#[expect(clippy::print_stdout, reason = "the figures are what this is for")]
fn an_id_costs_at_most_forty_bytes() {
    let mut seen = IdSet::default();
    let mut worst = 0.0_f64;
    for index in 0..600_000 {
        let before = seen.allocated();
        seen.insert(id_of(index));
        let after = seen.allocated();
        // While a table grows, the old one is still there.
        let peak = if after > before { after + before / 64 } else { after };
        if index >= 10_000 {
            worst = worst.max(peak as f64 / f64::from(index + 1));
        }
    }
    println!("\nids: at most {worst:.1} bytes a session, between 10,000 and 600,000 sessions");
    assert!(worst <= 40.0, "{worst} bytes a session");
}

/// Pages that cross are one: what they proved takes no room of its own.
#[test]
#[expect(clippy::print_stdout, reason = "the figures are what this is for")]
fn ids_and_proof_together_cost_at_most_forty_bytes() {
    for (name, history) in [
        ("quiet", History { in_flight: 16, ..History::plain(60_000) }),
        ("busy", History { in_flight: 16, ..History::busy(60_000, 16, 1) }),
    ] {
        let (outcome, _) = traced(&history, &Rules::default());
        assert!(outcome.complete && outcome.missed == 0, "{outcome:?}");
        let each = outcome.held_bytes as f64 / outcome.report.yielded as f64;
        println!(
            "\n{name}, 60,000 sessions, 16 in flight: {each:.1} bytes a session, {} requests",
            outcome.requests
        );
        assert!(each <= 40.0, "{name}: {each} bytes a session");
    }
}
