//! Histories that were proven falsely, or had no end, before what they showed was mended.

use blocks_sessions::core::listing::proof::rules::Rules;

use super::history::History;
use super::judge::run;
use super::tally::fault_of;

/// Rows that wait for a decision were read as well: no id names two sessions there.
#[test]
fn what_waits_for_a_decision_is_not_taken_for_a_second_session() {
    for seed in [203_000, 416_320, 428_160] {
        let history = History::random(seed);
        let outcome = run(&history, &Rules::default());
        assert_eq!(fault_of(&history, &outcome), None, "{history:?}\n{outcome:#?}");
        let told =
            outcome.report.warnings.iter().chain(&outcome.error).any(|said| said.contains("comes twice"));
        assert!(!told, "{history:?}\n{outcome:#?}");
    }
}

#[test]
fn what_failed_once_does_not_fail_again() {
    for (seed, what) in [
        (534_845, "a calibration that was being repeated when the process died was taken for good"),
        (667_227, "a page that had grown to the service's limit hid the end of the list"),
        (796_325, "its last session had moved up meanwhile, and others lay below it"),
        (638_601, "an ascending list that outgrew the limit seemed to end with newcomers"),
        (699_318, "a field that was the same in all that was read was the key"),
        (972_179, "without ids and with an ignored offset the same page was read for ever"),
        (10_160, "rows that waited for a decision counted as at hand"),
        (124_809, "two pages of a shuffled tie were linked by the one session that both had"),
        (
            539_635,
            "sessions without a key were judged by their creation as the pages at hand were too many to wait with",
        ),
        (
            827_320,
            "those without a key, by creation, and the others, which lay in that order too, were not read between",
        ),
        (517_305, "in a list that no order explained, a field of which nobody was told decided"),
        (58_084, "a list that grew as fast as it was read was read a second time for ever"),
    ] {
        let history = History::random(seed);
        let outcome = run(&history, &Rules::default());
        assert_eq!(fault_of(&history, &outcome), None, "{what}: {history:?}\n{outcome:#?}");
    }
}
