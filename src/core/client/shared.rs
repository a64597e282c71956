//! What all calls of one client share. It decides nothing.

use std::sync::Arc;

use http::HeaderMap;
use url::Url;

use super::manners::Manners;
use crate::core::config::ClientConfig;
use crate::core::config::secret::Redactor;
use crate::core::http::credentials::Credentials;
use crate::core::http::pools::Pools;
use crate::core::http::transport::{self, Transport};

pub(in crate::core) struct Shared {
    pub config: ClientConfig,
    pub endpoint: Url,
    pub headers: HeaderMap,
    pub manners: Arc<Manners>,
    pub credentials: Arc<Credentials>,
    pub pools: Pools,
    redactor: Redactor,
}

impl Shared {
    pub fn new(
        config: ClientConfig,
        pool: Arc<Transport>,
        manners: Arc<Manners>,
        credentials: Arc<Credentials>,
    ) -> Self {
        Self {
            endpoint: config.endpoint("conversation/sessions"),
            headers: transport::headers(&config),
            redactor: config.redactor(),
            manners,
            credentials,
            pools: Pools::new(pool),
            config,
        }
    }

    /// Masks every secret that the client knows now.
    pub fn redactor(&self) -> Redactor {
        let mut redactor = self.redactor.clone();
        if let Some(token) = self.credentials.secret() {
            redactor.add(token.expose());
        }
        redactor
    }
}
