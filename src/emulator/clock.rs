//! The server's clock: the machine's, or one that was set to another moment and runs on from there.
//! It stamps changes and dates answers; it knows neither.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Moments are microseconds since 1970.
pub(super) struct Clock {
    /// How far it is ahead of the machine's clock.
    ahead: AtomicI64,
}

impl Clock {
    pub(super) fn new(now: Option<i64>) -> Self {
        let clock = Self { ahead: AtomicI64::new(0) };
        if let Some(now) = now {
            clock.set(now);
        }
        clock
    }

    pub(super) fn set(&self, now: i64) {
        self.ahead.store(now.saturating_sub(machine()), Ordering::Relaxed);
    }

    pub(super) fn now(&self) -> i64 {
        machine().saturating_add(self.ahead.load(Ordering::Relaxed))
    }

    /// The same for the date of an answer; `None` where it is the machine's own, which the server adds anyway.
    pub(super) fn date(&self) -> Option<SystemTime> {
        (self.ahead.load(Ordering::Relaxed) != 0).then(|| self.system_time())
    }

    pub(super) fn system_time(&self) -> SystemTime {
        let since = Duration::from_micros(u64::try_from(self.now()).unwrap_or_default());
        UNIX_EPOCH.checked_add(since).unwrap_or(UNIX_EPOCH)
    }
}

fn machine() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_micros()).unwrap_or(i64::MAX)
}
