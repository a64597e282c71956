//! Choosing: what conditions take, how they fail, print and are kept, and what they imply.

mod absent;
mod conditions;
mod faults;
mod fields;
mod implied;
mod kept;

use blocks_sessions::core::filter::Condition;
use blocks_sessions::core::json::Document;
use bytes::Bytes;

/// The moment that `now()` stands for in these tests: 2026-01-31T12:00:00Z.
const NOW: i64 = 1_769_860_800_000_000;

fn condition(text: &str) -> Condition {
    Condition::parse(text, NOW).unwrap_or_else(|faults| panic!("{text}: {faults:?}"))
}

/// Whether a condition takes a session.
fn takes(text: &str, session: &str) -> bool {
    let document = Document::parse(Bytes::copy_from_slice(session.as_bytes())).unwrap();
    condition(text).taken(std::iter::once(document.root())) == [true]
}
