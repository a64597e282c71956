//! Tokens: fixed, called for, fetched; renewed once, and told as what they are when they fail.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::scripted::{Act, Scripted, answer, page};
use super::*;
use blocks_sessions::core::config::TokenSetting;
use blocks_sessions::core::config::TokenSource;
use blocks_sessions::core::error::StatusKind;

/// Gives `tok-1`, `tok-2`, ... and counts.
#[derive(Default)]
struct Counting(AtomicUsize);

impl TokenSource for Counting {
    fn token(&self) -> Pin<Box<dyn Future<Output = Result<String>> + Send + '_>> {
        Box::pin(async {
            tokio::time::sleep(Duration::from_millis(20)).await;
            Ok(format!("tok-{}", self.0.fetch_add(1, Ordering::SeqCst) + 1))
        })
    }
}

struct Failing;

impl TokenSource for Failing {
    fn token(&self) -> Pin<Box<dyn Future<Output = Result<String>> + Send + '_>> {
        Box::pin(async { Err(Error::Callback(Arc::new(std::io::Error::other("vault is sealed")))) })
    }
}

struct Hanging;

impl TokenSource for Hanging {
    fn token(&self) -> Pin<Box<dyn Future<Output = Result<String>> + Send + '_>> {
        Box::pin(std::future::pending())
    }
}

