//! Answers of identical calls, from memory: bounded in bytes and in time, and one request for all
//! who ask at once. An answer is only given to the credentials that it was given to.

use std::time::Duration;

use bytes::Bytes;
use moka::future::Cache;

use super::response::Response;
use crate::core::config::secret::Secret;
use crate::core::error::{Error, Result};

/// The most memory that one client's answers may take.
const MAX_BYTES: u64 = 64 * 1024 * 1024;

/// The answers of one client.
#[derive(Clone)]
pub struct AnswerCache {
    /// By the request's body; everything else about a request is the client's own.
    kept: Cache<Bytes, Kept>,
}

#[derive(Clone)]
struct Kept {
    response: Response,
    /// The access token with which it was fetched.
    token: Option<Secret>,
}

impl AnswerCache {
    pub fn new(ttl: Duration) -> Self {
        let weigh = |body: &Bytes, kept: &Kept| {
            let tally = kept.response.mask.as_ref().map_or(0, |tally| tally.memory());
            u32::try_from(body.len() + kept.response.answer.memory() + tally).unwrap_or(u32::MAX)
        };
        Self { kept: Cache::builder().max_capacity(MAX_BYTES).weigher(weigh).time_to_live(ttl).build() }
    }

    /// The answer to this body, if it is still fresh; else what `fetch` brings. `token` tells the
    /// token in use.
    pub async fn get<F: Future<Output = Result<Response>>>(
        &self,
        body: Bytes,
        token: impl Fn() -> Option<Secret>,
        fetch: impl Fn() -> F,
    ) -> Result<Response> {
        loop {
            let response = async {
                let response = fetch().await?;
                Ok::<Kept, Error>(Kept { response, token: token() })
            };
            let entry = self.kept.entry(body.clone()).or_try_insert_with(response).await;
            let entry = entry.map_err(|error| Error::clone(&error))?;
            let fresh = entry.is_fresh();
            let kept = entry.into_value();
            if fresh || kept.token == token() {
                return Ok(kept.response);
            }
            // Someone else's, or our own from before the token was renewed.
            self.kept.invalidate(&body).await;
        }
    }
}
