//! How a mirror is kept, and which part of the list a run reads: decided from what is known before it, and looked
//! at again after a head. Pure; it knows no file and no clock.

use serde::{Deserialize, Serialize};

use super::state::State;
use super::unfinished::Unfinished;
use crate::core::listing::Consistency;

const HOUR: i64 = 3_600_000_000;

/// What a caller asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    /// The head, and all of it where that is due.
    #[default]
    Auto,
    /// What moved or is new since the last proven run.
    Head,
    /// The whole list.
    Full,
}

impl Mode {
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "auto" => Some(Self::Auto),
            "head" => Some(Self::Head),
            "full" => Some(Self::Full),
            _ => None,
        }
    }
}

/// What becomes of sessions that are gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Vanished {
    /// They stay, with the moment at which that was noticed.
    #[default]
    Mark,
    /// They are removed, with all that the changes say of them.
    Drop,
}

/// How a mirror is kept. Stretches of time are microseconds.
#[derive(Debug, Clone, Copy, Default)]
pub struct SyncOptions {
    pub mode: Mode,
    /// After how long all is read again; `None` for never.
    pub full_every: Option<i64>,
    pub vanished: Vanished,
    /// How long changes are kept; `None` for ever.
    pub keep_changes: Option<i64>,
    /// Rows that are stored in one transaction; `None` for what is quickest.
    pub commit_rows: Option<usize>,
}

/// What a run reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    Full,
    /// Keys from here on, in microseconds since 1970.
    Head(i64),
    /// The sessions that have no key, of which a head shows none.
    Nulls,
}

impl Scope {
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Head(_) | Self::Nulls => "head",
        }
    }
}

/// What is read first. `full_every`: microseconds after which all is read again.
#[must_use]
pub fn first(mode: Mode, state: &State, now: i64, full_every: Option<i64>) -> Scope {
    let Some(bound) = state.bound else { return Scope::Full };
    let due = |every: i64| state.last_full_at.is_none_or(|at| now.saturating_sub(at) >= every);
    match mode {
        Mode::Full => Scope::Full,
        Mode::Auto if full_every.is_some_and(due) => Scope::Full,
        Mode::Auto | Mode::Head => Scope::Head(bound),
    }
}

/// Whether a run that was cut off is gone on with: it reads what is wanted now, all of the list at least where the
/// caller does not insist on the head, and what it read is not too old.
#[must_use]
pub fn goes_on(
    unfinished: &Unfinished,
    wanted: Scope,
    mode: Mode,
    consistency: Consistency,
    now: i64,
) -> bool {
    let young = (0..HOUR).contains(&now.saturating_sub(unfinished.began));
    let fits = unfinished.scope == wanted || unfinished.scope == Scope::Full && mode == Mode::Auto;
    young && fits && unfinished.consistency == consistency
}

/// Whether a head showed that all must be read: the service counts more or fewer sessions beyond those of the
/// copy than it did at the last full run. A count may be capped or missing: only its change tells, and it is
/// believed once an hour at most.
#[must_use]
pub fn is_full_due(mode: Mode, state: &State, now: i64, difference: Option<i64>) -> bool {
    let rested = state.last_full_at.is_none_or(|at| now.saturating_sub(at) >= HOUR);
    let changed = match (state.difference, difference) {
        (Some(then), Some(now)) => then != now,
        _ => false,
    };
    mode == Mode::Auto && rested && changed
}

/// Whether a head has to look at the sessions without a key: the service counts more sessions beyond those of the copy
/// than when they were looked at last. One that was born while another was deleted is left to the next full run.
#[must_use]
pub fn looks_at_nulls(state: &State, difference: Option<i64>) -> bool {
    match (state.counted(), difference) {
        (Some(then), Some(now)) => now > then,
        _ => state.has_nulls,
    }
}

/// Whether an order puts what moves or is new on top: only then does a head show it.
#[must_use]
pub fn is_by_activity(order: Option<&str>) -> bool {
    const ACTIVITY: [&str; 3] = ["last_message_at desc", "updated_at desc", "last_entry_date desc"];
    order.is_some_and(|order| order.split(", ").all(|order| ACTIVITY.contains(&order)))
}

