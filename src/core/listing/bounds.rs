//! Which part of a list a choice asks for: the caller's own bounds, and what the condition implies of the keys.
//! Pure: it makes no plan and knows no page.

use super::proof::keys::region::{Limits, Region};
use crate::core::filter::{Choice, KeyRange};

/// The part of the list that has to be read for a choice.
pub fn region(choice: &Choice) -> Region {
    let at = |bound: &Option<crate::core::filter::Bound>| bound.as_ref().map(|bound| bound.at);
    let region = Region::between(at(&choice.since), at(&choice.until));
    let Some(condition) = &choice.condition else { return region };
    Region { implied: condition.implied().keys.map(own), ..region }
}

/// What a condition on a key says of a list that is sorted by that very key: whoever has none is not taken.
fn own(range: KeyRange) -> Limits {
    let bounded = range.from.is_some() || range.before.is_some();
    Limits { since: range.from, until: range.before, nulls: !bounded }
}
