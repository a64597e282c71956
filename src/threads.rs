//! A multi-thread runtime whose threads are known to run. The process may have fewer threads left than asked
//! for (`RLIMIT_NPROC`, a container's limit): the runtime's own builder would then panic, or hang with a worker
//! that never starts. It knows neither the core nor Python.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

use tokio::runtime::{Builder, Runtime};

/// How long the workers may take to begin; a busy machine needs milliseconds.
const PATIENCE: Duration = Duration::from_secs(5);
const LOOK: Duration = Duration::from_micros(200);

/// What else a listing keeps busy while its answers are read, which says how many workers read them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Load {
    /// The caller's thread, which makes objects of them: one worker keeps up with it, and a core is the caller's. Where
    /// there are two, a second worker would only have to be woken, and be in the caller's way.
    Caller,
    /// Nothing: a condition leaves the caller little or nothing of them, and it sleeps.
    Nothing,
}

impl Load {
    /// Of a listing, with a condition or without.
    pub fn of_listing(has_condition: bool) -> Self {
        if has_condition { Self::Nothing } else { Self::Caller }
    }
}

/// How many workers read answers.
pub(crate) fn workers(load: Load) -> usize {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    match load {
        Load::Caller => cores.saturating_sub(1).clamp(1, 2),
        Load::Nothing => cores.clamp(1, 2),
    }
}

/// Starts a runtime with so many workers, and leaves room for so many other threads.
///
/// # Errors
/// The system has not that many threads left for this process.
pub(crate) fn start(name: &'static str, workers: usize, others: usize) -> io::Result<Runtime> {
    probe(workers + others)?;
    let running = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&running);
    let mut builder = Builder::new_multi_thread();
    builder.worker_threads(workers).thread_name(name).enable_all();
    builder.on_thread_start(move || {
        counted.fetch_add(1, Ordering::AcqRel);
    });
    // Another process of the same user may have taken the threads that the probe found: then it panics.
    let built = catch_unwind(AssertUnwindSafe(|| builder.build()));
    let runtime = built.map_err(|_| io::Error::from(io::ErrorKind::WouldBlock))??;
    let until = Instant::now() + PATIENCE;
    while running.load(Ordering::Acquire) < workers {
        if Instant::now() > until {
            runtime.shutdown_background();
            return Err(io::ErrorKind::WouldBlock.into());
        }
        std::thread::sleep(LOOK);
    }
    Ok(runtime)
}

/// Starts so many threads at once, and ends them.
fn probe(threads: usize) -> io::Result<()> {
    let (release, held) = mpsc::channel::<()>();
    let held = Arc::new(std::sync::Mutex::new(held));
    let mut started = Vec::with_capacity(threads);
    let mut failed = None;
    for _ in 0..threads {
        let held = Arc::clone(&held);
        // The first waits for the channel's end, the others for the first.
        let wait = move || drop(held.lock().map(|held| held.recv().is_err()));
        match std::thread::Builder::new().name("blocks-probe".to_owned()).spawn(wait) {
            Ok(thread) => started.push(thread),
            Err(error) => failed = failed.or(Some(error)),
        }
    }
    drop(release);
    for thread in started {
        drop(thread.join());
    }
    failed.map_or(Ok(()), Err)
}
