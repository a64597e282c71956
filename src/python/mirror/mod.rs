//! What `sync`, `watch` and `Mirror` stand on: runs in steps that a caller waits for (`run`), changes as they
//! come (`watch`), and pages of what a mirror holds (`reader`). What users meet is written in Python, in
//! `blocks_sessions.mirror`.

mod reader;
mod run;
mod watch;

use std::time::Duration;

use pyo3::prelude::*;
use pyo3::types::PyTuple;

pub use self::reader::{PyCursor, PyMirror};
pub use self::run::PySync;
pub use self::watch::PyWatch;
use crate::core::error::Error;
use crate::core::mirror::reader::Change;
use crate::core::mirror::{Mode, SyncOptions, Vanished};
use crate::python::convert::errors::to_python_error;

/// How a mirror is kept, as it came.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub struct Kept {
    mode: String,
    full_every: Option<f64>,
    vanished: String,
    keep_changes: Option<f64>,
}

impl Kept {
    fn read(&self) -> PyResult<SyncOptions> {
        options(&self.mode, self.full_every, &self.vanished, self.keep_changes)
    }
}

/// How a mirror is kept, as `blocks_sessions.mirror` has read it: stretches of time are seconds.
fn options(
    mode: &str,
    full_every: Option<f64>,
    vanished: &str,
    keep_changes: Option<f64>,
) -> PyResult<SyncOptions> {
    let mode = Mode::from_name(mode).ok_or_else(|| {
        to_python_error(&Error::Configuration(format!(
            "mode must be \"auto\", \"head\" or \"full\", not {mode:?}"
        )))
    })?;
    let vanished = match vanished {
        "mark" => Vanished::Mark,
        "drop" => Vanished::Drop,
        other => {
            let message = format!("vanished must be \"mark\" or \"drop\", not {other:?}");
            return Err(to_python_error(&Error::Configuration(message)));
        }
    };
    let full_every = full_every.map(|seconds| micros("full_every", seconds)).transpose()?;
    let keep_changes = keep_changes.map(|seconds| micros("keep_changes", seconds)).transpose()?;
    Ok(SyncOptions { mode, full_every, vanished, keep_changes, commit_rows: None })
}

fn micros(name: &str, seconds: f64) -> PyResult<i64> {
    let length =
        Duration::try_from_secs_f64(seconds).ok().and_then(|length| i64::try_from(length.as_micros()).ok());
    length.ok_or_else(|| {
        to_python_error(&Error::Configuration(format!(
            "{name} must be a number of seconds from 0 to 9 * 10^12, or a timedelta"
        )))
    })
}

fn elsewhere() -> PyErr {
    to_python_error(&Error::Configuration(
        "this was made in another process; make a new one after the fork".to_owned(),
    ))
}

type Parts = (i64, String, String, String, Option<String>, Option<String>);

fn parts(py: Python<'_>, change: Change) -> PyResult<Bound<'_, PyTuple>> {
    let Change { seq, kind, session_id, at, before, after } = change;
    let parts: Parts = (seq, kind, session_id, at, before, after);
    parts.into_pyobject(py)
}
