//! How a client behaves towards the service: its pace, and how often it may try again.
//! It judges no answer: it is told what the service said.

use std::time::{Duration, SystemTime};

use http::{HeaderMap, StatusCode};
use tokio::time::Instant;

use crate::core::config::ClientConfig;
use crate::core::http::limiter::Throttle;
use crate::core::http::rate_limit_headers;
use crate::core::http::retry::{Budget, LONGEST_WAIT};

/// How a client behaves towards the service; what was learned of it is worth keeping.
pub(in crate::core) struct Manners {
    pub throttle: Throttle,
    pub budget: Budget,
}

impl Manners {
    /// The service is well: what it may have cost us is given back.
    pub fn succeeded(&self, headers: &HeaderMap) {
        self.budget.give();
        self.throttle.speed_up();
        if let Some(wait) = rate_limit_headers::wait_after_success(headers, SystemTime::now()) {
            self.pause(429, wait);
        }
    }

    /// The service has too much to do, or wants to be left alone.
    pub fn refused(&self, status: StatusCode, wanted: Option<Duration>, sent: Instant) {
        if matches!(status.as_u16(), 429 | 503) {
            self.throttle.slow_down(sent);
        }
        if let Some(wait) = wanted
            && (status == 429 || status.is_server_error())
        {
            self.pause(status.as_u16(), wait);
        }
    }

    /// A longer wait than anyone waits is told to the caller, and holds nobody else.
    fn pause(&self, status: u16, wait: Duration) {
        if wait <= LONGEST_WAIT {
            self.throttle.pause(status, wait);
        }
    }

    pub fn new(config: &ClientConfig) -> Self {
        Self { throttle: Throttle::new(config.max_requests_per_second), budget: Budget::default() }
    }
}
