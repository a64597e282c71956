//! One attempt of a call: a token, one's turn, the request, and what its answer is taken for.
//! It decides nothing about another.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http::StatusCode;
use tokio::time::Instant;

use super::attempt_error::{AttemptError, fault_class};
use super::call::Call;
use super::response::Response;
use super::status_error;
use crate::core::config::EventKind;
use crate::core::error::{Error, Result};
use crate::core::http::credentials::{NoToken, Token, TokenCall};
use crate::core::http::limiter::Throttled;
use crate::core::http::rate_limit_headers;
use crate::core::http::transport::{Body, Exchange};
use crate::core::http::transport_error::{TransportError, TransportErrorKind};
use crate::core::model::page_body::{PageBody, PageBodyError};

/// The most that is quoted of what an answer says instead of sessions.
const MOST_WORDS: usize = 1024;

/// What is known of an attempt that was sent.
pub(super) struct Sent {
    pub elapsed: Duration,
    pub status: Option<u16>,
    /// Of the body, unpacked.
    pub bytes: u64,
    pub request_id: Option<String>,
}

impl Call<'_> {
    /// Sends the request once.
    pub async fn attempt(&mut self) -> Result<Exchange, AttemptError> {
        let token = self.token().await?;
        self.token.clone_from(&token);
        let throttle = self.client.throttle.clone();
        let permit = throttle.admit(self.deadline).await.map_err(AttemptError::Throttled)?;
        let slot = tokio::time::timeout_at(self.deadline, self.transport.connection_permit()).await;
        let slot = slot.map_err(|_| AttemptError::Throttled(Throttled::NoConnection))?;
        let sent = Instant::now();
        let until = self.deadline.min(sent + self.timeout.attempt);
        let exchange = self.transport.send(self.request(token.as_deref()), self.timeout.connect);
        let outcome = tokio::time::timeout_at(until, exchange).await;
        drop((slot, permit));
        self.sent =
            Some(self.sent(sent.elapsed(), outcome.as_ref().ok().and_then(|sent| sent.as_ref().ok())));
        self.line().attempt(|| match &outcome {
            Ok(Ok(exchange)) => exchange.status.as_str().to_owned(),
            Ok(Err(fault)) => self.redactor().screen(&fault.words).into_owned(),
            Err(_) => "no answer in time".to_owned(),
        });
        match outcome {
            Err(_) if until == self.deadline => Err(late(TransportErrorKind::TotalTimeout)),
            Err(_) => Err(late(TransportErrorKind::AttemptTimeout)),
            Ok(Err(fault)) => Err(AttemptError::Transport(self.screened(&fault))),
            Ok(Ok(exchange)) if exchange.status.is_success() => Ok(exchange),
            Ok(Ok(exchange)) => Err(self.refused(&exchange, token.as_ref(), sent)),
        }
    }

    fn sent(&self, elapsed: Duration, answer: Option<&Exchange>) -> Sent {
        Sent {
            elapsed,
            status: answer.map(|answer| answer.status.as_u16()),
            bytes: answer.map_or(0, |answer| answer.body.bytes().len() as u64),
            request_id: answer.and_then(|answer| self.request_id(answer)),
        }
    }

    /// The service's name for the request, as its headers give it.
    fn request_id(&self, answer: &Exchange) -> Option<String> {
        let id = status_error::request_id(&answer.headers, None)?;
        Some(self.redactor().screen(&id).into_owned())
    }

    fn request(&self, token: Option<&Token>) -> reqwest::Request {
        let mut request = reqwest::Request::new(self.target.method.clone(), self.target.url.clone());
        *request.headers_mut() = self.headers.clone();
        if let Some(token) = token {
            request.headers_mut().insert(http::header::AUTHORIZATION, token.header());
        }
        *request.body_mut() = self.target.body.clone().map(Into::into);
        request
    }

    async fn token(&self) -> Result<Option<Arc<Token>>, AttemptError> {
        let client = self.client;
        let tell = |call: TokenCall<'_>| self.observe_token(&call);
        let token = client.credentials.token(self.transport, &client.config, &tell);
        match tokio::time::timeout_at(self.deadline, token).await {
            Ok(Ok(token)) => Ok(token),
            Ok(Err(NoToken::Transport(fault))) => Err(AttemptError::TokenFault(self.screened(&fault))),
            Ok(Err(NoToken::Error(error))) => Err(AttemptError::Final(error)),
            Ok(Err(NoToken::Refused(exchange))) => Err(self.no_grant(&exchange)),
            Err(_) => Err(AttemptError::TokenLate),
        }
    }

    fn observe_token(&self, call: &TokenCall<'_>) {
        let error = match call.failure {
            None => None,
            Some(NoToken::Transport(fault)) => Some(fault_class(fault.kind)),
            Some(NoToken::Error(error)) => Some(error.class_name()),
            Some(NoToken::Refused(exchange)) if exchange.status.is_success() => Some("InvalidResponseError"),
            Some(NoToken::Refused(exchange)) if matches!(exchange.status.as_u16(), 400 | 401 | 403) => {
                Some("AuthenticationError")
            }
            Some(NoToken::Refused(exchange)) => Some(status_error::kind_of(exchange.status).class_name()),
        };
        self.observe(EventKind::Token, self.attempts, error, |event| {
            let path = call.path.map(|path| self.redactor().redact(path).into_owned());
            (event.method, event.path) = (path.is_some().then_some("POST"), path);
            (event.offset, event.limit) = (None, None);
            event.elapsed = call.elapsed;
            event.status = call.answer.map(|answer| answer.status.as_u16());
            event.bytes_received = call.answer.map_or(0, |answer| answer.body.bytes().len() as u64);
            event.request_id = call.answer.and_then(|answer| self.request_id(answer));
        });
    }

    /// The call for a token was answered, but not with a token.
    fn no_grant(&self, exchange: &Exchange) -> AttemptError {
        let wanted = rate_limit_headers::wait(&exchange.headers, SystemTime::now());
        let refusal =
            status_error::judge(exchange.status, &exchange.headers, exchange.body.bytes(), &self.redactor());
        AttemptError::NoGrant { refusal: Box::new(refusal), wanted }
    }

    /// A success: is its body a page?
    pub fn page(&self, exchange: &Exchange) -> Result<Response, AttemptError> {
        let invalid = |message: String, lasting| AttemptError::Invalid {
            message,
            status: exchange.status.as_u16(),
            body: exchange.body.bytes().clone(),
            request_id: status_error::request_id(&exchange.headers, None),
            lasting,
        };
        let body = match &exchange.body {
            Body::Whole(body) => body.clone(),
            Body::TooLarge(_) => {
                return Err(invalid(
                    "The answer is larger than 64 MiB. Ask for fewer sessions with `limit`.".into(),
                    true,
                ));
            }
        };
        let text = if body.starts_with(b"\xef\xbb\xbf") { body.slice(3..) } else { body };
        let answer = match PageBody::parse(text) {
            Ok(answer) => answer,
            Err(PageBodyError::Memory) => {
                return Err(AttemptError::Final(Error::Memory(PageBodyError::Memory.to_string())));
            }
            Err(error) => return Err(unreadable(exchange, &error)),
        };
        if let Some(note) = answer.total_count_note() {
            self.line().strange_count(&self.redactor().redact(note));
        }
        self.succeeded(exchange);
        let date = rate_limit_headers::date(&exchange.headers);
        Ok(Response {
            answer: answer.into(),
            request_id: self.request_id(exchange),
            mask: None,
            elapsed: self.started.elapsed(),
            attempts: self.attempts,
            answered_at: micros(date.unwrap_or_else(SystemTime::now)),
            dated: date.is_some(),
        })
    }

    /// The answer is what was asked for.
    pub fn succeeded(&self, exchange: &Exchange) {
        self.budget.give();
        self.client.succeeded(&exchange.headers);
    }

    /// An answer that is a refusal; what it says about our pace holds for the whole client.
    fn refused(&mut self, exchange: &Exchange, token: Option<&Arc<Token>>, sent: Instant) -> AttemptError {
        if exchange.status == StatusCode::UNAUTHORIZED && !self.renewed {
            let another = token.is_some_and(|token| self.client.credentials.refuse(token));
            if another {
                self.renewed = true;
                return AttemptError::TokenRefused;
            }
        }
        let wanted = rate_limit_headers::wait(&exchange.headers, SystemTime::now());
        self.client.refused(exchange.status, wanted, sent);
        let refusal =
            status_error::judge(exchange.status, &exchange.headers, exchange.body.bytes(), &self.redactor());
        AttemptError::Refused { refusal: Box::new(refusal), wanted }
    }
}

/// A success whose body is no page. It may be a refusal all the same, and then says why.
fn unreadable(exchange: &Exchange, error: &PageBodyError) -> AttemptError {
    let body = exchange.body.bytes();
    let said: Option<serde_json::Value> = match error {
        PageBodyError::NoSessions => serde_json::from_slice(body).ok(),
        _ => None,
    };
    let words = said.as_ref().and_then(|said| status_error::words::of_json(said).line());
    let message = match words {
        Some(words) => {
            let words = status_error::excerpt(&words, MOST_WORDS);
            format!("The answer holds no `sessions`, but says: {words}")
        }
        None => error.to_string(),
    };
    AttemptError::Invalid {
        message,
        status: exchange.status.as_u16(),
        body: body.clone(),
        request_id: status_error::request_id(&exchange.headers, said.as_ref()),
        lasting: false,
    }
}

fn late(kind: TransportErrorKind) -> AttemptError {
    AttemptError::Transport(TransportError::new(kind, "no whole answer in time"))
}

fn micros(time: SystemTime) -> i64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_micros()).unwrap_or(i64::MAX)
}
