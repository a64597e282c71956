//! The command line for Python's `__main__`. It knows no command.

use std::ffi::OsString;

use pyo3::prelude::*;

/// Runs the command line with these arguments, the program's name first; gives the exit code.
/// Other threads go on meanwhile, since a command may run for as long as its user likes. Without
/// `interruptible` Ctrl-C stays what it is for the process: ignored, in a shell's background.
#[pyfunction]
#[pyo3(signature = (arguments, interruptible=true))]
pub fn _run(py: Python<'_>, arguments: Vec<OsString>, interruptible: bool) -> u8 {
    py.detach(|| crate::cli::run(arguments, interruptible))
}
