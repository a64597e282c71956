//! What all calls of one client share. It decides nothing.

use std::sync::Arc;

use http::HeaderMap;
use url::Url;

use super::manners::Manners;
use crate::core::config::ClientConfig;
use crate::core::config::secret::Scrubber;
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
    scrubber: Scrubber,
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
            scrubber: config.scrubber(),
            manners,
            credentials,
            pools: Pools::new(pool),
            config,
        }
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
