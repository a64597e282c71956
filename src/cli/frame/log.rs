//! `-v`: the core's log lines on standard error.
//! A process has one logger. Where the package's own is installed already, it hands lines on to here.

use std::sync::{Arc, OnceLock};
use std::time::Instant;

use log::{Level, LevelFilter, Log, Metadata, Record};

use super::talk::Talk;
use crate::core::LOG;

static LISTENER: OnceLock<(Arc<Talk>, Instant)> = OnceLock::new();

struct Lines;

impl Log for Lines {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        // What the libraries below us have to say is not scrubbed of secrets.
        metadata.target() == LOG
    }

    fn log(&self, record: &Record<'_>) {
        if self.enabled(record.metadata()) {
            take(record);
        }
    }

    fn flush(&self) {}
}

/// Whether the line was for the command line, which has shown it.
pub fn take(record: &Record<'_>) -> bool {
    let Some((talk, began)) = LISTENER.get() else { return false };
    let seconds = began.elapsed().as_secs_f64();
    let level = if record.level() <= Level::Warn { "warning: " } else { "" };
    talk.log(&format!("[{seconds:7.3}] {level}{}", record.args()));
    true
}

/// Shows log lines from now on.
pub fn listen(talk: &Arc<Talk>) {
    if LISTENER.set((talk.clone(), Instant::now())).is_ok() {
        let _ = log::set_logger(&Lines);
    }
    log::set_max_level(LevelFilter::Debug);
}
