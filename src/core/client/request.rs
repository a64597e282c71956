//! One call as the caller asked for it: its check, and the body it becomes.
//! It knows the service's rules and no socket.

use bytes::Bytes;
use serde::Serialize;
use serde_json::{Map, Value, json};

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
        faults.extend(self.misplaced());
        faults
    }

    /// Refuses the request before it is sent, with all its faults at once.
    pub fn check(&self, default_agent: Option<&str>) -> Result<()> {
        refuse(self.faults(default_agent))
    }

    /// What stands in `extra_body` and is an argument of its own: sent twice, nobody knows which of them counts.
    fn misplaced(&self) -> impl Iterator<Item = ErrorDetail> {
        let known = KNOWN.iter().filter(|(name, _)| self.extra_body.contains_key(*name));
        known.map(|(name, argument)| {
            let msg = format!("must not hold '{name}', which is given by {argument}");
            let detail = fault("extra_body", &msg, "value_error", &Value::Null);
            ErrorDetail { loc: vec![Loc::Name("extra_body".into())], ..detail }
        })
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
        for (name, value) in &self.extra_body {
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
}

impl CallOptions {
    /// From what a caller gave, unchecked.
    ///
    /// # Errors
    /// [`Error::Configuration`] tells all that is wrong with it.
    pub fn checked(timeout: Option<TimeoutSetting>, max_retries: Option<i64>) -> Result<Self> {
        match (
            timeout.map(TimeoutSetting::check).transpose(),
            max_retries.map(config::max_retries).transpose(),
        ) {
            (Ok(timeout), Ok(max_retries)) => Ok(Self { timeout, max_retries, ..Self::default() }),
            (timeout, max_retries) => {
                let faults: Vec<_> = [timeout.err(), max_retries.err()].into_iter().flatten().collect();
                Err(Error::Configuration(faults.join("; ")))
            }
        }
    }
}

/// Refuses what has faults, as our own check does: with all of them at once, and no status.
pub(in crate::core) fn refuse(errors: Vec<ErrorDetail>) -> Result<()> {
    if errors.is_empty() {
        return Ok(());
    }
    Err(Error::Status(Box::new(StatusError {
        kind: detail::kind_of_all(&errors),
        status_code: None,
        message: errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "),
        body: None,
        request_id: None,
        headers: Vec::new(),
        attempts: 0,
        retry_after: None,
        wait_too_long: false,
        errors,
        hint: None,
    })))
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
        for (name, argument) in KNOWN {
            let mut request = ListRequest::default();
            request.extra_body.insert(name.into(), json!("hush"));
            let told = refusal(&request, Some("a"));
            assert_eq!(told.kind, StatusKind::Validation, "{name}");
            assert_eq!(
                told.to_string(),
                format!("extra_body: must not hold '{name}', which is given by {argument} (value_error)")
            );
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
