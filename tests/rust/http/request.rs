//! What goes over the wire is what the service's page says.

use super::scripted::{Act, Scripted, page};
use super::*;
use blocks_sessions::core::config::TokenSetting;

#[tokio::test]
async fn the_pages_own_request() {
    let server = Scripted::start(vec![Act::Answer(page())]).await;
    let client = client(Settings { project_key: Some("YOUR_PROJECT_KEY".into()), ..settings(&server.url()) });
    let request = ListRequest { limit: 50, ..ListRequest::default() };
    let response = client.list(&request, &CallOptions::default()).await.unwrap();
    assert_eq!((response.answer.len(), response.answer.total_count(), response.attempts), (1, Some(1), 1));
    let seen = &server.seen()[0];
    assert!(seen.head.starts_with("POST /conversation/sessions HTTP/1.1\r\n"), "{}", seen.head);
    assert_eq!(seen.header("accept"), Some("application/json"));
    assert_eq!(seen.header("content-type"), Some("application/json"));
    assert_eq!(seen.header("x-blocks-key"), Some("YOUR_PROJECT_KEY"));
    assert_eq!(seen.header("accept-encoding"), Some("identity"));
    assert_eq!(seen.header("authorization"), None);
    assert_eq!(seen.header("user-agent"), Some(concat!("blocks-sessions/", env!("CARGO_PKG_VERSION"))));
    let body = r#"{"agent_id":"agent_123","project_key":"YOUR_PROJECT_KEY","limit":50,"offset":0}"#;
    assert_eq!(String::from_utf8_lossy(&seen.body), body);
}

#[tokio::test]
async fn a_base_path_token_headers_and_trace() {
    let server = Scripted::start(vec![Act::Answer(page())]).await;
    let client = client(Settings {
        base_url: Some(format!("{}/blocksai-api/v1/", server.url())),
        access_token: Some(TokenSetting::Fixed("tok-1".into())),
        blocks_key: Some(String::new()),
        headers: vec![
            ("X-Tag".into(), "a".into()),
            ("X-Tag".into(), "b".into()),
            ("User-Agent".into(), "mine/1".into()),
        ],
        ..settings("")
    });
    let options = CallOptions { traceparent: Some("00-1-2-01".into()), ..CallOptions::default() };
    client.list(&ListRequest::default(), &options).await.unwrap();
    let seen = &server.seen()[0];
    assert!(seen.head.starts_with("POST /blocksai-api/v1/conversation/sessions "), "{}", seen.head);
    assert_eq!(seen.header("authorization"), Some("Bearer tok-1"));
    assert_eq!(seen.header("x-blocks-key"), None);
    assert_eq!(seen.header("user-agent"), Some("mine/1"));
    assert_eq!(seen.header("traceparent"), Some("00-1-2-01"));
    assert_eq!(seen.head.matches("x-tag:").count(), 2, "{}", seen.head);
}

#[tokio::test]
async fn our_own_check_sends_nothing() {
    let server = Scripted::start(vec![Act::Answer(page())]).await;
    let client = client(settings(&server.url()));
    let request = ListRequest { limit: 101, offset: -1, ..ListRequest::default() };
    let error = refusal(client.list(&request, &CallOptions::default()).await);
    assert_eq!(
        error.to_string(),
        "body.limit: must be between 1 and 100, not 101 (less_than_equal); \
         body.offset: must be 0 or more, not -1 (greater_than_equal)"
    );
    assert_eq!((error.status_code, error.attempts, server.count()), (None, 0, 0));
}

#[tokio::test]
async fn one_connection_serves_all_calls_and_derived_clients() {
    let server = Scripted::start(vec![Act::Answer(page())]).await;
    let client = client(settings(&server.url()));
    list(&client).await.unwrap();
    list(&client).await.unwrap();
    let derived = Settings { max_retries: Some(0), ..settings(&server.url()) }.resolve(&|_| None).unwrap();
    list(&client.with_config(derived).unwrap()).await.unwrap();
    assert!(server.seen().iter().all(|seen| seen.connection == 0));
    let other = Settings {
        timeout: Some(Timeout { connect: Duration::from_secs(1), ..Timeout::default() }.into()),
        ..settings(&server.url())
    };
    list(&client.with_config(other.resolve(&|_| None).unwrap()).unwrap()).await.unwrap();
    assert_eq!(server.seen()[3].connection, 0, "the time to connect is a timer, not a pool");
    let other = Settings { max_connections: Some(7), ..settings(&server.url()) };
    list(&client.with_config(other.resolve(&|_| None).unwrap()).unwrap()).await.unwrap();
    assert_eq!(server.seen()[4].connection, 1);
}

#[tokio::test]
async fn a_closed_client_says_so() {
    let server = Scripted::start(vec![Act::Answer(page())]).await;
    let client = client(settings(&server.url()));
    list(&client).await.unwrap();
    client.close();
    assert!(client.is_closed());
    assert!(configuration(list(&client).await).contains("the client is closed"));
    assert_eq!(server.count(), 1);
}

/// A server that never answers: closing ends the call at once, instead of after all its time.
#[tokio::test]
async fn closing_ends_what_is_under_way() {
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let client = client(settings(&format!("http://{}", silent.local_addr().unwrap())));
    let calls = futures_util::future::join_all((0..3).map(|_| list(&client)));
    let close = async {
        tokio::task::yield_now().await;
        client.close();
    };
    let (calls, ()) = tokio::join!(calls, close);
    for call in calls {
        assert!(connection_error(call).message.contains("the client was closed"));
    }
    assert!(configuration(list(&client).await).contains("the client is closed"));
}
