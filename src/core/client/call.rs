//! One call made reliable: get a token, wait for one's turn, send, judge the answer, try again.
//! Whether a failed attempt is worth another is decided in [`retry`](crate::core::http::retry), what an answer means
//! in [`status_error`](super::status_error). Two attempts are outside that count, and decided here: a connection that
//! the server ended before it read the request, and a token that is renewed once after a 401.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode};
use tokio::time::Instant;

use super::attempt_error::AttemptError;
use super::call_log::{self, Line};
use super::messages::ErrorContext;
use super::request::{CallOptions, ListRequest};
use super::response::Response;
use super::state::ClientState;
use super::status_error;
use crate::core::config::Timeout;
use crate::core::config::secret::Redactor;
use crate::core::error::{Error, Result};
use crate::core::http::credentials::{NoToken, Token};
use crate::core::http::limiter::Throttled;
use crate::core::http::rate_limit_headers;
use crate::core::http::retry::{self, Decision, GiveUpReason, RetryState};
use crate::core::http::transport::{Body, Exchange, Transport};
use crate::core::http::transport_error::{TransportError, TransportErrorKind};
use crate::core::model::page_body::{PageBody, PageBodyError};

/// The most that is quoted of what an answer says instead of sessions.
const MOST_WORDS: usize = 1024;
/// A connection that proves stale costs no retry; a server that ends every one does.
const FREE_RETRIES: u32 = 8;
/// A server that says goodbye, or refuses a stream, again and again is to be asked less often.
const FREE_GOODBYES: u32 = 2;

pub(in crate::core) struct Call<'c> {
    client: &'c ClientState,
    transport: &'c Transport,
    body: Bytes,
    offset: i64,
    headers: HeaderMap,
    timeout: Timeout,
    max_retries: u32,
    started: Instant,
    deadline: Instant,
    attempts: u32,
    retries: u32,
    free_retries: u32,
    /// The token that was sent last: by now the client may have another, or none.
    token: Option<Arc<Token>>,
    /// Whether another token was asked for after a 401.
    renewed: bool,
    causes: Vec<String>,
}

/// What is done after a failed attempt.
enum Next {
    Again,
    AgainAfter(Duration),
    Fail(AttemptError),
}

impl<'c> Call<'c> {
    pub fn new(
        client: &'c ClientState,
        transport: &'c Transport,
        request: &ListRequest,
        options: &CallOptions,
    ) -> Result<Self> {
        let config = &client.config;
        let timeout = options.timeout.unwrap_or(config.timeout).check().map_err(Error::Configuration)?;
        let mut headers = client.headers.clone();
        if let Some(trace) = options.traceparent.as_ref().and_then(|trace| trace.parse().ok()) {
            headers.insert("traceparent", trace);
        }
        let started = Instant::now();
        Ok(Self {
            client,
            transport,
            body: request.body(config.agent_id.as_deref(), config.project_key.expose()),
            offset: request.offset,
            headers,
            timeout,
            max_retries: options.max_retries.unwrap_or(config.max_retries),
            started,
            deadline: started + timeout.total,
            attempts: 0,
            retries: 0,
            free_retries: 0,
            token: None,
            renewed: false,
            causes: Vec::new(),
        })
    }

    pub async fn run(mut self) -> Result<Response> {
        loop {
            self.attempts += 1;
            let failure = match self.attempt().await {
                Ok(response) => return Ok(response),
                Err(failure) => failure,
            };
            match self.next(failure) {
                Next::Again => {}
                Next::AgainAfter(wait) => tokio::time::sleep(wait).await,
                Next::Fail(failure) => {
                    let causes = std::mem::take(&mut self.causes);
                    return Err(failure.into_error(&self.context(), causes));
                }
            }
        }
    }

    /// Sends the request once.
    async fn attempt(&mut self) -> Result<Response, AttemptError> {
        let token = self.token().await?;
        self.token.clone_from(&token);
        let throttle = self.client.throttle.clone();
        let permit = throttle.admit(self.deadline).await.map_err(AttemptError::Throttled)?;
        let slot = tokio::time::timeout_at(self.deadline, self.transport.slot()).await;
        let slot = slot.map_err(|_| AttemptError::Throttled(Throttled::NoConnection))?;
        let sent = Instant::now();
        let until = self.deadline.min(sent + self.timeout.attempt);
        let exchange = self.transport.send(self.request(token.as_deref()), self.timeout.connect);
        let outcome = tokio::time::timeout_at(until, exchange).await;
        drop((slot, permit));
        self.line().attempt(sent, self.attempts, || match &outcome {
            Ok(Ok(exchange)) => exchange.status.as_str().to_owned(),
            Ok(Err(fault)) => self.redactor().screen(&fault.words).into_owned(),
            Err(_) => "no answer in time".to_owned(),
        });
        match outcome {
            Err(_) if until == self.deadline => Err(late(TransportErrorKind::TotalTimeout)),
            Err(_) => Err(late(TransportErrorKind::AttemptTimeout)),
            Ok(Err(fault)) => Err(AttemptError::Transport(self.screened(&fault))),
            Ok(Ok(exchange)) if exchange.status.is_success() => self.accept(&exchange),
            Ok(Ok(exchange)) => Err(self.refused(&exchange, token.as_ref(), sent)),
        }
    }

