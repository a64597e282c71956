//! One call as the caller asked for it: its check, and the body it becomes.
//! It knows the service's rules and no socket.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderName};
use serde::Serialize;
use serde_json::{Map, Value, json};
use tokio::time::Instant;

use crate::core::config::{self, Timeout, TimeoutSetting, told};
use crate::core::error::detail;
use crate::core::error::{Error, ErrorDetail, Loc, Result, StatusError};

/// The most sessions that the service hands out at once, and the number it takes as default.
pub const MAX_LIMIT: i64 = 100;

/// The fields that every body has, and what sets them: `extra_body` never does.
const KNOWN: [(&str, &str); 4] = [
    ("agent_id", "agent_id"),
    ("project_key", "the client's project_key"),
    ("limit", "limit (page_size in a listing)"),
    ("offset", "offset"),
];

/// What sets a field of the body that `extra_body` cannot.
pub fn argument_of(name: &str) -> Option<&'static str> {
    KNOWN.iter().find(|(known, _)| *known == name).map(|(_, argument)| *argument)
}

/// One page, as asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct ListRequest {
    /// `None`: the client's own.
    pub agent_id: Option<String>,
    pub limit: i64,
    pub offset: i64,
    /// Fields that this package does not know, sent as they are.
    pub extra_body: Map<String, Value>,
}

impl Default for ListRequest {
    fn default() -> Self {
        Self { agent_id: None, limit: MAX_LIMIT, offset: 0, extra_body: Map::new() }
    }
}

impl ListRequest {
    /// Everything that is wrong with the request, as the service would say it.
    pub fn faults(&self, default_agent: Option<&str>) -> Vec<ErrorDetail> {
        let mut faults = Vec::new();
        match self.agent_id.as_deref().or(default_agent) {
            None => faults.push(fault(
                "agent_id",
                "no agent: pass agent_id, or set it on the client or in BLOCKS_AGENT_ID",
                "missing",
                &Value::Null,
            )),
            Some(agent) if agent.trim().is_empty() => {
                faults.push(fault("agent_id", "must not be empty", "string_too_short", &json!(agent)));
            }
            Some(_) => {}
        }
        if self.limit < 1 {
            faults.push(number("limit", "must be between 1 and 100", "greater_than_equal", self.limit));
        } else if self.limit > MAX_LIMIT {
            faults.push(number("limit", "must be between 1 and 100", "less_than_equal", self.limit));
        }
        if self.offset < 0 {
            faults.push(number("offset", "must be 0 or more", "greater_than_equal", self.offset));
        } else if self.offset == i64::MAX {
            // As good as any that lies beyond 64 bits, and would be sent as another number.
            faults.push(number("offset", "must fit 64 bits", "less_than_equal", self.offset));
        }
        faults
    }

    /// Refuses the request before it is sent, with all its faults at once.
    pub fn check(&self, default_agent: Option<&str>) -> Result<()> {
        refuse(self.faults(default_agent))
    }

    /// The body, in the order of the service's own page.
    pub fn body(&self, default_agent: Option<&str>, project_key: &str) -> Bytes {
        let agent = self.agent_id.as_deref().or(default_agent).unwrap_or_default();
        let mut body = Vec::with_capacity(128);
        body.extend_from_slice(b"{\"agent_id\":");
        push(&mut body, agent);
        body.extend_from_slice(b",\"project_key\":");
        push(&mut body, project_key);
        body.extend_from_slice(b",\"limit\":");
        push(&mut body, &self.limit);
        body.extend_from_slice(b",\"offset\":");
        push(&mut body, &self.offset);
        for (name, value) in self.extra_body.iter().filter(|(name, _)| argument_of(name).is_none()) {
            body.push(b',');
            push(&mut body, name);
            body.push(b':');
            push(&mut body, value);
        }
        body.push(b'}');
        Bytes::from(body)
    }
}

