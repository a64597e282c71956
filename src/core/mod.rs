//! All that needs no Python: the service's client, the listing made of many requests, and what is made of a
//! listing: tables, files, a mirror, parts. It knows neither Python nor the command line, and nothing outside
//! [`http`] touches a socket.

pub mod arrow;
pub mod client;
pub mod config;
pub mod error;
pub mod export;
pub mod filter;
pub mod http;
pub mod json;
pub mod listing;
pub mod mask;
pub mod mirror;
pub mod model;
pub mod partition;
pub mod scan;
pub mod storage;

/// Makes what is made once a process and takes a lock to be made, before there is more than one
/// thread to want it.
pub fn warm_up() {
    model::page_body::warm_up();
    arrow::schema();
}

/// Every log line of ours has this target: it is the name of the logger that users know.
pub const LOG: &str = "blocks_sessions";
