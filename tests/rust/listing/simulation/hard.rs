//! Cases known to be hard, by name.

use blocks_sessions::core::listing::Consistency;
use blocks_sessions::core::listing::proof::rules::Rules;
use blocks_sessions::core::model::report::{Addressing as Reported, Certificate};

use super::history::{Addressing, Fault, History, Shape, Total};
use super::judge::{Outcome, run};

fn proven(history: &History) -> Outcome {
    let outcome = run(history, &Rules::default());
    assert!(outcome.complete && outcome.missed == 0 && outcome.repeated == 0, "{history:?}\n{outcome:#?}");
    outcome
}

fn refused(history: &History) -> Outcome {
    let outcome = run(history, &Rules::default());
    assert!(!outcome.complete && outcome.repeated == 0, "{history:?}\n{outcome:#?}");
    outcome
}

/// An ignored offset looks like one insertion to a reading at offset 1.
#[test]
fn an_ignored_offset_is_told_from_insertions() {
    for seed in 0..50 {
        let busy = History { inserts: 1, touches: 0, deletes: 0, ..History::busy(450, 1, seed) };
        assert_eq!(proven(&busy).report.addressing, Reported::Sessions);
        let ignored = refused(&History { addressing: Addressing::Ignored, ..busy });
        assert!(ignored.error.unwrap().contains("offset"));
    }
}

#[test]
fn page_numbers_and_floored_offsets_are_read_right() {
    for seed in 0..30 {
        for in_flight in [1, 5] {
            let paged = History { addressing: Addressing::Pages, in_flight, ..History::busy(730, 1, seed) };
            assert_eq!(proven(&paged).report.addressing, Reported::Pages);
            proven(&History { addressing: Addressing::Floored, ..paged });
        }
    }
}

#[test]
fn a_clamped_limit_is_noticed() {
    for clamp in [10, 20, 50, 97, 99] {
        for total in [Total::Exact, Total::Null] {
            let outcome = proven(&History { clamp, total, ..History::plain(523) });
            assert_eq!(outcome.report.effective_limit, clamp);
        }
    }
}

#[test]
fn a_limit_clamped_to_very_little_is_coped_with() {
    for clamp in 3..10 {
        for sessions in [12, 30, 100, 247, 1000] {
            for total in [Total::Exact, Total::Null] {
                for mode in [Consistency::Checked, Consistency::Strict] {
                    let outcome = proven(&History { mode, clamp, total, ..History::plain(sessions) });
                    assert_eq!(outcome.report.effective_limit, clamp);
                }
            }
        }
        let mut whole = 0;
        for seed in 0..20 {
            let calm = History { churn: 0.2, clamp, ..History::busy(247, 1, seed) };
            let outcome = run(&calm, &Rules::default());
            assert!(!outcome.is_false(), "{calm:?}\n{outcome:#?}");
            whole += usize::from(outcome.complete);
        }
        for addressing in [Addressing::Pages, Addressing::Floored] {
            proven(&History { clamp, addressing, ..History::plain(247) });
        }
        // Tiny pages fall behind such a list: then it is said, and never claimed to be whole.
        assert!(clamp < 6 || whole > 5, "{clamp}: {whole}");
    }
}

/// No proof, then, but a way to the list.
#[test]
fn a_limit_clamped_to_next_to_nothing_is_told() {
    for clamp in [1, 2] {
        let outcome = refused(&History { clamp, ..History::plain(247) });
        let error = outcome.error.unwrap_or_default();
        assert!(
            error.contains(&format!("\"fast\" with page_size={clamp}")),
            "{clamp}: {error}\n{:?}",
            outcome.report
        );
    }
}

/// It and a list of one page look the same to "checked"; "strict" asks once more.
#[test]
fn a_clamped_page_that_counts_only_itself_does_not_fool_strict() {
    for clamp in 10..100 {
        let history =
            History { clamp, total: Total::PageLength, mode: Consistency::Strict, ..History::plain(230) };
        assert!(proven(&history).requests > 2);
    }
}

/// An empty page at rank 0 of a list known to have sessions is read again.
#[test]
fn an_empty_head_is_read_again() {
    for seed in 0..400 {
        let history = History { fault: Fault::Empty, fault_percent: 30, seed, ..History::plain(350) };
        let outcome = run(&history, &Rules::default());
        assert!(!outcome.is_false(), "{history:?}\n{outcome:#?}");
    }
}

