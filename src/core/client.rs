//! A client: its settings, its pool and its manners, shared by all its calls.
//! How one call is made reliable stands in [`call`](super::call).

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};

use arc_swap::ArcSwapOption;
use http::{HeaderMap, StatusCode};
use tokio::time::Instant;
use url::Url;

use super::answer::Answer;
use super::call::Call;
use super::config::{ClientConfig, Timeout};
use super::credentials::Credentials;
use super::error::{Error, Result};
use super::pace;
use super::request::ListRequest;
use super::retry::{Budget, LONGEST_WAIT};
use super::secret::Scrubber;
use super::throttle::Throttle;
use super::transport::{self, Transport};

/// Lists sessions, one page a call. Cheap to clone: all clones are one client.
#[derive(Clone)]
pub struct Client {
    shared: Arc<Shared>,
}

/// What one call may have of its own.
#[derive(Debug, Clone, Default)]
pub struct CallOptions {
    pub timeout: Option<Timeout>,
    pub max_retries: Option<u32>,
    /// Sent on as the `traceparent` header: the trace that the call is part of.
    pub traceparent: Option<String>,
    /// May be answered from memory, where the client has a `cache_ttl`. A listing never may.
    pub cached: bool,
}

/// One page, as it came.
#[derive(Debug, Clone)]
pub struct Fetched {
    pub answer: Arc<Answer>,
    pub request_id: Option<String>,
    /// From the call to its answer, with all retries and waits.
    pub elapsed: Duration,
    pub attempts: u32,
    /// The service's clock when it answered (its `Date`), else ours; microseconds since 1970.
    pub answered_at: i64,
}

pub(super) struct Shared {
    pub config: ClientConfig,
    pub endpoint: Url,
    pub headers: HeaderMap,
    pub manners: Arc<Manners>,
    pub credentials: Arc<Credentials>,
    scrubber: Scrubber,
    /// Gone once the client is closed; a call under way keeps it.
    pool: ArcSwapOption<Transport>,
    closed: AtomicBool,
}

/// How a client behaves towards the service; what was learned of it is worth keeping.
pub(super) struct Manners {
    pub throttle: Throttle,
    pub budget: Budget,
}

impl Client {
    pub fn new(config: ClientConfig) -> Result<Self> {
        let pool = Arc::new(Transport::new(&config)?);
        let manners = Manners::new(&config);
        let credentials = Credentials::new(&config)?;
        Ok(Self::built(config, pool, Arc::new(manners), Arc::new(credentials)))
    }

    fn built(
        config: ClientConfig,
        pool: Arc<Transport>,
        manners: Arc<Manners>,
        credentials: Arc<Credentials>,
    ) -> Self {
        let shared = Shared {
            endpoint: config.endpoint("conversation/sessions"),
            headers: transport::headers(&config),
            scrubber: config.scrubber(),
            manners,
            credentials,
            pool: ArcSwapOption::new(Some(pool)),
            closed: AtomicBool::new(false),
            config,
        };
        Self { shared: Arc::new(shared) }
    }

    pub fn config(&self) -> &ClientConfig {
        &self.shared.config
    }

    /// A client with other settings, over the same pool wherever they allow it.
    pub fn with_config(&self, config: ClientConfig) -> Result<Self> {
        let (ours, pool) = (&self.shared, self.shared.pool()?);
        let pool = if pool.serves(&config) { pool } else { Arc::new(Transport::new(&config)?) };
        let same_service = ours.config.base_url == config.base_url;
        let same_rate = ours.config.max_requests_per_second == config.max_requests_per_second;
        let manners =
            if same_service && same_rate { ours.manners.clone() } else { Arc::new(Manners::new(&config)) };
        let same_identity = same_service
            && ours.config.identity == config.identity
            && ours.config.blocks_key == config.blocks_key;
        let credentials =
            if same_identity { ours.credentials.clone() } else { Arc::new(Credentials::new(&config)?) };
        Ok(Self::built(config, pool, manners, credentials))
    }

    /// One page, reliably.
    ///
    /// # Errors
    /// Every way in which a call can fail: see [`Error`].
    pub async fn list(&self, request: &ListRequest, options: &CallOptions) -> Result<Fetched> {
        let pool = self.shared.pool()?;
        request.check(self.shared.config.agent_id.as_deref())?;
        Call::new(&self.shared, &pool, request, options)?.run().await
    }

    /// Any later call fails; connections that are idle are closed.
    pub fn close(&self) {
        self.shared.closed.store(true, Ordering::Release);
        self.shared.pool.store(None);
    }

    /// Fails if the client is closed, as any call would.
    pub fn check_open(&self) -> Result<()> {
        self.shared.pool().map(|_| ())
    }

    pub fn is_closed(&self) -> bool {
        self.shared.closed.load(Ordering::Acquire)
    }
}

impl Shared {
    fn pool(&self) -> Result<Arc<Transport>> {
        self.pool.load_full().ok_or_else(|| {
            Error::Configuration("the client is closed: make a new one, or close it later".to_owned())
        })
    }

    /// Masks every secret that the client knows now.
    pub fn scrubber(&self) -> Scrubber {
        let mut scrubber = self.scrubber.clone();
        if let Some(token) = self.credentials.secret() {
            scrubber.add(token.expose());
        }
        scrubber
    }
}

impl Manners {
    /// The service is well: what it may have cost us is given back.
    pub fn succeeded(&self, headers: &HeaderMap) {
        self.budget.give();
        self.throttle.speed_up();
        if let Some(wait) = pace::wait_after_success(headers, SystemTime::now()) {
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

    fn new(config: &ClientConfig) -> Self {
        Self { throttle: Throttle::new(config.max_requests_per_second), budget: Budget::default() }
    }
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Client({})", super::config::place(&self.shared.config.base_url))
    }
}
