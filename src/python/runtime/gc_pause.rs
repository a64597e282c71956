//! A pause of Python's garbage collector, for the short stretches in which many objects are made
//! that all stay. The collector would run again and again over them, and find nothing.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;

/// How many stretches are open, in all threads; the last one restores the collector.
static OPEN: AtomicUsize = AtomicUsize::new(0);
/// Whether the collector was on when the first one began.
static WAS_ENABLED: AtomicBool = AtomicBool::new(false);

/// Does something with the collector paused, and restores it on every way out. Never to be held
/// across a wait: other threads would go without a collector meanwhile.
pub fn paused<T>(py: Python<'_>, act: impl FnOnce() -> PyResult<T>) -> PyResult<T> {
    let pause = Pause::begin(py)?;
    let result = act();
    drop(pause);
    result
}

/// An open stretch; it ends when dropped, so that a panic ends it too.
struct Pause<'py> {
    py: Python<'py>,
    collector: &'static Collector,
}

/// The collector's switches. They are looked up once, since the look-up itself makes objects, which
/// would set off the collection that is to be avoided.
struct Collector {
    is_enabled: Py<PyAny>,
    disable: Py<PyAny>,
    enable: Py<PyAny>,
}

impl Collector {
    fn get(py: Python<'_>) -> PyResult<&'static Self> {
        static COLLECTOR: PyOnceLock<Collector> = PyOnceLock::new();
        COLLECTOR.get_or_try_init(py, || {
            let module = py.import("gc")?;
            let switch = |name: &str| module.getattr(name).map(Bound::unbind);
            Ok(Self {
                is_enabled: switch("isenabled")?,
                disable: switch("disable")?,
                enable: switch("enable")?,
            })
        })
    }
}

impl<'py> Pause<'py> {
    fn begin(py: Python<'py>) -> PyResult<Self> {
        let collector = Collector::get(py)?;
        if OPEN.fetch_add(1, Ordering::AcqRel) == 0 {
            let enabled = collector.is_enabled.call0(py).and_then(|enabled| enabled.is_truthy(py));
            WAS_ENABLED.store(enabled.unwrap_or(false), Ordering::Release);
            // If it cannot be paused, it runs.
            let _ = collector.disable.call0(py);
        }
        Ok(Self { py, collector })
    }
}

impl Drop for Pause<'_> {
    fn drop(&mut self) {
        let last = OPEN.fetch_sub(1, Ordering::AcqRel) == 1;
        if last && WAS_ENABLED.load(Ordering::Acquire) {
            let _ = self.collector.enable.call0(self.py);
        }
    }
}
