//! One attempt over the wire, and the rules by which attempts are made.
//!
//! | file | what it does |
//! |---|---|
//! | [`transport`] | sends one request and reads its answer: pool, TLS ([`tls`], `client_auth`), proxy, connections (`connect`) |
//! | [`transport_error`], [`certificate_error`] | what went wrong on the way, told from the types of the errors below |
//! | [`retry`], [`budget`] | whether to try again, when, and whether the agent's budget for retries allows it |
//! | [`rate_limit_headers`], [`limiter`] | when the next request may go out: `Retry-After`, rate, AIMD |
//! | [`credentials`] | gets access tokens, once for all who wait |
//!
//! It promises one attempt a call, bodies of bounded size, and decisions that need no network to be tested.
//! It must not know sessions, listings, or the sentences that users read.

pub mod budget;
pub mod certificate_error;
mod client_auth;
mod connect;
pub mod credentials;
mod encoding;
pub mod limiter;
pub mod rate_limit_headers;
pub mod retry;
pub mod tls;
pub mod transport;
pub mod transport_error;
