//! Whoever hears of each request: what metrics and spans are made of. Nothing in an event is secret, and nothing is
//! personal: no body, no header, no session.

use std::sync::Arc;
use std::time::Duration;

/// What an event is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventKind {
    /// A request was sent, and answered or not.
    Attempt,
    /// Another attempt will be made, after a wait.
    Retry,
    /// An access token was called for.
    Token,
}

impl EventKind {
    pub fn name(self) -> &'static str {
        match self {
            Self::Attempt => "attempt",
            Self::Retry => "retry",
            Self::Token => "token",
        }
    }
}

/// One thing that happened on the way of a call.
#[derive(Debug, Clone, PartialEq)]
pub struct RequestEvent {
    pub kind: EventKind,
    /// Neither method nor path where a function of the caller's gave the token.
    pub method: Option<&'static str>,
    pub path: Option<String>,
    pub offset: Option<i64>,
    pub limit: Option<i64>,
    /// Of the call, counted from 1.
    pub attempt: u32,
    pub status: Option<u16>,
    /// The class that the failure is to a user.
    pub error: Option<&'static str>,
    pub elapsed: Duration,
    /// Of the answer's body, unpacked.
    pub bytes_received: u64,
    /// Before the next attempt.
    pub wait: Option<Duration>,
    pub request_id: Option<String>,
    pub agent_id: Option<String>,
    /// Why a failure is not tried again, where it might have been.
    pub gave_up: Option<&'static str>,
}

/// Someone who hears of requests.
pub trait Observer: Send + Sync {
    /// Whether anybody listens now.
    fn listens(&self) -> bool;
    /// Must return at once: a request waits.
    fn observe(&self, event: RequestEvent);
}

/// An observer as a setting.
#[derive(Clone)]
pub struct ObserverSetting(pub Arc<dyn Observer>);

impl std::fmt::Debug for ObserverSetting {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Observer(..)")
    }
}
