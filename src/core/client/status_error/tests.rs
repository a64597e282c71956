//! What a refusal says, by its status, headers and body.

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
fn what_is_not_modified_is_no_redirect() {
    let error = judge(StatusCode::NOT_MODIFIED, &HeaderMap::new(), b"", &Redactor::default());
    assert_eq!(error.message, "Not Modified, with no explanation");
}

#[test]
fn a_redirect_may_be_relative() {
    let to = |location: &'static str| {
        let mut headers = HeaderMap::new();
        headers.insert("location", HeaderValue::from_static(location));
        judge(StatusCode::FOUND, &headers, b"", &Redactor::default()).message
    };
    let is = |place: &str| {
        format!("Found: a redirect to {place}, which is never followed. Is the base_url right?")
    };
    assert_eq!(to("/login?token=abc"), is("/login on the same host"));
    assert_eq!(to("../v2/conversation/sessions"), is("../v2/conversation/sessions on the same host"));
    assert_eq!(to("//other.example/login?t=1"), is("other.example"));
    assert_eq!(to("").matches(" to ").count(), 0);
}

#[test]
fn an_empty_refusal_may_say_why_in_a_header() {
    let mut headers = HeaderMap::new();
    let challenge = r#"Bearer realm="x", error="invalid_token", error_description="The token expired""#;
    headers.insert("www-authenticate", HeaderValue::from_static(challenge));
    let error = judge(StatusCode::UNAUTHORIZED, &headers, b"", &Redactor::default());
    assert_eq!(error.to_string(), "401: The token expired (invalid_token)");
}

#[test]
fn fields_of_other_frameworks_are_details_of_a_422() {
    let aspnet = r#"{"title":"One or more validation errors occurred.","status":422,
        "errors":{"AgentId":["The AgentId field is required."]},"traceId":"00-1"}"#;
    let error = judged(422, aspnet);
    assert_eq!(error.to_string(), "422: body.AgentId: The AgentId field is required.");
    assert_eq!((error.kind, error.request_id.as_deref()), (StatusKind::MissingField, Some("00-1")));
    let laravel = r#"{"message":"Invalid.","errors":{"limit":["Too large."],"offset":["Too small."]}}"#;
    let error = judged(422, laravel);
    assert_eq!((error.kind, error.errors.len()), (StatusKind::InvalidPagination, 2));
    let bad = judged(400, aspnet);
    assert_eq!(
        bad.to_string(),
        "400: One or more validation errors occurred: AgentId: The AgentId field is required."
    );
    assert_eq!(judged(400, "\u{feff}{\"error\":\"No.\"}").message, "No.");
}

#[test]
fn gateways_name_a_request_in_their_own_way() {
    let mut headers = HeaderMap::new();
    headers.insert("cf-ray", HeaderValue::from_static("ray-1"));
    assert_eq!(request_id(&headers, None).as_deref(), Some("ray-1"));
    let body = serde_json::json!({"traceId": "t-1"});
    assert_eq!(request_id(&headers, Some(&body)).as_deref(), Some("t-1"));
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
