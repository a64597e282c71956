//! No secret leaves the core: not in messages, bodies, headers, causes, logs or Debug.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock};

use super::scripted::{Act, Scripted, answer};
use super::*;
use blocks_sessions::core::config::TokenSetting;
use blocks_sessions::core::config::TokenSource;

/// Every secret of these tests has this in it, and nothing else has.
const MARK: &str = "s3cret";

/// Keeps every line that is logged in this process.
struct Lines(Mutex<Vec<String>>);

impl log::Log for Lines {
    fn enabled(&self, metadata: &log::Metadata<'_>) -> bool {
        metadata.target() == "blocks_sessions"
    }

    fn log(&self, record: &log::Record<'_>) {
        if self.enabled(record.metadata()) {
            self.0.lock().unwrap().push(format!("{} {}", record.level(), record.args()));
        }
    }

    fn flush(&self) {}
}

fn lines() -> &'static Lines {
    static LINES: OnceLock<Lines> = OnceLock::new();
    let lines = LINES.get_or_init(|| Lines(Mutex::default()));
    if log::set_logger(lines).is_ok() {
        log::set_max_level(log::LevelFilter::Trace);
    }
    lines
}

fn secretive(base_url: &str) -> Settings {
    Settings {
        project_key: Some("s3cret-project".into()),
        blocks_key: Some("s3cret-blocks".into()),
        access_token: Some(TokenSetting::Fixed("s3cret-token".into())),
        headers: vec![("x-api-key".into(), "s3cret-header".into())],
        max_retries: Some(1),
        ..settings(base_url)
    }
}

/// Whatever the client sent, sent back everywhere.
fn echo(seen: &[super::scripted::Received], status: &str) -> Vec<u8> {
    let last = seen.last().unwrap();
    let text = format!("{} {}", last.head, String::from_utf8_lossy(&last.body));
    let text = text.replace(['\r', '\n'], " ");
    let body = serde_json::json!({"detail": text}).to_string();
    answer(status, &[("x-echo", &text), ("x-request-id", "s3cret-token")], body)
}

#[tokio::test]
async fn what_the_service_echoes_is_scrubbed() {
    lines();
    for status in ["400 Bad Request", "401 Unauthorized", "422 Unprocessable Entity", "500 Oops", "200 OK"] {
        let server = Scripted::answering(move |seen| Act::Answer(echo(seen, status))).await;
        let client = client(secretive(&server.url()));
        let error = list(&client).await.unwrap_err();
        let shown = format!("{error} {error:?} {client:?} {:?}", client.config());
        assert!(!shown.contains(MARK), "{shown}");
        assert!(shown.contains("***"), "{shown}");
    }
    assert!(server_saw_them().await);
    let logged = lines().0.lock().unwrap().join("\n");
    assert!(logged.contains("-> 500 in"), "{logged}");
    assert!(!logged.contains(MARK), "{logged}");
}

/// The search can fail: the secrets do go out.
async fn server_saw_them() -> bool {
    let server = Scripted::start(vec![Act::Answer(super::scripted::page())]).await;
    list(&client(secretive(&server.url()))).await.unwrap();
    let seen = &server.seen()[0];
    let all = format!("{} {}", seen.head, String::from_utf8_lossy(&seen.body));
    ["s3cret-project", "s3cret-blocks", "s3cret-token", "s3cret-header"]
        .iter()
        .all(|secret| all.contains(secret))
}

/// Gives `s3cret-tok-0`, `s3cret-tok-1`, ...
#[derive(Default)]
struct Renewing(AtomicUsize);

impl TokenSource for Renewing {
    fn token(&self) -> Pin<Box<dyn Future<Output = Result<String>> + Send + '_>> {
        Box::pin(async { Ok(format!("s3cret-tok-{}", self.0.fetch_add(1, Ordering::SeqCst))) })
    }
}

/// The answer that echoes a token may come when the client has another one already.
#[tokio::test]
async fn a_token_that_was_renewed_meanwhile_is_scrubbed() {
    for status in ["500 Oops", "200 OK"] {
        let server = Scripted::answering(move |seen| match seen.len() {
            1 => Act::Delay(700, echo(seen, status)),
            2 => Act::Answer(answer("401 Unauthorized", &[], "")),
            _ => Act::Answer(super::scripted::page()),
        })
        .await;
        let token = TokenSetting::Source(Arc::new(Renewing::default()));
        let settings =
            Settings { access_token: Some(token), max_retries: Some(0), ..settings(&server.url()) };
        let client = client(settings);
        let slow = tokio::spawn({
            let client = client.clone();
            async move { list(&client).await }
        });
        while server.count() < 1 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        list(&client).await.unwrap();
        let error = slow.await.unwrap().unwrap_err();
        let shown = format!("{error} {error:?}");
        assert!(shown.contains("***") && !shown.contains("s3cret-tok-"), "{shown}");
        assert!(server.seen()[0].head.contains("s3cret-tok-0"));
    }
}

#[tokio::test]
async fn a_proxys_password_is_in_no_error() {
    let proxy = Scripted::answering(|seen| {
        Act::AnswerAndClose(answer("407 Proxy Authentication Required", &[], &seen.last().unwrap().head))
    })
    .await;
    for base_url in ["http://service.invalid", "https://service.invalid"] {
        let address = format!("http://user:s3cret-word@{}", proxy.address);
        let settings = Settings { proxy: Some(address), max_retries: Some(0), ..settings(base_url) };
        let client = client(settings);
        let error = list(&client).await.unwrap_err();
        let shown = format!("{error} {error:?} {client:?} {:?}", client.config());
        // The second is "user:s3cret-word" in base64.
        assert!(!shown.contains(MARK) && !shown.contains("dXNlcjpzM2NyZXQtd29yZA=="), "{shown}");
    }
}

#[tokio::test]
async fn one_line_an_attempt_and_one_a_retry() {
    let acts = vec![Act::AnswerAndReset(Vec::new()), Act::Answer(super::scripted::page())];
    let server = Scripted::start(acts).await;
    let kept = lines();
    let base_url = format!("{}/only-here", server.url());
    let request = ListRequest { offset: 700, ..ListRequest::default() };
    client(settings(&base_url)).list(&request, &CallOptions::default()).await.unwrap();
    let lines: Vec<String> =
        kept.0.lock().unwrap().iter().filter(|line| line.contains("/only-here/")).cloned().collect();
    assert_eq!(lines.len(), 3, "{lines:?}");
    let begin = "POST /only-here/conversation/sessions offset=700";
    assert!(lines[0].starts_with(&format!("DEBUG {begin} -> the connection was reset in ")), "{lines:?}");
    assert!(lines[0].ends_with(" ms (attempt 1)"), "{lines:?}");
    assert!(
        lines[1].starts_with(&format!("WARN {begin}: the connection was reset; retry 1 of 2 in ")),
        "{lines:?}"
    );
    assert!(lines[2].starts_with(&format!("DEBUG {begin} -> 200 in ")), "{lines:?}");
}
