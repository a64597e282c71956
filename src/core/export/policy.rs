//! When to commit: often enough that a crash loses little, seldom enough that it costs little. Pure.

use std::time::{Duration, Instant};

use super::format::Format;
use super::sinks::GROUP_ROWS;

/// The most rows that a page adds at once.
const PAGE: u64 = 100;

/// The bounds of one commit.
#[derive(Debug, Clone, Copy)]
pub struct Policy {
    rows: u64,
    bytes: u64,
    after: Duration,
}

/// What came since the last commit.
#[derive(Debug, Clone, Copy)]
pub struct Uncommitted {
    pub rows: u64,
    /// Of the JSON that was sent.
    pub bytes: u64,
    /// When the last commit was.
    since: Instant,
}

impl Policy {
    pub fn of(format: Format) -> Self {
        match format {
            // A row group is full before the next page would make it too large.
            Format::Parquet => {
                Self { rows: GROUP_ROWS - PAGE + 1, bytes: 64 << 20, after: Duration::from_secs(30) }
            }
            _ => Self { rows: u64::MAX, bytes: 4 << 20, after: Duration::from_secs(5) },
        }
    }

    /// As it is, but after so many rows at the latest.
    #[must_use]
    pub fn at_most(self, rows: Option<u64>) -> Self {
        Self { rows: rows.map_or(self.rows, |rows| rows.min(self.rows)), ..self }
    }

    /// For whoever reads along.
    pub fn of_stream() -> Self {
        Self { rows: u64::MAX, bytes: 256 << 10, after: Duration::from_millis(100) }
    }

    /// How long until it is time to commit.
    pub fn wait(self, uncommitted: &Uncommitted, now: Instant) -> Duration {
        if uncommitted.rows >= self.rows || uncommitted.bytes >= self.bytes {
            return Duration::ZERO;
        }
        self.after.saturating_sub(now.saturating_duration_since(uncommitted.since))
    }
}

impl Uncommitted {
    pub fn since(now: Instant) -> Self {
        Self { rows: 0, bytes: 0, since: now }
    }
}