/// A null key that gets a value in an ascending list may land behind the reader.
#[test]
fn a_null_that_gets_a_value_in_an_ascending_list_is_not_lost() {
    for seed in 0..400 {
        let base =
            History { ascending: true, nulls: 20, inserts: 0, deletes: 0, ..History::busy(430, 1, seed) };
        for nulls_first in [true, false] {
            let outcome = run(&History { nulls_first, ..base.clone() }, &Rules::default());
            assert!(!outcome.is_false(), "{base:?}\n{outcome:#?}");
        }
    }
}

/// With nulls first, the head is not where movers land.
#[test]
fn movers_land_behind_the_nulls() {
    for seed in 0..400 {
        let history =
            History { nulls_first: true, nulls: 40, inserts: 0, deletes: 0, ..History::busy(530, 4, seed) };
        let outcome = run(&history, &Rules::default());
        assert!(!outcome.is_false(), "{history:?}\n{outcome:#?}");
    }
}

/// The last row alone looks like a gap of one key: it is the end.
#[test]
fn the_last_row_is_the_end_and_not_a_gap() {
    for sessions in [101, 185, 192, 193, 284, 285] {
        for tie in [1, 2, 9, 30] {
            for total in [Total::Exact, Total::Null] {
                let history = History { tie, total, stable_ties: false, ..History::plain(sessions) };
                assert!(proven(&history).requests < 14);
            }
        }
    }
}

/// Short pages in the middle, and no `total_count` to contradict them.
#[test]
fn short_pages_without_a_total_are_not_certified_wrongly() {
    let mut warned = 0;
    for seed in 0..400 {
        let history =
            History { fault: Fault::Cut, fault_percent: 20, total: Total::Null, seed, ..History::plain(640) };
        let outcome = run(&history, &Rules::default());
        assert!(!outcome.is_false(), "{history:?}\n{outcome:#?}");
        warned += usize::from(outcome.is_refused());
    }
    assert!(warned > 0);
}

/// Timestamps coarser than the skew: movers lie as far below the head as the clock is coarse.
#[test]
fn coarse_timestamps_widen_the_sweep() {
    for seed in 0..300 {
        let history = History { grain: 60_000_000, spacing: 240.0, ..History::busy(600, 4, seed) };
        proven(&history);
    }
}

/// A key in the far future must not hide what comes after it.
#[test]
fn a_key_in_the_future_hides_nobody() {
    for seed in 0..300 {
        proven(&History { future: 2, ..History::busy(600, 4, seed) });
    }
}

/// Where all keys are ahead of the clock, it does not tell where movers land.
#[test]
fn a_clock_that_lags_behind_all_keys_is_not_relied_on() {
    let outcome = proven(&History { future: 450, ..History::plain(450) });
    assert_eq!(outcome.report.certificate, Some(Certificate::DoubleCollect));
    for seed in 0..100 {
        assert!(!run(&History { future: 450, ..History::busy(450, 4, seed) }, &Rules::default()).is_false());
    }
}

#[test]
fn a_tie_wider_than_a_page_is_walked_by_its_ids() {
    let wide = History { tie: 200, ..History::plain(900) };
    let outcome = proven(&wide);
    assert_eq!(outcome.report.certificate, Some(Certificate::AnchorChain));
    // Where the order inside the tie changes from read to read, nothing links the pages.
    for seed in 0..50 {
        let shuffled = History { tie: 200, stable_ties: false, seed, ..History::plain(900) };
        assert!(!run(&shuffled, &Rules::default()).is_false());
        // Nor those of the bulk, of which many lie within one tie.
        let nulls = History { tie: 1, nulls: 60, total: Total::Null, in_flight: 8, seed, ..shuffled };
        let outcome = run(&nulls, &Rules::default());
        assert!(outcome.is_refused() && !outcome.is_false(), "{outcome:#?}");
    }
}

/// Keys older than a day: nothing lands among them, and one page closes the head, whatever its ties.
#[test]
fn a_still_list_is_proven_cheaply_whatever_its_ties() {
    for sessions in [150, 151, 400, 900] {
        let young = History { tie: 150, ..History::plain(sessions) };
        let old = History { clock_error: 3 * 86_400_000_000, ..young.clone() };
        for history in [old, young] {
            let outcome = proven(&history);
            assert!(outcome.requests < 80, "{sessions} sessions: {} requests", outcome.requests);
        }
    }
}

