//! The smaller rules, by name: offsets near the end, ids that name two sessions, orders that both fit, keys that
//! go back, and sessions that are handed out again.

use std::collections::HashMap;

use blocks_sessions::core::listing::Consistency;
use blocks_sessions::core::listing::plan::{Plan, Step};
use blocks_sessions::core::listing::proof::rules::Rules;
use blocks_sessions::core::listing::proof::{ProofOptions, ProvingPlan};

use super::history::{Addressing, Fault, History, Shape, SortBy, Total};
use super::judge::{Outcome, run};
use super::service::Service;
use super::tally::fault_of;

fn plain(history: &History) -> Outcome {
    run(history, &Rules::default())
}

#[test]
fn an_offset_near_the_end_costs_at_most_three_requests() {
    for sessions in [40, 100, 150, 192, 1_000] {
        for mode in [Consistency::Checked, Consistency::Strict] {
            for back in [1, 2, 9, 15, 16, 50, 99] {
                for total in [Total::Exact, Total::Null] {
                    let Some(offset) = u64::try_from(sessions - back).ok().filter(|offset| *offset > 0)
                    else {
                        continue;
                    };
                    let history =
                        History { mode, total, offset, ..History::plain(usize::try_from(sessions).unwrap()) };
                    let outcome = plain(&history);
                    assert!(outcome.complete && outcome.missed == 0, "{history:?}\n{outcome:#?}");
                    assert!(outcome.requests <= 3, "{history:?}: {} requests", outcome.requests);
                    assert_eq!(outcome.report.yielded, u64::try_from(back).unwrap());
                }
            }
        }
    }
}

#[test]
fn so_does_one_behind_it() {
    for behind in [0, 1, 8, 60, 5_000, 1 << 40] {
        let history = History { offset: 1_000 + behind, ..History::plain(1_000) };
        let outcome = plain(&history);
        assert!(outcome.complete && outcome.report.yielded == 0, "{history:?}\n{outcome:#?}");
        assert!(outcome.requests <= 3, "{behind} behind: {} requests", outcome.requests);
    }
}

/// What counts pages, rounds or ignores offsets, clamps the limit or cuts its pages is read as usual.
#[test]
fn a_look_behind_an_offset_is_not_fooled() {
    for seed in 0..1_500 {
        let addressing = [Addressing::Sessions, Addressing::Pages, Addressing::Floored, Addressing::Ignored]
            [seed as usize % 4];
        let total = [Total::Exact, Total::Null, Total::PageLength, Total::Capped(200), Total::Stale(3)]
            [seed as usize % 5];
        let fault = [Fault::None, Fault::Cut, Fault::Empty][seed as usize % 3];
        let history = History {
            addressing,
            total,
            fault,
            fault_percent: 20,
            clamp: [100, 30, 70][seed as usize / 3 % 3],
            offset: 1 + seed * 7 % 330,
            deletes: 0,
            ..History::busy(300, 1, seed)
        };
        let outcome = plain(&history);
        assert_eq!(fault_of(&history, &outcome), None, "{history:?}\n{outcome:#?}");
    }
}

/// Where stamps are coarse, those in front of an offset have the newest key as well.
#[test]
fn sessions_that_may_stand_in_front_of_an_offset_are_told_of() {
    let mut told = 0;
    for (tie, offset) in [(1, 500), (30, 250), (180, 41), (180, 120), (180, 500), (5_000, 90), (5_000, 1_250)]
    {
        for seed in 0..10 {
            let history = History { seed, tie, offset, ..History::plain(2_500) };
            let outcome = plain(&history);
            let list = Service::new(&history).list;
            let front = &list[..offset as usize];
            let extra = outcome.sessions.iter().filter(|session| front.contains(session)).count();
            let sentence = format!("{extra} of the sessions may stand in front of the offset");
            let warned = outcome.report.warnings.iter().any(|warning| warning.contains(&sentence));
            assert_eq!((outcome.missed, warned), (0, extra > 0), "{extra}: {history:?}\n{outcome:#?}");
            told += usize::from(warned);
        }
    }
    assert!((10..40).contains(&told), "{told}");
}

/// Until it is known what an offset means, nothing that may be in front of it is handed out.
#[test]
fn a_service_that_rounds_offsets_shows_nothing_in_front_of_them() {
    for offset in [201, 250, 299, 350] {
        let history = History { addressing: Addressing::Floored, offset, ..History::plain(300) };
        let outcome = plain(&history);
        assert_eq!(outcome.report.yielded, 300_u64.saturating_sub(offset), "{outcome:#?}");
        let ignored = plain(&History { addressing: Addressing::Ignored, ..history });
        assert!(ignored.error.is_some());
    }
}

