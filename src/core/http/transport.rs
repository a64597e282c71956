//! The only code that touches the network: pool, TLS, proxy, one attempt.
//! It judges nothing: whoever asked decides what an answer or a fault means.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, StatusCode};
use hyper_util::client::legacy::connect::HttpInfo;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::Instant;

use super::client_auth::ClientAuth;
use super::connect::{ConnectLayer, Connections, connecting_within};
use super::encoding;
use super::tls::{self, Trust};
use super::transport_error::{TransportError, TransportErrorKind};
use crate::core::config::{ClientCert, ClientConfig, Proxy};
use crate::core::error::{Error, Result};

/// The most that is read of one answer, counted after it is unpacked.
pub const MAX_BODY: usize = 64 * 1024 * 1024;
/// How long a connection may be idle. Load balancers commonly close after 60 s, some after 30.
const IDLE: Duration = Duration::from_secs(30);
/// The most that is read of a refusal: nobody reads more of an error.
pub const MAX_REFUSAL: usize = 256 * 1024;

/// An answer, whatever its status.
#[derive(Debug)]
pub struct Exchange {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Body,
}

/// What came of an answer's body.
#[derive(Debug)]
pub enum Body {
    Whole(Bytes),
    /// Unpacked it is larger than was allowed: this is its beginning.
    TooLarge(Bytes),
}

impl Body {
    /// What there is of it.
    pub fn bytes(&self) -> &Bytes {
        match self {
            Self::Whole(bytes) | Self::TooLarge(bytes) => bytes,
        }
    }
}

/// What two clients must have in common to share one pool.
#[derive(Debug, Clone, PartialEq, Eq)]
struct PoolKey {
    proxy: Option<Proxy>,
    ca_bundle: Option<PathBuf>,
    client_cert: Option<ClientCert>,
    ssl_cert_file: Option<PathBuf>,
    max_connections: usize,
    tls: bool,
}

impl PoolKey {
    fn of(config: &ClientConfig) -> Self {
        let tls = config.base_url.scheme() == "https"
            || config.proxy.as_ref().is_some_and(|proxy| proxy.url().scheme() == "https");
        Self {
            proxy: config.proxy.clone(),
            ca_bundle: config.ca_bundle.clone(),
            client_cert: config.client_cert.clone(),
            ssl_cert_file: config.ssl_cert_file.clone(),
            max_connections: config.max_connections,
            tls,
        }
    }
}

/// One pool of connections.
pub struct Transport {
    /// Made for the first request: a client that is only built loads no system's certificates.
    http: OnceLock<Result<reqwest::Client>>,
    key: PoolKey,
    trust: Trust,
    /// What is shown to a server that wants a certificate.
    shown: Option<ClientAuth>,
    answered: AnsweredPorts,
    connections: Arc<Connections>,
    /// One permit for each connection that may be in use; whoever waits longest gets the next.
    slots: Semaphore,
    /// The server speaks HTTP/2: one connection carries many requests, which need no slots.
    multiplexed: AtomicBool,
    created: Instant,
    /// Milliseconds from `created` to the latest use.
    used: AtomicU64,
}

/// Leave to use a connection.
pub struct ConnectionPermit<'t> {
    _permit: Option<SemaphorePermit<'t>>,
}

impl Transport {
    pub fn new(config: &ClientConfig) -> Result<Self> {
        let key = PoolKey::of(config);
        let trust = if key.tls { Trust::of(config)? } else { Trust::Nobody };
        let shown = config.client_cert.as_ref().filter(|_| key.tls);
        let shown = shown.map(|setting| ClientAuth::of(setting, &tls::provider())).transpose()?;
        Ok(Self {
            http: OnceLock::new(),
            connections: Arc::new(Connections::new(key.max_connections)),
            slots: Semaphore::new(key.max_connections),
            key,
            trust,
            shown,
            answered: AnsweredPorts::new(),
            multiplexed: AtomicBool::new(false),
            created: Instant::now(),
            used: AtomicU64::new(0),
        })
    }

