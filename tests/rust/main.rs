//! The core and the emulator, driven as a program would drive them.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::too_many_lines,
    clippy::items_after_statements,
    reason = "tests may"
)]

mod arrow;
mod emulator;
mod export;
mod filter;
mod http;
mod json;
mod layers;
mod listing;
mod mask;
mod mirror;
mod model;
mod partition;
mod storage;
