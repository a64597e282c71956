//! The known name that a mistyped one was most likely meant to be, as the end of a sentence.

use crate::core::model::likeness::nearest;

/// `; did you mean "redact"?`, or the full stop alone where no known name is near.
pub fn hint<'n>(given: &str, known: impl Iterator<Item = &'n str>) -> String {
    nearest(&given.to_lowercase(), known)
        .map_or_else(|| ".".to_owned(), |name| format!("; did you mean {name:?}?"))
}
