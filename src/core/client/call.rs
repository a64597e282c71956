//! One call made reliable: get a token, wait for one's turn, send, judge the answer, try again.
//! One attempt is made in [`attempt`](super::attempt). Whether a failed one is worth another is decided in
//! [`retry`](crate::core::http::retry), and told here to whoever observes. Two attempts are outside that count, and
//! decided here: a connection that the server ended before it read the request, and a token that is renewed once
//! after a 401.

use std::sync::Arc;
use std::time::Duration;

use http::HeaderMap;
use tokio::time::Instant;

use super::attempt::Sent;
use super::attempt_error::AttemptError;
use super::call_log::Line;
use super::messages::ErrorContext;
use super::request::CallOptions;
use super::state::ClientState;
use super::target::{self, Target};
use crate::core::config::secret::Redactor;
use crate::core::config::{EventKind, RequestEvent, Timeout, header_secrets};
use crate::core::error::{Error, Result};
use crate::core::http::budget::Budget;
use crate::core::http::credentials::Token;
use crate::core::http::retry::{self, Decision, GiveUpReason, RetryState};
use crate::core::http::transport::{Exchange, Transport};
use crate::core::http::transport_error::{TransportError, TransportErrorKind};

/// A connection that proves stale costs no retry; a server that ends every one does.
const FREE_RETRIES: u32 = 8;
/// A server that sends GOAWAY, or refuses a stream, again and again is to be asked less often.
const FREE_GOAWAYS: u32 = 2;

pub(super) struct Call<'c> {
    pub client: &'c ClientState,
    pub transport: &'c Transport,
    pub target: Target,
    pub headers: HeaderMap,
    pub timeout: Timeout,
    pub started: Instant,
    pub deadline: Instant,
    /// `deadline` is not the call's own, but of what it is a part of, which may take so long.
    part_of: Option<Duration>,
    pub budget: Arc<Budget>,
    max_retries: u32,
    pub attempts: u32,
    retries: u32,
    free_retries: u32,
    /// What is known of the latest attempt, if it was sent.
    pub sent: Option<Sent>,
    /// The token that was sent last: by now the client may have another, or none.
    pub token: Option<Arc<Token>>,
    /// Whether another token was asked for after a 401.
    pub renewed: bool,
    causes: Vec<String>,
    /// Why it was not tried again, where the budget for retries is why.
    not_retried: Option<String>,
}

/// What is done after a failed attempt.
enum Next {
    Again,
    AgainAfter(Duration),
    Fail(AttemptError, Option<GiveUpReason>),
}

impl<'c> Call<'c> {
    pub fn new(
        client: &'c ClientState,
        transport: &'c Transport,
        target: Target,
        options: &CallOptions,
    ) -> Result<Self> {
        let config = &client.config;
        let timeout = options.timeout.unwrap_or(config.timeout).check().map_err(Error::Configuration)?;
        let mut headers = client.headers.clone();
        if let Some(trace) = options.traceparent.as_ref().and_then(|trace| trace.parse().ok()) {
            headers.insert("traceparent", trace);
        }
        let headers = target::headers(&headers, &options.headers, &config.identity)?;
        let started = Instant::now();
        let own = started + timeout.total;
        let until = options.until.filter(|until| *until < own);
        let agent = target.agent.as_deref().unwrap_or_default();
        Ok(Self {
            budget: client.budgets.of(config.base_url.as_str(), &config.project_key, agent),
            client,
            transport,
            target,
            headers,
            timeout,
            max_retries: options.max_retries.unwrap_or(config.max_retries),
            started,
            deadline: until.unwrap_or(own),
            part_of: until.and(options.deadline),
            attempts: 0,
            retries: 0,
            free_retries: 0,
            sent: None,
            token: None,
            renewed: false,
            causes: Vec::new(),
            not_retried: None,
        })
    }

    /// Tries until `accept` takes an answer, or nothing more is to be tried.
    pub async fn run<T>(
        mut self,
        accept: impl Fn(&Self, &Exchange) -> Result<T, AttemptError> + Send + Sync,
    ) -> Result<T> {
        loop {
            self.attempts += 1;
            self.sent = None;
            let attempt = self.attempts;
            let outcome = match self.attempt().await {
                Ok(exchange) => accept(&self, &exchange),
                Err(failure) => Err(failure),
            };
            let failure = match outcome {
                Ok(accepted) => {
                    self.observe_attempt(attempt, None, None);
                    return Ok(accepted);
                }
                Err(failure) => failure,
            };
            let error = failure.class_name();
            match self.next(failure) {
                Next::Again => self.observe_attempt(attempt, Some(error), None),
                Next::AgainAfter(wait) => {
                    self.observe_attempt(attempt, Some(error), None);
                    self.observe(EventKind::Retry, attempt, Some(error), |event| event.wait = Some(wait));
                    tokio::time::sleep(wait).await;
                }
                Next::Fail(failure, why) => {
                    self.observe_attempt(attempt, Some(error), why.and_then(GiveUpReason::name));
                    return Err(self.failed(failure, why));
                }
            }
        }
    }

