//! Which part of a list has to be read for a choice: the caller's own bounds, and what the condition implies of
//! the keys. Some of that rests on the order of a session's own times, which every row that is read bears out, or
//! refutes. Pure: it makes no plan and knows no page.

use super::proof::keys::region::{Limits, Region};
use crate::core::filter::{Bound, Choice, KeyRange};
use crate::core::model::row_facts::{CREATED_AT, KEY_FIELDS, RowFacts};

/// A session's own times as they follow each other, by their places in [`KEY_FIELDS`]: what is created is then
/// spoken to, and then updated. The first of each pair is taken never to come after the second.
const PRECEDES: [(usize, usize); 3] = [(CREATED_AT, MESSAGE), (CREATED_AT, UPDATED), (MESSAGE, UPDATED)];
const MESSAGE: usize = 0;
const UPDATED: usize = 1;

/// The part of the list that a choice asks for, with what its condition says of the list's own key.
pub fn region(choice: &Choice) -> Region {
    let at = |bound: &Option<Bound>| bound.as_ref().map(|bound| bound.at);
    let region = Region::between(at(&choice.since), at(&choice.until));
    Region { implied: ranges(choice).map(own), ..region }
}

/// The same with what follows for a list that is sorted by another of a session's times, if anything does. The
/// clocks that set them may be apart by `skew`.
pub fn shortcut(choice: &Choice, skew: i64) -> Option<Region> {
    let (region, ranges) = (region(choice), ranges(choice));
    let mut shortcut = region;
    for (first, second) in PRECEDES {
        let (earlier, later) = (ranges.get(first)?, ranges.get(second)?);
        let after = Limits { since: earlier.from.map(|at| at.saturating_sub(skew)), ..Limits::NONE };
        let before = Limits { until: later.before.map(|at| at.saturating_add(skew)), ..Limits::NONE };
        for (field, limits) in [(second, after), (first, before)] {
            if let Some(implied) = shortcut.implied.get_mut(field) {
                *implied = implied.and(limits);
            }
        }
    }
    // One that leaves nothing to be read would be borne out by no row.
    let is_empty =
        |limits: &Limits| limits.since.zip(limits.until).is_some_and(|(since, until)| since >= until);
    let bears_out = !shortcut.implied.iter().any(is_empty);
    (shortcut != region && bears_out).then_some(shortcut)
}

/// Whether a session's own times do not follow each other as a shortcut takes them to.
pub fn refutes(row: &RowFacts, skew: i64) -> bool {
    let key = |field: usize| row.keys.get(field).copied().flatten();
    let turned = |(first, second): (usize, usize)| {
        key(first).zip(key(second)).is_some_and(|(first, second)| first > second.saturating_add(skew))
    };
    PRECEDES.into_iter().any(turned)
}

fn ranges(choice: &Choice) -> [KeyRange; KEY_FIELDS.len()] {
    choice.condition.as_ref().map(|condition| condition.implied().keys).unwrap_or_default()
}

/// What a condition on a key says of a list that is sorted by that very key: whoever has none is not taken.
fn own(range: KeyRange) -> Limits {
    let bounded = range.from.is_some() || range.before.is_some();
    Limits { since: range.from, until: range.before, nulls: !bounded }
}
