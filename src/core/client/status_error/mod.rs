//! An answer that is a refusal: which kind, what it says, and where its request is found again.
//! It reads status, headers and body, whoever wrote them, and knows no socket.

pub mod words;

use http::{HeaderMap, StatusCode};
use serde_json::Value;

use self::words::{Said, of_challenge, of_json, of_markup};

use crate::core::config::place;
use crate::core::config::secret::{Redactor, beginning};
use crate::core::error::detail;
use crate::core::error::{ErrorDetail, Loc, StatusError, StatusKind};

/// The most that is kept of a refusal's body.
const BODY_KEPT: usize = 16 * 1024;
/// The most that is quoted of a text that nobody meant for reading.
const QUOTED: usize = 200;

/// Judges an answer whose status is no success.
pub fn judge(status: StatusCode, headers: &HeaderMap, body: &[u8], redactor: &Redactor) -> StatusError {
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    let text = String::from_utf8_lossy(body);
    let sent: Option<Value> = serde_json::from_slice(body).ok();
    let said = sent.as_ref().map(of_json).unwrap_or_default();
    let errors = match &sent {
        Some(sent) if status == 422 => details(sent, &said),
        _ => Vec::new(),
    };
    let kind = kind(status, &errors);
    let errors: Vec<ErrorDetail> = errors.into_iter().map(|error| scrubbed(error, redactor)).collect();
    let words = if errors.is_empty() { said.line() } else { Some(joined(&errors)) };
    let words = words.map(|words| excerpt(&words, BODY_KEPT));
    let hint = hint_of_words(status, sent.as_ref(), &errors).or_else(|| hint(status, headers));
    let message =
        words.unwrap_or_else(|| unsaid(status, headers, &text, sent.is_some(), redactor.hides_bodies()));
    StatusError {
        kind,
        status_code: Some(status.as_u16()),
        message: redactor.screen(&message).into_owned(),
        body: (!text.is_empty() && !redactor.hides_bodies()).then(|| redactor.scrub_start(&text, BODY_KEPT)),
        request_id: request_id(headers, sent.as_ref()).map(|id| redactor.screen(&id).into_owned()),
        headers: shown_headers(headers, redactor),
        attempts: 0,
        retry_after: None,
        wait_too_long: false,
        not_retried: None,
        errors,
        hint,
    }
}

/// Which kind a status alone says.
pub fn kind_of(status: StatusCode) -> StatusKind {
    kind(status, &[])
}

fn kind(status: StatusCode, errors: &[ErrorDetail]) -> StatusKind {
    match status.as_u16() {
        400 => StatusKind::BadRequest,
        401 => StatusKind::Authentication,
        403 => StatusKind::PermissionDenied,
        404 => StatusKind::NotFound,
        422 => detail::kind_of_all(errors),
        429 => StatusKind::RateLimit,
        500..=599 => StatusKind::InternalServer,
        _ => StatusKind::Other,
    }
}

/// The details of a 422: a list of them, or what another framework says of each field.
fn details(sent: &Value, said: &Said) -> Vec<ErrorDetail> {
    let details = sent.get("detail").map(detail::read).unwrap_or_default();
    if !details.is_empty() {
        return details;
    }
    let of_field = |fault: &words::Fault| {
        let field = fault.field.as_ref()?;
        let raw = serde_json::json!({"loc": ["body", field], "msg": fault.words, "type": ""});
        Some(ErrorDetail {
            loc: vec![Loc::Name("body".into()), Loc::Name(field.clone())],
            msg: fault.words.clone(),
            kind: String::new(),
            raw: raw.to_string(),
        })
    };
    said.faults.iter().filter_map(of_field).collect()
}

