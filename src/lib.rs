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
//! | [`core::filter`] | `where=`, `fields=`, `since=`, `until=`: parsed, checked, evaluated on the tape |
//! | [`core::config`] | every setting, checked once; secrets and their redaction |
//! | [`core::http`] | one attempt: transport, TLS, pools, retry, rate-limit headers, limiter (AIMD), credentials |
//! | [`core::client`] | one call made reliable: the loop of attempts, cache, call log, the errors users read |
//! | [`core::listing`] | many requests, one list: plans, driver, rechunking; `proof` shows that it is whole |
//! | [`core::arrow`] | sessions to Arrow record batches |
//! | [`core::storage`] | what files and databases share: locks, fsync, atomic rename, framed manifests |
//! | [`core::export`] | sessions to files: sinks, commits, resuming |
//! | [`emulator`] | the service in memory, over real sockets; knows nothing of the core |
//! | `threads` | a runtime whose threads are known to run; knows none of the rooms |
//! | [`cli`] | the command line |
//! | `python` | the only code that names pyo3, and it knows no HTTP |
//!
//! # The way of one request
//! `python::client` turns arguments into a [`ListRequest`](core::client::request::ListRequest); `python::runtime`
//! hands it to the runtime's threads and parks the caller, looking for signals. [`Client`](core::client::Client)
//! asks its limiter for a permit, its credentials for a token and [`core::http::transport`] for one attempt;
//! [`core::http::retry`] decides whether there is another. The body becomes a
//! [`PageBody`](core::model::page_body::PageBody) on the runtime's thread, and Python objects when the caller wakes.
//!
//! # The way of one session
//! [`core::listing::driver`] asks its plan what to read next and gives it each answer's row facts. The plan says
//! which rows are new; they wait in its reorder buffer until all before them came, pass the
//! [`rechunk`](core::listing::rechunk) that cuts pages of the caller's size, and cross into Python once a page.

pub mod cli;
pub mod core;
pub mod emulator;
mod threads;

#[cfg(feature = "python")]
mod python;
