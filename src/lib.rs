//! `blocks-sessions`: list the chat sessions of SELISE Blocks agents.
//!
//! # Layers
//! Lowest first. A file imports from its own room and from rooms that stand before it in this list;
//! `tests/rust/layers.rs` holds that.
//!
//! | room | what it does |
//! |---|---|
//! | [`core::json`] | bytes to a validated tape; a tape to JSON text |
//! | [`core::model`] | the fields of a session, times, the page body, what a proof needs of a row, the report |
//! | [`core::error`] | every way to fail; what a 422 means |
//! | [`core::mask`] | what of a session is removed, shortened or replaced before anything else sees it |
//! | [`core::filter`] | `where=`, `fields=`, `since=`, `until=`: parsed, checked, evaluated on the tape |
//! | [`core::config`] | every setting, checked once; secrets and their redaction |
//! | [`core::http`] | one attempt: transport, TLS, pools, retry, rate-limit headers, limiter (AIMD), credentials |
//! | [`core::client`] | one call made reliable: the loop of attempts, cache, call log, the errors users read |
//! | [`core::listing`] | many requests, one list: plans, driver, rechunking; `proof` shows that it is whole |
//! | [`core::arrow`] | sessions to Arrow record batches |
//! | [`core::storage`] | what files and databases share: locks, fsync, atomic rename, framed manifests |
//! | [`core::export`] | sessions to files: sinks, commits, resuming |
//! | [`core::mirror`] | a copy of the list in a SQLite file, and what changes between two readings |
//! | [`core::partition`] | a list cut into parts that other machines read, and the proof that together they are whole |
//! | [`core::scan`] | files that were written, read again: for personal data that is left in them |
//! | [`emulator`] | the service in memory, over real sockets; knows nothing of the core |
//! | `threads` | a runtime whose threads are known to run; knows none of the rooms |
//! | [`cli`] | the command line |
//! | `python` | the only code that names pyo3, and it knows no HTTP |
//!
//! # The way of one request
//! `python::client` turns arguments into a [`ListRequest`](core::client::request::ListRequest); `python::runtime`
//! drives the call on the thread that waits for it, looking for signals, or in the runtime's threads where asyncio
//! waits. [`Client`](core::client::Client) asks its credentials for a token, its limiter for a permit and
//! [`core::http::transport`] for one attempt; [`core::http::retry`] decides whether there is another. The body becomes
//! a [`PageBody`](core::model::page_body::PageBody) without the interpreter, and Python objects when the caller has it.
//!
//! # The way of one session
//! [`core::listing::driver`] asks its plan what to read next and gives it each answer's row facts. The plan says
//! which rows are new; they wait in its reorder buffer until all before them came, pass the
//! [`rechunk`](core::listing::rechunk) that cuts pages of the caller's size, and cross into Python once a page.
//!
//! # Where is …?
//! - **A retry decided**: [`core::http::retry::decide`], which is pure; the loop that asks it is `core::client::call`.
//! - **A new field or column added**: [`core::model::fields`], whose head says what follows from it.
//! - **A page that was read and not handed out**: the table in `python::listing`.
//! - **Ctrl-C**: `python::runtime::wait` looks for signals while it drives a call, and drops the call's future, by which
//!   nothing is lost. Of a command: `cli::frame::signals`.
//! - **Why a listing is proven**: the diagram in [`core::listing::proof`], and its `verdict`, which fills in
//!   `report.certificate`.

pub mod cli;
pub mod core;
pub mod emulator;
mod threads;

#[cfg(feature = "python")]
mod python;
