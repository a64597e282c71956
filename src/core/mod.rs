//! The service's client: requests, answers, faults, and the listing made of many requests.
//! Nothing here knows Python, and nothing outside [`transport`] touches a socket.

pub mod answer;
pub mod cache;
mod call;
pub mod client;
pub mod columns;
pub mod config;
pub mod credentials;
pub mod detail;
pub mod error;
mod failure;
mod fault;
pub mod fetched;
mod journal;
pub mod json;
pub mod listing;
mod manners;
pub mod pace;
pub mod parking;
mod pools;
mod refusal;
pub mod request;
pub mod retry;
pub mod secret;
mod shared;
pub mod throttle;
pub mod time;
mod transport;

/// Makes what is made once a process and takes a lock to be made, before there is more than one
/// thread to want it.
pub fn warm_up() {
    answer::warm_up();
    columns::schema();
}

/// Every log line of ours has this target: it is the name of the logger that users know.
pub const LOG: &str = "blocks_sessions";
