//! How many requests may be under way at once: no bound until the service has too much to do, then
//! half as many as there were, then by and by one more.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use tokio::sync::Notify;
use tokio::time::Instant;

/// No bound.
const OPEN: usize = usize::MAX;

#[derive(Debug)]
pub struct AimdLimiter {
    under_way: AtomicUsize,
    limit: AtomicUsize,
    freed: Notify,
    growth: Mutex<Growth>,
}

/// How the bound came to be.
#[derive(Debug, Default)]
struct Growth {
    /// The last time it was halved: requests sent before that say nothing new.
    halved: Option<Instant>,
    /// As many as there were at once when the service first complained.
    ceiling: usize,
    /// Successes since the bound last moved.
    successes: usize,
}

impl Default for AimdLimiter {
    fn default() -> Self {
        Self {
            under_way: AtomicUsize::new(0),
            limit: AtomicUsize::new(OPEN),
            freed: Notify::new(),
            growth: Mutex::default(),
        }
    }
}

impl AimdLimiter {
    /// Goes in, if there is room now.
    pub fn try_enter(&self) -> Option<Permit<'_>> {
        let limit = self.limit.load(Ordering::Acquire);
        let enter = |under_way: usize| (under_way < limit).then_some(under_way + 1);
        self.under_way.fetch_update(Ordering::AcqRel, Ordering::Acquire, enter).ok()?;
        Some(Permit { limiter: self })
    }

    /// Waits for room.
    pub async fn enter(&self) -> Permit<'_> {
        loop {
            let freed = self.freed.notified();
            tokio::pin!(freed);
            // From here on no leaving is missed.
            freed.as_mut().enable();
            if let Some(permit) = self.try_enter() {
                return permit;
            }
            freed.await;
        }
    }

    /// Half as many, unless that was done since the request went out.
    pub fn halve(&self, sent: Instant) {
        let mut growth = self.growth.lock().unwrap_or_else(PoisonError::into_inner);
        if growth.halved.is_some_and(|halved| sent < halved) {
            return;
        }
        let limit = self.limit.load(Ordering::Acquire);
        let under_way = self.under_way.load(Ordering::Acquire);
        if limit == OPEN {
            growth.ceiling = under_way;
        }
        growth.halved = Some(Instant::now());
        growth.successes = 0;
        self.limit.store((limit.min(under_way) / 2).max(1), Ordering::Release);
    }

    /// One more, after as many successes as there may be at once; no bound beyond where it began.
    pub fn grow(&self) {
        let limit = self.limit.load(Ordering::Acquire);
        if limit == OPEN {
            return;
        }
        let mut growth = self.growth.lock().unwrap_or_else(PoisonError::into_inner);
        growth.successes += 1;
        if growth.successes < limit {
            return;
        }
        growth.successes = 0;
        let open = limit >= growth.ceiling;
        self.limit.store(if open { OPEN } else { limit + 1 }, Ordering::Release);
        if open {
            self.freed.notify_waiters();
        } else {
            self.freed.notify_one();
        }
    }
}

/// One request under way.
#[derive(Debug)]
pub struct Permit<'g> {
    limiter: &'g AimdLimiter,
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        self.limiter.under_way.fetch_sub(1, Ordering::AcqRel);
        if self.limiter.limit.load(Ordering::Acquire) != OPEN {
            self.limiter.freed.notify_one();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fill(limiter: &AimdLimiter) -> Vec<Permit<'_>> {
        std::iter::from_fn(|| limiter.try_enter()).take(100).collect()
    }

    #[tokio::test(start_paused = true)]
    async fn it_halves_once_a_round_and_grows_back() {
        let limiter = AimdLimiter::default();
        let eight: Vec<_> = (0..8).filter_map(|_| limiter.try_enter()).collect();
        let sent = Instant::now();
        tokio::time::advance(std::time::Duration::from_millis(1)).await;
        limiter.halve(sent);
        limiter.halve(sent);
        drop(eight);
        assert_eq!(fill(&limiter).len(), 4);
        for expected in [5, 6, 7, 8] {
            (1..expected).for_each(|_| limiter.grow());
            assert_eq!(fill(&limiter).len(), expected);
        }
        (0..8).for_each(|_| limiter.grow());
        assert_eq!(fill(&limiter).len(), 100);
    }

    #[tokio::test(start_paused = true)]
    async fn one_always_gets_through() {
        let limiter = AimdLimiter::default();
        for _ in 0..5 {
            tokio::time::advance(std::time::Duration::from_millis(1)).await;
            limiter.halve(Instant::now());
        }
        assert_eq!(fill(&limiter).len(), 1);
    }

    #[tokio::test]
    async fn those_who_wait_are_let_in() {
        let limiter = AimdLimiter::default();
        limiter.halve(Instant::now());
        let first = limiter.try_enter();
        let all = futures_util::future::join_all((0..20).map(|_| async { drop(limiter.enter().await) }));
        let release = async {
            tokio::task::yield_now().await;
            drop(first);
        };
        tokio::time::timeout(std::time::Duration::from_secs(20), futures_util::future::join(all, release))
            .await
            .expect("everybody gets in");
    }
}