    /// The error that the caller gets.
    fn failed(mut self, failure: AttemptError, why: Option<GiveUpReason>) -> Error {
        let causes = std::mem::take(&mut self.causes);
        let no_time = why == Some(GiveUpReason::WaitTooLong) || failure.is_late();
        if self.part_of.is_some() && no_time {
            let unsent = u32::from(self.sent.is_none());
            return self.context().beyond_deadline(self.attempts.saturating_sub(unsent), causes);
        }
        failure.into_error(&self.context(), causes)
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
            Decision::Retry { after } if self.budget.take(retry::cost(class)) => {
                self.retries += 1;
                self.line().retry(&cause, self.retries, self.max_retries, after);
                Next::AgainAfter(after)
            }
            Decision::Retry { .. } | Decision::GiveUp(GiveUpReason::BudgetSpent) => {
                let why = no_budget(self.budget.most(), retry::cost(class));
                self.line().not_retried(&why);
                failure.budget_is_spent(why.clone());
                self.not_retried = Some(why);
                Next::Fail(failure, Some(GiveUpReason::BudgetSpent))
            }
            Decision::GiveUp(why) => {
                if why == GiveUpReason::WaitTooLong {
                    failure.wait_is_too_long();
                }
                Next::Fail(failure, Some(why))
            }
        }
    }

    /// The server most likely never saw the request: the connection was stale, or it said so.
    fn is_free(&self, fault: &TransportError) -> bool {
        match fault.kind {
            TransportErrorKind::Closed | TransportErrorKind::Reset => {
                self.transport.was_reused(fault) && self.free_retries < FREE_RETRIES
            }
            TransportErrorKind::GoAway => self.free_retries < FREE_GOAWAYS,
            _ => false,
        }
    }

    fn retry_state(&self) -> RetryState {
        RetryState {
            retries: self.retries,
            max_retries: self.max_retries,
            elapsed: self.started.elapsed(),
            total: self.deadline.saturating_duration_since(self.started),
            budget: self.budget.left(),
        }
    }

    fn context(&self) -> ErrorContext<'_> {
        ErrorContext {
            config: &self.client.config,
            timeout: self.timeout,
            attempts: self.attempts,
            redactor: self.redactor(),
            not_retried: self.not_retried.clone(),
            deadline: self.part_of,
        }
    }

    /// The error of a transport, which may quote what the other side said.
    pub fn screened(&self, fault: &TransportError) -> TransportError {
        TransportError { words: self.redactor().screen(&fault.words).into_owned(), ..fault.clone() }
    }

    /// Masks the client's secrets and the token of this attempt.
    pub fn redactor(&self) -> Redactor {
        let mut redactor = self.client.redactor();
        if let Some(token) = &self.token {
            redactor.add(token.expose());
        }
        // The client's own are known to be secret already; these may be the call's.
        header_secrets(&self.headers).for_each(|secret| redactor.add(secret));
        redactor
    }

    /// The request as the log names it.
    pub fn line(&self) -> Line<'_> {
        let sent = self.sent.as_ref();
        Line {
            method: self.target.method.as_str(),
            path: self.target.url.path(),
            agent: self.target.agent.as_deref(),
            offset: self.target.offset,
            attempt: self.attempts,
            status: sent.and_then(|sent| sent.status),
            request_id: sent.and_then(|sent| sent.request_id.as_deref()),
            elapsed: sent.map(|sent| sent.elapsed),
        }
    }

    /// Tells of an attempt, if it was sent.
    fn observe_attempt(&self, attempt: u32, error: Option<&'static str>, gave_up: Option<&'static str>) {
        if self.sent.is_some() {
            self.observe(EventKind::Attempt, attempt, error, |event| event.gave_up = gave_up);
        }
    }

    /// Tells whoever observes, where somebody does.
    pub fn observe(
        &self,
        kind: EventKind,
        attempt: u32,
        error: Option<&'static str>,
        more: impl FnOnce(&mut RequestEvent),
    ) {
        let Some(observer) = self.client.config.observer.as_ref().filter(|observer| observer.0.listens())
        else {
            return;
        };
        let sent = self.sent.as_ref();
        let mut event = RequestEvent {
            kind,
            method: Some(if self.target.body.is_some() { "POST" } else { "GET" }),
            path: Some(self.redactor().redact(self.target.url.path()).into_owned()),
            offset: self.target.offset,
            limit: self.target.limit,
            attempt,
            status: sent.and_then(|sent| sent.status),
            error,
            elapsed: sent.map(|sent| sent.elapsed).unwrap_or_default(),
            bytes_received: sent.map_or(0, |sent| sent.bytes),
            wait: None,
            request_id: sent.and_then(|sent| sent.request_id.clone()),
            agent_id: self.target.agent.clone(),
            gave_up: None,
        };
        more(&mut event);
        observer.0.observe(event);
    }
}

/// Why the budget for retries pays for none.
fn no_budget(most: i64, cost: i64) -> String {
    if most < cost {
        return format!("not tried again, since retry_budget is {most} and a retry takes {cost}");
    }
    "not tried again, since the retry budget of this agent is spent (retry_budget)".to_owned()
}