#[test]
fn an_offset_s_first_page_alone_proves_nothing() {
    let without = Rules { tail_proof: false, ..Rules::default() };
    let cut = |seed| History {
        fault: Fault::Cut,
        fault_percent: 30,
        total: Total::Null,
        offset: 150,
        seed,
        ..History::plain(400)
    };
    let fails = |seed| fault_of(&cut(seed), &run(&cut(seed), &without)).is_some();
    assert!((0..200).any(fails));
    assert!((0..200).all(|seed| fault_of(&cut(seed), &plain(&cut(seed))).is_none()));
}

/// 250 rows, a total of 250, and 249 ids: on a list that stands still, one of them names two.
#[test]
fn an_id_that_names_two_sessions_is_told_and_proves_nothing() {
    for (twin, shape, says) in [
        (200, Shape::Page, "one comes twice"),
        (200, Shape::Nothing, "The same session_id comes twice"),
        (50, Shape::Page, "the same session twice in one answer"),
    ] {
        let history = History { twin: Some(twin), shape, ..History::plain(250) };
        let outcome = plain(&history);
        assert!(!outcome.complete && outcome.error.is_none(), "{outcome:#?}");
        assert!(outcome.report.warnings.iter().any(|w| w.contains(says)), "{:?}", outcome.report.warnings);
        let strict = plain(&History { mode: Consistency::Strict, ..history });
        assert!(strict.error.is_some_and(|error| error.contains(says)));
    }
}

/// A key that falls while another one rises: nothing tells at which end sessions land.
#[test]
fn where_two_orders_fit_each_is_proven() {
    for (sort_by, ascending) in [(SortBy::Activity, false), (SortBy::Created, true)] {
        let still = History { shape: Shape::Turned, sort_by, ascending, ..History::plain(450) };
        let outcome = plain(&still);
        assert!(outcome.complete && outcome.requests <= 12, "{outcome:#?}");
    }
    let inserts = |seed| History {
        shape: Shape::Turned,
        sort_by: SortBy::Created,
        ascending: true,
        touches: 0,
        deletes: 0,
        churn: 0.3,
        ..History::busy(450, 1, seed)
    };
    let one = Rules { all_orders: false, ..Rules::default() };
    assert!((0..200).any(|seed| fault_of(&inserts(seed), &run(&inserts(seed), &one)).is_some()));
    for seed in 0..200 {
        assert_eq!(fault_of(&inserts(seed), &plain(&inserts(seed))), None, "seed {seed}");
    }
}

/// A climb rests on keys that do not go back: one that is seen to do so refutes it.
#[test]
fn a_key_that_went_back_refutes_the_climb() {
    let back = |seed| History { set_back: 30, ..History::rushing(1_500, 20.0, 0.05, seed) };
    let told = (0..20).filter(|seed| {
        let outcome = plain(&back(*seed));
        let told = outcome.report.warnings.iter().any(|w| w.contains("an earlier key than before"));
        assert!(!told || !outcome.complete);
        told
    });
    assert!(told.count() > 10);
    let forward = |seed| plain(&History { set_back: 0, ..back(seed) });
    assert!((0..20).all(|seed| forward(seed).complete));
}

/// Reads a moving list; for each session the latest key that was served, and the one handed out last.
fn versions(history: &History, again: bool) -> HashMap<u32, (i64, i64)> {
    let mut service = Service::new(history);
    let options = ProofOptions { again, ..ProofOptions::default() };
    let mut plan = ProvingPlan::with_rules(options, Rules::default());
    let mut open: HashMap<u64, Vec<(u32, i64)>> = HashMap::new();
    let mut versions: HashMap<u32, (i64, i64)> = HashMap::new();
    loop {
        match plan.step(open.is_empty()).unwrap() {
            Step::Ask(ask) => {
                service.pass_time();
                let facts = service.serve(ask.offset, ask.limit);
                let key = |session: &u32| (*session, service.row(*session).keys[0].unwrap());
                let rows: Vec<(u32, i64)> = service.last_rows().iter().map(key).collect();
                for (session, key) in &rows {
                    let served = versions.entry(*session).or_insert((*key, i64::MIN));
                    served.0 = served.0.max(*key);
                }
                open.insert(ask.ticket, rows);
                plan.answer(ask.ticket, &facts);
            }
            Step::Yield(batch) => {
                for row in &batch.rows {
                    let (session, key) = open[&batch.ticket][*row as usize];
                    let handed = &mut versions.get_mut(&session).unwrap().1;
                    assert!(*handed == i64::MIN || (again && key > *handed), "handed out twice");
                    *handed = key;
                }
            }
            Step::Release(ticket) => drop(open.remove(&ticket)),
            Step::Wait => panic!("waits for nothing"),
            Step::Done => break,
        }
    }
    assert!(plan.report().complete, "{:#?}", plan.report());
    versions
}

