//! Every status that the service or something in front of it can answer.

use super::scripted::{Act, Scripted, answer};
use super::*;
use blocks_sessions::core::error::StatusKind;

/// Lists from a server that always answers with this; no retries where they would only cost time.
async fn answered(
    status: &str,
    headers: &[(&str, &str)],
    body: &str,
    max_retries: i64,
) -> (StatusError, usize) {
    let server = Scripted::start(vec![Act::Answer(answer(status, headers, body))]).await;
    let settings = Settings { max_retries: Some(max_retries), ..settings(&server.url()) };
    (refusal(list(&client(settings)).await), server.count())
}

#[tokio::test]
async fn refusals_are_not_tried_again() {
    let page = r#"{"detail":[{"loc":["body","agent_id"],"msg":"Agent not found or access denied","type":"value_error.notfound"}]}"#;
    let tenant = r#"{"is_success":false,"errors":{"message":"BadRequest: Missing_Tenant_Key_Or_Id"}}"#;
    let cases = [
        ("400 Bad Request", tenant, StatusKind::BadRequest, "400: BadRequest: Missing_Tenant_Key_Or_Id"),
        (
            "401 Unauthorized",
            r#"{"detail":"Token missing"}"#,
            StatusKind::Authentication,
            "401: Token missing",
        ),
        ("403 Forbidden", r#"{"detail":"Forbidden"}"#, StatusKind::PermissionDenied, "403: Forbidden"),
        ("404 Not Found", r#"{"detail":"Not Found"}"#, StatusKind::NotFound, "404: Not Found"),
        ("406 Not Acceptable", tenant, StatusKind::Other, "406: BadRequest: Missing_Tenant_Key_Or_Id"),
        (
            "413 Payload Too Large",
            "<html><title>413 Request Entity Too Large</title></html>",
            StatusKind::Other,
            "413: Payload Too Large, from a proxy or gateway whose page is titled \"413 Request Entity Too Large\"",
        ),
        (
            "422 Unprocessable Entity",
            page,
            StatusKind::AgentNotFound,
            "422: body.agent_id: Agent not found or access denied (value_error.notfound)",
        ),
        ("501 Not Implemented", "", StatusKind::InternalServer, "501: Not Implemented, with no explanation"),
    ];
    for (status, body, kind, sentence) in cases {
        let (error, count) = answered(status, &[], body, 2).await;
        assert_eq!((error.kind, error.to_string().as_str(), count), (kind, sentence, 1), "{status}");
        assert_eq!((error.attempts, error.body.as_deref().unwrap_or_default()), (1, body));
    }
}

#[tokio::test]
async fn passing_troubles_are_tried_again() {
    let unhandled = r#"{"Message":"An error occurred while processing your request.","TraceId":"trace-9"}"#;
    for status in ["408", "425", "500", "502", "504", "520", "524", "529"] {
        let (error, count) = answered(&format!("{status} X"), &[], unhandled, 1).await;
        assert_eq!(error.status_code.unwrap().to_string(), status);
        assert_eq!(error.message, "An error occurred while processing your request.");
        assert_eq!((error.request_id.as_deref(), error.attempts, count), (Some("trace-9"), 2, 2), "{status}");
    }
    for status in ["429", "503"] {
        let (error, count) = answered(&format!("{status} X"), &[], "", 1).await;
        assert_eq!((error.attempts, count), (2, 2), "{status}");
    }
}

#[tokio::test]
async fn several_attempts_and_a_wait_that_is_too_long_are_told() {
    let (error, _) = answered("500 X", &[], r#"{"Message":"Oops"}"#, 1).await;
    assert_eq!((error.to_string().as_str(), error.message.as_str()), ("500: Oops (2 attempts)", "Oops"));
    for (status, code) in [("429 Too Many Requests", 429), ("503 Service Unavailable", 503)] {
        let (error, count) = answered(status, &[("retry-after", "90")], r#"{"detail":"Busy"}"#, 1).await;
        assert_eq!(error.to_string(), format!("{code}: Busy; the service asks to wait 90 s"));
        assert_eq!((error.message.as_str(), error.retry_after, count), ("Busy", Some(90.0), 1));
        let (error, _) = answered(status, &[("retry-after", "90")], r#"{"detail":"Busy"}"#, 0).await;
        assert_eq!(error.to_string(), format!("{code}: Busy"));
    }
}

#[tokio::test]
async fn redirects_are_never_followed() {
    let other = Scripted::start(vec![Act::Answer(super::scripted::page())]).await;
    for status in [
        "301 Moved Permanently",
        "302 Found",
        "303 See Other",
        "307 Temporary Redirect",
        "308 Permanent Redirect",
    ] {
        let to = format!("http://{}/elsewhere?token=abc", other.address);
        let (error, count) = answered(status, &[("location", &to)], "", 2).await;
        assert_eq!(
            error.to_string(),
            format!(
                "{}: {}: a redirect to {}, which is never followed. Is the base_url right?",
                &status[..3],
                &status[4..],
                other.address
            )
        );
        assert_eq!((error.kind, count), (StatusKind::Other, 1));
    }
    assert_eq!(other.count(), 0);
}

#[tokio::test]
async fn headers_are_kept_in_lower_case() {
    let (error, _) = answered("404 Not Found", &[("X-Request-ID", "r-2"), ("X-Other", "b")], "", 0).await;
    assert_eq!(error.request_id.as_deref(), Some("r-2"));
    assert!(error.headers.contains(&("x-other".into(), "b".into())), "{:?}", error.headers);
}

#[tokio::test]
async fn a_refusal_whose_body_breaks_is_still_that_refusal() {
    let cut = b"HTTP/1.1 404 Not Found\r\ncontent-length: 100\r\n\r\n{\"detail\"".to_vec();
    let server = Scripted::start(vec![Act::AnswerAndClose(cut)]).await;
    let error = refusal(list_from(&server.url()).await);
    assert_eq!(
        (error.kind, error.body.as_deref(), server.count()),
        (StatusKind::NotFound, Some("{\"detail\""), 1)
    );
}

#[tokio::test]
async fn a_success_that_is_none_says_so_in_the_services_words() {
    let body = r#"{"is_success": false, "errors": {"message": "Tenant the-project-key is closed"}, "traceId": "t-9"}"#;
    let server = Scripted::start(vec![Act::Answer(answer("200 OK", &[], body))]).await;
    let error = invalid(list_from(&server.url()).await);
    assert_eq!(error.message, "The answer holds no `sessions`, but says: Tenant *** is closed (3 attempts)");
    assert_eq!((error.request_id.as_deref(), error.status_code), (Some("t-9"), Some(200)));
}

#[tokio::test]
async fn a_head_of_too_many_lines_is_told_as_that() {
    let names: Vec<String> = (0..120).map(|line| format!("x-line-{line}")).collect();
    let headers: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "1")).collect();
    let server = Scripted::start(vec![Act::Answer(answer("200 OK", &headers, "{}"))]).await;
    let error = invalid(list_from(&server.url()).await);
    assert!(error.message.contains("too many header lines"), "{}", error.message);
    assert!(!error.message.contains("not HTTP"), "{}", error.message);
}
