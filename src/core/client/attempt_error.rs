//! How one attempt failed, as far as trying again is concerned, and what it is called in the log.
//! Pure; it knows no socket.

use super::messages::ErrorContext;
use std::time::Duration;

use bytes::Bytes;

use crate::core::error::{Error, InvalidResponse, StatusError};
use crate::core::http::limiter::Throttled;
use crate::core::http::retry::RetryClass;
use crate::core::http::transport_error::{TransportError, TransportErrorKind};

#[derive(Debug)]
pub enum AttemptError {
    Transport(TransportError),
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
    Throttled(Throttled),
    /// The token was refused, and another can be had.
    TokenRefused,
    /// The call for a token failed on its way.
    TokenFault(TransportError),
    /// The call for a token got an answer without one.
    NoGrant {
        refusal: Box<StatusError>,
        wanted: Option<Duration>,
    },
    /// No token within the whole call's time.
    TokenLate,
    Final(Error),
}

impl AttemptError {
    /// The failure as far as trying again is concerned.
    pub fn retry_class(&self) -> RetryClass {
        match self {
            Self::Transport(fault) | Self::TokenFault(fault) => class_of(fault.kind),
            Self::Refused { refusal, .. } | Self::NoGrant { refusal, .. } => {
                refusal.status_code.map_or(RetryClass::Lasting, RetryClass::Status)
            }
            Self::Invalid { lasting: false, .. } => RetryClass::Invalid,
            Self::Invalid { .. }
            | Self::Throttled(_)
            | Self::TokenRefused
            | Self::TokenLate
            | Self::Final(_) => RetryClass::Lasting,
        }
    }

    /// The wait that the server asked for.
    pub fn wanted(&self) -> Option<Duration> {
        match self {
            Self::Refused { wanted, .. } | Self::NoGrant { wanted, .. } => *wanted,
            _ => None,
        }
    }

    /// The wait that the server asked for is why there is no further attempt.
    pub fn wait_is_too_long(&mut self) {
        if let Self::Refused { refusal, wanted } | Self::NoGrant { refusal, wanted } = self {
            refusal.wait_too_long = wanted.is_some_and(|wanted| !wanted.is_zero());
        }
    }

    /// The budget for retries is why there is no further attempt.
    pub fn budget_is_spent(&mut self, why: String) {
        if let Self::Refused { refusal, .. } | Self::NoGrant { refusal, .. } = self {
            refusal.not_retried = Some(why);
        }
    }

    /// Whether it never came to be sent, since there was no time left.
    pub fn is_late(&self) -> bool {
        match self {
            Self::Throttled(_) | Self::TokenLate => true,
            Self::Transport(fault) => fault.kind == TransportErrorKind::TotalTimeout,
            _ => false,
        }
    }

    /// The class that the failure is to a user.
    pub fn class_name(&self) -> &'static str {
        match self {
            Self::Transport(fault) | Self::TokenFault(fault) => fault_class(fault.kind),
            Self::Refused { refusal, .. } | Self::NoGrant { refusal, .. } => refusal.kind.class_name(),
            Self::Invalid { .. } => "InvalidResponseError",
            Self::Throttled(Throttled::Paused { status: 429, .. }) => "RateLimitError",
            Self::Throttled(Throttled::Paused { .. }) => "InternalServerError",
            Self::Throttled(_) | Self::TokenLate => "APITimeoutError",
            Self::TokenRefused => "AuthenticationError",
            Self::Final(error) => error.class_name(),
        }
    }

    /// The fault of transport, if the request itself met one.
    pub fn fault(&self) -> Option<&TransportError> {
        if let Self::Transport(fault) = self { Some(fault) } else { None }
    }

    /// A few words, for the log and the list of causes.
    pub fn cause(&self) -> String {
        match self {
            Self::Transport(fault) => fault.words.clone(),
            Self::TokenFault(fault) => format!("no access token: {}", fault.words),
            Self::Refused { refusal, .. } => refusal.to_string(),
            Self::NoGrant { refusal, .. } => format!("no access token: {refusal}"),
            Self::Invalid { message, .. } => message.clone(),
            Self::Throttled(_) => "held back".to_owned(),
            Self::TokenRefused => "the access token was refused".to_owned(),
            Self::TokenLate => "no access token in time".to_owned(),
            Self::Final(error) => error.to_string(),
        }
    }

    /// The error that the caller gets.
    pub fn into_error(self, context: &ErrorContext<'_>, causes: Vec<String>) -> Error {
        match self {
            Self::Transport(fault) => context.connection(&fault, "", causes),
            Self::TokenFault(fault) => context.connection(&fault, "no access token: ", causes),
            Self::Refused { refusal, wanted } => context.refusal(*refusal, wanted),
            Self::NoGrant { refusal, wanted } => context.no_grant(*refusal, wanted),
            Self::Invalid { message, status, body, request_id, lasting } => {
                let invalid = context.invalid(&message, status, &body, request_id);
                Error::InvalidResponse(Box::new(InvalidResponse { retryable: !lasting, ..invalid }))
            }
            Self::Throttled(why) => context.throttled(why, causes),
            Self::TokenRefused | Self::TokenLate => context.token_late(causes),
            Self::Final(error) => error,
        }
    }
}

/// The class that a fault of transport is to a user.
pub fn fault_class(kind: TransportErrorKind) -> &'static str {
    match kind {
        TransportErrorKind::ConnectTimeout
        | TransportErrorKind::AttemptTimeout
        | TransportErrorKind::TotalTimeout => "APITimeoutError",
        TransportErrorKind::Encoding | TransportErrorKind::HeadTooLarge => "InvalidResponseError",
        TransportErrorKind::Memory => "MemoryError",
        _ => "APIConnectionError",
    }
}

fn class_of(kind: TransportErrorKind) -> RetryClass {
    match kind {
        TransportErrorKind::Certificate
        | TransportErrorKind::ClientCertificate
        | TransportErrorKind::ProxyCredentials
        | TransportErrorKind::Memory
        | TransportErrorKind::TotalTimeout => RetryClass::Lasting,
        TransportErrorKind::ConnectTimeout | TransportErrorKind::AttemptTimeout => RetryClass::Timeout,
        TransportErrorKind::Encoding | TransportErrorKind::HeadTooLarge => RetryClass::Invalid,
        _ => RetryClass::Transport,
    }
}
