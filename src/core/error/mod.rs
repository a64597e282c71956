//! Every way in which a call can fail, with what a user needs to mend it.
//!
//! [`Error`] has one variant for each class that a user can catch; [`StatusError`] is a refusal by the service
//! or by our own check, and [`detail`] tells which class a 422 is. Everything is plain data and cheap to
//! clone, since a failure is told to all who wait for the same request.
//! It must not know Python, sockets or listings: causes arrive as words, already free of secrets.

mod class;
pub mod detail;
mod memory;
mod storage;

use std::sync::Arc;

pub use self::memory::room_for;
pub use self::storage::{Difference, StorageError, StorageKind};
use crate::core::model::report::ListingReport;

pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Whatever went wrong; one variant for each class that a user can catch.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    /// Missing or contradictory settings, found before any request.
    #[error("{0}")]
    Configuration(String),
    /// No answer: refused, DNS, TLS, reset, truncated.
    #[error("{0}")]
    Connection(Box<ConnectionError>),
    /// No answer in time.
    #[error("{0}")]
    Timeout(Box<ConnectionError>),
    /// Not enough memory for an answer.
    #[error("{0}")]
    Memory(String),
    /// An answer that is no valid answer: not JSON, of the wrong shape, too large.
    #[error("{0}")]
    InvalidResponse(Box<InvalidResponse>),
    /// An answer with a status other than 200, or our own check of the request before it is sent.
    #[error("{0}")]
    Status(Box<StatusError>),
    /// A listing that is known to lack sessions.
    #[error("{message}")]
    Incomplete { message: String, report: Box<ListingReport> },
    /// The files of an export or a mirror: full, read-only, damaged, in use, begun otherwise.
    #[error("{0}")]
    Storage(Box<StorageError>),
    /// An error raised by the caller's own code (a token callable), handed back as it was.
    #[error("{0}")]
    Callback(Arc<dyn std::error::Error + Send + Sync>),
}

/// A request that got no answer.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{message}")]
pub struct ConnectionError {
    /// One sentence: what happened and what to do.
    pub message: String,
    /// How many times the request was sent.
    pub attempts: u32,
    /// What went wrong at each attempt, the oldest first.
    pub causes: Vec<String>,
    /// The same call may succeed later, with nothing changed.
    pub retryable: bool,
}

/// An answer that cannot be used.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{message}")]
pub struct InvalidResponse {
    pub message: String,
    pub status_code: Option<u16>,
    /// The beginning of the body, without secrets; `None` of a client with a mask.
    pub body: Option<String>,
    pub request_id: Option<String>,
    pub attempts: u32,
    /// The same call may succeed later, with nothing changed.
    pub retryable: bool,
}

/// A refusal: by the service (`status_code` is its status) or by our own check (`None`).
#[derive(Debug, Clone, thiserror::Error)]
#[error("{}", self.sentence())]
pub struct StatusError {
    pub kind: StatusKind,
    pub status_code: Option<u16>,
    /// The service's own words, or ours for our own check.
    pub message: String,
    /// The body as text, scrubbed of secrets; `None` if there was none.
    pub body: Option<String>,
    pub request_id: Option<String>,
    /// Names in lower case, in the order received, secrets scrubbed.
    pub headers: Vec<(String, String)>,
    pub attempts: u32,
    /// Seconds after which the service wants to be asked again.
    pub retry_after: Option<f64>,
    /// Whether that wait is why there was no further attempt.
    pub wait_too_long: bool,
    /// What else kept it from being tried again.
    pub not_retried: Option<String>,
    /// The details of a 422, or the faults that our own check found.
    pub errors: Vec<ErrorDetail>,
    /// What the user can do about it; part of no message, but a note beside it.
    pub hint: Option<&'static str>,
}

/// Which exception a [`StatusError`] becomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StatusKind {
    BadRequest,
    Authentication,
    PermissionDenied,
    NotFound,
    RateLimit,
    InternalServer,
    Validation,
    AgentNotFound,
    InvalidProjectKey,
    AccessDenied,
    InvalidPagination,
    MissingField,
    /// Any other status.
    Other,
}

/// One entry of a 422's `detail`.
#[derive(Debug, Clone, PartialEq)]
pub struct ErrorDetail {
    pub loc: Vec<Loc>,
    pub msg: String,
    pub kind: String,
    /// The entry as sent, as JSON text. It may echo personal input: it goes into no message.
    pub raw: String,
}

/// One step of a detail's `loc`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Loc {
    Name(String),
    Index(i64),
}

impl StatusError {
    /// The hint of an answer that knows no such key, whatever its status.
    pub const CHECK_KEYS: &str = "Check project_key and blocks_key (the x-blocks-key header).";

    /// The one line that a user reads: `422: body.agent_id: Agent not found (value_error.notfound)`.
    fn sentence(&self) -> String {
        let text = if self.errors.is_empty() {
            self.message.clone()
        } else {
            self.errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
        };
        let Some(code) = self.status_code else { return text };
        let wait = match self.retry_after {
            Some(wait) if self.wait_too_long => format!("; the service asks to wait {} s", wait.ceil()),
            _ => String::new(),
        };
        // The fault of an argument stays one, however often it was told.
        let attempts = match self.attempts {
            several @ 2.. if code != 422 => format!(" ({several} attempts)"),
            _ => String::new(),
        };
        let why = self.not_retried.as_ref().map(|why| format!("; {why}")).unwrap_or_default();
        format!("{code}: {text}{wait}{why}{attempts}")
    }
}

impl std::fmt::Display for ErrorDetail {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let loc: Vec<String> = self.loc.iter().map(ToString::to_string).collect();
        if !loc.is_empty() {
            write!(f, "{}: ", loc.join("."))?;
        }
        write!(f, "{}", self.msg)?;
        // Of an argument the most general kind says nothing that the words do not. What the service sent is left as it is.
        let argument = matches!(self.loc.as_slice(), [Loc::Name(name)] if name != "body");
        let says_nothing = self.kind.is_empty() || argument && self.kind == "value_error";
        if says_nothing { Ok(()) } else { write!(f, " ({})", self.kind) }
    }
}

impl std::fmt::Display for Loc {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Name(name) => f.write_str(name),
            Self::Index(index) => write!(f, "{index}"),
        }
    }
}
