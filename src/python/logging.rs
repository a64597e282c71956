//! The core's log lines as records of Python's logger `blocks_sessions`.
//! Importing `logging` costs more than a first request: it is never imported here, only met when
//! somebody else has imported it, and until then nobody could have asked for a line.

use log::{LevelFilter, Log, Metadata, Record};
use pyo3::exceptions::PyException;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyDict;
use pyo3_log::{Caching, Logger};

use crate::core::LOG;

/// Python's number for it.
const DEBUG: u8 = 10;

static BRIDGE: Bridge = Bridge { python: PyOnceLock::new() };
static MODULES: PyOnceLock<Py<PyDict>> = PyOnceLock::new();

/// Both sides of the bridge, once `logging` was met.
struct Sides {
    forward: Logger,
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
    // Warnings are rare: whether they are wanted is asked when there is one.
    Ok(if debug { LevelFilter::Debug } else { LevelFilter::Warn })
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
    let forward = Logger::new(py, Caching::Nothing)?;
    let wants = logger.getattr("isEnabledFor")?;
    let wants_debug = py.import("functools")?.call_method1("partial", (wants, DEBUG))?.unbind();
    Ok(Sides { forward, wants_debug })
}

impl Log for Bridge {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        // What the libraries below us have to say is not ours to tell, nor scrubbed of secrets.
        metadata.target() == LOG
    }

    fn log(&self, record: &Record<'_>) {
        if !self.enabled(record.metadata()) {
            return;
        }
        // While the interpreter ends there is nobody left to tell.
        Python::try_attach(|py| {
            if let Some(sides) = self.python.get(py) {
                sides.forward.log(record);
            }
        });
    }

    fn flush(&self) {}
}