/// Whether what a head shows may still be in the order that the list is known to have.
#[must_use]
pub fn bears_out(known: Option<&str>, shown: Option<&str>) -> bool {
    let Some((known, shown)) = known.zip(shown) else { return true };
    known.split(", ").any(|order| shown.split(", ").any(|shown| shown == order))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::model::row_facts::IdKey;

    fn known() -> State {
        State { bound: Some(7), last_full_at: Some(10), difference: Some(0), ..State::default() }
    }

    #[test]
    fn a_head_needs_a_bound_and_an_order_by_activity() {
        assert_eq!(first(Mode::Head, &State::default(), 0, None), Scope::Full);
        assert_eq!(first(Mode::Head, &known(), 10 * HOUR, Some(1)), Scope::Head(7));
        assert!(is_by_activity(Some("last_message_at desc, updated_at desc")));
        assert!(!is_by_activity(Some("created_at desc")));
        assert!(!is_by_activity(Some("last_message_at desc, created_at desc")));
        assert!(!is_by_activity(Some("last_message_at asc")));
        assert!(!is_by_activity(None));
    }

    #[test]
    fn a_head_in_several_orders_bears_out_the_list_s_own() {
        let known = Some("last_message_at desc");
        assert!(bears_out(known, Some("last_message_at desc, created_at desc")));
        assert!(bears_out(known, None));
        assert!(!bears_out(known, Some("created_at desc")));
    }

    #[test]
    fn auto_reads_all_when_that_is_due() {
        assert_eq!(first(Mode::Auto, &known(), 10 + 5, Some(5)), Scope::Full);
        assert_eq!(first(Mode::Auto, &known(), 10 + 4, Some(5)), Scope::Head(7));
        assert_eq!(first(Mode::Auto, &known(), i64::MAX, None), Scope::Head(7));
        assert_eq!(first(Mode::Full, &known(), 0, None), Scope::Full);
    }

    #[test]
    fn what_was_cut_off_is_gone_on_with_where_it_still_fits() -> Result<(), serde_json::Error> {
        let (scope, checked) = (Scope::Full, Consistency::Checked);
        let (proof, id_key) = (serde_json::from_str("{}")?, IdKey(1, 2));
        let unfinished = Unfinished { run: 1, scope, consistency: checked, began: 10, proof, id_key };
        let goes_on = |wanted, mode, promise, now| super::goes_on(&unfinished, wanted, mode, promise, now);
        assert!(goes_on(Scope::Full, Mode::Full, checked, 10 + HOUR - 1));
        assert!(goes_on(Scope::Head(7), Mode::Auto, checked, 11));
        assert!(!goes_on(Scope::Head(7), Mode::Head, checked, 11));
        assert!(!goes_on(Scope::Full, Mode::Full, checked, 10 + HOUR));
        assert!(!goes_on(Scope::Full, Mode::Full, checked, 9));
        assert!(!goes_on(Scope::Full, Mode::Full, Consistency::Strict, 11));
        Ok(())
    }

    #[test]
    fn a_head_looks_at_sessions_without_a_key_where_the_count_grew() {
        assert!(looks_at_nulls(&known(), Some(1)));
        assert!(!looks_at_nulls(&known(), Some(0)));
        assert!(!looks_at_nulls(&known(), Some(-1)));
        let looked = State { nulls_difference: Some(-1), ..known() };
        assert!(looks_at_nulls(&looked, Some(0)));
        // Without a count there is no telling.
        assert!(!looks_at_nulls(&known(), None));
        assert!(looks_at_nulls(&State { has_nulls: true, ..known() }, None));
        assert!(looks_at_nulls(&State { has_nulls: true, ..State::default() }, Some(0)));
    }

    #[test]
    fn a_changed_count_asks_for_all_once_an_hour() {
        assert!(is_full_due(Mode::Auto, &known(), 10 + HOUR, Some(1)));
        assert!(!is_full_due(Mode::Auto, &known(), 10 + HOUR - 1, Some(1)));
        assert!(!is_full_due(Mode::Auto, &known(), 10 + HOUR, Some(0)));
        assert!(!is_full_due(Mode::Auto, &known(), 10 + HOUR, None));
        assert!(!is_full_due(Mode::Head, &known(), 10 + HOUR, Some(1)));
    }
}
