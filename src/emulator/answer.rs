//! Answers as values: a status, a few headers, a body. It knows no socket.

use bytes::Bytes;
use http::header::{ALLOW, HeaderName, HeaderValue, RETRY_AFTER};
use http::{HeaderMap, StatusCode};

/// What is to be sent.
#[derive(Debug, Clone)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) content_type: &'static str,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

pub(super) const JSON: &str = "application/json";
pub(super) const HTML: &str = "text/html; charset=utf-8";

impl Answer {
    pub(super) fn new(status: StatusCode, content_type: &'static str, body: impl Into<Bytes>) -> Self {
        Self { status, content_type, headers: HeaderMap::new(), body: body.into() }
    }

    pub(super) fn json(status: StatusCode, body: impl Into<Bytes>) -> Self {
        Self::new(status, JSON, body)
    }

    /// The framework's way of raising an exception: `detail` is a string.
    pub(super) fn detail(status: StatusCode, detail: &str) -> Self {
        Self::json(status, serde_json::json!({ "detail": detail }).to_string())
    }

    /// What a proxy in front says.
    pub(super) fn proxy(status: StatusCode) -> Self {
        let title = status.canonical_reason().unwrap_or("Error");
        let code = status.as_u16();
        let page = format!(
            "<html>\r\n<head><title>{code} {title}</title></head>\r\n<body>\r\n<center><h1>{code} {title}</h1></center>\r\n</body>\r\n</html>\r\n"
        );
        Self::new(status, HTML, page)
    }

    /// The refusal of the tenant check, which comes before the framework.
    pub(super) fn no_tenant() -> Self {
        let body = r#"{"is_success":false,"errors":{"message":"BadRequest: Missing_Tenant_Key_Or_Id"}}"#;
        Self::json(StatusCode::BAD_REQUEST, body)
    }

    pub(super) fn unhandled(status: StatusCode, trace_id: &str) -> Self {
        let body = serde_json::json!({
            "Message": "An error occurred while processing your request.",
            "TraceId": trace_id,
        });
        Self::json(status, body.to_string())
    }

    pub(super) fn not_found() -> Self {
        Self::detail(StatusCode::NOT_FOUND, "Not Found")
    }

    pub(super) fn method_not_allowed() -> Self {
        let mut answer = Self::detail(StatusCode::METHOD_NOT_ALLOWED, "Method Not Allowed");
        answer.headers.insert(ALLOW, HeaderValue::from_static("POST"));
        answer
    }

    pub(super) fn too_many(seconds: u64) -> Self {
        Self::detail(StatusCode::TOO_MANY_REQUESTS, "Too Many Requests")
            .with(RETRY_AFTER, &seconds.to_string())
    }

    /// With one more header; a value that is no header value is left out.
    pub(super) fn with(mut self, name: HeaderName, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.insert(name, value);
        }
        self
    }
}