/// What one call may have of its own.
#[derive(Debug, Clone, Default)]
pub struct CallOptions {
    pub timeout: Option<Timeout>,
    pub max_retries: Option<u32>,
    /// Sent on as the `traceparent` header: the trace that the call is part of.
    pub traceparent: Option<String>,
    /// May be answered from memory, where the client has a `cache_ttl`. A listing never may.
    pub cached: bool,
    pub headers: CallHeaders,
    /// How long whatever the call is a part of may take.
    pub deadline: Option<Duration>,
    /// When it has to be over by that; of something that has begun.
    pub until: Option<Instant>,
}

/// Headers of one call, in the place of the client's.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CallHeaders {
    pub set: HeaderMap,
    /// Those of the client's that are not sent.
    pub removed: Vec<HeaderName>,
}

impl CallHeaders {
    /// From what a caller gave: a header without a value is not sent.
    fn checked(given: &[(String, Option<String>)]) -> Result<Self, String> {
        let text = |(name, text): &(String, Option<String>)| (name.clone(), text.clone().unwrap_or_default());
        let all: Vec<_> = given.iter().map(text).collect();
        let set: Vec<_> = given.iter().filter(|(_, text)| text.is_some()).map(text).collect();
        let all = config::header_map("extra_headers", &all, None)?;
        let set = config::header_map("extra_headers", &set, None)?;
        let removed = all.keys().filter(|name| !set.contains_key(*name)).cloned().collect();
        Ok(Self { set, removed })
    }

    /// As a part of what tells one call from another.
    pub fn as_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        for (name, value) in &self.set {
            bytes.extend([name.as_str().as_bytes(), b":", value.as_bytes(), b"\n"].concat());
        }
        for name in &self.removed {
            bytes.extend([name.as_str().as_bytes(), b"\n"].concat());
        }
        bytes
    }
}

/// What a caller says of one call, unchecked.
#[derive(Debug, Clone, Default)]
pub struct CallSettings {
    pub timeout: Option<TimeoutSetting>,
    pub max_retries: Option<i64>,
    /// In seconds.
    pub deadline: Option<f64>,
    pub headers: Vec<(String, Option<String>)>,
}

impl CallOptions {
    /// From what a caller gave.
    ///
    /// # Errors
    /// [`Error::Configuration`] tells all that is wrong with it.
    pub fn checked(given: &CallSettings) -> Result<Self> {
        let timeout = given.timeout.map(TimeoutSetting::check).transpose();
        let max_retries = given.max_retries.map(config::max_retries).transpose();
        let deadline = given.deadline.map(|seconds| config::positive("deadline", seconds)).transpose();
        let headers = CallHeaders::checked(&given.headers);
        match (timeout, max_retries, deadline, headers) {
            (Ok(timeout), Ok(max_retries), Ok(deadline), Ok(headers)) => {
                Ok(Self { timeout, max_retries, headers, deadline, ..Self::default() })
            }
            (timeout, max_retries, deadline, headers) => {
                let faults = [timeout.err(), max_retries.err(), deadline.err(), headers.err()];
                let faults: Vec<_> = faults.into_iter().flatten().collect();
                Err(Error::Configuration(faults.join("; ")))
            }
        }
    }

    /// The same, of something that begins now.
    #[must_use]
    pub fn begun(self) -> Self {
        let until = self.deadline.and_then(|deadline| Instant::now().checked_add(deadline));
        Self { until, ..self }
    }
}

/// Refuses what has faults, as our own check does: with all of them at once, and no status.
pub(in crate::core) fn refuse(errors: Vec<ErrorDetail>) -> Result<()> {
    if errors.is_empty() { Ok(()) } else { Err(refusal(errors)) }
}

fn refusal(errors: Vec<ErrorDetail>) -> Error {
    Error::Status(Box::new(StatusError {
        kind: detail::kind_of_all(&errors),
        status_code: None,
        message: errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "),
        body: None,
        request_id: None,
        headers: Vec::new(),
        attempts: 0,
        retry_after: None,
        wait_too_long: false,
        not_retried: None,
        errors,
        hint: None,
    }))
}

fn push(body: &mut Vec<u8>, value: &(impl Serialize + ?Sized)) {
    if serde_json::to_writer(&mut *body, value).is_err() {
        // Only a map whose keys are no text could fail, and JSON values have none.
        body.extend_from_slice(b"null");
    }
}

