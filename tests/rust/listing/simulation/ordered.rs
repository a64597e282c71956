//! A list that stands still is handed out in its own order, whatever the bounds and wherever reading began.

use blocks_sessions::core::listing::Consistency;
use blocks_sessions::core::listing::proof::rules::Rules;

use super::history::{Addressing, History, Shape, SortBy};
use super::judge::run;
use super::service::Service;

/// The sessions of the region, in the list's order.
fn expected(history: &History) -> Vec<u32> {
    let service = Service::new(history);
    let (region, field) = (service.region(), history.key_fields()[0]);
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