    fn request(&self, token: Option<&Token>) -> reqwest::Request {
        let mut request = reqwest::Request::new(Method::POST, self.client.endpoint.clone());
        *request.headers_mut() = self.headers.clone();
        if let Some(token) = token {
            request.headers_mut().insert(http::header::AUTHORIZATION, token.header());
        }
        *request.body_mut() = Some(self.body.clone().into());
        request
    }

    async fn token(&self) -> Result<Option<Arc<Token>>, AttemptError> {
        let client = self.client;
        let token = client.credentials.token(self.transport, &client.config);
        match tokio::time::timeout_at(self.deadline, token).await {
            Ok(Ok(token)) => Ok(token),
            Ok(Err(NoToken::Transport(fault))) => Err(AttemptError::TokenFault(self.screened(&fault))),
            Ok(Err(NoToken::Error(error))) => Err(AttemptError::Final(error)),
            Ok(Err(NoToken::Refused(exchange))) => Err(self.no_grant(&exchange)),
            Err(_) => Err(AttemptError::TokenLate),
        }
    }

    /// The call for a token was answered, but not with a token.
    fn no_grant(&self, exchange: &Exchange) -> AttemptError {
        let wanted = rate_limit_headers::wait(&exchange.headers, SystemTime::now());
        let refusal =
            status_error::judge(exchange.status, &exchange.headers, exchange.body.bytes(), &self.redactor());
        AttemptError::NoGrant { refusal: Box::new(refusal), wanted }
    }

    /// A success: is its body an answer?
    fn accept(&self, exchange: &Exchange) -> Result<Response, AttemptError> {
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
            call_log::strange_count(&self.redactor().redact(note));
        }
        self.client.succeeded(&exchange.headers);
        let date = rate_limit_headers::date(&exchange.headers);
        Ok(Response {
            answer: answer.into(),
            request_id: status_error::request_id(&exchange.headers, None)
                .map(|id| self.redactor().screen(&id).into_owned()),
            mask: None,
            elapsed: self.started.elapsed(),
            attempts: self.attempts,
            answered_at: micros(date.unwrap_or_else(SystemTime::now)),
            dated: date.is_some(),
        })
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

    /// What to do after a failed attempt.
    fn next(&mut self, mut failure: AttemptError) -> Next {
        if matches!(failure, AttemptError::TokenRefused) {
            self.line().renewal();
            return Next::Again;
        }
        let cause = self.redactor().redact(&failure.cause()).into_owned();
        self.causes.push(cause.clone());
        if let Some(fault) = failure.fault()
            && self.is_free(fault)
        {
            self.free_retries += 1;
            self.attempts -= 1;
            self.line().again_at_once();
            return Next::Again;
        }
        let class = failure.retry_class();
        match retry::decide(class, self.retry_state(), failure.wanted(), fastrand::f64()) {
            Decision::Retry { after } if self.client.budget.take(retry::cost(class)) => {
                self.retries += 1;
                self.line().retry(&cause, self.retries, self.max_retries, after);
                Next::AgainAfter(after)
            }
            Decision::Retry { .. } | Decision::GiveUp(GiveUpReason::BudgetSpent) => {
                self.line().budget_spent();
                Next::Fail(failure)
            }
            Decision::GiveUp(why) => {
                if why == GiveUpReason::WaitTooLong {
                    failure.wait_is_too_long();
                }
                Next::Fail(failure)
            }
        }
    }

    /// The server most likely never saw the request: the connection was stale, or it said so.
    fn is_free(&self, fault: &TransportError) -> bool {
        match fault.kind {
            TransportErrorKind::Closed | TransportErrorKind::Reset => {
                self.transport.was_reused(fault) && self.free_retries < FREE_RETRIES
            }
            TransportErrorKind::GoAway => self.free_retries < FREE_GOODBYES,
            _ => false,
        }
    }

    fn retry_state(&self) -> RetryState {
        RetryState {
            retries: self.retries,
            max_retries: self.max_retries,
            elapsed: self.started.elapsed(),
            total: self.timeout.total,
            budget: self.client.budget.left(),
        }
    }

    fn context(&self) -> ErrorContext<'_> {
        ErrorContext {
            config: &self.client.config,
            timeout: self.timeout,
            attempts: self.attempts,
            redactor: self.redactor(),
        }
    }

    /// The error of a transport, which may quote what the other side said.
    fn screened(&self, fault: &TransportError) -> TransportError {
        TransportError { words: self.redactor().screen(&fault.words).into_owned(), ..fault.clone() }
    }

    /// Masks the client's secrets and the token of this attempt.
    fn redactor(&self) -> Redactor {
        let mut redactor = self.client.redactor();
        if let Some(token) = &self.token {
            redactor.add(token.expose());
        }
        redactor
    }

    /// The request as the log names it.
    fn line(&self) -> Line<'_> {
        Line { path: self.client.endpoint.path(), offset: self.offset }
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