    /// Waits for one's turn to use a connection.
    pub async fn connection_permit(&self) -> ConnectionPermit<'_> {
        if self.multiplexed.load(Ordering::Relaxed) {
            return ConnectionPermit { _permit: None };
        }
        // The semaphore is never closed.
        ConnectionPermit { _permit: self.slots.acquire().await.ok() }
    }

    /// The pool itself.
    ///
    /// # Errors
    /// The system has no certificates to trust.
    pub fn ready(&self) -> Result<&reqwest::Client> {
        self.http.get_or_init(|| self.build()).as_ref().map_err(Clone::clone)
    }

    fn build(&self) -> Result<reqwest::Client> {
        let mut builder = reqwest::Client::builder()
            .tls_backend_preconfigured(self.trust.tls(self.shown.as_ref())?)
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .no_proxy()
            .pool_idle_timeout(IDLE)
            .connector_layer(ConnectLayer(self.connections.clone()));
        if let Some(proxy) = &self.key.proxy {
            builder = builder.proxy(through(proxy)?);
        }
        builder.build().map_err(|_| unbuildable("the settings for connections do not fit"))
    }

    /// Whether a client of these settings can use this pool.
    pub fn serves(&self, config: &ClientConfig) -> bool {
        self.key == PoolKey::of(config)
    }

    /// Sends one request and reads its answer to the end. `connect` bounds the making of a connection.
    pub async fn send(
        &self,
        request: reqwest::Request,
        connect: Duration,
    ) -> Result<Exchange, TransportError> {
        self.note_use();
        let mut used = UsedConnection { connections: &self.connections, lives: false };
        let sent = connecting_within(connect, self.http()?.execute(request)).await;
        let mut response = sent.map_err(|error| TransportError::of(&error))?;
        if let Some(info) = response.extensions().get::<HttpInfo>() {
            self.answered.add(info.local_addr().port());
        }
        let multiplexed = response.version() == http::Version::HTTP_2;
        self.multiplexed.store(multiplexed, Ordering::Relaxed);
        let status = response.status();
        let limit = if status.is_success() { MAX_BODY } else { MAX_REFUSAL };
        let expected = response.content_length();
        let headers = std::mem::take(response.headers_mut());
        let closes = headers.get(http::header::CONNECTION).is_some_and(|value| value == "close");
        let read = match (read(response, expected, limit).await, encoding::left(&headers)) {
            (Ok(Body::Whole(packed)), Some(coding)) => {
                encoding::unpack(&coding, &packed, limit).map_err(|fault| (fault, Bytes::new()))
            }
            (read, _) => read,
        };
        used.lives = multiplexed || (read.is_ok() && !closes);
        match read {
            Ok(body) => Ok(Exchange { status, headers, body }),
            // The status alone says enough of a refusal.
            Err((_, begun)) if !status.is_success() => {
                Ok(Exchange { status, headers, body: Body::Whole(begun) })
            }
            Err((fault, _)) => Err(fault),
        }
    }

    /// The pool closes what was idle for [`IDLE`]: after such a pause no connection is left.
    fn note_use(&self) {
        let now = u64::try_from(self.created.elapsed().as_millis()).unwrap_or(u64::MAX);
        let before = self.used.swap(now, Ordering::Relaxed);
        if Duration::from_millis(now.saturating_sub(before)) > IDLE {
            self.connections.all_ended();
        }
    }

    /// A request that carries a form, for the call that grants tokens.
    pub fn form(
        &self,
        url: url::Url,
        form: reqwest::multipart::Form,
    ) -> Result<reqwest::Request, TransportError> {
        let request = self.http()?.post(url).header(http::header::ACCEPT, "application/json").multipart(form);
        request.build().map_err(|error| TransportError::of(&error))
    }

    fn http(&self) -> Result<&reqwest::Client, TransportError> {
        self.ready().map_err(|error| TransportError::new(TransportErrorKind::Other, error.to_string()))
    }

    /// Whether this fault came over a connection that had brought an answer before.
    pub fn was_reused(&self, fault: &TransportError) -> bool {
        fault.local_port.is_some_and(|port| self.answered.remove(port))
    }
}

/// The connection of a request. It ends with a request that fails or is dropped.
struct UsedConnection<'t> {
    connections: &'t Connections,
    lives: bool,
}

