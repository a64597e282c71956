//! An answer that is a refusal: which kind, what it says, and where its request is found again.
//! It reads status, headers and body, whoever wrote them, and knows no socket.

use http::{HeaderMap, StatusCode};
use serde_json::Value;

use crate::core::config::secret::Redactor;
use crate::core::error::detail;
use crate::core::error::{ErrorDetail, StatusError, StatusKind};

/// The most that is kept of a refusal's body.
const BODY_KEPT: usize = 16 * 1024;
/// The most that is quoted of a text that nobody meant for reading.
const QUOTED: usize = 200;

/// Judges an answer whose status is no success.
pub fn judge(status: StatusCode, headers: &HeaderMap, body: &[u8], redactor: &Redactor) -> StatusError {
    let text = String::from_utf8_lossy(body);
    let sent: Option<Value> = serde_json::from_slice(body).ok();
    let errors = match &sent {
        Some(sent) if status == 422 => sent.get("detail").map(detail::read).unwrap_or_default(),
        _ => Vec::new(),
    };
    let kind = kind(status, &errors);
    let errors: Vec<ErrorDetail> = errors.into_iter().map(|error| scrubbed(error, redactor)).collect();
    let words = sent.as_ref().and_then(|sent| said(sent, &errors));
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
        errors,
        hint,
    }
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

