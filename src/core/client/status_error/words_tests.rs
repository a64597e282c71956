//! What a body says, framework by framework.

use super::words::*;
use serde_json::json;

#[test]
fn every_shape_gives_its_words_and_fields() {
    let cases = [
        // FastAPI, Django REST framework, Flask
        (json!({"detail": "Token missing"}), "Token missing"),
        (json!({"detail": {"code": "x", "message": "No such agent"}}), "No such agent"),
        (json!({"detail": {"error": {"msg": "deep"}}}), "deep"),
        (json!({"message": {"agent_id": "is required"}}), ""),
        (json!({"non_field_errors": ["No."], "code": 1}), "No."),
        // ASP.NET
        (
            json!({"type": "https://tools.ietf.org/html/rfc9110", "title": "One or more validation errors occurred.",
                   "status": 400, "errors": {"AgentId": ["The AgentId field is required."]}, "traceId": "00-1"}),
            "One or more validation errors occurred: AgentId: The AgentId field is required.",
        ),
        (json!({"title": "Not Found", "status": 404, "detail": "No agent."}), "No agent."),
        (json!({"isSuccess": false, "errors": {"AgentId": "unknown"}}), "AgentId: unknown"),
        // The vendor
        (json!({"is_success": false, "errors": {"message": "BadRequest: X"}}), "BadRequest: X"),
        (json!({"Message": "An error occurred.", "TraceId": "t"}), "An error occurred."),
        // Spring
        (json!({"timestamp": 1, "status": 404, "error": "Not Found", "path": "/x"}), "Not Found"),
        (json!({"status": 400, "error": "Bad Request", "message": "limit too large"}), "limit too large"),
        (
            json!({"message": "Validation failed", "errors": [{"field": "limit", "defaultMessage": "too large"}]}),
            "Validation failed: limit: too large",
        ),
        // Rails, Laravel, NestJS
        (json!({"errors": ["a", "b"]}), "a; b"),
        (json!({"error": "No."}), "No."),
        (
            json!({"message": "The given data was invalid.", "errors": {"email": ["taken"]}}),
            "The given data was invalid: email: taken",
        ),
        (
            json!({"statusCode": 400, "message": ["limit must not be greater"], "error": "Bad Request"}),
            "Bad Request: limit must not be greater",
        ),
        // JSON:API, GraphQL, Google, Azure, AWS, gateways
        (
            json!({"errors": [{"title": "Invalid", "detail": "too large", "source": {"pointer": "/data/limit"}}]}),
            "data.limit: too large",
        ),
        (json!({"errors": [{"message": "no field", "path": ["sessions", 0]}]}), "sessions.0: no field"),
        (json!({"error": {"code": 403, "message": "Denied", "status": "PERMISSION_DENIED"}}), "Denied"),
        (json!({"error": {"code": "X", "message": "m", "details": [{"message": "d"}]}}), "m: d"),
        (json!({"message": "Forbidden"}), "Forbidden"),
        (json!({"fault": {"faultstring": "Quota", "detail": {"errorcode": "q"}}}), "Quota"),
        (json!({"success": false, "errors": [{"code": 10000, "message": "Auth"}]}), "Auth"),
        (json!({"error": {"reason": "no index", "type": "x"}, "status": 404}), "no index"),
        // OAuth, zod, violations, problem details
        (json!({"error": "invalid_client", "error_description": "Unknown"}), "Unknown"),
        (
            json!({"success": false, "error": {"issues": [{"path": ["limit"], "message": "big"}]}}),
            "limit: big",
        ),
        (json!({"title": "t", "violations": [{"field": "a", "message": "m"}]}), "t: a: m"),
        (json!({"title": "t", "invalid-params": [{"name": "a", "reason": "r"}]}), "t: a: r"),
        // Bare values
        (json!("plain words"), "plain words"),
        (json!(["one", "two"]), "one; two"),
        (json!({"error": true, "code": 7}), ""),
        (json!({"what": "jane@example.com"}), ""),
        (json!(null), ""),
    ];
    for (body, words) in cases {
        assert_eq!(of_json(&body).line().unwrap_or_default(), words, "{body}");
    }
}

#[test]
fn a_body_may_name_its_request() {
    for body in [
        json!({"TraceId": "t-1"}),
        json!({"traceId": "t-1", "title": "x"}),
        json!({"request_id": " t-1 "}),
        json!({"error": {"requestId": "t-1"}}),
        json!({"meta": {"correlation-id": "t-1"}}),
    ] {
        assert_eq!(request_id(&body).as_deref(), Some("t-1"), "{body}");
    }
    assert_eq!(request_id(&json!({"id": "x"})), None);
    assert_eq!(request_id(&json!([])), None);
}

#[test]
fn markup_gives_its_message_or_its_title() {
    let xml = r#"<?xml version="1.0"?><Error><Code>AccessDenied</Code><Message>Access
        Denied</Message></Error>"#;
    assert_eq!(of_markup(xml).as_deref(), Some("Access Denied"));
    let soap = "<s:Envelope><s:Fault><faultstring xml:lang='en'>No</faultstring></s:Fault></s:Envelope>";
    assert_eq!(of_markup(soap).as_deref(), Some("No"));
    assert_eq!(of_markup("<html><h1>Bad  Gateway</h1></html>").as_deref(), Some("Bad Gateway"));
    assert_eq!(of_markup("<center>nginx</center>"), None);
}

#[test]
fn a_challenge_gives_its_description() {
    let cases = [
        (
            r#"Bearer error="invalid_token", error_description="The token expired""#,
            "The token expired (invalid_token)",
        ),
        (r#"Bearer realm="x", error_description="Late""#, "Late"),
        ("Bearer error=invalid_token", "invalid_token"),
        (r#"Bearer realm="x""#, ""),
        (r#"Bearer x_error="no""#, ""),
        (r#"Bearer error_description="open"#, "open"),
    ];
    for (challenge, words) in cases {
        assert_eq!(of_challenge(challenge).unwrap_or_default(), words, "{challenge}");
    }
}
