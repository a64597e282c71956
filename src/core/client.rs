//! A client: its settings, its pool and its manners, shared by all its calls.
//! How one call is made reliable stands in [`call`](super::call).

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use arc_swap::ArcSwapOption;
use http::{HeaderMap, StatusCode};
use tokio::time::Instant;
use url::Url;

use super::answer::Answer;
use super::cache::Answers;
use super::call::Call;
use super::config::{self, ClientConfig, Timeout, TimeoutSetting};
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

impl CallOptions {
    /// From what a caller gave, unchecked.
    ///
    /// # Errors
    /// [`Error::Configuration`] tells all that is wrong with it.
    pub fn checked(timeout: Option<TimeoutSetting>, max_retries: Option<i64>) -> Result<Self> {
        match (
            timeout.map(TimeoutSetting::check).transpose(),
            max_retries.map(config::max_retries).transpose(),
        ) {
            (Ok(timeout), Ok(max_retries)) => Ok(Self { timeout, max_retries, ..Self::default() }),
            (timeout, max_retries) => {
                let faults: Vec<_> = [timeout.err(), max_retries.err()].into_iter().flatten().collect();
                Err(Error::Configuration(faults.join("; ")))
            }
        }
    }
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
    /// For calls with a time to connect of their own, the latest last.
    others: Mutex<Vec<Arc<Transport>>>,
    answers: Option<Answers>,
    closed: AtomicBool,
}

/// How many pools are kept for calls with a time to connect of their own.
const OTHER_POOLS: usize = 4;

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
            others: Mutex::default(),
            answers: config.cache_ttl.map(Answers::new),
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
        let shared = &self.shared;
        let pool = shared.pool_for(options.timeout)?;
        pool.ready()?;
        request.check(shared.config.agent_id.as_deref())?;
        match &shared.answers {
            Some(answers) if options.cached => {
                let body =
                    request.body(shared.config.agent_id.as_deref(), shared.config.project_key.expose());
                let token = || shared.credentials.secret();
                let pool = &pool;
                let fetch = || async move { Call::new(shared, pool, request, options)?.run().await };
                answers.get(body, token, fetch).await
            }
            _ => Call::new(shared, &pool, request, options)?.run().await,
        }
    }

    /// Any later call fails; connections that are idle are closed.
    pub fn close(&self) {
        self.shared.closed.store(true, Ordering::Release);
        self.shared.pool.store(None);
        self.shared.other_pools().clear();
        if let Some(answers) = &self.shared.answers {
            answers.clear();
        }
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

    /// The pool for a call, which may have a time to connect of its own.
    fn pool_for(&self, timeout: Option<Timeout>) -> Result<Arc<Transport>> {
        let pool = self.pool()?;
        let own = self.config.timeout.connect;
        // A time to connect that is no shorter than the whole attempt bounds nothing.
        let bounds = |timeout: &Timeout| timeout.connect != own && timeout.connect.min(own) < timeout.attempt;
        let Some(timeout) = timeout.filter(bounds) else { return Ok(pool) };
        let config = ClientConfig { timeout, ..self.config.clone() };
        let mut others = self.other_pools();
        if let Some(other) = others.iter().find(|other| other.serves(&config)) {
            return Ok(other.clone());
        }
        let other = Arc::new(Transport::new(&config)?);
        if others.len() == OTHER_POOLS {
            others.remove(0);
        }
        others.push(other.clone());
        Ok(other)
    }

    fn other_pools(&self) -> MutexGuard<'_, Vec<Arc<Transport>>> {
        self.others.lock().unwrap_or_else(PoisonError::into_inner)
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
