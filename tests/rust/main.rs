//! The core and the emulator, driven as a program would drive them.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests may"
)]

mod answer;
mod columns;
mod emulator;
mod emulator_client;
mod emulator_faults;
mod emulator_list;
mod emulator_refusals;
mod fast_plan;
mod json;
mod json_property;
mod network;
mod simulation;
