//! Where the access token comes from: fixed, called for, or fetched; kept until it is refused or
//! nearly over, and got once for all who wait for it. It never shows a
//! token to a log or an error, and knows nothing of the requests that carry it.

mod grant;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use arc_swap::ArcSwapOption;
use http::HeaderValue;
use tokio::time::Instant;

use super::transport::{Exchange, Transport};
use super::transport_error::TransportError;
use crate::core::config::secret::Secret;
use crate::core::config::{ClientConfig, Identity, bare_token, header_value, one_token};
use crate::core::error::{Error, Result};

/// One token, ready to be sent.
#[derive(Debug)]
pub struct Token {
    secret: Secret,
    header: HeaderValue,
    /// From when on a new one is fetched.
    renew_from: Option<Instant>,
}

impl Token {
    fn new(name: &str, given: &Secret, renew_from: Option<Instant>) -> Result<Self> {
        // Given with its scheme, it would be sent with two.
        let secret = Secret::from(bare_token(given.expose()));
        let header =
            header_value(name, &format!("Bearer {}", secret.expose())).map_err(Error::Configuration)?;
        one_token(name, secret.expose()).map_err(Error::Configuration)?;
        Ok(Self { secret, header, renew_from })
    }

    /// The value of the `authorization` header.
    pub fn header(&self) -> HeaderValue {
        self.header.clone()
    }

    /// The token itself, for the scrubbing of texts.
    pub fn expose(&self) -> &str {
        self.secret.expose()
    }

    fn is_good(&self) -> bool {
        self.renew_from.is_none_or(|from| Instant::now() < from)
    }
}

/// Why there is no token.
#[derive(Debug, Clone)]
pub enum NoToken {
    /// The call for a token failed on its way.
    Transport(TransportError),
    /// The call for a token got an answer that holds none.
    Refused(Arc<Exchange>),
    /// Final: the caller's own code failed, or a token cannot be sent.
    Error(Error),
}

/// One call for a token, for whoever observes.
pub struct TokenCall<'c> {
    /// Where it was called for; `None` of a function of the caller's.
    pub path: Option<&'c str>,
    pub answer: Option<&'c Exchange>,
    pub failure: Option<&'c NoToken>,
    pub elapsed: Duration,
}

/// Hears of each call for a token.
pub type Tell<'t> = &'t (dyn Fn(TokenCall<'_>) + Send + Sync);

/// The one place where a client's tokens are.
pub struct Credentials {
    identity: Identity,
    current: ArcSwapOption<Token>,
    /// One at a time gets a token; holds how the last try went wrong.
    renewal: tokio::sync::Mutex<Option<NoToken>>,
    /// How many tries to get a token have ended.
    tries: AtomicU64,
}

impl Credentials {
    pub fn new(config: &ClientConfig) -> Result<Self> {
        let fixed = match &config.identity {
            Identity::Token(token) => Some(Arc::new(Token::new("access_token", token, None)?)),
            _ => None,
        };
        Ok(Self {
            identity: config.identity.clone(),
            current: ArcSwapOption::new(fixed),
            renewal: tokio::sync::Mutex::new(None),
            tries: AtomicU64::new(0),
        })
    }

    /// A token to send; none where the client shows none.
    pub async fn token(
        &self,
        transport: &Transport,
        config: &ClientConfig,
        tell: Tell<'_>,
    ) -> Result<Option<Arc<Token>>, NoToken> {
        if matches!(self.identity, Identity::Anonymous) {
            return Ok(None);
        }
        match self.good() {
            Some(token) => Ok(Some(token)),
            None => self.renew(transport, config, tell).await.map(Some),
        }
    }

    fn good(&self) -> Option<Arc<Token>> {
        self.current.load_full().filter(|token| token.is_good())
    }

    /// Gets a token, or waits for whoever is getting one, and shares what came of it.
    async fn renew(
        &self,
        transport: &Transport,
        config: &ClientConfig,
        tell: Tell<'_>,
    ) -> Result<Arc<Token>, NoToken> {
        let tries = self.tries.load(Ordering::Acquire);
        let mut last = self.renewal.lock().await;
        if let Some(token) = self.good() {
            return Ok(token);
        }
        if let (Some(failure), true) = (last.as_ref(), self.tries.load(Ordering::Acquire) != tries) {
            return Err(failure.clone());
        }
        let got = self.get(transport, config, tell).await.map(Arc::new);
        self.tries.fetch_add(1, Ordering::AcqRel);
        *last = got.as_ref().err().cloned();
        if let Ok(token) = &got {
            self.current.store(Some(token.clone()));
        }
        got
    }

    async fn get(
        &self,
        transport: &Transport,
        config: &ClientConfig,
        tell: Tell<'_>,
    ) -> Result<Token, NoToken> {
        match &self.identity {
            Identity::Source(source) => {
                let asked = Instant::now();
                let token = source.token().await.and_then(given).map_err(NoToken::Error);
                let (failure, elapsed) = (token.as_ref().err(), asked.elapsed());
                tell(TokenCall { path: None, answer: None, failure, elapsed });
                token
            }
            Identity::Client { id, secret } => grant::fetch(transport, config, (id, secret), tell).await,
            Identity::Token(token) => Token::new("access_token", token, None).map_err(NoToken::Error),
            Identity::Anonymous => {
                Err(NoToken::Error(Error::Configuration("there are no credentials".to_owned())))
            }
        }
    }

    /// The service refused this token. Whether another can be had.
    pub fn refuse(&self, refused: &Arc<Token>) -> bool {
        if matches!(self.identity, Identity::Anonymous | Identity::Token(_)) {
            return false;
        }
        let current = self.current.load_full();
        if current.is_some_and(|current| Arc::ptr_eq(&current, refused)) {
            // If somebody was quicker, theirs is the token to use.
            self.current.compare_and_swap(refused, None);
        }
        true
    }

    /// The token in use, for the scrubbing of texts.
    pub fn secret(&self) -> Option<Secret> {
        self.current.load().as_ref().map(|token| token.secret.clone())
    }
}

/// What a function of the caller's gave.
fn given(token: String) -> Result<Token> {
    if matches!(bare_token(&token), "" | "Bearer" | "bearer") {
        return Err(Error::Configuration("access_token: the callable returned an empty token".to_owned()));
    }
    Token::new("the token that access_token's callable returned", &token.into(), None)
}
