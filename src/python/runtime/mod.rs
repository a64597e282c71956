//! The one door between Python and the runtime: a process's threads, waiting, signals.
//! No other code detaches from the interpreter to wait for the network.

pub(super) mod awaitable;
pub(super) mod caller;
pub(super) mod fork;
pub(super) mod gc_pause;
pub(super) mod logging;
pub(super) mod otel;
mod record;
pub(super) mod reentrancy;

use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::{Arc, OnceLock, PoisonError, RwLock, mpsc};
use std::task::{Context, Poll};
use std::thread::{JoinHandle, ThreadId};
use std::time::{Duration, Instant};

use arc_swap::ArcSwapOption;
use pyo3::exceptions::PyKeyboardInterrupt;
use pyo3::prelude::*;
use tokio::runtime::Runtime;

use self::caller::CallerContext;
use self::logging::{Lines, Tell};
use self::reentrancy::call_out;
use crate::core::client::caller::on_behalf;
use crate::core::client::parker::{Parker, SpinPolicy};
use crate::core::error::{Error, Result};
use crate::python::convert::errors::to_python_error;
use crate::threads::{self, Load};

/// How often a waiting call looks for signals: Ctrl-C answers within a tenth of a second.
const SIGNAL_CHECK: Duration = Duration::from_millis(50);
/// At exit, how long to wait for threads that are in the middle of something.
const PATIENCE: Duration = Duration::from_millis(500);
/// How long a call that the exit overtook waits to be ended with it, before it complains.
const LAST_MOMENTS: Duration = Duration::from_secs(2);

/// The name of the threads that read answers.
const WORKERS: &str = "blocks-sessions";

