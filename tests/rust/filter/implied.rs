//! What a condition says of the keys of a list: never more than is true of every session that it takes.

use blocks_sessions::core::filter::{Condition, KeyRange};
use blocks_sessions::core::json::Document;
use bytes::Bytes;
use proptest::prelude::*;

use super::{NOW, condition};

const DAY: i64 = 86_400_000_000;
/// 2026-01-24T00:00:00Z.
const X: i64 = NOW - 7 * DAY - DAY / 2;

/// The ranges of last_message_at, updated_at, created_at.
fn implied(text: &str) -> [(Option<i64>, Option<i64>); 3] {
    let keys = condition(text).implied().keys;
    [keys[0], keys[1], keys[2]].map(|range: KeyRange| (range.from, range.before))
}

#[test]
fn conjuncts_bound_and_alternatives_widen() {
    let nothing = (None, None);
    for (text, last_message, created) in [
        ("last_message_at >= '2026-01-24'", (Some(X), None), nothing),
        ("'2026-01-24' <= last_message_at and status = 'x'", (Some(X), None), nothing),
        ("last_message_at > '2026-01-24'", (Some(X + 1), None), nothing),
        ("created_at <= '2026-01-24'", nothing, (None, Some(X + 1))),
        ("created_at = '2026-01-24'", nothing, (Some(X), Some(X + 1))),
        ("created_at between '2026-01-24' and '2026-01-25'", nothing, (Some(X), Some(X + DAY + 1))),
        ("created_at in ('2026-01-24', '2026-01-25')", nothing, (Some(X), Some(X + DAY + 1))),
        ("not (created_at < '2026-01-24')", nothing, (Some(X), None)),
        ("not (created_at < '2026-01-24' or rating = 5)", nothing, (Some(X), None)),
        ("not (created_at < '2026-01-24' and rating = 5)", nothing, nothing),
        ("created_at not between '2026-01-24' and '2026-01-25'", nothing, nothing),
        ("created_at >= '2026-01-24' or created_at >= '2026-01-25'", nothing, (Some(X), None)),
        ("created_at >= '2026-01-24' or rating = 5", nothing, nothing),
        ("created_at >= '2026-01-24' and created_at >= '2026-01-25'", nothing, (Some(X + DAY), None)),
        ("last_message_at >= now() - interval '7 days'", (Some(NOW - 7 * DAY), None), nothing),
        ("created_at != '2026-01-24'", nothing, nothing),
        ("created_at > closed_at", nothing, nothing),
        ("metadata.created_at >= now()", nothing, nothing),
        ("created_at + interval '1 day' >= '2026-01-24'", nothing, nothing),
        ("(created_at >= '2026-01-24') is true", nothing, (Some(X), None)),
        ("(created_at >= '2026-01-24') is not true", nothing, nothing),
    ] {
        assert_eq!(implied(text), [last_message, nothing, created], "{text}");
    }
}

fn leaf() -> impl Strategy<Value = String> {
    let field = prop::sample::select(vec!["last_message_at", "created_at", "updated_at", "rating"]);
    let op = prop::sample::select(vec!["=", "!=", "<", "<=", ">", ">="]);
    (field, op, 1..6_u8, 1..6_u8, 0..4_u8).prop_map(|(field, op, first, second, form)| {
        let value = |day: u8| if field == "rating" { day.to_string() } else { format!("'2026-01-0{day}'") };
        match form {
            0 => format!("{field} {op} {}", value(first)),
            1 => format!("{} {op} {field}", value(first)),
            2 => format!("{field} between {} and {}", value(first), value(second)),
            _ => format!("{field} in ({}, {})", value(first), value(second)),
        }
    })
}

fn tree() -> impl Strategy<Value = String> {
    leaf().prop_recursive(4, 24, 3, |inner| {
        prop_oneof![
            (inner.clone(), inner.clone()).prop_map(|(left, right)| format!("({left}) and ({right})")),
            (inner.clone(), inner.clone()).prop_map(|(left, right)| format!("({left}) or ({right})")),
            inner.clone().prop_map(|inner| format!("not ({inner})")),
            inner.prop_map(|inner| format!("({inner}) is true")),
        ]
    })
}

fn moment() -> impl Strategy<Value = Option<u8>> {
    prop::option::weighted(0.8, 1..6_u8)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn every_session_that_is_taken_lies_within(text in tree(), rows in prop::collection::vec([moment(), moment(), moment(), moment()], 1..40)) {
        let condition = Condition::parse(&text, NOW).unwrap();
        prop_assert_eq!(&Condition::parse(&condition.to_string(), NOW).unwrap(), &condition);
        let ranges = condition.implied().keys;
        for row in rows {
            let time = |day: Option<u8>| day.map_or("null".to_owned(), |day| format!("\"2026-01-0{day}\""));
            let rating = row[3].map_or("null".to_owned(), |rating| rating.to_string());
            let session = format!(
                r#"{{"last_message_at": {}, "updated_at": {}, "created_at": {}, "rating": {rating}}}"#,
                time(row[0]), time(row[1]), time(row[2]),
            );
            let document = Document::parse(Bytes::from(session)).unwrap();
            if condition.taken(std::iter::once(document.root())) != [true] {
                continue;
            }
            for (day, range) in row.iter().zip(ranges) {
                // 2026-01-01T00:00:00Z, and so many days after it.
                let key = day.map(|day| NOW - 30 * DAY - DAY / 2 + (i64::from(day) - 1) * DAY);
                let bounded = range.from.is_some() || range.before.is_some();
                prop_assert!(key.is_some() || !bounded, "{}: a null key", text);
                let Some(key) = key else { continue };
                prop_assert!(range.from.is_none_or(|from| from <= key), "{}", text);
                prop_assert!(range.before.is_none_or(|before| key < before), "{}", text);
            }
        }
    }
}
