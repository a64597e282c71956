//! Answers that are no answers, and answers that only look strange.

use super::scripted::{Act, PAGE, Scripted, answer};
use super::*;

/// Lists from a server that always answers this with 200.
async fn answered(headers: &[(&str, &str)], body: impl AsRef<[u8]>) -> (Result<Response>, usize) {
    let server = Scripted::start(vec![Act::Answer(answer("200 OK", headers, body))]).await;
    let result = list_from(&server.url()).await;
    (result, server.count())
}

#[tokio::test]
async fn what_is_no_answer_is_tried_three_times_and_told() {
    let deep = format!("{{\"sessions\":{}{}}}", "[".repeat(100_000), "]".repeat(100_000));
    let utf16: Vec<u8> = PAGE.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let mut utf16_marked = vec![0xff, 0xfe];
    utf16_marked.extend_from_slice(&utf16);
    let cases: Vec<(&str, Vec<u8>, &str)> = vec![
        ("html", b"<!doctype html><title>Sign in</title>".to_vec(), "web page (HTML)"),
        ("empty", Vec::new(), "body is empty"),
        (
            "invalid utf-8",
            b"{\"sessions\":[{\"status\":\"\xff\xfe\"}],\"total_count\":1}".to_vec(),
            "not valid JSON",
        ),
        ("utf-16", utf16, "not valid JSON"),
        ("utf-16 with its mark", utf16_marked, "not valid JSON"),
        ("a list", b"[]".to_vec(), "where a JSON object with `sessions` was expected"),
        ("null", b"null".to_vec(), "where a JSON object with `sessions` was expected"),
        ("no sessions", b"{\"total_count\":1}".to_vec(), "without `sessions`"),
        ("NaN", b"{\"sessions\":[],\"total_count\":NaN}".to_vec(), "not valid JSON"),
        ("cut short", PAGE[..PAGE.len() - 1].into(), "cut short"),
        ("too deep", deep.into_bytes(), "not valid JSON"),
    ];
    for (name, body, part) in cases {
        let (result, count) = answered(&[], &body).await;
        let error = invalid(result);
        assert!(error.message.contains(part), "{name}: {}", error.message);
        assert!(error.message.ends_with(" (3 attempts)"), "{name}: {}", error.message);
        assert_eq!((error.status_code, error.attempts, count), (Some(200), 3, 3), "{name}");
        assert!(
            error.body.as_deref().unwrap().len() <= 2048,
            "{name}: {}",
            error.body.as_deref().unwrap().len()
        );
    }
}

#[tokio::test]
async fn the_body_of_what_is_no_answer_is_kept_and_cut() {
    let (result, _) = answered(&[("x-request-id", "r-1")], "<html>é".repeat(10_000)).await;
    let error = invalid(result);
    assert!(error.body.as_deref().unwrap().starts_with("<html>é<html>é"));
    assert_eq!(error.request_id.as_deref(), Some("r-1"));
}

#[tokio::test]
async fn a_status_that_has_no_body() {
    for status in ["204 No Content", "205 Reset Content"] {
        let server = Scripted::start(vec![Act::Answer(
            format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\n\r\n").into(),
        )])
        .await;
        let error = invalid(list_from(&server.url()).await);
        assert!(error.message.contains("body is empty"), "{}", error.message);
        assert_eq!(error.status_code.map(|code| code.to_string()).as_deref(), status.get(..3));
        assert_eq!(server.count(), 3);
    }
}

#[tokio::test]
async fn it_may_get_better() {
    let acts = vec![Act::Answer(answer("200 OK", &[], "<html>")), Act::Answer(super::scripted::page())];
    let server = Scripted::start(acts).await;
    assert_eq!(list_from(&server.url()).await.unwrap().attempts, 2);
}

#[tokio::test]
async fn a_strange_answer_is_still_an_answer() {
    type Row<'a> = (&'a str, &'a [(&'a str, &'a str)], &'a str, Option<u64>);
    let marked = format!("\u{feff}{PAGE}");
    let cases: [Row<'_>; 4] = [
        ("wrong content type", &[("content-type", "text/html")], PAGE, Some(1)),
        ("byte order mark", &[], &marked, Some(1)),
        ("negative count", &[], r#"{"sessions":[{}],"total_count":-5}"#, None),
        ("huge count", &[], r#"{"sessions":[{}],"total_count":123456789012345678901234567890}"#, None),
    ];
    for (name, headers, body, total) in cases {
        let (result, count) = answered(headers, body).await;
        let response = result.unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!((response.answer.len(), response.answer.total_count(), count), (1, total, 1), "{name}");
    }
}

#[tokio::test]
async fn too_large_is_not_read_to_its_end() {
    let head = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n".to_vec();
    let chunk = [b"1000000\r\n".to_vec(), vec![b' '; 0x0100_0000], b"\r\n".to_vec()].concat();
    let endless = [head, chunk.clone(), chunk.clone(), chunk.clone(), chunk.clone(), chunk].concat();
    let server = Scripted::start(vec![Act::Answer(endless)]).await;
    let error = invalid(list_from(&server.url()).await);
    assert_eq!(error.message, "The answer is larger than 64 MiB. Ask for fewer sessions with `limit`.");
    assert_eq!(server.count(), 1);
}

#[tokio::test]
async fn date_and_request_id() {
    let headers = [("date", "Mon, 12 Jan 2026 08:30:00 GMT"), ("x-request-id", "r-7")];
    let (result, _) = answered(&headers, PAGE).await;
    let response = result.unwrap();
    assert_eq!(response.answered_at, 1_768_206_600_000_000);
    assert_eq!(response.request_id.as_deref(), Some("r-7"));
    assert!(response.elapsed > Duration::ZERO);
}
