//! The core's log lines as records of Python's logger `blocks_sessions`.
//! Importing `logging` costs more than a first request: it is never imported here, only met when
//! somebody else has imported it, and until then nobody could have asked for a line.
//! A line is told by the thread that waits for the call, as a Python library's would be: so a handler
//! finds the caller's thread, context and locks. The runtime's own threads never wait for a handler.

use std::cell::Cell;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::time::Duration;

use log::{Level, LevelFilter, Log, Metadata, Record};
use pyo3::exceptions::PyException;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyDict;

use super::caller::CallerContext;
use super::record::Values;
use crate::core::LOG;
use crate::core::client::caller;
use crate::python::runtime;

/// Python's number for it.
const DEBUG: u8 = 10;
/// How long a call waits at its end for another thread that tells its lines.
const SETTLE: Duration = Duration::from_millis(100);
const LOOK: Duration = Duration::from_millis(1);

static BRIDGE: Bridge = Bridge { python: PyOnceLock::new() };
static MODULES: PyOnceLock<Py<PyDict>> = PyOnceLock::new();

/// Both sides of the bridge, once `logging` was met.
struct Sides {
    logger: Py<PyAny>,
    /// Whether the logger `blocks_sessions` wants DEBUG. Its argument is bound once: a tuple for each
    /// call would set off the garbage collector, once a page.
    wants_debug: Py<PyAny>,
}

struct Bridge {
    python: PyOnceLock<Sides>,
}

/// Puts the bridge in its place, with the gate shut.
pub fn install() {
    // Somebody else's logger in this library would be a mistake of the build; there is none.
    if log::set_logger(&BRIDGE).is_ok() {
        log::set_max_level(LevelFilter::Off);
    }
}

/// Looks up which lines are wanted now, at the beginning of a call: so a level that is set later is
/// seen, and the threads that write lines need not ask the interpreter.
///
/// # Errors
/// Ctrl-C, which Python may notice while it looks. A logger that fails is not worth a call.
pub fn look(py: Python<'_>) -> PyResult<()> {
    match wanted(py) {
        Ok(level) => log::set_max_level(level),
        Err(error) if error.is_instance_of::<PyException>(py) => {}
        Err(interrupt) => return Err(interrupt),
    }
    Ok(())
}

fn wanted(py: Python<'_>) -> PyResult<LevelFilter> {
    let sides = match BRIDGE.python.get(py) {
        Some(sides) => sides,
        None => match imported(py, "logging")? {
            Some(logging) => BRIDGE.python.get_or_try_init(py, || meet(py, &logging))?,
            None => return Ok(LevelFilter::Off),
        },
    };
    let debug = sides.wants_debug.bind(py).call0()?.is_truthy()?;
    // What is above is rare: whether they are wanted is asked when there is one.
    Ok(if debug { LevelFilter::Debug } else { LevelFilter::Info })
}

/// A module that somebody has imported.
pub fn imported<'py>(py: Python<'py>, name: &str) -> PyResult<Option<Bound<'py, PyAny>>> {
    let modules = MODULES.get_or_try_init(py, || {
        Ok::<_, PyErr>(py.import("sys")?.getattr("modules")?.cast_into::<PyDict>()?.unbind())
    })?;
    modules.bind(py).get_item(name)
}

fn meet(py: Python<'_>, logging: &Bound<'_, PyAny>) -> PyResult<Sides> {
    let logger = logging.call_method1("getLogger", (LOG,))?;
    // A library is silent unless asked: without a handler Python would print its warnings.
    logger.call_method1("addHandler", (logging.call_method0("NullHandler")?,))?;
    let wants = logger.getattr("isEnabledFor")?;
    let wants_debug = py.import("functools")?.call_method1("partial", (wants, DEBUG))?.unbind();
    Ok(Sides { logger: logger.unbind(), wants_debug })
}

impl Log for Bridge {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        // What the libraries below us have to say is not ours to tell, nor scrubbed of secrets.
        metadata.target() == LOG
    }

    fn log(&self, record: &Record<'_>) {
        // The command line shows its own lines, with no Python in between.
        if !self.enabled(record.metadata()) || crate::cli::frame::log::take(record) {
            return;
        }
        let mut values = Values::default();
        // Collecting fails nowhere.
        let _ = record.key_values().visit(&mut values);
        runtime::tell(Box::new(Line {
            level: record.level(),
            text: record.args().to_string(),
            file: record.file_static().unwrap_or_default(),
            number: record.line().unwrap_or_default(),
            values,
            caller: caller::current().and_then(CallerContext::of),
        }));
    }

    fn flush(&self) {}
}

