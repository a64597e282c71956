//! The service's client: requests, answers, faults, and the listing made of many requests.
//! Nothing here knows Python, and nothing outside [`transport`] touches a socket.

pub mod answer;
pub mod cache;
pub mod client;
pub mod columns;
pub mod config;
pub mod credentials;
pub mod error;
pub mod json;
pub mod listing;
pub mod page;
pub mod request;
pub mod retry;
pub mod throttle;
pub mod time;
mod transport;
