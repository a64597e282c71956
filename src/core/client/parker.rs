//! How a thread waits to be woken: awake for a moment where answers come that fast, and asleep otherwise.
//! It knows neither who wakes it nor why.

use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Wake;
use std::thread::Thread;
use std::time::{Duration, Instant};

/// How long a thread stays awake. To wake one that sleeps takes about as long as a server on the same
/// machine takes to answer; nobody waits in this way for one that is farther away.
const SPIN: Duration = Duration::from_micros(200);
/// Looks for a wake-up between two looks at the clock.
const LOOKS: u32 = 32;

/// What threads that may stay awake have in common.
#[derive(Debug, Default)]
pub struct SpinPolicy {
    /// Whether the latest wait was short enough to be spent awake.
    short: AtomicBool,
    /// Whether a thread is awake now: one at a time, or they would keep others from their work.
    kept: AtomicBool,
}

/// Where one thread waits.
#[derive(Debug)]
pub struct Parker {
    thread: Thread,
    woken: AtomicBool,
}

impl Wake for Parker {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.woken.store(true, Ordering::Release);
        self.thread.unpark();
    }
}

impl Parker {
    /// The calling thread's, made once.
    pub fn here() -> Arc<Self> {
        thread_local! {
            static PARKING: RefCell<Option<Arc<Parker>>> = const { RefCell::new(None) };
        }
        let made = || Arc::new(Self { thread: std::thread::current(), woken: AtomicBool::new(false) });
        PARKING
            .try_with(|known| known.borrow_mut().get_or_insert_with(made).clone())
            .unwrap_or_else(|_| made())
    }

    /// Waits until woken, even if that was before; `false` if it is not by then. For the thread itself only.
    pub fn wait(&self, until: Instant, spin: &SpinPolicy) -> bool {
        if self.take() {
            return true;
        }
        let began = Instant::now();
        let woken = self.stay_awake(began, spin) || self.sleep(until);
        spin.short.store(woken && began.elapsed() < SPIN, Ordering::Relaxed);
        woken
    }

    /// Whether it was woken since the last time.
    fn take(&self) -> bool {
        self.woken.load(Ordering::Relaxed) && self.woken.swap(false, Ordering::Acquire)
    }

    fn stay_awake(&self, began: Instant, spin: &SpinPolicy) -> bool {
        if !spin.short.load(Ordering::Relaxed) || spin.kept.swap(true, Ordering::Acquire) {
            return false;
        }
        let mut woken = false;
        while !woken && began.elapsed() < SPIN {
            // Whoever has something to do goes first: it may be what is waited for.
            std::thread::yield_now();
            woken = (0..LOOKS).any(|_| {
                std::hint::spin_loop();
                self.take()
            });
        }
        spin.kept.store(false, Ordering::Release);
        woken
    }

    fn sleep(&self, until: Instant) -> bool {
        while !self.take() {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            std::thread::park_timeout(left);
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;

    use super::*;

    fn in_a_minute() -> Instant {
        Instant::now() + Duration::from_secs(60)
    }

    #[test]
    fn a_wake_up_before_the_wait_counts_once() {
        let (here, spin) = (Parker::here(), SpinPolicy::default());
        here.wake_by_ref();
        here.wake_by_ref();
        assert!(here.wait(in_a_minute(), &spin));
        for _ in 0..2 {
            assert!(!here.wait(Instant::now() + Duration::from_millis(5), &spin));
        }
    }

    /// Two threads hand each other the turn: one wake-up that is lost, and both wait for ever.
    #[test]
    fn no_wake_up_is_lost() {
        let (spin, begin) = (SpinPolicy::default(), Barrier::new(2));
        let places = [const { std::sync::OnceLock::new() }; 2];
        let turns = |mine: usize| {
            places[mine].set(Parker::here()).expect("set once");
            begin.wait();
            for turn in 0..20_000_usize {
                if turn % 2 == mine {
                    places[1 - mine].get().expect("both are set").wake_by_ref();
                } else {
                    assert!(Parker::here().wait(in_a_minute(), &spin), "a wake-up was lost");
                }
            }
        };
        std::thread::scope(|scope| {
            scope.spawn(|| turns(0));
            scope.spawn(|| turns(1));
        });
        assert!(!spin.kept.load(Ordering::Acquire), "the spin ends with the wait");
    }

    #[test]
    fn nobody_stays_awake_after_a_long_wait() {
        let (here, spin) = (Parker::here(), SpinPolicy::default());
        spin.short.store(true, Ordering::Relaxed);
        assert!(!here.wait(Instant::now() + Duration::from_millis(5), &spin));
        assert!(!spin.short.load(Ordering::Relaxed) && !spin.kept.load(Ordering::Relaxed));
    }
}
