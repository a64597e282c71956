//! `blocks-sessions`: list the chat sessions of SELISE Blocks agents.
//!
//! Three houses in one crate. [`core`] does HTTP, validation and paging, and knows no Python;
//! [`emulator`] is the service in memory, and knows no Python either; `python` is the only code
//! that names pyo3, and knows no HTTP.

pub mod cli;
pub mod core;
pub mod emulator;

#[cfg(feature = "python")]
mod python;
