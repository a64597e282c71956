//! Every setting of a client, checked once when it is built.
//!
//! [`Settings`] is what a caller gave; [`Settings::resolve`] fills in the environment, checks all of it and
//! gives a [`ClientConfig`], whose every value holds. Addresses and proxies are in `address`, numbers in
//! `limits`, keys in `key`, headers in `header`; [`secret`] keeps secrets out of whatever is shown.
//!
//! It promises: all faults at once, each naming its setting, none showing a value that may be secret. It reads
//! the environment only through the look-up that it is given, and must not know sockets, retries or sessions.

mod address;
mod header;
mod identity;
mod key;
mod limits;
mod mask;
mod no_proxy;
mod observer;
pub mod profile;
pub mod secret;

use std::cell::RefCell;
use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use http::HeaderMap;
use url::Url;

use self::secret::{Redactor, Secret};
use crate::core::error::{Error, Result};
use crate::core::mask::Mask;
use crate::core::mask::pseudonym::MaskKey;
use crate::core::model::consistency::Consistency;

pub use self::mask::{Keys as MaskKeys, MaskSetting, resolve as resolve_mask};
pub use address::{Proxy, place};
pub(in crate::core) use header::{map as header_map, secrets as header_secrets, value as header_value};
pub use identity::{Identity, TokenSetting, TokenSource};
pub(in crate::core) use key::{bare_token, one_token};
use limits::Limits;
pub use limits::{MOST_CONCURRENCY, Timeout, TimeoutSetting, max_retries};
pub(in crate::core) use limits::{positive, told};
pub use observer::{EventKind, Observer, ObserverSetting, RequestEvent};

/// Where the service is, unless told otherwise.
pub const DEFAULT_BASE_URL: &str = "https://api.seliseblocks.com";

/// What the caller said; `None` means not given: the environment decides, else the default.
#[derive(Clone, Default)]
pub struct Settings {
    pub project_key: Option<String>,
    pub agent_id: Option<String>,
    pub blocks_key: Option<String>,
    pub access_token: Option<TokenSetting>,
    pub client_id: Option<String>,
    pub client_secret: Option<String>,
    pub base_url: Option<String>,
    pub timeout: Option<TimeoutSetting>,
    pub max_retries: Option<i64>,
    pub max_concurrency: Option<i64>,
    pub max_connections: Option<i64>,
    pub max_requests_per_second: Option<f64>,
    /// Tokens for retries, of each agent.
    pub retry_budget: Option<i64>,
    /// What listings promise that do not say.
    pub consistency: Option<String>,
    pub headers: Vec<(String, String)>,
    pub proxy: Option<String>,
    pub ca_bundle: Option<PathBuf>,
    pub client_cert: Option<ClientCert>,
    /// In seconds.
    pub cache_ttl: Option<f64>,
    pub mask: Option<MaskSetting>,
    /// The key of the mask's pseudonyms, before what the environment or a policy file names.
    pub mask_key_file: Option<PathBuf>,
    /// The key of pseudonyms where no lasting one is set, so that a client and its copies share one.
    pub ephemeral_key: Option<MaskKey>,
    pub observer: Option<ObserverSetting>,
}

/// What a client shows to a server that wants a certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientCert {
    /// A PEM file of the certificate and those between it and its authority.
    pub certificate: PathBuf,
    /// Where its key is; `None` for the same file.
    pub key: Option<PathBuf>,
}

/// Every setting, with a value that holds.
#[derive(Debug, Clone)]
pub struct ClientConfig {
    pub project_key: Secret,
    pub agent_id: Option<String>,
    /// `None`: no `x-blocks-key` is sent.
    pub blocks_key: Option<Secret>,
    pub identity: Identity,
    /// As used: no user, no query, no slash at the end of its path.
    pub base_url: Url,
    pub timeout: Timeout,
    pub max_retries: u32,
    pub max_concurrency: usize,
    /// Connections in use at once, of all the client's calls.
    pub max_connections: usize,
    pub max_requests_per_second: Option<f64>,
    /// Tokens for retries, of each agent.
    pub retry_budget: u32,
    /// What listings promise that do not say.
    pub consistency: Consistency,
    pub headers: HeaderMap,
    pub proxy: Option<Proxy>,
    pub ca_bundle: Option<PathBuf>,
    pub client_cert: Option<ClientCert>,
    /// Stands in for the system's store of roots.
    pub ssl_cert_file: Option<PathBuf>,
    /// A variable that tells other programs whom to trust, if one is set.
    pub others_bundle: Option<&'static str>,
    pub cache_ttl: Option<Duration>,
    /// What is done to every page before anything is made of it.
    pub mask: Option<Arc<Mask>>,
    /// Whoever hears of each request.
    pub observer: Option<ObserverSetting>,
}

/// The environment as it is.
pub type RawEnvironment<'a> = &'a dyn Fn(&str) -> Option<OsString>;
/// The environment as far as settings are concerned: text without blanks around it; an empty variable is none.
pub(in crate::core) type Environment<'a> = &'a dyn Fn(&str) -> Option<String>;