#[test]
fn a_tie_that_cannot_be_read_is_the_reason_given() {
    let mut told = 0;
    for seed in 0..20 {
        let history = History { tie: 180, stable_ties: false, seed, ..History::plain(400) };
        let outcome = run(&history, &Rules::default());
        assert!(!outcome.is_false() && outcome.requests < 192, "{history:?}\n{outcome:#?}");
        let tied = outcome.report.warnings.iter().any(|w| w.contains("share one timestamp"));
        assert!(outcome.complete || tied, "{outcome:#?}");
        told += usize::from(tied);
    }
    assert!(told > 0);
}

#[test]
fn an_order_that_no_key_explains_is_read_twice() {
    let outcome = proven(&History { shape: Shape::Nothing, ..History::plain(450) });
    assert_eq!(outcome.report.certificate, Some(Certificate::DoubleCollect));
    for seed in 0..200 {
        assert!(
            !run(&History { shape: Shape::Nothing, ..History::busy(450, 1, seed) }, &Rules::default())
                .is_false()
        );
    }
}

#[test]
fn a_total_above_what_is_there_is_an_error() {
    // The list that the service shows ends at 300; it counts 300 more.
    let outcome = refused(&History { total: Total::TooMany(300), ..History::plain(300) });
    assert!(outcome.error.unwrap().contains("counts 600 sessions"));
}

#[test]
fn sessions_without_an_id_are_yielded_once_and_not_proven() {
    for sessions in [40, 400] {
        let outcome = refused(&History { without_id: 7, ..History::plain(sessions) });
        assert_eq!(outcome.report.yielded, sessions as u64);
        assert!(outcome.report.warnings.iter().any(|w| w.contains("session_id")));
    }
}

#[test]
fn max_items_cuts_short_and_says_so() {
    for (max, requests) in [(0, 0), (1, 1), (100, 1), (150, 2), (500, 6)] {
        let history = History { max_items: Some(max), mode: Consistency::Strict, ..History::plain(1_000) };
        let outcome = run(&History { mode: Consistency::Checked, ..history.clone() }, &Rules::default());
        assert!(outcome.cut_short && outcome.error.is_none() && !outcome.complete, "{outcome:#?}");
        assert_eq!((outcome.report.yielded, outcome.broken), (max, None));
        assert!(outcome.requests <= requests, "{max}: {} requests", outcome.requests);
        assert_eq!(run(&history, &Rules::default()).error, None);
    }
    let all = run(&History { max_items: Some(1_000_000), ..History::plain(1_000) }, &Rules::default());
    assert!(all.complete && !all.cut_short);
}

#[test]
fn an_offset_leaves_out_just_the_first_sessions() {
    for offset in [1, 50, 99, 100, 101, 555, 999, 1_000, 1_001, 5_000] {
        let outcome = proven(&History { offset, ..History::plain(1_000) });
        assert_eq!(outcome.report.yielded, 1_000_u64.saturating_sub(offset), "offset {offset}");
    }
}

#[test]
fn the_report_counts_what_happened() {
    let mut counts = (0, 0, 0);
    for seed in 0..40 {
        let report = proven(&History::busy(2_000, 4, seed)).report;
        assert!(report.order.as_deref().unwrap().contains("last_message_at desc"));
        assert!(report.proven_at > report.started_at && report.effective_limit == 100);
        // One change per request: there cannot have been more.
        assert!(
            report.inserted + report.updated + report.vanished_at_least <= report.requests,
            "seed {seed}: {report:#?}"
        );
        counts.0 += report.inserted;
        counts.1 += report.updated;
        counts.2 += report.vanished_at_least;
    }
    assert!(counts.0 > 100 && counts.1 > 100 && counts.2 > 50, "inserted, updated, vanished: {counts:?}");
}

/// What a user reads when nothing can be proven: what was seen, and what to do.
#[test]
fn messages_say_what_was_seen_and_what_to_do() {
    let strict = History { mode: Consistency::Strict, without_id: 7, ..History::plain(400) };
    let error = run(&strict, &Rules::default()).error.unwrap();
    assert!(
        error.contains("could not be proven")
            && error.contains("session_id")
            && error.contains("\"checked\"")
    );
    let ignored = History { addressing: Addressing::Ignored, ..History::plain(400) };
    let error = run(&ignored, &Rules::default()).error.unwrap();
    assert!(error.starts_with("The listing is incomplete.") && error.contains("ignores `offset`"));
}
