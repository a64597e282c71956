//! What to retry and how long to wait; pure.
//! It has no clock, no source of random numbers and no client: it is told everything, and decides.

use std::time::Duration;

/// The longest wait that is waited at all, whoever asks for it.
pub const LONGEST_WAIT: Duration = Duration::from_secs(60);
/// The longest wait that is of our own choosing.
const LONGEST_JITTER: Duration = Duration::from_secs(20);
const BASE: Duration = Duration::from_millis(250);
/// For 429 and 503: the server has said that it has too much to do.
const BASE_BUSY: Duration = Duration::from_secs(1);
/// A 200 that is no answer is most likely a mistake that stays.
const INVALID_RETRIES: u32 = 2;

const RETRY_COST: i64 = 5;
const TIMEOUT_COST: i64 = 10;

/// How an attempt failed, as far as trying again is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RetryClass {
    /// The transport failed; the call only reads, so it may be sent again.
    Transport,
    Timeout,
    /// An answer with this status.
    Status(u16),
    /// A success whose body is no answer.
    Invalid,
    /// It would fail again in the same way.
    Lasting,
}

/// Where a call stands when an attempt has failed.
#[derive(Debug, Clone, Copy)]
pub struct RetryState {
    /// Retries made so far.
    pub retries: u32,
    pub max_retries: u32,
    pub elapsed: Duration,
    pub total: Duration,
    /// What the budget for retries holds.
    pub budget: i64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    Retry { after: Duration },
    GiveUp(GiveUpReason),
}

/// Why there is no further attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GiveUpReason {
    NotRetryable,
    RetriesSpent,
    /// The wait would pass what the call or anyone may wait.
    WaitTooLong,
    BudgetSpent,
}

impl GiveUpReason {
    /// As whoever observes is told; nothing where trying again would have been no use.
    pub fn name(self) -> Option<&'static str> {
        match self {
            Self::NotRetryable => None,
            Self::RetriesSpent => Some("max_retries"),
            Self::WaitTooLong => Some("wait"),
            Self::BudgetSpent => Some("retry_budget"),
        }
    }
}

/// Whether to try again, and when. `wanted` is the wait that the server asked for; `random` is
/// from 0 to 1.
pub fn decide(class: RetryClass, state: RetryState, wanted: Option<Duration>, random: f64) -> Decision {
    if !is_retryable(class) {
        return Decision::GiveUp(GiveUpReason::NotRetryable);
    }
    let allowed = match class {
        RetryClass::Invalid => state.max_retries.min(INVALID_RETRIES),
        _ => state.max_retries,
    };
    if state.retries >= allowed {
        return Decision::GiveUp(GiveUpReason::RetriesSpent);
    }
    let jitter = jitter(class, state.retries, random);
    // What was asked for is never shortened; a wait of 0 is no licence to hammer.
    let after = match wanted {
        Some(wanted) if !wanted.is_zero() => wanted,
        _ => jitter,
    };
    if after > LONGEST_WAIT || state.elapsed.saturating_add(after) >= state.total {
        return Decision::GiveUp(GiveUpReason::WaitTooLong);
    }
    if state.budget < cost(class) {
        return Decision::GiveUp(GiveUpReason::BudgetSpent);
    }
    Decision::Retry { after }
}

fn is_retryable(class: RetryClass) -> bool {
    match class {
        RetryClass::Transport | RetryClass::Timeout | RetryClass::Invalid => true,
        RetryClass::Status(status) => {
            matches!(status, 408 | 425 | 429 | 500 | 502 | 503 | 504 | 520..=524 | 529)
        }
        RetryClass::Lasting => false,
    }
}

/// Full jitter: anything from nothing to a bound that doubles.
fn jitter(class: RetryClass, retries: u32, random: f64) -> Duration {
    let base = match class {
        RetryClass::Status(429 | 503) => BASE_BUSY,
        _ => BASE,
    };
    let bound = base.saturating_mul(1 << retries.min(16)).min(LONGEST_JITTER);
    bound.mul_f64(random.clamp(0.0, 1.0))
}