/// What is said of a variable that cannot be used.
fn no_text(name: &str) -> String {
    format!("{name}: the environment variable is not UTF-8; set it anew, or unset it")
}

/// Variables by which other programs are told whom to trust, and this one is not.
const OTHERS_BUNDLES: [&str; 3] = ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS"];

impl Settings {
    /// Checks everything, and tells all faults at once.
    ///
    /// # Errors
    /// [`Error::Configuration`] names every fault and what to do about it.
    pub fn resolve(self, env: RawEnvironment) -> Result<ClientConfig> {
        let raw = |name: &str| env(name).filter(|value| !value.to_string_lossy().trim().is_empty());
        let unusable = RefCell::new(Vec::new());
        let env = |name: &str| {
            if let Ok(text) = raw(name)?.into_string() {
                Some(text.trim().to_owned())
            } else {
                let fault = no_text(name);
                let mut unusable = unusable.borrow_mut();
                if !unusable.contains(&fault) {
                    unusable.push(fault);
                }
                None
            }
        };
        let mut faults = Vec::new();
        let limits = Limits::check(&self, &mut faults);
        let project_key = take(&mut faults, key::project(self.project_key, &env));
        let blocks_key = take(&mut faults, key::blocks(self.blocks_key, project_key.as_ref(), &env));
        let identity =
            take(&mut faults, key::identity(self.access_token, self.client_id, self.client_secret, &env));
        let base_url = take(&mut faults, address::base_url(self.base_url, &env));
        let headers = take(&mut faults, header::map("headers", &self.headers, identity.as_ref()));
        let proxy = take(&mut faults, address::proxy(self.proxy, base_url.as_ref(), &env));
        let consistency = self.consistency.as_deref().map(Consistency::named).transpose();
        let consistency = take(&mut faults, consistency).flatten().unwrap_or_default();
        let keys = mask::Keys { file: self.mask_key_file.as_deref(), ephemeral: self.ephemeral_key.as_ref() };
        let mask = take(&mut faults, mask::resolve(self.mask, &keys, &env));
        let agent_id = self.agent_id.or_else(|| env("BLOCKS_AGENT_ID"));
        // What a variable that cannot be used made missing is not missing.
        let mut unusable = unusable.take();
        if !unusable.is_empty() {
            faults.retain(|fault| !fault.starts_with("no project key"));
        }
        unusable.append(&mut faults);
        faults = unusable;
        let (
            Some(project_key),
            Some(blocks_key),
            Some(identity),
            Some(base_url),
            Some(headers),
            Some(proxy),
            Some(mask),
            [],
        ) = (project_key, blocks_key, identity, base_url, headers, proxy, mask, faults.as_slice())
        else {
            return Err(Error::Configuration(faults.join("; ")));
        };
        Ok(ClientConfig {
            project_key,
            agent_id,
            blocks_key,
            identity,
            base_url,
            timeout: limits.timeout,
            max_retries: limits.max_retries,
            max_concurrency: limits.max_concurrency,
            max_connections: limits.max_connections,
            max_requests_per_second: limits.max_requests_per_second,
            retry_budget: limits.retry_budget,
            consistency,
            headers,
            proxy,
            ca_bundle: self.ca_bundle,
            client_cert: self.client_cert,
            ssl_cert_file: raw("SSL_CERT_FILE").map(PathBuf::from),
            others_bundle: OTHERS_BUNDLES.into_iter().find(|name| raw(name).is_some()),
            cache_ttl: limits.cache_ttl,
            mask,
            observer: self.observer,
        })
    }
}

/// Keeps the value, or notes the fault.
fn take<T>(faults: &mut Vec<String>, checked: Result<T, String>) -> Option<T> {
    checked
        .map_err(|fault| {
            if !fault.is_empty() {
                faults.push(fault);
            }
        })
        .ok()
}

impl ClientConfig {
    /// A plain address of this very machine: nothing to compress for, and no proxy in between.
    pub fn is_loopback(&self) -> bool {
        no_proxy::is_loopback(&self.base_url)
    }

    /// The address of one of the service's endpoints, appended to the base's own path.
    pub fn endpoint(&self, path: &str) -> Url {
        let mut url = self.base_url.clone();
        url.set_path(&format!("{}/{path}", self.base_url.path().trim_end_matches('/')));
        url
    }

    /// Masks every secret that the settings hold.
    pub fn redactor(&self) -> Redactor {
        let mut redactor = Redactor::new([self.project_key.expose()]);
        if let Some(key) = &self.blocks_key {
            redactor.add(key.expose());
        }
        match &self.identity {
            Identity::Token(token) => redactor.add(token.expose()),
            Identity::Client { id: _, secret } => redactor.add(secret.expose()),
            Identity::Anonymous | Identity::Source(_) => {}
        }
        if let Some(proxy) = &self.proxy {
            proxy.secrets().iter().for_each(|secret| redactor.add(secret));
        }
        header::secrets(&self.headers).for_each(|secret| redactor.add(secret));
        redactor.with_mask(self.mask.clone())
    }
}

impl std::fmt::Debug for Settings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Settings").field("agent_id", &self.agent_id).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