impl Drop for UsedConnection<'_> {
    fn drop(&mut self) {
        if !self.lives {
            self.connections.ended();
        }
    }
}

/// Reads a body as it comes, and stops where it grows beyond what is allowed.
async fn read(
    mut response: reqwest::Response,
    expected: Option<u64>,
    limit: usize,
) -> Result<Body, (TransportError, Bytes)> {
    let expected = expected.and_then(|length| usize::try_from(length).ok()).unwrap_or(0);
    let mut first = Bytes::new();
    let mut rest: Vec<u8> = Vec::new();
    loop {
        match response.chunk().await {
            Ok(None) => break,
            Ok(Some(chunk)) if first.is_empty() => first = chunk,
            Ok(Some(chunk)) => {
                let known = first.len() + chunk.len();
                let more =
                    if rest.is_empty() { expected.clamp(known, limit.max(known)) } else { chunk.len() };
                if rest.try_reserve(more).is_err() {
                    let words = "there is not enough memory for it";
                    return Err((TransportError::new(TransportErrorKind::Memory, words), Bytes::new()));
                }
                if rest.is_empty() {
                    rest.extend_from_slice(&first);
                }
                rest.extend_from_slice(&chunk);
            }
            Err(error) => {
                let mut fault = TransportError::of(&error);
                if fault.kind == TransportErrorKind::Closed {
                    fault =
                        TransportError::new(TransportErrorKind::Truncated, "the answer ended before its end");
                }
                return Err((fault, whole(first, rest)));
            }
        }
        if first.len().max(rest.len()) > limit {
            return Ok(Body::TooLarge(whole(first, rest)));
        }
    }
    Ok(Body::Whole(whole(first, rest)))
}

fn whole(first: Bytes, rest: Vec<u8>) -> Bytes {
    if rest.is_empty() { first } else { Bytes::from(rest) }
}

fn through(proxy: &Proxy) -> Result<reqwest::Proxy> {
    reqwest::Proxy::all(proxy.url().clone()).map_err(|_| unbuildable("proxy is no address that can be used"))
}

fn unbuildable(why: &str) -> Error {
    Error::Configuration(why.to_owned())
}

/// Headers that every request of a client carries, made once.
pub fn headers(config: &ClientConfig) -> HeaderMap {
    use http::header::{ACCEPT, ACCEPT_ENCODING, CONTENT_TYPE, USER_AGENT};
    let mut headers = HeaderMap::with_capacity(config.headers.len() + 8);
    headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers
        .insert(USER_AGENT, HeaderValue::from_static(concat!("blocks-sessions/", env!("CARGO_PKG_VERSION"))));
    if config.is_loopback() {
        // Packing costs more than it saves where nothing has to be carried far.
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
    }
    if let Some(Ok(key)) =
        config.blocks_key.as_ref().map(|key| crate::core::config::header_value("", key.expose()))
    {
        headers.insert("x-blocks-key", key);
    }
    for name in config.headers.keys() {
        headers.remove(name);
    }
    for (name, value) in &config.headers {
        headers.append(name, value.clone());
    }
    headers
}

/// Which of our ports have brought an answer: a connection that then ends without one was idle too
/// long, and the server has most likely not seen the request. One bit a port.
struct AnsweredPorts {
    bits: Box<[AtomicU64]>,
}

impl AnsweredPorts {
    fn new() -> Self {
        Self { bits: (0..1024).map(|_| AtomicU64::new(0)).collect() }
    }

    fn add(&self, port: u16) {
        if let Some(word) = self.bits.get(usize::from(port >> 6)) {
            let bit = 1 << (port & 63);
            if word.load(Ordering::Relaxed) & bit == 0 {
                word.fetch_or(bit, Ordering::Relaxed);
            }
        }
    }

    /// Whether it had; from now on it has not, since its connection is gone.
    fn remove(&self, port: u16) -> bool {
        let bit = 1 << (port & 63);
        self.bits
            .get(usize::from(port >> 6))
            .is_some_and(|word| word.fetch_and(!bit, Ordering::Relaxed) & bit != 0)
    }
}