/// Something to do in Python, on the one thread that calls into it: the dispatcher.
type Job = Box<dyn FnOnce(Python<'_>) + Send>;

/// The threads of one process.
pub struct Process {
    id: u32,
    /// `None` once the interpreter ends. Futures are polled under the read lock, since timers panic
    /// in a runtime that has ended.
    running: RwLock<Option<Running>>,
    /// `None` tells the dispatcher to stop.
    jobs: mpsc::Sender<Option<Job>>,
    lines: Lines,
    spin: SpinPolicy,
}

struct Running {
    runtime: Runtime,
    /// For calls whose caller sleeps, once there was one; none where as many workers read for others, or no threads
    /// are left.
    unhindered: OnceLock<Option<Runtime>>,
    dispatcher: JoinHandle<()>,
}

impl Running {
    /// Where a call's answers are read. Asked for each page, while to ask how many cores there are reads files.
    fn runtime(&self, load: Load) -> &Runtime {
        let start = || {
            let workers = threads::workers(load);
            let others = workers != threads::workers(Load::Caller);
            others.then(|| threads::start(WORKERS, workers, 1).ok()).flatten()
        };
        match load {
            Load::Caller => &self.runtime,
            Load::Nothing => self.unhindered.get_or_init(start).as_ref().unwrap_or(&self.runtime),
        }
    }
}

/// The latest process's threads. A lock-free cell, since a lock may be held by a thread that does
/// not exist in a forked child.
static PROCESS: ArcSwapOption<Process> = ArcSwapOption::const_empty();

/// The process whose interpreter ends, and the thread that ends it.
static ENDED_BY: OnceLock<(u32, ThreadId)> = OnceLock::new();

/// This process's threads, started when first asked for.
pub fn process(py: Python<'_>) -> PyResult<Arc<Process>> {
    if let Some(process) = ours() {
        return Ok(process);
    }
    let overtaken = ENDED_BY
        .get()
        .is_some_and(|(id, main)| *id == std::process::id() && *main != std::thread::current().id());
    if overtaken {
        // The interpreter ends, and this thread with it: an error would only be noise. The thread that
        // ends it may go on, since other code may list sessions at exit.
        py.detach(|| std::thread::sleep(LAST_MOMENTS));
    }
    // What takes a lock to be made is made while the interpreter is ours, and so no fork can happen.
    crate::core::warm_up();
    let process = Arc::new(Process::start().map_err(|error| to_python_error(&error))?);
    // A runtime without its threads would hang when dropped: what the parent left is forgotten.
    std::mem::forget(PROCESS.swap(Some(process.clone())));
    py.import("atexit")?.call_method1("register", (wrap_pyfunction!(end, py)?,))?;
    Ok(process)
}

fn ours() -> Option<Arc<Process>> {
    PROCESS.load_full().filter(|process| process.id == std::process::id())
}

/// At exit: no thread of ours may call into an interpreter that is being taken apart.
#[pyfunction]
fn end(py: Python<'_>) {
    let _ = ENDED_BY.set((std::process::id(), std::thread::current().id()));
    if let Some(process) = ours() {
        PROCESS.store(None);
        py.detach(|| process.end());
    }
}

/// Does something in Python, soon, on the dispatcher's thread. So the runtime's own threads
/// neither wait for the interpreter nor drop its objects, which takes a lock that a fork could
/// leave locked.
pub fn in_python(job: impl FnOnce(Python<'_>) + Send + 'static) {
    match ours() {
        Some(process) => drop(process.jobs.send(Some(Box::new(job)))),
        // There is no thread of ours, and this one may not hold the interpreter: what would take it is
        // better forgotten.
        None => std::mem::forget(job),
    }
}

/// Tells a line of the log, or an event, soon: whoever waits for a call does it, else the
/// dispatcher. When the interpreter ends there is nobody left to tell.
pub fn tell(line: Box<dyn Tell>) {
    if let Some(process) = ours()
        && !process.lines.write(line)
    {
        let told = process.clone();
        in_python(move |py| drop(told.lines.tell(py)));
    }
}

impl Process {
    fn start() -> Result<Self> {
        let failed = |error| {
            Error::Configuration(format!(
                "the client could not start its threads ({error}): raise the limit on processes and threads \
                 (ulimit -u, or the container's), or end others"
            ))
        };
        // Beside the workers the dispatcher, and one that looks up names.
        let runtime = threads::start(WORKERS, threads::workers(Load::Caller), 2).map_err(failed)?;
        let (jobs, received) = mpsc::channel();
        let dispatcher = std::thread::Builder::new().name("blocks-python".to_owned());
        let dispatcher = dispatcher.spawn(move || dispatch(&received)).map_err(failed)?;
        let unhindered = OnceLock::new();
        let running = RwLock::new(Some(Running { runtime, unhindered, dispatcher }));
        let spin = SpinPolicy::default();
        Ok(Self { id: std::process::id(), running, jobs, lines: Lines::new(), spin })
    }

    /// Runs a future in the runtime's threads; forgets it where the interpreter ends.
    pub fn spawn(&self, load: Load, future: impl Future<Output = ()> + Send + 'static) {
        match &*self.running.read().unwrap_or_else(PoisonError::into_inner) {
            Some(running) => drop(running.runtime(load).spawn(future)),
            None => std::mem::forget(future),
        }
    }

    fn end(&self) {
        let running = self.running.write().unwrap_or_else(PoisonError::into_inner).take();
        let Some(Running { runtime, unhindered, dispatcher }) = running else { return };
        // Bounded: a look-up of a name may take as long as it likes.
        for runtime in unhindered.into_inner().flatten().into_iter().chain([runtime]) {
            runtime.shutdown_timeout(PATIENCE);
        }
        let _ = self.jobs.send(None);
        let until = Instant::now() + PATIENCE;
        while !dispatcher.is_finished() && Instant::now() < until {
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// Polls a future on this thread until it is ready or the next look for signals is due.
    fn drive<T>(
        &self,
        load: Load,
        mut future: Pin<&mut impl Future<Output = Result<T>>>,
    ) -> Option<Result<T>> {
        let until = Instant::now() + SIGNAL_CHECK;
        let parker = Parker::here();
        let waker = parker.clone().into();
        let mut context = Context::from_waker(&waker);
        loop {
            {
                let running = self.running.read().unwrap_or_else(PoisonError::into_inner);
                let Some(running) = &*running else { break };
                let _inside = running.runtime(load).enter();
                if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
                    return Some(output);
                }
            }
            if !parker.wait(until, &self.spin) {
                return None;
            }
        }
        // A daemon thread, most likely: the interpreter ends it where it stands.
        std::thread::sleep(LAST_MOMENTS);
        Some(Err(Error::Configuration("the interpreter is shutting down".to_owned())))
    }
}

/// Runs queued jobs until told to stop. Those that come together are run in one attachment to the interpreter.
fn dispatch(jobs: &mpsc::Receiver<Option<Job>>) {
    while let Ok(Some(first)) = jobs.recv() {
        let mut next = Some(first);
        let stay = Python::try_attach(|py| {
            while let Some(job) = next.take() {
                // What a call wrote is told before its result is.
                if let Some(process) = ours() {
                    drop(call_out(|| process.lines.tell(py)));
                }
                call_out(|| job(py));
                match jobs.try_recv() {
                    Ok(None) => return false,
                    received => next = received.ok().flatten(),
                }
            }
            true
        });
        if stay != Some(true) {
            break;
        }
    }
}

/// Drives a future on the caller's own thread, detached from the interpreter, and looks for signals
/// meanwhile. A signal handler that raises (Ctrl-C) drops the future, which aborts its requests.
///
/// # Errors
/// The future's own error as its Python exception, or what a signal handler raised.
pub fn wait<T: Send>(py: Python<'_>, future: impl Future<Output = Result<T>> + Send) -> PyResult<T> {
    wait_for(py, CallerContext::here(py)?, Load::Caller, future)
}

/// The same, on behalf of a caller, of what keeps so much busy.
///
/// # Errors
/// As of [`wait`].
pub fn wait_for<T: Send>(
    py: Python<'_>,
    caller: Arc<CallerContext>,
    load: Load,
    future: impl Future<Output = Result<T>> + Send,
) -> PyResult<T> {
    let waited = {
        // What runs now may begin with a line: levels are looked up before.
        logging::look(py)?;
        wait_until_done(py, load, pin!(on_behalf(Some(caller.clone()), future)))
    };
    CallerContext::release(Some(caller), py);
    waited
}

fn wait_until_done<T: Send>(
    py: Python<'_>,
    load: Load,
    mut future: Pin<&mut (impl Future<Output = Result<T>> + Send)>,
) -> PyResult<T> {
    let process = process(py)?;
    let waiting = process.lines.wait();
    loop {
        if let Some(output) = py.detach(|| process.drive(load, future.as_mut())) {
            drop(waiting);
            last_lines(py, &process.lines)?;
            return output.map_err(|error| to_python_error(&error));
        }
        // Outside the runtime: a handler may use a client itself.
        call_out(|| process.lines.tell(py).and_then(|()| py.check_signals()))?;
    }
}

/// Lets a Ctrl-C that came at a bad moment come again, as soon as Python code goes on.
pub fn interrupt_again(py: Python<'_>) -> PyResult<()> {
    py.import("_thread")?.call_method0("interrupt_main").map(drop)
}

/// What a call wrote is told before it returns. A Ctrl-C that Python notices meanwhile comes right
/// after the answer, which would else be lost.
fn last_lines(py: Python<'_>, lines: &Lines) -> PyResult<()> {
    let told = call_out(|| lines.tell(py));
    lines.settle(py);
    match told {
        Err(error) if error.is_instance_of::<PyKeyboardInterrupt>(py) => interrupt_again(py),
        told => told,
    }
}
