//! How one attempt failed, and the error that a call ends with if it was the last.
//! Every sentence here says what happened and what to do. Pure; it knows no socket.

use std::time::Duration;

use bytes::Bytes;

use super::config::{ClientConfig, Timeout, place};
use super::error::{ConnectionError, Error, InvalidResponse, StatusError, StatusKind};
use super::fault::{Fault, FaultKind};
use super::retry::Trouble;
use super::secret::Scrubber;
use super::throttle::Held;

/// The most that is kept of the body of an answer that is none.
const BODY_KEPT: usize = 2 * 1024;

#[derive(Debug)]
pub enum Failure {
    Fault(Fault),
    Refused {
        refusal: Box<StatusError>,
        wanted: Option<Duration>,
    },
    Invalid {
        message: String,
        status: u16,
        body: Bytes,
        request_id: Option<String>,
        lasting: bool,
    },
    /// It could not even be sent.
    Held(Held),
    /// The token was refused, and another can be had.
    TokenRefused,
    /// The call for a token failed on its way.
    TokenFault(Fault),
    /// The call for a token got an answer without one.
    NoGrant {
        refusal: Box<StatusError>,
        wanted: Option<Duration>,
    },
    /// No token within the whole call's time.
    TokenLate,
    Final(Error),
}

/// Where a failure happened, for the words about it.
pub struct Scene<'s> {
    pub config: &'s ClientConfig,
    pub timeout: Timeout,
    pub attempts: u32,
    pub scrubber: Scrubber,
}

impl Failure {
    /// The failure as far as trying again is concerned.
    pub fn trouble(&self) -> Trouble {
        match self {
            Self::Fault(fault) | Self::TokenFault(fault) => of_fault(fault.kind),
            Self::Refused { refusal, .. } | Self::NoGrant { refusal, .. } => {
                refusal.status_code.map_or(Trouble::Lasting, Trouble::Status)
            }
            Self::Invalid { lasting: false, .. } => Trouble::Invalid,
            Self::Invalid { .. } | Self::Held(_) | Self::TokenRefused | Self::TokenLate | Self::Final(_) => {
                Trouble::Lasting
            }
        }
    }

    /// The wait that the server asked for.
    pub fn wanted(&self) -> Option<Duration> {
        match self {
            Self::Refused { wanted, .. } | Self::NoGrant { wanted, .. } => *wanted,
            _ => None,
        }
    }

    /// The fault of transport, if the request itself met one.
    pub fn fault(&self) -> Option<&Fault> {
        if let Self::Fault(fault) = self { Some(fault) } else { None }
    }

    /// A few words, for the log and the list of causes.
    pub fn cause(&self) -> String {
        match self {
            Self::Fault(fault) => fault.words.clone(),
            Self::TokenFault(fault) => format!("no access token: {}", fault.words),
            Self::Refused { refusal, .. } => refusal.to_string(),
            Self::NoGrant { refusal, .. } => format!("no access token: {refusal}"),
            Self::Invalid { message, .. } => message.clone(),
            Self::Held(_) => "held back".to_owned(),
            Self::TokenRefused => "the access token was refused".to_owned(),
            Self::TokenLate => "no access token in time".to_owned(),
            Self::Final(error) => error.to_string(),
        }
    }

    /// The error that the caller gets.
    pub fn into_error(self, scene: &Scene<'_>, causes: Vec<String>) -> Error {
        match self {
            Self::Fault(fault) => scene.connection(&fault, "", causes),
            Self::TokenFault(fault) => scene.connection(&fault, "no access token: ", causes),
            Self::Refused { refusal, wanted } => scene.refusal(*refusal, wanted),
            Self::NoGrant { refusal, wanted } => scene.no_grant(*refusal, wanted),
            Self::Invalid { message, status, body, request_id, .. } => {
                scene.invalid(&message, status, &body, request_id)
            }
            Self::Held(held) => scene.held(held, causes),
            Self::TokenRefused | Self::TokenLate => scene.token_late(causes),
            Self::Final(error) => error,
        }
    }
}

fn of_fault(kind: FaultKind) -> Trouble {
    match kind {
        FaultKind::Certificate | FaultKind::ProxyCredentials | FaultKind::TotalTimeout => Trouble::Lasting,
        FaultKind::ConnectTimeout | FaultKind::AttemptTimeout => Trouble::Timeout,
        FaultKind::Encoding => Trouble::Invalid,
        _ => Trouble::Transport,
    }
}

