//! What one run leaves for the next, kept in the file itself. Times are microseconds since 1970.

use serde::{Deserialize, Serialize};

use super::mode::Scope;

/// By so much a service's clock may be behind when it stamps what moves.
const SKEW: i64 = 5_000_000;
/// How coarse a service's clock may be, coarsest first: a day, an hour, a minute, a second, a millisecond.
const UNITS: [i64; 6] = [86_400_000_000, 3_600_000_000, 60_000_000, 1_000_000, 1_000, 1];

/// What the next run must know.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct State {
    /// Whatever moves or is born after the last proven run began has a key of at least this.
    pub bound: Option<i64>,
    /// The order that the list is known to have.
    pub order: Option<String>,
    /// Some sessions have no key, and stand at the list's other end: a head looks there too.
    pub has_nulls: bool,
    /// When the last complete full run began.
    pub last_full_at: Option<i64>,
    /// What the last complete run is proven for.
    pub proven_at: Option<i64>,
    /// What the last complete full run is proven for.
    pub deletions_proven_at: Option<i64>,
    /// By how much the service's count was above that of the copy after the last full run.
    pub difference: Option<i64>,
    /// The same when the sessions without a key were looked at last, or less since.
    pub nulls_difference: Option<i64>,
    /// Changes up to this number were removed.
    pub pruned_through: i64,
}

impl State {
    /// By how much the service's count was above that of the copy when nothing was known to be new.
    #[must_use]
    pub fn counted(&self) -> Option<i64> {
        self.nulls_difference.or(self.difference)
    }

    /// What a complete run says of the count.
    pub fn note_difference(&mut self, scope: Scope, difference: Option<i64>) {
        match scope {
            Scope::Full => (self.difference, self.nulls_difference) = (difference, difference),
            Scope::Nulls => self.nulls_difference = difference,
            // Others are gone: what is born without a key from now on makes it more again.
            Scope::Head(_) => {
                self.nulls_difference = self.counted().zip(difference).map(|(then, now)| then.min(now));
            }
        }
    }
}

/// The bound that a proven run leaves, by the top key of the list when it began.
#[must_use]
pub fn bound_below(top: i64) -> i64 {
    let granularity = UNITS.into_iter().find(|unit| top % unit == 0).unwrap_or(1);
    top.saturating_sub(SKEW).saturating_sub(granularity)
}

#[cfg(test)]
mod tests {
    use super::bound_below;

    #[test]
    fn the_bound_lies_below_the_top_by_the_skew_and_the_clock_s_grain() {
        assert_eq!(bound_below(1_768_206_600_123_457), 1_768_206_600_123_457 - 5_000_000 - 1);
        assert_eq!(bound_below(1_768_206_601_000_000), 1_768_206_601_000_000 - 5_000_000 - 1_000_000);
        assert_eq!(bound_below(1_768_176_000_000_000), 1_768_176_000_000_000 - 5_000_000 - 86_400_000_000);
    }
}
