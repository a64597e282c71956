//! What a 422 means: its details read, whichever generation of the service's validation wrote
//! them, and the one kind of fault that they agree on. Pure; it knows no request and no socket.

use serde_json::Value;

use crate::core::error::{ErrorDetail, Loc, StatusKind};

/// The details of a 422's `detail`; empty where it is not a list of details.
pub fn read(detail: &Value) -> Vec<ErrorDetail> {
    let Some(entries) = detail.as_array() else { return Vec::new() };
    let details: Vec<ErrorDetail> = entries.iter().filter_map(read_one).collect();
    if details.len() == entries.len() { details } else { Vec::new() }
}

fn read_one(entry: &Value) -> Option<ErrorDetail> {
    Some(ErrorDetail {
        loc: entry.get("loc").map(read_loc).unwrap_or_default(),
        msg: entry.get("msg")?.as_str()?.to_owned(),
        kind: entry.get("type").and_then(Value::as_str).unwrap_or_default().to_owned(),
        raw: entry.to_string(),
    })
}

fn read_loc(loc: &Value) -> Vec<Loc> {
    match loc {
        Value::Array(steps) => steps.iter().map(read_step).collect(),
        Value::Null => Vec::new(),
        step => vec![read_step(step)],
    }
}

fn read_step(step: &Value) -> Loc {
    match step {
        Value::String(name) => Loc::Name(name.clone()),
        other => other.as_i64().map_or_else(|| Loc::Name(other.to_string()), Loc::Index),
    }
}

/// The kind that all details agree on, else the general one.
pub fn kind_of_all(details: &[ErrorDetail]) -> StatusKind {
    let mut kinds = details.iter().map(kind_of);
    match kinds.next() {
        Some(first) if kinds.all(|kind| kind == first) => first,
        _ => StatusKind::Validation,
    }
}

/// Whether any detail is about the agent's id, and whether any is about the project's key.
pub fn names_a_credential(details: &[ErrorDetail]) -> (bool, bool) {
    let is = |names: &[&str], kind: StatusKind| {
        details.iter().any(|detail| names.contains(&field(detail).as_str()) || kind_of(detail) == kind)
    };
    (is(AGENT, StatusKind::AgentNotFound), is(PROJECT_KEY, StatusKind::InvalidProjectKey))
}

/// Which of the page's "Common Error Scenarios" a detail is.
///
/// The order matters: "not found or access denied" is not found, and a key that is refused with
/// the words "access denied" alone is a matter of access.
fn kind_of(detail: &ErrorDetail) -> StatusKind {
    let field = field(detail);
    let kind = detail.kind.to_lowercase();
    let words = format!("{kind} {}", detail.msg.to_lowercase());
    if is_missing(&field, &kind, &words) {
        StatusKind::MissingField
    } else if PAGINATION.contains(&field.as_str()) {
        StatusKind::InvalidPagination
    } else if speaks_of(&words, NOT_FOUND) {
        not_found(&field, &words)
    } else if speaks_of(&words, ACCESS) {
        StatusKind::AccessDenied
    } else if is_project_key(&field, &words) && !is_about_form(&kind) {
        StatusKind::InvalidProjectKey
    } else {
        StatusKind::Validation
    }
}

/// Fields of the body, and arguments of ours that become them.
const PAGINATION: &[&str] = &["limit", "offset", "page_size", "max_items"];
const PROJECT_KEY: &[&str] = &["project_key", "projectkey", "x-blocks-key", "x_blocks_key"];
const AGENT: &[&str] = &["agent_id", "agentid", "widget_id"];
const NOT_FOUND: &[&str] =
    &["not found", "notfound", "not_found", "does not exist", "doesn't exist", "no such", "unknown agent"];
const ACCESS: &[&str] =
    &["access denied", "access_denied", "permission", "forbidden", "not authorized", "not allowed to"];
const BAD_KEY: &[&str] = &["incorrect", "expired", "invalid", "not valid", "wrong", "revoked"];

/// The last name in `loc` that is not just where in the request it stands.
fn field(detail: &ErrorDetail) -> String {
    let names = detail.loc.iter().rev().filter_map(|step| match step {
        Loc::Name(name) => Some(name.to_lowercase()),
        Loc::Index(_) => None,
    });
    names.into_iter().find(|name| !["body", "query", "header"].contains(&name.as_str())).unwrap_or_default()
}

fn is_missing(field: &str, kind: &str, words: &str) -> bool {
    let required = PROJECT_KEY.contains(&field) || AGENT.contains(&field);
    let empty = ["string_too_short", "any_str.min_length", "none.not_allowed"];
    kind == "missing"
        || kind.ends_with(".missing")
        || words.contains("field required")
        || words.contains("field is required")
        || (required && empty.iter().any(|end| kind.ends_with(end)))
}

