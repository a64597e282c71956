//! The error that a call ends with, made from its last failure and from where that happened.
//! Pure; it knows no socket.

mod sentences;

use std::time::Duration;

use bytes::Bytes;

use crate::core::config::secret::Redactor;
use crate::core::config::{ClientConfig, Identity, Timeout};
use crate::core::error::{ConnectionError, Error, InvalidResponse, StatusError, StatusKind};
use crate::core::http::limiter::Throttled;
use crate::core::http::transport_error::{TransportError, TransportErrorKind};

/// The most that is kept of the body of an answer that is none.
const BODY_KEPT: usize = 2 * 1024;

/// Where a failure happened, for the words about it.
pub struct ErrorContext<'s> {
    pub config: &'s ClientConfig,
    pub timeout: Timeout,
    pub attempts: u32,
    pub redactor: Redactor,
    /// Why it was not tried again, where the budget for retries is why.
    pub not_retried: Option<String>,
    /// How long whatever the call is a part of may take.
    pub deadline: Option<Duration>,
}

impl ErrorContext<'_> {
    pub(in crate::core) fn connection(
        &self,
        fault: &TransportError,
        prefix: &str,
        causes: Vec<String>,
    ) -> Error {
        let sentence = format!("{prefix}{}", sentences::of(fault, self.config, self.timeout));
        let message = self.counted(&self.redactor.redact(&sentence));
        if fault.kind == TransportErrorKind::Memory {
            return Error::Memory(message);
        }
        if let TransportErrorKind::Encoding | TransportErrorKind::HeadTooLarge = fault.kind {
            return Error::InvalidResponse(Box::new(InvalidResponse {
                message,
                status_code: (fault.kind == TransportErrorKind::Encoding).then_some(200),
                body: (!self.redactor.hides_bodies()).then(String::new),
                request_id: None,
                attempts: self.attempts,
                retryable: true,
            }));
        }
        let lasting = [
            TransportErrorKind::Certificate,
            TransportErrorKind::ClientCertificate,
            TransportErrorKind::ProxyCredentials,
        ];
        let retryable = !lasting.contains(&fault.kind);
        let error = Box::new(ConnectionError { message, attempts: self.attempts, causes, retryable });
        match fault.kind {
            TransportErrorKind::ConnectTimeout
            | TransportErrorKind::AttemptTimeout
            | TransportErrorKind::TotalTimeout => Error::Timeout(error),
            _ => Error::Connection(error),
        }
    }

    /// More than one attempt is worth a word.
    fn counted(&self, sentence: &str) -> String {
        let why = self.not_retried.as_ref().map(|why| format!("; {why}")).unwrap_or_default();
        if self.attempts > 1 {
            format!("{sentence}{why} ({} attempts)", self.attempts)
        } else {
            format!("{sentence}{why}")
        }
    }

    pub(in crate::core) fn refusal(&self, mut refusal: StatusError, wanted: Option<Duration>) -> Error {
        refusal.attempts = self.attempts;
        refusal.retry_after = wanted.map(|wanted| wanted.as_secs_f64());
        Error::Status(Box::new(refusal))
    }

    /// The client credentials brought no token.
    pub(in crate::core) fn no_grant(&self, mut refusal: StatusError, wanted: Option<Duration>) -> Error {
        let status = refusal.status_code.unwrap_or_default();
        if (200..300).contains(&status) {
            return Error::InvalidResponse(Box::new(InvalidResponse {
                message: "the answer to the call for an access token holds no access_token".to_owned(),
                status_code: refusal.status_code,
                body: (!self.redactor.hides_bodies()).then(String::new),
                request_id: refusal.request_id,
                attempts: self.attempts,
                retryable: false,
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

    pub(in crate::core) fn invalid(
        &self,
        message: &str,
        status: u16,
        body: &Bytes,
        request_id: Option<String>,
    ) -> InvalidResponse {
        let start = body.get(..body.len().min(BODY_KEPT * 4)).unwrap_or_default();
        InvalidResponse {
            message: self.counted(&self.redactor.screen(message)),
            status_code: Some(status),
            body: (!self.redactor.hides_bodies())
                .then(|| self.redactor.scrub_start(&String::from_utf8_lossy(start), BODY_KEPT)),
            request_id: request_id.map(|id| self.redactor.screen(&id).into_owned()),
            attempts: self.attempts,
            retryable: true,
        }
    }

    pub(in crate::core) fn throttled(&self, throttled: Throttled, causes: Vec<String>) -> Error {
        // This last one was never sent.
        let attempts = self.attempts.saturating_sub(1);
        match throttled {
            Throttled::Paused { status, left } => {
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
                    // The message has it already.
                    wait_too_long: false,
                    not_retried: None,
                    errors: Vec::new(),
                    hint: None,
                }))
            }
            Throttled::Full | Throttled::NoConnection => Error::Timeout(Box::new(ConnectionError {
                message: format!(
                    "not sent within {} s (timeout.total): {}",
                    self.timeout.total.as_secs_f64(),
                    self.no_room(throttled)
                ),
                attempts,
                causes,
                retryable: true,
            })),
        }
    }

    fn no_room(&self, throttled: Throttled) -> String {
        match throttled {
            Throttled::NoConnection => {
                let most = self.config.max_connections;
                format!("all {most} connections were in use (max_connections)")
            }
            _ => "other calls of this client, or its max_requests_per_second, left no room".to_owned(),
        }
    }

    pub(in crate::core) fn token_late(&self, causes: Vec<String>) -> Error {
        let total = self.timeout.total.as_secs_f64();
        let message = match self.config.identity {
            Identity::Source(_) => format!(
                "the callable given as access_token returned no token within {total} s (timeout.total)"
            ),
            _ => format!("no access token within {total} s (timeout.total)"),
        };
        // The request itself was not sent this time.
        let attempts = self.attempts.saturating_sub(1);
        Error::Timeout(Box::new(ConnectionError { message, attempts, causes, retryable: true }))
    }

    /// The listing that the call is a part of has no time left.
    pub(in crate::core) fn beyond_deadline(&self, attempts: u32, causes: Vec<String>) -> Error {
        let deadline = self.deadline.unwrap_or_default().as_secs_f64();
        let last = causes.last().map(|cause| format!("; last of all: {cause}")).unwrap_or_default();
        let message = format!(
            "the list was not read to its end within {deadline} s (deadline){last}. What an iterator handed out \
             stays valid, and its next item is read with as much time again"
        );
        Error::Timeout(Box::new(ConnectionError { message, attempts, causes, retryable: true }))
    }
}
