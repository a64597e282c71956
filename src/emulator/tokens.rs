//! Access tokens: which are good, and how a machine gets one by client credentials.
//! It knows no socket and no list.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use http::StatusCode;

use crate::emulator::answer::Answer;
use crate::emulator::options::EmulatorOptions;
use crate::emulator::rng::Rng;

const TOKEN_SALT: u64 = 0x70c3;

pub(super) struct Tokens {
    required: bool,
    client_id: String,
    client_secret: String,
    expires_in: Option<u64>,
    seed: u64,
    good: Mutex<Good>,
}

struct Good {
    /// The one that never expires, until it is revoked.
    fixed: Option<String>,
    /// With the end of their lives.
    granted: HashMap<String, Option<Instant>>,
    grants: u64,
}

impl Tokens {
    pub(super) fn new(options: &EmulatorOptions) -> Self {
        let good = Good { fixed: Some(options.token.clone()), granted: HashMap::new(), grants: 0 };
        Self {
            required: options.require_token,
            client_id: options.client_id.clone(),
            client_secret: options.client_secret.clone(),
            expires_in: options.expires_in,
            seed: options.seed,
            good: Mutex::new(good),
        }
    }

    /// The refusal of a call with this `Authorization` header, if it is refused.
    pub(super) fn refuse(&self, authorization: Option<&str>) -> Option<Answer> {
        if !self.required {
            return None;
        }
        let token = authorization.and_then(|value| {
            let (scheme, token) = value.split_once(' ')?;
            scheme.eq_ignore_ascii_case("bearer").then(|| token.trim()).filter(|token| !token.is_empty())
        });
        match token {
            None => Some(Answer::detail(StatusCode::UNAUTHORIZED, "Token missing")),
            Some(token) if self.is_good(token) => None,
            Some(_) => Some(Answer::detail(StatusCode::UNAUTHORIZED, "Token invalid or expired")),
        }
    }

    fn is_good(&self, token: &str) -> bool {
        let good = self.good.lock().unwrap_or_else(PoisonError::into_inner);
        good.fixed.as_deref() == Some(token)
            || good.granted.get(token).is_some_and(|end| end.is_none_or(|end| Instant::now() < end))
    }

    /// This token is good from now on, until tokens are revoked or its time is over.
    pub(super) fn accept(&self, token: String, expires_in: Option<u64>) {
        let end = expires_in.and_then(|seconds| Instant::now().checked_add(Duration::from_secs(seconds)));
        self.good.lock().unwrap_or_else(PoisonError::into_inner).granted.insert(token, end);
    }

    /// No token that exists now is good any more.
    pub(super) fn revoke(&self) {
        let mut good = self.good.lock().unwrap_or_else(PoisonError::into_inner);
        good.fixed = None;
        good.granted.clear();
    }

    /// The answer to the vendor's call for a token.
    pub(super) fn grant(&self, content_type: Option<&str>, body: &[u8]) -> Answer {
        let refuse =
            |status, error: &str| Answer::json(status, serde_json::json!({ "error": error }).to_string());
        let Some(form) = content_type.and_then(boundary).and_then(|boundary| read_form(boundary, body))
        else {
            return refuse(StatusCode::BAD_REQUEST, "invalid_request");
        };
        let field = |name: &str| form.get(name).map(String::as_str);
        // The vendor spells it without an s.
        if field("grant_type") != Some("client_credential") {
            return refuse(StatusCode::BAD_REQUEST, "unsupported_grant_type");
        }
        let known = field("client_id") == Some(&self.client_id)
            && field("client_secret") == Some(&self.client_secret);
        if !known {
            return refuse(StatusCode::UNAUTHORIZED, "invalid_client");
        }
        let mut granted = serde_json::json!({ "access_token": self.make(), "token_type": "Bearer" });
        if let (Some(seconds), Some(fields)) = (self.expires_in, granted.as_object_mut()) {
            fields.insert("expires_in".to_owned(), seconds.into());
        }
        Answer::json(StatusCode::OK, granted.to_string())
    }

    fn make(&self) -> String {
        let mut good = self.good.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        good.granted.retain(|_, end| end.is_none_or(|end| now < end));
        let mut rng = Rng::new(&[self.seed, TOKEN_SALT, good.grants]);
        good.grants += 1;
        let token = format!("granted-{:016x}{:016x}", rng.next(), rng.next());
        let end = self.expires_in.and_then(|seconds| now.checked_add(Duration::from_secs(seconds)));
        good.granted.insert(token.clone(), end);
        token
    }
}

fn boundary(content_type: &str) -> Option<&str> {
    let (kind, parameters) = content_type.split_once(';')?;
    if !kind.trim().eq_ignore_ascii_case("multipart/form-data") {
        return None;
    }
    let boundary = parameters.split(';').find_map(|parameter| parameter.trim().strip_prefix("boundary="))?;
    Some(boundary.trim_matches('"')).filter(|boundary| !boundary.is_empty())
}

/// The text fields of a form. Enough for three short fields; no files.
fn read_form(boundary: &str, body: &[u8]) -> Option<HashMap<String, String>> {
    let text = std::str::from_utf8(body).ok()?;
    let delimiter = format!("--{boundary}");
    let mut fields = HashMap::new();
    for part in text.split(delimiter.as_str()).skip(1) {
        let Some((head, value)) = part.split_once("\r\n\r\n") else { continue };
        let name = head.split(';').find_map(|piece| piece.trim().strip_prefix("name="))?;
        let name = name.lines().next()?.trim_matches('"');
        fields.insert(name.to_owned(), value.strip_suffix("\r\n").unwrap_or(value).to_owned());
    }
    Some(fields)
}
