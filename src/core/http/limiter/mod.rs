//! How fast and how many at once a client may ask: its own rate, the concurrency that the service
//! bears, and the pauses that the service asked for. One for all of a client's calls. It promises that no
//! request leaves before all three allow it, and knows nothing of what the requests ask for.

mod aimd;

use std::num::NonZeroU32;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use governor::clock::{Clock, DefaultClock};
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use tokio::time::Instant;

use self::aimd::AimdLimiter;
pub use self::aimd::Permit;

/// Why a call may not go out in its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Throttled {
    /// The service asked for a pause, with this status, that lasts this much longer.
    Paused { status: u16, left: Duration },
    /// The client's own rate or concurrency lets nothing out in time.
    Full,
    /// All of the client's connections were in use.
    NoConnection,
}

/// The service's wish to be left alone.
#[derive(Debug, Clone, Copy)]
struct Pause {
    until: Instant,
    status: u16,
}

#[derive(Debug)]
pub struct Throttle {
    rate: Option<Rate>,
    concurrency: AimdLimiter,
    /// Whether there is a pause: spares every call the lock.
    paused: AtomicBool,
    pause: Mutex<Option<Pause>>,
}

impl Throttle {
    pub fn new(max_requests_per_second: Option<f64>) -> Self {
        Self {
            rate: max_requests_per_second.and_then(Rate::new),
            concurrency: AimdLimiter::default(),
            paused: AtomicBool::new(false),
            pause: Mutex::new(None),
        }
    }

    /// Waits until one request may go out. The permit is held until its answer is there.
    ///
    /// # Errors
    /// At once, if that will not be before `deadline`.
    pub async fn admit(&self, deadline: Instant) -> Result<Permit<'_>, Throttled> {
        let permit = match self.concurrency.try_enter() {
            Some(permit) => permit,
            None => within(deadline, self.concurrency.enter()).await?,
        };
        self.sit_out(deadline).await?;
        if let Some(rate) = &self.rate {
            rate.wait(deadline).await?;
            // The service may have asked for a pause meanwhile.
            self.sit_out(deadline).await?;
        }
        Ok(permit)
    }

    /// Holds every call of the client until the pause is over.
    async fn sit_out(&self, deadline: Instant) -> Result<(), Throttled> {
        while self.paused.load(Ordering::Acquire) {
            let Some(pause) = self.current_pause() else { break };
            if pause.until > deadline {
                let left = pause.until.saturating_duration_since(Instant::now());
                return Err(Throttled::Paused { status: pause.status, left });
            }
            tokio::time::sleep_until(pause.until).await;
        }
        Ok(())
    }

    fn current_pause(&self) -> Option<Pause> {
        let mut pause = self.pause.lock().unwrap_or_else(PoisonError::into_inner);
        if pause.is_some_and(|pause| pause.until <= Instant::now()) {
            *pause = None;
            self.paused.store(false, Ordering::Release);
        }
        *pause
    }

    /// The service wants to be left alone for so long.
    pub fn pause(&self, status: u16, wait: Duration) {
        let Some(until) = Instant::now().checked_add(wait) else { return };
        let mut pause = self.pause.lock().unwrap_or_else(PoisonError::into_inner);
        if pause.is_none_or(|earlier| earlier.until < until) {
            *pause = Some(Pause { until, status });
            self.paused.store(true, Ordering::Release);
        }
    }

    /// The service has too much to do: half as many at once. `sent` is when the request went out.
    pub fn slow_down(&self, sent: Instant) {
        self.concurrency.halve(sent);
    }

    /// The service gave an answer: by and by as many at once as before.
    pub fn speed_up(&self) {
        self.concurrency.grow();
    }
}

/// The caller's own bound on requests a second.
#[derive(Debug)]
struct Rate {
    limiter: DefaultDirectRateLimiter,
    clock: DefaultClock,
    /// Whoever waits first goes first, and only one looks at the clock.
    queue: tokio::sync::Mutex<()>,
}

impl Rate {
    fn new(per_second: f64) -> Option<Self> {
        let period = Duration::try_from_secs_f64(1.0 / per_second).ok()?;
        // A timer is no finer than a millisecond or two: what fits into ten may go out together.
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "clamped to a small range"
        )]
        let burst = (per_second / 100.0).ceil().clamp(1.0, 10_000.0) as u32;
        let quota = Quota::with_period(period)?.allow_burst(NonZeroU32::new(burst)?);
        Some(Self {
            limiter: RateLimiter::direct(quota),
            clock: DefaultClock::default(),
            queue: tokio::sync::Mutex::new(()),
        })
    }

    async fn wait(&self, deadline: Instant) -> Result<(), Throttled> {
        let _turn = within(deadline, self.queue.lock()).await?;
        while let Err(not_until) = self.limiter.check() {
            let wait = not_until.wait_time_from(self.clock.now());
            if Instant::now() + wait > deadline {
                return Err(Throttled::Full);
            }
            tokio::time::sleep(wait).await;
        }
        Ok(())
    }
}

async fn within<T>(deadline: Instant, waited_for: impl Future<Output = T>) -> Result<T, Throttled> {
    tokio::time::timeout_at(deadline, waited_for).await.map_err(|_| Throttled::Full)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn soon(seconds: u64) -> Instant {
        Instant::now() + Duration::from_secs(seconds)
    }

    #[tokio::test(start_paused = true)]
    async fn a_pause_holds_everybody_and_ends() {
        let throttle = Throttle::new(None);
        throttle.pause(429, Duration::from_secs(10));
        let start = Instant::now();
        let both = tokio::join!(throttle.admit(soon(20)), throttle.admit(soon(20)));
        assert!(both.0.is_ok() && both.1.is_ok());
        assert!(start.elapsed() >= Duration::from_secs(10));
        let start = Instant::now();
        assert!(throttle.admit(soon(1)).await.is_ok());
        assert_eq!(start.elapsed(), Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn a_pause_beyond_the_deadline_is_told_at_once() {
        let throttle = Throttle::new(None);
        throttle.pause(503, Duration::from_secs(10));
        let start = Instant::now();
        let held = throttle.admit(soon(5)).await.err();
        assert_eq!(held, Some(Throttled::Paused { status: 503, left: Duration::from_secs(10) }));
        assert_eq!(start.elapsed(), Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn a_shorter_pause_does_not_end_a_longer_one() {
        let throttle = Throttle::new(None);
        throttle.pause(429, Duration::from_secs(10));
        throttle.pause(429, Duration::from_secs(1));
        assert!(throttle.admit(soon(5)).await.is_err());
    }

    #[tokio::test]
    async fn the_rate_is_shared_and_bounded() {
        let throttle = Throttle::new(Some(50.0));
        let start = Instant::now();
        let all = (0..11).map(|_| async { throttle.admit(soon(60)).await.map(drop) });
        assert!(futures_util::future::join_all(all).await.iter().all(Result::is_ok));
        // Ten waits of a fiftieth of a second: never less, however slow the machine.
        assert!(start.elapsed() >= Duration::from_millis(199), "{:?}", start.elapsed());
        assert_eq!(throttle.admit(Instant::now()).await.err(), Some(Throttled::Full));
    }
}
