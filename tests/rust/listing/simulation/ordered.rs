//! A list that stands still is handed out in its own order, whatever the bounds and wherever reading began.

use blocks_sessions::core::listing::Consistency;
use blocks_sessions::core::listing::proof::rules::Rules;
use blocks_sessions::core::model::row_facts::CREATED_AT;

use super::history::{Addressing, History, Shape, SortBy, Total};
use super::judge::run;
use super::service::Service;

/// The sessions of the region, in the list's order.
fn expected(history: &History) -> Vec<u32> {
    expected_by(history.key_fields()[0], history)
}

fn expected_by(field: usize, history: &History) -> Vec<u32> {
    let service = Service::new(history);
    let region = service.region();
    let held = |session: &u32| region.holds(service.row(*session).keys[field]);
    let most = usize::try_from(history.max_items.unwrap_or(u64::MAX)).unwrap_or(usize::MAX);
    service.list.iter().copied().filter(held).take(most).collect()
}

/// Bounds at every distance from the head and from each other.
fn bounded(history: &History) -> impl Iterator<Item = History> {
    let whole = history.sessions;
    let untils = [0, 7, 95, 130, 191, 480, 1_100, 1_700, whole - 140, whole - 40, whole - 3];
    let lengths = [1, 30, 99, 100, 350];
    untils.into_iter().filter(move |until| *until < whole).flat_map(move |until| {
        let sinces = lengths.into_iter().map(move |length| Some(until + length)).chain([None]);
        let history = history.clone();
        sinces.filter(move |since| since.is_none_or(|since| since < whole)).map(move |since| History {
            until_rank: Some(until),
            since_rank: since,
            ..history.clone()
        })
    })
}

#[test]
fn what_lies_within_bounds_comes_in_the_order_of_the_list() {
    let plain = History { in_flight: 4, ..History::plain(2_500) };
    let lists = [
        History { in_flight: 1, ..History::plain(300) },
        History { sort_by: SortBy::Created, ..plain.clone() },
        History { shape: Shape::Vendor, ..plain.clone() },
        History { future: 60, in_flight: 16, ..plain.clone() },
        History { ascending: true, ..plain.clone() },
        History { tie: 60, ..plain.clone() },
        History { nulls: 40, null_end: true, ..plain.clone() },
        History { mode: Consistency::Strict, ..plain.clone() },
        History { addressing: Addressing::Pages, ..plain.clone() },
        History { clamp: 40, future: 20, ..plain.clone() },
        History { max_items: Some(150), future: 60, ..plain },
    ];
    for history in lists.iter().flat_map(bounded) {
        let outcome = run(&history, &Rules::default());
        assert!(outcome.complete || outcome.cut_short, "{history:?}\n{outcome:#?}");
        let expected = expected(&history);
        let at = expected.iter().zip(&outcome.sessions).position(|(a, b)| a != b);
        assert_eq!(outcome.sessions.len(), expected.len(), "{history:?}");
        assert_eq!(at, None, "{} requests; {history:?}", outcome.requests);
    }
}

/// PostgreSQL puts nulls first in a descending list unless told otherwise.
#[test]
fn bounds_are_proven_below_sessions_without_a_key() {
    let lists = [(300, 10), (2_500, 1), (2_500, 30), (2_500, 90), (20_000, 30), (20_000, 90)];
    let ways = [(false, 1), (true, 1), (false, 2), (true, 2), (false, 4), (true, 4)];
    for ((sessions, nulls), (nulls_by_creation, in_flight)) in
        lists.into_iter().flat_map(|list| ways.map(|way| (list, way)))
    {
        let plain =
            History { nulls_first: true, nulls, nulls_by_creation, in_flight, ..History::plain(sessions) };
        let service = Service::new(&plain);
        let has_no_key = |session: &&u32| service.row(**session).keys[plain.key_fields()[0]].is_none();
        let first = service.list.iter().take_while(has_no_key).count();
        let keyed = sessions - first;
        let ranks = [
            (None, None),
            (None, Some(keyed / 10)),
            (Some(keyed / 3), None),
            (Some(keyed / 3), Some(keyed / 2)),
            (Some(keyed - 3), None),
        ];
        for (until, since) in ranks {
            let at = |rank: usize| first + rank;
            let history = History { until_rank: until.map(at), since_rank: since.map(at), ..plain.clone() };
            let outcome = run(&history, &Rules::default());
            let expected = expected(&history);
            assert!(outcome.complete, "{history:?}\n{outcome:#?}");
            assert_eq!(outcome.sessions, expected, "{history:?}");
            // Half the pages each time, until the first key is found.
            let search = u64::from((sessions / 50).ilog2()) + if nulls_by_creation { 9 } else { 1 };
            // A list that seemed to be sorted by creation is begun anew.
            let readings = if nulls_by_creation { 2 } else { 1 };
            let least = readings * expected.len().div_ceil(92) as u64;
            assert!(outcome.requests <= least + 6 + search, "{} for {least}: {history:?}", outcome.requests);
        }
    }
}