fn joined(errors: &[ErrorDetail]) -> String {
    errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

fn scrubbed(error: ErrorDetail, redactor: &Redactor) -> ErrorDetail {
    let clean = |text: String| redactor.screen(&text).into_owned();
    let step = |step| match step {
        Loc::Name(name) => Loc::Name(clean(name)),
        // A long number may be somebody's, and its mask is no number.
        Loc::Index(index) => match clean(index.to_string()) {
            shown if shown == index.to_string() => Loc::Index(index),
            masked => Loc::Name(masked),
        },
    };
    let (loc, msg, kind): (Vec<Loc>, _, _) =
        (error.loc.into_iter().map(step).collect(), clean(error.msg), clean(error.kind));
    let raw = if redactor.hides_bodies() { shown_detail(&loc, &msg, &kind) } else { clean(error.raw) };
    ErrorDetail { loc, msg, kind, raw }
}

/// What a detail says of the request, without the input that it echoes.
fn shown_detail(loc: &[Loc], msg: &str, kind: &str) -> String {
    let step = |step: &Loc| match step {
        Loc::Name(name) => Value::from(name.as_str()),
        Loc::Index(index) => Value::from(*index),
    };
    let loc: Vec<Value> = loc.iter().map(step).collect();
    serde_json::json!({"loc": loc, "msg": msg, "type": kind}).to_string()
}

/// What to say where the answer does not: the status, and what can be told of the body.
fn unsaid(status: StatusCode, headers: &HeaderMap, text: &str, is_json: bool, hidden: bool) -> String {
    let name = status.canonical_reason().unwrap_or("a status without a name");
    if status.is_redirection() && status != StatusCode::NOT_MODIFIED {
        return redirection(name, headers, hidden);
    }
    let text = text.trim();
    if text.is_empty() {
        let challenge = headers.get_all(http::header::WWW_AUTHENTICATE).iter();
        let said = challenge.filter_map(|value| value.to_str().ok()).find_map(of_challenge);
        return match said {
            Some(said) => excerpt(&said, QUOTED),
            None => format!("{name}, with no explanation"),
        };
    }
    if hidden {
        return format!("{name}; the client's mask keeps nothing of the answer's body");
    }
    if is_json {
        // Its shape is unknown, so nobody can say which part of it is fit to be shown.
        return format!("{name}; the answer is JSON of an unknown shape, see its body");
    }
    if text.starts_with('<') {
        let words = of_markup(text).map(|words| excerpt(&words, QUOTED));
        return match words {
            Some(words) if is_page(text) => {
                format!("{name}, from a proxy or gateway whose page is titled {words:?}")
            }
            Some(words) => format!("{name}: {words}"),
            None => format!("{name}, from a proxy or gateway (an HTML page)"),
        };
    }
    let first = text.lines().next().unwrap_or_default();
    format!("{name}: {}", excerpt(first, QUOTED))
}

/// A page for people, and no message for programs.
fn is_page(text: &str) -> bool {
    let start = beginning(text, QUOTED).to_ascii_lowercase();
    start.contains("<html")
        || start.contains("<!doctype")
        || start.contains("<head")
        || start.contains("<title")
}

/// Where an answer sends us on to; of a path, nothing that may be a secret. `hidden`: a path may name a person.
fn redirection(name: &str, headers: &HeaderMap, hidden: bool) -> String {
    let to = headers.get(http::header::LOCATION).and_then(|to| to.to_str().ok()).map(str::trim);
    let to = match to.map(|to| (to, url::Url::parse(to))) {
        Some((_, Ok(absolute))) if absolute.has_host() => format!(" to {}", place(&absolute)),
        Some((to, _)) if to.starts_with("//") => match url::Url::parse(&format!("https:{to}")) {
            Ok(other) => format!(" to {}", other.host_str().unwrap_or_default()),
            Err(_) => String::new(),
        },
        Some((to, Err(_))) if !to.is_empty() && hidden => " to another path on the same host".to_owned(),
        Some((to, Err(_))) if !to.is_empty() => {
            let path = to.split(['?', '#']).next().unwrap_or_default();
            format!(" to {} on the same host", excerpt(path, QUOTED))
        }
        _ => String::new(),
    };
    format!("{name}: a redirect{to}, which is never followed. Is the base_url right?")
}

/// The beginning of a text, marked where it is cut.
pub fn excerpt(text: &str, limit: usize) -> String {
    if text.len() <= limit {
        return text.to_owned();
    }
    format!("{}...", beginning(text, limit))
}

/// What helps where the answer names a setting of the caller's.
fn hint_of_words(status: StatusCode, sent: Option<&Value>, errors: &[ErrorDetail]) -> Option<&'static str> {
    match status.as_u16() {
        400 | 404 | 406 => {
            let words = of_json(sent?).line()?.to_lowercase();
            (words.contains("tenant") || words.contains("blocks-key")).then_some(StatusError::CHECK_KEYS)
        }
        422 => match detail::names_a_credential(errors) {
            (true, true) => Some("Check agent_id and project_key."),
            (true, false) => {
                Some("Check agent_id, and that the agent belongs to the project of project_key.")
            }
            (false, true) => Some("Check project_key and blocks_key: one may be wrong or expired."),
            (false, false) => None,
        },
        _ => None,
    }
}