fn unauthorized() -> Act {
    Act::Answer(answer("401 Unauthorized", &[], r#"{"detail":"Token expired"}"#))
}

fn with_source(base_url: &str, source: Arc<dyn TokenSource>) -> Client {
    client(Settings { access_token: Some(TokenSetting::Source(source)), ..settings(base_url) })
}

/// A server that takes only the n-th token.
async fn taking(token: &'static str) -> Scripted {
    Scripted::answering(move |seen| {
        let sent = seen.last().unwrap().header("authorization");
        if sent == Some(token) { Act::Answer(page()) } else { unauthorized() }
    })
    .await
}

#[tokio::test]
async fn a_fixed_token_that_is_refused() {
    let server = Scripted::start(vec![unauthorized()]).await;
    let token = Some(TokenSetting::Fixed("tok".into()));
    let error = refusal(list(&client(Settings { access_token: token, ..settings(&server.url()) })).await);
    assert_eq!((error.kind, error.to_string().as_str()), (StatusKind::Authentication, "401: Token expired"));
    assert_eq!(server.count(), 1);
}

#[tokio::test]
async fn a_callable_is_asked_once_and_again_after_a_401() {
    let server = taking("Bearer tok-2").await;
    let source = Arc::new(Counting::default());
    let client = with_source(&server.url(), source.clone());
    list(&client).await.unwrap();
    list(&client).await.unwrap();
    assert_eq!((source.0.load(Ordering::SeqCst), server.count()), (2, 3));
}

#[tokio::test]
async fn a_second_401_is_the_end() {
    let server = taking("Bearer never").await;
    let source = Arc::new(Counting::default());
    let error = refusal(list(&with_source(&server.url(), source.clone())).await);
    assert_eq!(
        (error.kind, source.0.load(Ordering::SeqCst), server.count()),
        (StatusKind::Authentication, 2, 2)
    );
}

#[tokio::test]
async fn many_at_once_ask_once() {
    let server = taking("Bearer tok-1").await;
    let source = Arc::new(Counting::default());
    let client = with_source(&server.url(), source.clone());
    let calls = futures_util::future::join_all((0..20).map(|_| list(&client))).await;
    assert!(calls.iter().all(Result::is_ok));
    assert_eq!(source.0.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn many_refused_at_once_renew_once() {
    let server = taking("Bearer tok-2").await;
    let source = Arc::new(Counting::default());
    let client = with_source(&server.url(), source.clone());
    let calls = futures_util::future::join_all((0..20).map(|_| list(&client))).await;
    assert!(calls.iter().all(Result::is_ok));
    assert_eq!(source.0.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn a_callable_that_fails_is_reported_as_itself() {
    let server = Scripted::start(vec![Act::Answer(page())]).await;
    match list(&with_source(&server.url(), Arc::new(Failing))).await {
        Err(Error::Callback(error)) => assert_eq!(error.to_string(), "vault is sealed"),
        other => panic!("{other:?}"),
    }
    assert_eq!(server.count(), 0);
}

#[tokio::test]
async fn a_callable_that_hangs_is_a_timeout() {
    let server = Scripted::start(vec![Act::Answer(page())]).await;
    let client = client(Settings {
        access_token: Some(TokenSetting::Source(Arc::new(Hanging))),
        timeout: Some(seconds(0.1, 0.3).into()),
        ..settings(&server.url())
    });
    let error = timeout_error(list(&client).await);
    assert_eq!(
        (error.message.as_str(), error.attempts),
        ("the callable given as access_token returned no token within 0.3 s (timeout.total)", 0)
    );
    assert_eq!(server.count(), 0);
}

#[tokio::test]
async fn a_token_that_is_no_header() {
    struct Broken;
    impl TokenSource for Broken {
        fn token(&self) -> Pin<Box<dyn Future<Output = Result<String>> + Send + '_>> {
            Box::pin(async { Ok("s3cret\r\nx-evil: 1".to_owned()) })
        }
    }
    let server = Scripted::start(vec![Act::Answer(page())]).await;
    let message = configuration(list(&with_source(&server.url(), Arc::new(Broken))).await);
    assert!(message.contains("cannot be sent as a header") && !message.contains("s3cret"), "{message}");
    assert_eq!(server.count(), 0);
}

fn machine(base_url: &str) -> Settings {
    Settings {
        client_id: Some("machine-1".into()),
        client_secret: Some("s3cret-of-machine".into()),
        ..settings(base_url)
    }
}

/// Grants `granted-1`, `granted-2`, ...; its endpoint takes only this one of them.
async fn granting(taken: &'static str, expires_in: &'static str) -> Scripted {
    Scripted::answering(move |seen| {
        let last = seen.last().unwrap();
        if last.head.starts_with("POST /authentication/v1/OAuth/Token ") {
            let grants = seen.iter().filter(|seen| seen.head.contains("OAuth/Token")).count();
            let body = format!(r#"{{"access_token":"granted-{grants}"{expires_in}}}"#);
            return Act::Delay(20, answer("200 OK", &[], body));
        }
        if taken == "any" || last.header("authorization") == Some(taken) {
            Act::Answer(page())
        } else {
            unauthorized()
        }
    })
    .await
}

fn grants(server: &Scripted) -> usize {
    server.seen().iter().filter(|seen| seen.head.contains("OAuth/Token")).count()
}

#[tokio::test]
async fn client_credentials_by_the_vendors_call() {
    let server = granting("Bearer granted-1", r#","expires_in":3600,"token_type":"Bearer""#).await;
    let client = client(machine(&server.url()));
    let calls = futures_util::future::join_all((0..10).map(|_| list(&client))).await;
    assert!(calls.iter().all(Result::is_ok));
    assert_eq!((grants(&server), server.count()), (1, 11));
    let grant = &server.seen()[0];
    assert_eq!(grant.header("x-blocks-key"), Some("the-project-key"));
    assert!(
        grant.header("content-type").is_some_and(|kind| kind.starts_with("multipart/form-data; boundary="))
    );
    let body = String::from_utf8_lossy(&grant.body);
    for (name, value) in [
        ("grant_type", "client_credential"),
        ("client_id", "machine-1"),
        ("client_secret", "s3cret-of-machine"),
    ] {
        assert!(body.contains(&format!("name=\"{name}\"\r\n\r\n{value}\r\n")), "{body}");
    }
}

#[tokio::test]
async fn a_refused_grant_is_renewed_once_for_all() {
    let server = granting("Bearer granted-2", "").await;
    let client = client(machine(&server.url()));
    let calls = futures_util::future::join_all((0..10).map(|_| list(&client))).await;
    assert!(calls.iter().all(Result::is_ok));
    assert_eq!(grants(&server), 2);
}

#[tokio::test]
async fn a_grant_that_ends_is_renewed_before_it_does() {
    let server = granting("any", r#","expires_in":"1""#).await;
    let client = client(machine(&server.url()));
    list(&client).await.unwrap();
    list(&client).await.unwrap();
    assert_eq!(grants(&server), 1);
    tokio::time::sleep(Duration::from_millis(950)).await;
    list(&client).await.unwrap();
    assert_eq!(grants(&server), 2);
}

#[tokio::test]
async fn a_401_after_renewal_is_the_end() {
    let server = granting("Bearer never", "").await;
    let error = refusal(list(&client(machine(&server.url()))).await);
    assert_eq!((error.kind, grants(&server), server.count()), (StatusKind::Authentication, 2, 4));
}

#[tokio::test]
async fn credentials_that_are_refused() {
    let body = r#"{"error":"invalid_client","error_description":"Unknown client s3cret-of-machine"}"#;
    let server = Scripted::start(vec![Act::Answer(answer("400 Bad Request", &[], body))]).await;
    let error = refusal(list(&client(machine(&server.url()))).await);
    assert_eq!(error.kind, StatusKind::Authentication);
    assert_eq!(error.to_string(), "400: no access token for these client credentials: Unknown client ***");
    assert_eq!(server.count(), 1);
}

#[tokio::test]
async fn a_grant_that_is_none() {
    let server = Scripted::start(vec![Act::Answer(answer("200 OK", &[], r#"{"token":1}"#))]).await;
    let error = invalid(list(&client(machine(&server.url()))).await);
    assert_eq!(error.message, "the answer to the call for an access token holds no access_token");
}

#[tokio::test]
async fn the_call_for_a_token_survives_the_network_too() {
    let server = Scripted::answering(|seen| match seen.len() {
        1 => Act::AnswerAndReset(Vec::new()),
        2 => Act::Answer(answer("503 Service Unavailable", &[], "")),
        3 => Act::Answer(answer("200 OK", &[], r#"{"access_token":"t"}"#)),
        _ => Act::Answer(page()),
    })
    .await;
    assert_eq!(list(&client(machine(&server.url()))).await.unwrap().attempts, 3);
    assert_eq!(server.count(), 4);
}

#[tokio::test]
async fn the_call_for_a_token_may_live_at_the_root() {
    let server = Scripted::answering(|seen| {
        let head = &seen.last().unwrap().head;
        if head.starts_with("POST /authentication/v1/OAuth/Token ") {
            Act::Answer(answer("200 OK", &[], r#"{"access_token":"t"}"#))
        } else if head.contains("OAuth") {
            Act::Answer(answer("404 Not Found", &[], ""))
        } else {
            Act::Answer(page())
        }
    })
    .await;
    let base_url = format!("{}/blocksai-api/v1", server.url());
    list(&client(machine(&base_url))).await.unwrap();
    assert_eq!(server.count(), 3);
}
