//! A client: what its calls have in common, and what outlives them.
//! How one call is made reliable stands in `call`.

mod attempt_error;
mod cache;
mod call;
mod call_log;
mod manners;
mod messages;
pub mod parker;
pub mod request;
pub mod response;
mod shared;
mod status_error;

use std::sync::Arc;

use self::cache::AnswerCache;
use self::call::Call;
use self::manners::Manners;
use self::request::{CallOptions, ListRequest};
use self::response::Response;
use self::shared::Shared;
use crate::core::config::ClientConfig;
use crate::core::error::Result;
use crate::core::http::credentials::Credentials;
use crate::core::http::transport::Transport;

/// Lists sessions, one page a call. Cheap to clone: all clones are one client.
#[derive(Clone)]
pub struct Client {
    shared: Arc<Shared>,
    answers: Option<AnswerCache>,
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
        let answers = config.cache_ttl.map(AnswerCache::new);
        let shared = Shared::new(config, pool, manners, credentials);
        Self { shared: Arc::new(shared), answers }
    }

    pub fn config(&self) -> &ClientConfig {
        &self.shared.config
    }

    /// A client with other settings, over the same pool wherever they allow it.
    pub fn with_config(&self, config: ClientConfig) -> Result<Self> {
        let (ours, pool) = (&self.shared, self.shared.pools.own()?);
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
    /// Every way in which a call can fail: see [`Error`](super::error::Error).
    pub async fn list(&self, request: &ListRequest, options: &CallOptions) -> Result<Response> {
        let shared = &self.shared;
        let pool = shared.pools.of_call(&shared.config, options.timeout)?;
        pool.ready()?;
        request.check(shared.config.agent_id.as_deref())?;
        match &self.answers {
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
        self.shared.pools.close();
        if let Some(answers) = &self.answers {
            answers.clear();
        }
    }

    /// Fails if the client is closed, as any call would.
    pub fn check_open(&self) -> Result<()> {
        self.shared.pools.own().map(|_| ())
    }

    pub fn is_closed(&self) -> bool {
        self.shared.pools.are_closed()
    }
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Client({})", crate::core::config::place(&self.shared.config.base_url))
    }
}