/// What a retry takes from the budget.
pub fn cost(class: RetryClass) -> i64 {
    if class == RetryClass::Timeout { TIMEOUT_COST } else { RETRY_COST }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FRESH: RetryState = RetryState {
        retries: 0,
        max_retries: 4,
        elapsed: Duration::ZERO,
        total: Duration::from_secs(120),
        budget: 500,
    };

    fn after(class: RetryClass, retries: u32, wanted: Option<u64>) -> Decision {
        let wanted = wanted.map(Duration::from_secs);
        decide(class, RetryState { retries, ..FRESH }, wanted, 1.0)
    }

    #[test]
    fn which_statuses() {
        for status in [408, 425, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524, 529] {
            assert!(matches!(after(RetryClass::Status(status), 0, None), Decision::Retry { .. }), "{status}");
        }
        for status in [301, 302, 307, 400, 401, 403, 404, 406, 407, 409, 413, 422, 501, 505, 525, 530] {
            assert_eq!(
                after(RetryClass::Status(status), 0, None),
                Decision::GiveUp(GiveUpReason::NotRetryable),
                "{status}"
            );
        }
        assert_eq!(after(RetryClass::Lasting, 0, None), Decision::GiveUp(GiveUpReason::NotRetryable));
    }

    #[test]
    fn the_bound_doubles_up_to_twenty_seconds() {
        let bounds = |class| {
            (0..9)
                .map(|retries| {
                    let state = RetryState { retries, max_retries: 99, ..FRESH };
                    match decide(class, state, None, 1.0) {
                        Decision::Retry { after } => after.as_millis(),
                        Decision::GiveUp(why) => panic!("{why:?}"),
                    }
                })
                .collect::<Vec<_>>()
        };
        assert_eq!(bounds(RetryClass::Transport), [250, 500, 1000, 2000, 4000, 8000, 16_000, 20_000, 20_000]);
        assert_eq!(bounds(RetryClass::Status(429))[..6], [1000, 2000, 4000, 8000, 16_000, 20_000]);
        assert_eq!(
            decide(RetryClass::Transport, FRESH, None, 0.0),
            Decision::Retry { after: Duration::ZERO }
        );
        let middle = Decision::Retry { after: Duration::from_millis(125) };
        assert_eq!(decide(RetryClass::Transport, FRESH, None, 0.5), middle);
    }

    #[test]
    fn what_the_server_asks_for_is_never_shortened() {
        let twenty = Decision::Retry { after: Duration::from_secs(25) };
        assert_eq!(after(RetryClass::Status(429), 0, Some(25)), twenty);
        assert_eq!(after(RetryClass::Status(429), 0, Some(61)), Decision::GiveUp(GiveUpReason::WaitTooLong));
        assert_eq!(
            after(RetryClass::Status(429), 0, Some(1_000_000_000)),
            Decision::GiveUp(GiveUpReason::WaitTooLong)
        );
        let late = RetryState { elapsed: Duration::from_secs(100), ..FRESH };
        let asked = Some(Duration::from_secs(20));
        assert_eq!(
            decide(RetryClass::Status(503), late, asked, 0.0),
            Decision::GiveUp(GiveUpReason::WaitTooLong)
        );
        let jittered = Decision::Retry { after: Duration::from_secs(1) };
        assert_eq!(after(RetryClass::Status(429), 0, Some(0)), jittered);
    }

    #[test]
    fn retries_end() {
        assert!(matches!(after(RetryClass::Transport, 3, None), Decision::Retry { .. }));
        assert_eq!(after(RetryClass::Transport, 4, None), Decision::GiveUp(GiveUpReason::RetriesSpent));
        assert!(matches!(after(RetryClass::Invalid, 1, None), Decision::Retry { .. }));
        assert_eq!(after(RetryClass::Invalid, 2, None), Decision::GiveUp(GiveUpReason::RetriesSpent));
        let none = RetryState { max_retries: 0, ..FRESH };
        assert_eq!(
            decide(RetryClass::Transport, none, None, 0.0),
            Decision::GiveUp(GiveUpReason::RetriesSpent)
        );
        let poor = RetryState { budget: 9, ..FRESH };
        assert_eq!(decide(RetryClass::Timeout, poor, None, 0.0), Decision::GiveUp(GiveUpReason::BudgetSpent));
        assert!(matches!(decide(RetryClass::Transport, poor, None, 0.0), Decision::Retry { .. }));
    }
}
