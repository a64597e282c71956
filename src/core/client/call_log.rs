//! The lines that a call writes into the log. Whatever they quote is free of secrets already, and
//! where nobody listens they cost nothing.

use std::time::Duration;

use log::{debug, warn};
use tokio::time::Instant;

use crate::core::LOG;

/// What every line about a request begins with.
#[derive(Clone, Copy)]
pub struct Line<'c> {
    pub path: &'c str,
    pub offset: i64,
}

impl Line<'_> {
    /// One attempt and what came of it, which is only put into words where somebody listens.
    pub fn attempt(self, sent: Instant, attempt: u32, outcome: impl FnOnce() -> String) {
        if log::log_enabled!(target: LOG, log::Level::Debug) {
            let Self { path, offset } = self;
            let (outcome, ms) = (outcome(), sent.elapsed().as_secs_f64() * 1e3);
            debug!(target: LOG, "POST {path} offset={offset} -> {outcome} in {ms:.1} ms (attempt {attempt})");
        }
    }

    pub fn retry(self, reason: &str, retry: u32, most: u32, after: Duration) {
        let Self { path, offset } = self;
        let wait = after.as_secs_f64();
        warn!(target: LOG, "POST {path} offset={offset}: {reason}; retry {retry} of {most} in {wait:.2} s");
    }

    pub fn again_at_once(self) {
        let Self { path, offset } = self;
        debug!(target: LOG, "POST {path} offset={offset}: the connection was stale; sending again at once");
    }

    pub fn renewal(self) {
        let Self { path, offset } = self;
        warn!(target: LOG, "POST {path} offset={offset}: the access token was refused (401); getting another");
    }

    pub fn budget_spent(self) {
        let Self { path, offset } = self;
        warn!(target: LOG, "POST {path} offset={offset}: no retry, this client's budget for retries is spent");
    }
}

/// The service sent a `total_count` that cannot be one.
pub fn strange_count(note: &str) {
    warn!(target: LOG, "{note}");
}