fn number(field: &str, rule: &str, kind: &str, value: i64) -> ErrorDetail {
    let input = match value {
        i64::MIN | i64::MAX => Value::Null,
        value => json!(value),
    };
    fault(field, &format!("{rule}, not {}", told(value)), kind, &input)
}

/// What is wrong with a number that is an argument of ours and no field of the body.
pub(in crate::core) fn argument_fault(name: &str, rule: &str, value: i64) -> ErrorDetail {
    let detail = number(name, rule, "value_error", value);
    ErrorDetail { loc: vec![Loc::Name(name.into())], ..detail }
}

/// Refuses a text that holds half of a surrogate pair, at the character `at` from 1 on: it cannot be sent.
#[must_use]
pub fn no_character(name: &str, at: usize) -> Error {
    let msg = format!("half of a character at character {at}; it was cut, or read with the wrong encoding");
    let raw = json!({"loc": [name], "msg": msg, "type": "value_error"}).to_string();
    let detail = ErrorDetail { loc: vec![Loc::Name(name.into())], msg, kind: "value_error".into(), raw };
    refusal(vec![detail])
}

fn fault(field: &str, msg: &str, kind: &str, input: &Value) -> ErrorDetail {
    let raw = json!({"loc": ["body", field], "msg": msg, "type": kind, "input": input});
    ErrorDetail {
        loc: vec![Loc::Name("body".into()), Loc::Name(field.into())],
        msg: msg.into(),
        kind: kind.into(),
        raw: raw.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::error::StatusKind;

    fn refusal(request: &ListRequest, agent: Option<&str>) -> StatusError {
        match request.check(agent) {
            Err(Error::Status(refusal)) => *refusal,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_body_has_the_pages_order() {
        let request = ListRequest { limit: 50, ..ListRequest::default() };
        let body = request.body(Some("agent_123"), "YOUR_PROJECT_KEY");
        assert_eq!(
            body,
            r#"{"agent_id":"agent_123","project_key":"YOUR_PROJECT_KEY","limit":50,"offset":0}"#
        );
    }

    #[test]
    fn extra_fields_follow() {
        let mut request = ListRequest::default();
        request.extra_body.insert("allow_created_by_filter".into(), json!(true));
        request.extra_body.insert("quote\"d".into(), json!({"a": [1, null]}));
        assert_eq!(
            request.body(Some("a\"b"), "k"),
            r#"{"agent_id":"a\"b","project_key":"k","limit":100,"offset":0,"allow_created_by_filter":true,"quote\"d":{"a":[1,null]}}"#
        );
    }

    #[test]
    fn extra_fields_override_none_that_has_an_argument() {
        for (name, _) in KNOWN {
            let mut request = ListRequest::default();
            let body = request.body(Some("a"), "k");
            request.extra_body.insert(name.into(), json!("hush"));
            assert_eq!(request.body(Some("a"), "k"), body, "{name}");
        }
    }

    #[test]
    fn all_faults_at_once() {
        let request =
            ListRequest { agent_id: Some(" ".into()), limit: 101, offset: -1, ..ListRequest::default() };
        let refusal = refusal(&request, None);
        assert_eq!(
            (refusal.errors.len(), refusal.kind, refusal.status_code),
            (3, StatusKind::Validation, None)
        );
        assert_eq!(
            refusal.to_string(),
            "body.agent_id: must not be empty (string_too_short); \
             body.limit: must be between 1 and 100, not 101 (less_than_equal); \
             body.offset: must be 0 or more, not -1 (greater_than_equal)"
        );
    }

    #[test]
    fn each_fault_has_its_class() {
        let limit = ListRequest { limit: 0, ..ListRequest::default() };
        assert_eq!(refusal(&limit, Some("a")).kind, StatusKind::InvalidPagination);
        assert_eq!(refusal(&ListRequest::default(), None).kind, StatusKind::MissingField);
        assert_eq!(refusal(&ListRequest::default(), Some("")).kind, StatusKind::MissingField);
        assert!(ListRequest::default().check(Some("a")).is_ok());
    }
}