/// More sessions lie outside than any list is read beyond its end for.
#[test]
fn few_sessions_with_a_key_are_proven_below_thousands_without() {
    for (nulls_by_creation, total) in [(false, Total::Exact), (true, Total::Exact), (false, Total::Null)] {
        let plain =
            History { nulls_first: true, nulls: 98, nulls_by_creation, total, ..History::plain(5_000) };
        let service = Service::new(&plain);
        let has_no_key = |session: &&u32| service.row(**session).keys[plain.key_fields()[0]].is_none();
        let first = service.list.iter().take_while(has_no_key).count();
        for (since, until) in [(4_999, None), (first + 50, None), (first + 50, Some(first + 20))] {
            let bounds = History { since_rank: Some(since), until_rank: until, ..plain.clone() };
            for mode in [Consistency::Checked, Consistency::Strict] {
                for in_flight in [1, 2, 3, 8] {
                    let history = History { mode, in_flight, ..bounds.clone() };
                    let outcome = run(&history, &Rules::default());
                    assert!(outcome.complete, "{history:?}\n{outcome:#?}");
                    assert_eq!(outcome.sessions, expected(&history), "{history:?}");
                }
            }
        }
    }
}

/// Nothing tells where the list ends, and its head looks as if it were sorted by creation.
#[test]
fn bounds_below_sessions_without_a_key_need_no_total() {
    for total in [Total::Null, Total::Capped(1_000), Total::Zero, Total::PageLength] {
        let plain =
            History { nulls_first: true, nulls: 60, nulls_by_creation: true, total, ..History::plain(2_500) };
        let history = History { since_rank: Some(1_700), ..plain };
        let outcome = run(&history, &Rules::default());
        assert_eq!((outcome.complete, outcome.missed), (true, 0), "{history:?}\n{outcome:#?}");
    }
}

/// Their head looks like one that may begin with nulls, but no session has any other key.
#[test]
fn bounds_of_a_list_of_creation_times_alone_cost_a_look_at_its_end() {
    let plain = History { shape: Shape::CreatedOnly, sort_by: SortBy::Created, ..History::plain(2_500) };
    for (since, most) in [(30, 4), (700, 12)] {
        let history = History { since_rank: Some(since), ..plain.clone() };
        let outcome = run(&history, &Rules::default());
        assert_eq!((outcome.complete, &outcome.sessions), (true, &expected(&history)), "{outcome:#?}");
        assert!(outcome.requests <= most, "{} requests", outcome.requests);
    }
}

/// No session has the field by which such a list would be sorted.
#[test]
fn bounds_of_a_list_without_any_key_filter_all_of_it() {
    for (mode, since) in
        [(Consistency::Checked, 5), (Consistency::Checked, 700), (Consistency::Strict, 2_000)]
    {
        let plain = History { shape: Shape::CreatedOnly, mode, in_flight: 4, ..History::plain(2_500) };
        let history = History { since_rank: Some(since), sort_by: SortBy::Activity, ..plain };
        let outcome = run(&history, &Rules::default());
        assert!(outcome.complete, "{history:?}\n{outcome:#?}");
        assert_eq!(outcome.sessions, expected_by(CREATED_AT, &history), "{outcome:#?}");
        // It is read until it is known that there is none, then twice.
        assert!(outcome.requests <= 3 * 28 + 12, "{}", outcome.requests);
    }
}
