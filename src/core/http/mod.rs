//! One attempt over the wire, and the rules by which attempts are made: [`transport`] sends and reads,
//! [`retry`] decides whether to try again, [`rate_limit_headers`] and [`limiter`] decide when, and
//! [`credentials`] gets tokens. It knows no sessions and no listing.

pub mod credentials;
pub mod limiter;
pub mod pools;
pub mod rate_limit_headers;
pub mod retry;
pub mod tls;
pub mod transport;
pub mod transport_error;