/// What helps, where the service's words do not say.
fn hint(status: StatusCode, headers: &HeaderMap) -> Option<&'static str> {
    Some(match status.as_u16() {
        401 => "Pass access_token, or client_id and client_secret; a token may also have expired.",
        403 => {
            "The keys are known but may not list these sessions: ask for the permission, or check project_key."
        }
        404 => {
            "Check agent_id and project_key, and that base_url has the path under which the service is reached."
        }
        406 => "Check blocks_key: the service knows its tenants by the x-blocks-key header.",
        407 => {
            "The proxy wants credentials, or others than those that were given: proxy=\"http://user:password@host:port\"."
        }
        413 => "The request is too large for a proxy or gateway in front of the service: shorten extra_body.",
        429 if headers.get(http::header::RETRY_AFTER).is_none() => {
            "Ask less often: lower max_concurrency, or set max_requests_per_second."
        }
        500..=599 => "The service or a gateway in front of it is in trouble; try again later.",
        _ => return None,
    })
}

/// By what name the service, or what stands before it, can find this request again.
pub fn request_id(headers: &HeaderMap, body: Option<&Value>) -> Option<String> {
    let header = |name: &&str| {
        headers.get(*name)?.to_str().ok().map(str::trim).filter(|id| !id.is_empty()).map(str::to_owned)
    };
    ["x-request-id", "traceparent"]
        .iter()
        .find_map(header)
        .or_else(|| words::request_id(body?))
        .or_else(|| OTHER_IDS.iter().find_map(header))
}

/// How gateways and clouds call it.
const OTHER_IDS: [&str; 9] = [
    "x-correlation-id",
    "request-id",
    "x-trace-id",
    "x-amzn-requestid",
    "x-amzn-trace-id",
    "x-ms-request-id",
    "x-azure-ref",
    "x-cloud-trace-context",
    "cf-ray",
];

/// The headers as a user may see them.
pub fn shown_headers(headers: &HeaderMap, redactor: &Redactor) -> Vec<(String, String)> {
    let shown = |(name, value): (&http::HeaderName, &http::HeaderValue)| {
        let value = match name {
            // A cookie is a credential of whoever set it.
            name if name == http::header::SET_COOKIE => crate::core::config::secret::MASK.to_owned(),
            _ => redactor.screen(&String::from_utf8_lossy(value.as_bytes())).into_owned(),
        };
        (name.as_str().to_owned(), value)
    };
    let kept = |(name, _): &(&http::HeaderName, &http::HeaderValue)| {
        !redactor.hides_bodies()
            || IMPERSONAL.contains(&name.as_str())
            || name.as_str().starts_with("x-ratelimit-")
    };
    headers.iter().filter(kept).map(shown).collect()
}

/// Headers that speak of the answer and of nobody.
const IMPERSONAL: [&str; 13] = [
    "content-type",
    "content-length",
    "content-encoding",
    "date",
    "retry-after",
    "ratelimit",
    "ratelimit-policy",
    "ratelimit-limit",
    "ratelimit-remaining",
    "ratelimit-reset",
    "x-request-id",
    "traceparent",
    "x-correlation-id",
];

#[cfg(test)]
mod tests;
#[cfg(test)]
mod words_tests;