impl Scene<'_> {
    fn connection(&self, fault: &Fault, prefix: &str, causes: Vec<String>) -> Error {
        let sentence = format!("{prefix}{}", self.sentence(fault));
        let message = self.counted(&self.scrubber.scrub(&sentence));
        if fault.kind == FaultKind::Encoding {
            return Error::InvalidResponse(Box::new(InvalidResponse {
                message,
                status_code: Some(200),
                body: String::new(),
                request_id: None,
                attempts: self.attempts,
            }));
        }
        let error = Box::new(ConnectionError { message, attempts: self.attempts, causes });
        match fault.kind {
            FaultKind::ConnectTimeout | FaultKind::AttemptTimeout | FaultKind::TotalTimeout => {
                Error::Timeout(error)
            }
            _ => Error::Connection(error),
        }
    }

    /// More than one attempt is worth a word.
    fn counted(&self, sentence: &str) -> String {
        if self.attempts > 1 {
            format!("{sentence} ({} attempts)", self.attempts)
        } else {
            sentence.to_owned()
        }
    }

    /// What happened, and what to do about it.
    fn sentence(&self, fault: &Fault) -> String {
        let there = place(&self.config.base_url);
        let (next, setting) = match &self.config.proxy {
            Some(proxy) => (format!("the proxy {}", proxy.place()), "proxy"),
            None => (there.clone(), "base_url"),
        };
        let words = &fault.words;
        let Timeout { attempt, connect, total } = self.timeout;
        match fault.kind {
            FaultKind::Refused => {
                format!("could not connect to {next}: {words}. Is the {setting} right and the server up?")
            }
            FaultKind::Unreachable => format!("could not connect to {next}: {words}. Is the network up?"),
            FaultKind::Dns => format!("could not find the host of {next}: {words}. Is the {setting} right?"),
            FaultKind::ConnectTimeout => format!(
                "could not connect to {next} within {} s (timeout.connect). Is the {setting} right?",
                connect.as_secs_f64()
            ),
            FaultKind::Certificate => format!(
                "the certificate of {there} is not trusted: {words}. If it comes from an authority of your own, \
                 pass its certificate as ca_bundle"
            ),
            FaultKind::Tls => {
                format!(
                    "could not agree on TLS with {there}: {words}. Should the base_url begin with http:// ?"
                )
            }
            FaultKind::ProxyCredentials => {
                format!("{next} wants credentials (407): pass proxy=\"http://user:password@host:port\"")
            }
            FaultKind::Proxy => format!("{next} would not connect to {there}: {words}"),
            FaultKind::Closed => format!("{there} closed the connection without an answer"),
            FaultKind::GoAway => format!("{there} is closing its connections (GOAWAY)"),
            FaultKind::Reset => format!("the connection to {there} was reset before the answer was whole"),
            FaultKind::Truncated => {
                format!("the answer of {there} ended before its end; none of it was used")
            }
            FaultKind::Encoding => format!("{words}; none of it was used"),
            FaultKind::Protocol => {
                format!(
                    "what {there} answered is not HTTP: {words}. Is the base_url right, http or https included?"
                )
            }
            FaultKind::AttemptTimeout => format!(
                "no whole answer from {there} within {} s (timeout.attempt). Allow more time, or lower the limit",
                attempt.as_secs_f64()
            ),
            FaultKind::TotalTimeout => format!(
                "no whole answer from {there} within {} s, retries and waits included (timeout.total)",
                total.as_secs_f64()
            ),
            FaultKind::Other => format!("the request to {there} failed: {words}"),
        }
    }

    fn refusal(&self, mut refusal: StatusError, wanted: Option<Duration>) -> Error {
        refusal.attempts = self.attempts;
        refusal.retry_after = wanted.map(|wanted| wanted.as_secs_f64());
        Error::Status(Box::new(refusal))
    }

    /// The client credentials brought no token.
    fn no_grant(&self, mut refusal: StatusError, wanted: Option<Duration>) -> Error {
        let status = refusal.status_code.unwrap_or_default();
        if (200..300).contains(&status) {
            return Error::InvalidResponse(Box::new(InvalidResponse {
                message: "the answer to the call for an access token holds no access_token".to_owned(),
                status_code: refusal.status_code,
                body: String::new(),
                request_id: refusal.request_id,
                attempts: self.attempts,
            }));
        }
        if matches!(status, 400 | 401 | 403) {
            refusal.kind = StatusKind::Authentication;
        }
        refusal.message = format!("no access token for these client credentials: {}", refusal.message);
        refusal.errors = Vec::new();
        refusal.hint = Some("Check client_id, client_secret and blocks_key.");
        self.refusal(refusal, wanted)
    }

    fn invalid(&self, message: &str, status: u16, body: &Bytes, request_id: Option<String>) -> Error {
        let start = body.get(..body.len().min(BODY_KEPT * 4)).unwrap_or_default();
        Error::InvalidResponse(Box::new(InvalidResponse {
            message: self.counted(&self.scrubber.scrub(message)),
            status_code: Some(status),
            body: self.scrubber.scrub_start(&String::from_utf8_lossy(start), BODY_KEPT),
            request_id: request_id.map(|id| self.scrubber.scrub(&id).into_owned()),
            attempts: self.attempts,
        }))
    }

    fn held(&self, held: Held, causes: Vec<String>) -> Error {
        // This last one was never sent.
        let attempts = self.attempts.saturating_sub(1);
        match held {
            Held::Paused { status, left } => {
                let left = left.as_secs_f64();
                let kind = if status == 429 { StatusKind::RateLimit } else { StatusKind::InternalServer };
                Error::Status(Box::new(StatusError {
                    kind,
                    status_code: Some(status),
                    message: format!(
                        "the service asked not to be called for another {left:.1} s, which is longer than this call may take"
                    ),
                    body: None,
                    request_id: None,
                    headers: Vec::new(),
                    attempts,
                    retry_after: Some(left),
                    errors: Vec::new(),
                    hint: None,
                }))
            }
            Held::Full => Error::Timeout(Box::new(ConnectionError {
                message: format!(
                    "not sent within {} s (timeout.total): other calls of this client, or its \
                     max_requests_per_second, left no room",
                    self.timeout.total.as_secs_f64()
                ),
                attempts,
                causes,
            })),
        }
    }

    fn token_late(&self, causes: Vec<String>) -> Error {
        use super::config::Identity;
        let total = self.timeout.total.as_secs_f64();
        match self.config.identity {
            Identity::Source(_) => Error::Configuration(format!(
                "the callable given as access_token returned no token within {total} s (timeout.total)"
            )),
            _ => Error::Timeout(Box::new(ConnectionError {
                message: format!("no access token within {total} s (timeout.total)"),
                attempts: self.attempts,
                causes,
            })),
        }
    }
}