fn scrubbed(error: ErrorDetail, redactor: &Redactor) -> ErrorDetail {
    use crate::core::error::Loc;
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
fn shown_detail(loc: &[crate::core::error::Loc], msg: &str, kind: &str) -> String {
    use crate::core::error::Loc;
    let step = |step: &Loc| match step {
        Loc::Name(name) => Value::from(name.as_str()),
        Loc::Index(index) => Value::from(*index),
    };
    let loc: Vec<Value> = loc.iter().map(step).collect();
    serde_json::json!({"loc": loc, "msg": msg, "type": kind}).to_string()
}

/// The service's own words, wherever its several layers put them.
fn said(sent: &Value, errors: &[ErrorDetail]) -> Option<String> {
    if !errors.is_empty() {
        return Some(errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "));
    }
    let pointers = [
        "/detail",
        "/errors/message",
        "/Message",
        "/message",
        "/error_description",
        "/error/message",
        "/error",
        "/title",
    ];
    let found = pointers.iter().find_map(|pointer| sent.pointer(pointer)?.as_str());
    found.map(str::trim).filter(|words| !words.is_empty()).map(|words| excerpt(words, BODY_KEPT))
}

/// What to say where the answer does not: the status, and what can be told of the body.
fn unsaid(status: StatusCode, headers: &HeaderMap, text: &str, is_json: bool, hidden: bool) -> String {
    let name = status.canonical_reason().unwrap_or("a status without a name");
    if status.is_redirection() {
        return redirection(name, headers);
    }
    let text = text.trim();
    if text.is_empty() {
        return format!("{name}, with no explanation");
    }
    if hidden {
        return format!("{name}; the client's mask keeps nothing of the answer's body");
    }
    if is_json {
        // Its shape is unknown, so nobody can say which part of it is fit to be shown.
        return format!("{name}; the answer is JSON of an unknown shape, see its body");
    }
    if text.starts_with('<') {
        return match title(text) {
            Some(title) => format!("{name}, from a proxy or gateway whose page is titled {title:?}"),
            None => format!("{name}, from a proxy or gateway (an HTML page)"),
        };
    }
    let first = text.lines().next().unwrap_or_default();
    format!("{name}: {}", excerpt(first, QUOTED))
}

fn redirection(name: &str, headers: &HeaderMap) -> String {
    let to = headers.get(http::header::LOCATION).and_then(|to| to.to_str().ok());
    let place = to.and_then(|to| url::Url::parse(to).ok()).map(|to| crate::core::config::place(&to));
    let to = place.map(|place| format!(" to {place}")).unwrap_or_default();
    format!("{name}: a redirect{to}, which is never followed. Is the base_url right?")
}

fn title(page: &str) -> Option<String> {
    let lower = page.to_ascii_lowercase();
    let start = lower.find("<title>")? + "<title>".len();
    let length = lower.get(start..)?.find("</title>")?;
    let title = page.get(start..start + length)?.split_whitespace().collect::<Vec<_>>().join(" ");
    (!title.is_empty()).then(|| excerpt(&title, QUOTED))
}

/// The beginning of a text, marked where it is cut.
pub fn excerpt(text: &str, limit: usize) -> String {
    if text.len() <= limit {
        return text.to_owned();
    }
    format!("{}...", crate::core::config::secret::beginning(text, limit))
}

/// What helps where the answer names a setting of the caller's.
fn hint_of_words(status: StatusCode, sent: Option<&Value>, errors: &[ErrorDetail]) -> Option<&'static str> {
    match status.as_u16() {
        400 | 404 | 406 => {
            let words = sent?.pointer("/errors/message")?.as_str()?.to_lowercase();
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
        407 => "The proxy wants credentials: proxy=\"http://user:password@host:port\".",
        413 => "The request is too large for a proxy or gateway in front of the service: shorten extra_body.",
        429 if headers.get(http::header::RETRY_AFTER).is_none() => {
            "Ask less often: lower max_concurrency, or set max_requests_per_second."
        }
        500..=599 => "The service or a gateway in front of it is in class; try again later.",
        _ => return None,
    })
}

/// By what name the service can find this request again.
pub fn request_id(headers: &HeaderMap, body: Option<&Value>) -> Option<String> {
    let header = |name: &str| headers.get(name)?.to_str().ok().filter(|id| !id.is_empty()).map(str::to_owned);
    header("x-request-id")
        .or_else(|| header("traceparent"))
        .or_else(|| body?.get("TraceId")?.as_str().map(str::to_owned))
}

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
mod tests {
    use super::*;
    use http::HeaderValue;

    fn judged(status: u16, body: &str) -> StatusError {
        judge(StatusCode::from_u16(status).unwrap(), &HeaderMap::new(), body.as_bytes(), &Redactor::default())
    }

    #[test]
    fn every_shape_is_understood() {
        let cases = [
            (
                422,
                r#"{"detail":[{"loc":["body","agent_id"],"msg":"Agent not found or access denied","type":"value_error.notfound"}]}"#,
                StatusKind::AgentNotFound,
                "422: body.agent_id: Agent not found or access denied (value_error.notfound)",
            ),
            (401, r#"{"detail":"Token missing"}"#, StatusKind::Authentication, "401: Token missing"),
            (
                400,
                r#"{"is_success":false,"errors":{"message":"BadRequest: Missing_Tenant_Key_Or_Id"}}"#,
                StatusKind::BadRequest,
                "400: BadRequest: Missing_Tenant_Key_Or_Id",
            ),
            (406, r#"{"is_success":false,"errors":{"message":"No"}}"#, StatusKind::Other, "406: No"),
            (
                500,
                r#"{"Message":"An error occurred while processing your request.","TraceId":"t-1"}"#,
                StatusKind::InternalServer,
                "500: An error occurred while processing your request.",
            ),
            (
                502,
                "<html><head><title>502 Bad\n Gateway</title></head></html>",
                StatusKind::InternalServer,
                "502: Bad Gateway, from a proxy or gateway whose page is titled \"502 Bad Gateway\"",
            ),
            (
                503,
                "upstream connect error",
                StatusKind::InternalServer,
                "503: Service Unavailable: upstream connect error",
            ),
            (429, "", StatusKind::RateLimit, "429: Too Many Requests, with no explanation"),
            (
                422,
                r#"{"what":"jane@example.com"}"#,
                StatusKind::Validation,
                "422: Unprocessable Entity; the answer is JSON of an unknown shape, see its body",
            ),
            (
                413,
                "<center>nginx</center>",
                StatusKind::Other,
                "413: Payload Too Large, from a proxy or gateway (an HTML page)",
            ),
        ];
        for (status, body, kind, sentence) in cases {
            let error = judged(status, body);
            assert_eq!((error.kind, error.to_string().as_str()), (kind, sentence));
            assert_eq!(error.body.as_deref().unwrap_or_default(), body);
        }
        assert_eq!(judged(500, r#"{"Message":"x","TraceId":"t-1"}"#).request_id.as_deref(), Some("t-1"));
    }

    #[test]
    fn wrong_keys_and_agents_get_a_hint() {
        let tenant = r#"{"is_success":false,"errors":{"message":"BadRequest: Missing_Tenant_Key_Or_Id"}}"#;
        let detail = |field: &str, msg: &str| {
            format!(r#"{{"detail":[{{"loc":["body","{field}"],"msg":"{msg}","type":"value_error"}}]}}"#)
        };
        let keys = "Check project_key and blocks_key (the x-blocks-key header).";
        for status in [400, 404, 406] {
            assert_eq!(judged(status, tenant).hint, Some(keys));
        }
        assert_eq!(judged(400, r#"{"errors":{"message":"Bad body"}}"#).hint, None);
        let hint = |body: &str| judged(422, body).hint.unwrap_or_default();
        assert!(hint(&detail("project_key", "Incorrect")).starts_with("Check project_key"));
        assert!(hint(&detail("agent_id", "Agent not found")).starts_with("Check agent_id"));
        assert!(hint(r#"{"detail":[{"msg":"Agent not found"}]}"#).starts_with("Check agent_id"));
        assert_eq!(hint(&detail("limit", "Too large")), "");
    }

    #[test]
    fn secrets_are_scrubbed_wherever_they_are_echoed() {
        let mut headers = HeaderMap::new();
        headers.insert("x-request-id", HeaderValue::from_static("id-s3cret-key"));
        headers.insert("x-echo", HeaderValue::from_static("s3cret-key"));
        headers.insert("set-cookie", HeaderValue::from_static("sid=1"));
        let body = r#"{"detail":[{"loc":["body","s3cret-key"],"msg":"bad s3cret-key","type":"s3cret-key","input":"s3cret-key"}]}"#;
        let redactor = Redactor::new(["s3cret-key"]);
        let error = judge(StatusCode::UNPROCESSABLE_ENTITY, &headers, body.as_bytes(), &redactor);
        assert!(!format!("{error:?}").contains("s3cret"), "{error:?}");
        assert!(error.headers.contains(&("set-cookie".into(), "***".into())));
        assert_eq!(error.errors.len(), 1);
    }

    #[test]
    fn a_redirect_tells_where_to_and_no_more() {
        let mut headers = HeaderMap::new();
        headers.insert("location", HeaderValue::from_static("https://user:pw@other.example/login?token=abc"));
        let error = judge(StatusCode::FOUND, &headers, b"", &Redactor::default());
        assert_eq!(
            error.to_string(),
            "302: Found: a redirect to other.example:443, which is never followed. Is the base_url right?"
        );
    }
}