#[test]
fn sessions_that_are_seen_again_with_a_later_key_are_handed_out_again() {
    let mut older = 0;
    for seed in 0..30 {
        for history in [History::busy(600, 1, seed), History::rushing(900, 8.0, 0.1, seed)] {
            let stale = |versions: HashMap<u32, (i64, i64)>| {
                versions.values().filter(|(served, handed)| served > handed).count()
            };
            assert_eq!(stale(versions(&history, true)), 0, "{history:?}");
            older += stale(versions(&history, false));
        }
    }
    assert!(older > 100, "{older} versions are older than what was seen");
}

/// Neither keys nor totals tell what was born: what lies behind the end that was met first was.
#[test]
fn a_list_of_one_key_that_grows_as_fast_as_it_is_read_is_left_alone() {
    for (churn, stable_ties) in [(60.0, true), (80.0, true), (80.0, false), (150.0, true)] {
        for shape in [Shape::Page, Shape::Nothing] {
            let history = History {
                total: Total::Null,
                tie: 100_000,
                spacing: 0.001,
                grain: 86_400_000_000,
                inserts: 1,
                touches: 0,
                deletes: 0,
                churn,
                stable_ties,
                shape,
                ..History::plain(500)
            };
            let outcome = plain(&history);
            assert!(!outcome.complete && outcome.requests < 1_000, "{history:?}\n{outcome:#?}");
            assert_eq!(fault_of(&history, &outcome), None, "{history:?}");
        }
    }
}

/// A list of one page that shrinks, grows at its end, or shows little of how the service counts.
#[test]
fn a_list_of_one_page_that_moves_is_proven() {
    let seeds = [10_245, 14_837, 22_276, 30_476, 54_733, 64_214, 65_936, 76_988, 1_123];
    for history in seeds.map(History::random) {
        let outcome = plain(&history);
        assert!(outcome.complete && outcome.missed == 0, "{history:?}\n{outcome:#?}");
    }
    for seed in 0..300 {
        let mode = [Consistency::Checked, Consistency::Strict][seed as usize % 2];
        let addressing = [Addressing::Sessions, Addressing::Pages, Addressing::Floored][seed as usize % 3];
        let shrinking = History { mode, addressing, inserts: 0, touches: 0, ..History::busy(90, 1, seed) };
        let growing = History { ascending: true, inserts: 1, touches: 0, deletes: 0, ..shrinking.clone() };
        for history in [shrinking.clone(), growing] {
            let history = History { sessions: 50, total: Total::Null, ..history };
            let outcome = plain(&history);
            assert!(outcome.complete && outcome.missed == 0, "{history:?}\n{outcome:#?}");
        }
        let outcome = plain(&History { churn: 3.0, ..shrinking });
        assert!(outcome.complete && outcome.missed == 0, "{seed}\n{outcome:#?}");
    }
}

/// Past a bound the end of the list is looked for once, though the last sessions share a key.
#[test]
fn the_end_of_a_list_behind_a_bound_is_found_once() {
    for seed in [34_769, 41_391, 84_554, 95_262] {
        let history = History::random(seed);
        let outcome = plain(&history);
        assert!(outcome.complete && outcome.requests < 40, "{history:?}\n{outcome:#?}");
    }
}

/// Small pages of a list that moves by a third of a page between two readings.
#[test]
fn small_pages_that_move_fast_are_calibrated() {
    for seed in 0..60 {
        let history = History { clamp: 31, ..History::rushing(299, 10.0, 1.0, seed) };
        let outcome = plain(&history);
        assert!(outcome.complete && outcome.missed == 0, "{history:?}\n{outcome:#?}");
        assert_eq!(outcome.report.effective_limit, 31);
        let ignored = plain(&History { addressing: Addressing::Ignored, ..history });
        assert!(ignored.error.is_some_and(|error| error.contains("offset")));
    }
}
