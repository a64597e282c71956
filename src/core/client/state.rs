//! What all calls of one client share: settings, connections, limiter, retry budget, credentials, answers.
//! It sends nothing and judges no answer: it is told what the service said.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use arc_swap::ArcSwapOption;
use http::{HeaderMap, StatusCode};
use tokio::sync::Notify;
use tokio::time::Instant;
use url::Url;

use super::cache::AnswerCache;
use super::response::Response;
use crate::core::config::ClientConfig;
use crate::core::config::secret::Redactor;
use crate::core::error::{ConnectionError, Error, InvalidResponse, Result, room_for};
use crate::core::http::budget::Budgets;
use crate::core::http::credentials::Credentials;
use crate::core::http::limiter::Throttle;
use crate::core::http::rate_limit_headers;
use crate::core::http::retry::LONGEST_WAIT;
use crate::core::http::transport::{self, Transport};

/// One client's settings and everything that outlives a call.
pub(in crate::core) struct ClientState {
    pub config: ClientConfig,
    pub endpoint: Url,
    pub headers: HeaderMap,
    pub throttle: Arc<Throttle>,
    pub budgets: Arc<Budgets>,
    pub credentials: Arc<Credentials>,
    pub answers: Option<AnswerCache>,
    /// `None` once the client is closed; a call under way keeps its own hold on it.
    transport: ArcSwapOption<Transport>,
    /// Wakes the calls that are under way when the client is closed.
    closing: Notify,
    redactor: Redactor,
}

/// What clients that differ in some settings may have in common.
struct Shared {
    throttle: Arc<Throttle>,
    budgets: Arc<Budgets>,
    credentials: Arc<Credentials>,
    answers: Option<AnswerCache>,
}

impl ClientState {
    pub fn new(config: ClientConfig) -> Result<Self> {
        let transport = Arc::new(Transport::new(&config)?);
        let throttle = Arc::new(Throttle::new(config.max_requests_per_second));
        let shared = Shared {
            throttle,
            budgets: Arc::new(Budgets::new(config.retry_budget)),
            credentials: Arc::new(Credentials::new(&config)?),
            answers: config.cache_ttl.map(AnswerCache::new),
        };
        Ok(Self::of(config, transport, shared))
    }

    fn of(config: ClientConfig, transport: Arc<Transport>, shared: Shared) -> Self {
        Self {
            endpoint: config.endpoint("conversation/sessions"),
            headers: transport::headers(&config),
            redactor: config.redactor(),
            throttle: shared.throttle,
            budgets: shared.budgets,
            credentials: shared.credentials,
            answers: shared.answers,
            transport: ArcSwapOption::new(Some(transport)),
            closing: Notify::new(),
            config,
        }
    }

    /// The same with other settings; whatever they leave valid is shared.
    pub fn with_config(&self, config: ClientConfig) -> Result<Self> {
        let ours = &self.config;
        let mut transport = self.transport()?;
        if !transport.serves(&config) {
            transport = Arc::new(Transport::new(&config)?);
        }
        let same_service = ours.base_url == config.base_url;
        let same_rate = ours.max_requests_per_second == config.max_requests_per_second;
        let same_identity =
            same_service && ours.identity == config.identity && ours.blocks_key == config.blocks_key;
        let shared = Shared {
            throttle: if same_service && same_rate {
                self.throttle.clone()
            } else {
                Arc::new(Throttle::new(config.max_requests_per_second))
            },
            budgets: if ours.retry_budget == config.retry_budget {
                self.budgets.clone()
            } else {
                Arc::new(Budgets::new(config.retry_budget))
            },
            credentials: if same_identity {
                self.credentials.clone()
            } else {
                Arc::new(Credentials::new(&config)?)
            },
            answers: if same_identity && self.answers_as(&config) {
                self.answers.clone()
            } else {
                config.cache_ttl.map(AnswerCache::new)
            },
        };
        Ok(Self::of(config, transport, shared))
    }

    /// Whether a client of these settings gets the same answers, and keeps them as long. Agent and project are a
    /// part of what answers are kept by.
    fn answers_as(&self, config: &ClientConfig) -> bool {
        let ours = &self.config;
        let same_mask = match (&ours.mask, &config.mask) {
            (None, None) => true,
            (Some(one), Some(two)) => Arc::ptr_eq(one, two),
            _ => false,
        };
        same_mask
            && ours.cache_ttl == config.cache_ttl
            && ours.headers == config.headers
            && ours.proxy == config.proxy
            && ours.client_cert == config.client_cert
    }

    /// The pool of connections.
    ///
    /// # Errors
    /// The client is closed.
    pub fn transport(&self) -> Result<Arc<Transport>> {
        self.transport.load_full().ok_or_else(|| {
            Error::Configuration("the client is closed: make a new one, or close it later".to_owned())
        })
    }

    pub fn close(&self) {
        self.transport.store(None);
        self.closing.notify_waiters();
    }

    /// What a call brings, or that the client was closed meanwhile.
    pub async fn unless_closed<T>(&self, call: impl Future<Output = Result<T>>) -> Result<T> {
        let closing = self.closing.notified();
        tokio::pin!(closing);
        // Registered before the look at `is_closed`: a close in between would be missed.
        closing.as_mut().enable();
        if self.is_closed() {
            return Err(closed_meanwhile());
        }
        tokio::select! {
            biased;
            () = closing => Err(closed_meanwhile()),
            result = call => result,
        }
    }

    pub fn is_closed(&self) -> bool {
        self.transport.load().is_none()
    }

    /// The page as the client's mask leaves it. Nothing else is handed on, kept or told.
    pub async fn masked(&self, sent: Response) -> Result<Response> {
        let Some(mask) = &self.config.mask else { return Ok(sent) };
        room_for(sent.answer.source_length().saturating_mul(2), "the masked page")?;
        let page = mask.apply(&sent.answer).await.map_err(|_| unmasked(&sent))?;
        Ok(Response { answer: page.body.into(), mask: Some(page.tally.into()), ..sent })
    }

    /// Masks every secret that the client knows now.
    pub fn redactor(&self) -> Redactor {
        let mut redactor = self.redactor.clone();
        if let Some(token) = self.credentials.secret() {
            redactor.add(token.expose());
        }
        redactor
    }

    /// The service answered: by and by more requests at once.
    pub fn succeeded(&self, headers: &HeaderMap) {
        self.throttle.speed_up();
        if let Some(wait) = rate_limit_headers::wait_after_success(headers, SystemTime::now()) {
            self.pause(429, wait);
        }
    }

    /// The service refused: half as many requests at once if it is overloaded, and the pause it asked for.
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

    /// A wait above [`LONGEST_WAIT`] becomes the error of the call that was told of it; pausing the
    /// others for it would fail them all.
    fn pause(&self, status: u16, wait: Duration) {
        if wait <= LONGEST_WAIT {
            self.throttle.pause(status, wait);
        }
    }
}

/// A page that its mask could not write: a fault of ours.
fn unmasked(sent: &Response) -> Error {
    Error::InvalidResponse(Box::new(InvalidResponse {
        message: "the mask could not write the page anew. Please report this.".to_owned(),
        status_code: Some(200),
        body: None,
        request_id: sent.request_id.clone(),
        attempts: sent.attempts,
        retryable: false,
    }))
}

fn closed_meanwhile() -> Error {
    Error::Connection(Box::new(ConnectionError {
        message: "the client was closed while this call was under way".to_owned(),
        attempts: 0,
        causes: Vec::new(),
        retryable: false,
    }))
}