fn not_found(field: &str, words: &str) -> StatusKind {
    if PROJECT_KEY.contains(&field) {
        StatusKind::InvalidProjectKey
    } else if AGENT.contains(&field) || words.contains("agent") {
        StatusKind::AgentNotFound
    } else if is_project_key(field, words) {
        StatusKind::InvalidProjectKey
    } else {
        StatusKind::Validation
    }
}

fn is_project_key(field: &str, words: &str) -> bool {
    let named = words.contains("project key") || words.contains("project_key");
    PROJECT_KEY.contains(&field)
        || (named && speaks_of(words, BAD_KEY))
        || (named && speaks_of(words, NOT_FOUND))
}

/// A value of the wrong type or length says nothing about whether the key is known.
fn is_about_form(kind: &str) -> bool {
    ["string_type", "string_too_long", "str_type", "any_str.max_length", "type_error.str"].contains(&kind)
}

fn speaks_of(words: &str, any: &[&str]) -> bool {
    any.iter().any(|phrase| words.contains(phrase))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn kind(details: &Value) -> StatusKind {
        kind_of_all(&read(details))
    }

    fn one(field: &str, kind: &str, msg: &str) -> Value {
        json!({"loc": ["body", field], "type": kind, "msg": msg})
    }

    #[test]
    fn the_pages_scenarios_in_both_styles() {
        let cases = [
            (
                "agent_id",
                "value_error.notfound",
                "Agent not found or access denied",
                StatusKind::AgentNotFound,
            ),
            ("agent_id", "value_error.missing", "field required", StatusKind::MissingField),
            ("agent_id", "missing", "Field required", StatusKind::MissingField),
            (
                "agent_id",
                "string_too_short",
                "String should have at least 1 character",
                StatusKind::MissingField,
            ),
            (
                "project_key",
                "value_error",
                "Project key is incorrect or expired",
                StatusKind::InvalidProjectKey,
            ),
            ("project_key", "value_error.notfound", "Not found", StatusKind::InvalidProjectKey),
            ("project_key", "string_type", "Input should be a valid string", StatusKind::Validation),
            (
                "limit",
                "less_than_equal",
                "Input should be less than or equal to 100",
                StatusKind::InvalidPagination,
            ),
            (
                "limit",
                "value_error.number.not_le",
                "ensure this value is less than ...",
                StatusKind::InvalidPagination,
            ),
            ("offset", "int_parsing", "Input should be a valid integer", StatusKind::InvalidPagination),
            ("agent_id", "value_error", "Access denied", StatusKind::AccessDenied),
            (
                "agent_id",
                "permission_denied",
                "Insufficient permissions to view sessions",
                StatusKind::AccessDenied,
            ),
            ("tags", "list_type", "Input should be a valid list", StatusKind::Validation),
        ];
        for (field, style, msg, expected) in cases {
            assert_eq!(kind(&json!([one(field, style, msg)])), expected, "{field} {style} {msg}");
        }
    }

    #[test]
    fn several_details_agree_or_are_general() {
        let agent = one("agent_id", "missing", "Field required");
        let key = one("project_key", "missing", "Field required");
        let limit = one("limit", "less_than_equal", "Input should be less than or equal to 100");
        assert_eq!(kind(&json!([agent, key])), StatusKind::MissingField);
        assert_eq!(kind(&json!([agent, limit])), StatusKind::Validation);
        assert_eq!(kind(&json!([])), StatusKind::Validation);
    }

    #[test]
    fn the_place_may_hold_numbers_or_be_absent() {
        let details =
            read(&json!([{"loc": ["body", 12], "msg": "JSON decode error", "type": "json_invalid"}]));
        assert_eq!(details[0].loc, [Loc::Name("body".into()), Loc::Index(12)]);
        assert_eq!(read(&json!([{"msg": "Agent not found"}])).len(), 1);
        assert_eq!(kind(&json!([{"msg": "Agent not found"}])), StatusKind::AgentNotFound);
    }

    #[test]
    fn another_shape_gives_no_details() {
        for shape in [json!("text"), json!({"a": 1}), json!([1]), json!([{"no": "msg"}]), json!(null)] {
            assert!(read(&shape).is_empty(), "{shape}");
        }
    }

    #[test]
    fn an_echoed_input_is_in_raw_only() {
        let details = read(&json!([
            {"loc": ["body", "limit"], "msg": "Bad", "type": "less_than_equal", "input": "jane@example.com"}
        ]));
        assert!(details[0].raw.contains("jane@example.com"));
        assert!(!details[0].to_string().contains("jane"));
    }
}