/// Something that waits to be told in Python: a line of the log, or an event.
pub trait Tell: Send {
    /// # Errors
    /// Ctrl-C, and whatever failed in the telling.
    fn tell(self: Box<Self>, py: Python<'_>) -> PyResult<()>;
}

/// A line that waits to be told.
struct Line {
    level: Level,
    text: String,
    /// Where in the source it was written.
    file: &'static str,
    number: u32,
    values: Values,
    /// On whose behalf it was written.
    caller: Option<Arc<CallerContext>>,
}

impl Tell for Line {
    fn tell(self: Box<Self>, py: Python<'_>) -> PyResult<()> {
        let Some(Sides { logger, .. }) = BRIDGE.python.get(py) else { return Ok(()) };
        let logger = logger.bind(py);
        let level = match self.level {
            Level::Error => 40,
            Level::Warn => 30,
            Level::Info => 20,
            Level::Debug | Level::Trace => DEBUG,
        };
        if logger.call_method1("isEnabledFor", (level,))?.is_truthy()? {
            let (text, arguments, extra) = self.values.of_record(py, self.text)?;
            let (none, caller) = (py.None(), self.caller.as_ref());
            let record = (LOG, level, self.file, self.number, text, arguments, py.None(), none, extra);
            let made =
                CallerContext::call(py, caller, &logger.getattr("makeRecord")?, record.into_pyobject(py)?)?;
            CallerContext::call(py, caller, &logger.getattr("handle")?, (made,).into_pyobject(py)?)?;
        }
        CallerContext::release(self.caller, py);
        Ok(())
    }
}

/// What a thread has to do with the telling of lines.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    None,
    /// It is in the middle of it.
    Teller,
    /// It works for a thread that is, and that waits for it.
    Mute,
}

thread_local! {
    static ROLE: Cell<Role> = const { Cell::new(Role::None) };
}

/// Whether this thread is telling lines.
pub fn is_telling() -> bool {
    ROLE.get() == Role::Teller
}

/// From now on this thread tells none.
pub fn be_mute() {
    ROLE.set(Role::Mute);
}

/// One process's lines, in the order in which they were written.
pub struct Lines {
    written: mpsc::Sender<Box<dyn Tell>>,
    /// Locked for a moment and with the interpreter held: no fork finds it locked.
    untold: Mutex<mpsc::Receiver<Box<dyn Tell>>>,
    count: AtomicUsize,
    /// A thread is at it, and goes on to the last line.
    telling: AtomicBool,
    /// The threads that will tell what is written while they wait.
    waiting: AtomicUsize,
}

impl Lines {
    pub fn new() -> Self {
        let (written, untold) = mpsc::channel();
        let (count, waiting) = (AtomicUsize::new(0), AtomicUsize::new(0));
        Self { written, untold: Mutex::new(untold), count, telling: AtomicBool::new(false), waiting }
    }

    /// Whether somebody waits who will tell it; else somebody must be found.
    pub fn write(&self, line: Box<dyn Tell>) -> bool {
        self.count.fetch_add(1, Ordering::SeqCst);
        // The other end is ours and cannot be gone.
        let _ = self.written.send(line);
        self.waiting.load(Ordering::SeqCst) > 0
    }

    /// Until it is dropped, this thread promises to [`tell`](Self::tell), and once more afterwards.
    pub fn wait(&self) -> Waiting<'_> {
        self.waiting.fetch_add(1, Ordering::SeqCst);
        Waiting(&self.waiting)
    }

    /// Tells what was written so far, unless another thread is at it: a handler may hold a lock then.
    ///
    /// # Errors
    /// Ctrl-C, which Python may notice meanwhile. A handler that fails is not worth a call.
    pub fn tell(&self, py: Python<'_>) -> PyResult<()> {
        match ROLE.get() {
            // A handler that calls the client itself: its lines come to it at once, as any logger's do.
            Role::Teller => return self.tell_all(py),
            Role::Mute => {
                self.forget_all();
                return Ok(());
            }
            Role::None => {}
        }
        while self.count.load(Ordering::SeqCst) > 0 {
            if self.telling.swap(true, Ordering::SeqCst) {
                return Ok(());
            }
            ROLE.set(Role::Teller);
            let told = self.tell_all(py);
            ROLE.set(Role::None);
            self.telling.store(false, Ordering::SeqCst);
            told?;
        }
        Ok(())
    }

    /// What a handler caused that waits for this thread: nobody could be told of it without end.
    fn forget_all(&self) {
        while self.next().is_some() {}
    }

    fn tell_all(&self, py: Python<'_>) -> PyResult<()> {
        while let Some(line) = self.next() {
            match line.tell(py) {
                Err(error) if error.is_instance_of::<PyException>(py) => error.write_unraisable(py, None),
                told => told?,
            }
        }
        Ok(())
    }

    /// Gives another thread that is at it a moment to finish.
    pub fn settle(&self, py: Python<'_>) {
        let mut patience = if ROLE.get() == Role::None { SETTLE } else { Duration::ZERO };
        while self.telling.load(Ordering::SeqCst) && !patience.is_zero() {
            py.detach(|| std::thread::sleep(LOOK));
            patience = patience.saturating_sub(LOOK);
        }
    }

    fn next(&self) -> Option<Box<dyn Tell>> {
        let line = self.untold.lock().unwrap_or_else(PoisonError::into_inner).try_recv().ok()?;
        self.count.fetch_sub(1, Ordering::SeqCst);
        Some(line)
    }
}

pub struct Waiting<'l>(&'l AtomicUsize);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}
