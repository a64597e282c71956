//! Bounds where more than one field may be the list's key.

use blocks_sessions::core::listing::proof::rules::Rules;

use super::history::{History, Shape, SortBy};
use super::judge::{Outcome, run};
use super::tally::fault_of;

/// A list that two keys explain, an hour apart, with bounds in its middle.
fn trailing(sort_by: SortBy, since: Option<usize>, until: Option<usize>, seed: u64) -> History {
    History {
        shape: Shape::Trailing,
        sort_by,
        since_rank: since,
        until_rank: until,
        touches: 0,
        deletes: 0,
        ..History::busy(500, 1, seed)
    }
}

fn each() -> impl Iterator<Item = History> {
    let bounds = [(Some(150), None), (None, Some(150)), (Some(350), Some(150)), (Some(30), None)];
    let of = |sort_by| move |(since, until)| (0..10).map(move |seed| trailing(sort_by, since, until, seed));
    [SortBy::Activity, SortBy::Created]
        .into_iter()
        .flat_map(move |sort_by| bounds.into_iter().flat_map(of(sort_by)))
}

/// Another field puts the oldest session within the bounds: what was read does not show it.
fn fails(rules: &Rules) -> usize {
    let histories = each().map(|history| History { stray: true, churn: 0.0, ..history });
    histories.filter(|history| fault_of(history, &run(history, rules)).is_some()).count()
}

#[test]
fn a_bound_on_which_two_keys_disagree_is_asked_of_the_whole_list() {
    let mut told = 0;
    for history in each() {
        let Outcome { complete, report, missed, .. } = run(&history, &Rules::default());
        assert!(complete && missed == 0, "{history:?}\n{report:#?}");
        let region = report.region.unwrap();
        let [activity, created] = ["last_message_at", "created_at"].map(|field| region.contains(field));
        assert!(activity != created, "{region}");
        let widened = report.warnings.iter().any(|w| w.contains("sorted by more than one key"));
        // What is born on the way may tell.
        assert!(widened || !report.order.unwrap().contains(", "), "{:?}", report.warnings);
        told += usize::from(widened);
    }
    assert!(told > 30, "{told}");
    // So is one of a list that is a single page.
    let short = History { sessions: 6, until_rank: Some(4), ..trailing(SortBy::Created, None, None, 1) };
    let outcome = run(&short, &Rules::default());
    assert!(outcome.complete && fault_of(&short, &outcome).is_none(), "{outcome:#?}");
    assert!(!outcome.report.region.unwrap().contains("created_at"));
    assert!(fails(&Rules { widen: false, ..Rules::default() }) > 0, "nothing is lost without the rule");
    assert_eq!(fails(&Rules::default()), 0);
}

/// Fields that say the same of all sessions that were read: the report names both, and costs nothing.
#[test]
fn a_bound_on_which_two_keys_agree_names_both() {
    for seed in 0..20 {
        let history = History { since_rank: Some(150), ..History::busy(500, 1, seed) };
        let outcome = run(&history, &Rules::default());
        assert!(outcome.complete && outcome.requests <= 6, "{outcome:#?}");
        let region = outcome.report.region.unwrap();
        assert!(region.starts_with("last_message_at >= ") && region.contains("updated_at >= "), "{region}");
    }
    // Sessions that were all born a moment ago show one moment in two fields; the list is sorted by one of them.
    let history = History::random(264_781);
    let outcome = run(&history, &Rules::default());
    assert_eq!(fault_of(&history, &outcome), None, "{outcome:#?}");
    assert!(outcome.report.region.unwrap().contains("last_entry_date"));
}
