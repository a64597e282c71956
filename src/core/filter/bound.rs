//! `since=` and `until=`: moments as callers name them, resolved once by the clock that the caller reads.
//! It knows no order and no list.

use super::interval::Interval;
use super::sql::Fault;
use crate::core::model::time::{format_timestamp, parse_timestamp};

/// A moment as a caller names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Moment {
    /// Microseconds since 1970.
    At(i64),
    /// So many microseconds before now.
    Ago(i64),
    /// A wall clock's time, of no zone.
    Naive,
    /// A time (`2026-01-31`, ISO 8601), or how long ago (`7d`, `36h`, `90m`).
    Text(String),
}

/// A moment that was resolved, and how it was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bound {
    /// Microseconds since 1970.
    pub at: i64,
    /// What was asked for, in one form for every way to ask for it: another call that asks for the same may
    /// mean another moment.
    pub given: String,
}

impl Bound {
    /// # Errors
    /// When a text is neither a time nor a stretch of time, or the moment is beyond all years.
    pub fn resolve(moment: &Moment, now: i64) -> Result<Self, Fault> {
        match moment {
            Moment::At(at) => Ok(Self::at(*at)),
            Moment::Ago(micros) => Self::ago(Interval { micros: *micros, ..Interval::default() }, now),
            Moment::Naive => Err(Fault::new(0, "a datetime without a time zone is no moment")
                .hint("give it one, as in datetime.now(timezone.utc)")),
            Moment::Text(text) => match parse_timestamp(text.trim()) {
                Some(time) => Ok(Self::at(time.micros)),
                None => Self::ago(Interval::parse(text, None).ok_or_else(unreadable)?, now),
            },
        }
    }

    fn at(at: i64) -> Self {
        Self { at, given: format_timestamp(at) }
    }

    fn ago(interval: Interval, now: i64) -> Result<Self, Fault> {
        if interval.length() < 0 {
            return Err(Fault::new(0, "a stretch of time before now must not be negative"));
        }
        let at = interval.negated().and_then(|back| back.after(now));
        let at = at.ok_or_else(|| Fault::new(0, "this moment is beyond all years"))?;
        Ok(Self { at, given: format!("{interval} before now") })
    }
}

fn unreadable() -> Fault {
    Fault::new(0, "this text is no moment")
        .hint("write it as '2026-01-31', '2026-01-31T08:00:00Z', or how long ago, as in '7d', '36h' or '90m'")
}
