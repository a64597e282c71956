//! Python code of the caller's that is called from here: a progress function, a handler of signals or
//! of log lines. It may read a stream of ours by way of a library that lets the interpreter go.
//!
//! A thread that has called out counts as attached to the interpreter, and is taken for attached when
//! such a library asks us for more: it is not. What it needs is then done by a thread of its own.

use std::cell::Cell;

use pyo3::prelude::*;

use super::logging;

thread_local! {
    static CALLED_OUT: Cell<usize> = const { Cell::new(0) };
}

/// Calls code of the caller's.
pub fn call_out<R>(call: impl FnOnce() -> R) -> R {
    struct Back;
    impl Drop for Back {
        fn drop(&mut self) {
            count(-1);
        }
    }
    count(1);
    let _back = Back;
    call()
}

/// Attaches to the interpreter from a callback of foreign code; `None` if it is shutting down.
pub fn attach_below<R: Send>(work: impl FnOnce(Python<'_>) -> R + Send) -> Option<R> {
    if CALLED_OUT.try_with(Cell::get).unwrap_or(0) == 0 {
        return Python::try_attach(work);
    }
    let mute = logging::is_telling();
    let on_its_own = || {
        if mute {
            logging::be_mute();
        }
        Python::try_attach(work)
    };
    // A process that may start no more threads gets the same as one whose interpreter is shutting down.
    let thread = std::thread::Builder::new();
    std::thread::scope(|scope| thread.spawn_scoped(scope, on_its_own).ok()?.join().ok().flatten())
}

fn count(change: isize) {
    // A thread that is ending calls out to nobody.
    let _ = CALLED_OUT.try_with(|calls| calls.set(calls.get().saturating_add_signed(change)));
}
