//! Answers from memory: only where asked for, only to the same credentials, only while fresh.

use super::scripted::{Act, Scripted, answer, page};
use super::*;
use blocks_sessions::core::config::TokenSetting;

fn caching(base_url: &str) -> Settings {
    Settings { cache_ttl: Some(60.0), ..settings(base_url) }
}

async fn cached(client: &Client, offset: i64) -> Result<Response> {
    let options = CallOptions { cached: true, ..CallOptions::default() };
    client.list(&ListRequest { offset, ..ListRequest::default() }, &options).await
}

#[tokio::test]
async fn identical_calls_are_answered_from_memory() {
    let server = Scripted::start(vec![Act::Answer(page())]).await;
    let client = client(caching(&server.url()));
    for _ in 0..3 {
        cached(&client, 0).await.unwrap();
    }
    assert_eq!(server.count(), 1);
    cached(&client, 1).await.unwrap();
    assert_eq!(server.count(), 2);
    // A listing asks for itself.
    list(&client).await.unwrap();
    assert_eq!(server.count(), 3);
}

#[tokio::test]
async fn it_is_off_by_default() {
    let server = Scripted::start(vec![Act::Answer(page())]).await;
    let client = client(settings(&server.url()));
    cached(&client, 0).await.unwrap();
    cached(&client, 0).await.unwrap();
    assert_eq!(server.count(), 2);
}

#[tokio::test]
async fn an_answer_gets_old() {
    let server = Scripted::start(vec![Act::Answer(page())]).await;
    let client = client(Settings { cache_ttl: Some(0.1), ..settings(&server.url()) });
    cached(&client, 0).await.unwrap();
    tokio::time::sleep(Duration::from_millis(200)).await;
    cached(&client, 0).await.unwrap();
    assert_eq!(server.count(), 2);
}

#[tokio::test]
async fn many_at_once_send_one() {
    let server = Scripted::start(vec![Act::Delay(100, page())]).await;
    let client = client(caching(&server.url()));
    let calls = futures_util::future::join_all((0..20).map(|_| cached(&client, 0))).await;
    assert!(calls.iter().all(Result::is_ok));
    assert_eq!(server.count(), 1);
}

#[tokio::test]
async fn an_error_is_not_kept() {
    let server =
        Scripted::start(vec![Act::Answer(answer("404 Not Found", &[], "")), Act::Answer(page())]).await;
    let client = client(caching(&server.url()));
    assert_eq!(refusal(cached(&client, 0).await).status_code, Some(404));
    cached(&client, 0).await.unwrap();
}

#[tokio::test]
async fn other_credentials_ask_for_themselves() {
    let server = Scripted::start(vec![Act::Answer(page())]).await;
    let one =
        client(Settings { access_token: Some(TokenSetting::Fixed("one".into())), ..caching(&server.url()) });
    let two = Settings { access_token: Some(TokenSetting::Fixed("two".into())), ..caching(&server.url()) };
    let two = one.with_config(two.resolve(&|_| None).unwrap()).unwrap();
    cached(&one, 0).await.unwrap();
    cached(&two, 0).await.unwrap();
    assert_eq!(server.count(), 2);
    assert_eq!(server.seen()[1].header("authorization"), Some("Bearer two"));
}

#[tokio::test]
async fn whoever_gives_up_leaves_the_others_to_it() {
    let server = Scripted::start(vec![Act::Delay(200, page())]).await;
    let client = client(caching(&server.url()));
    let first = tokio::time::timeout(Duration::from_millis(50), cached(&client, 0));
    let second = async {
        tokio::time::sleep(Duration::from_millis(20)).await;
        cached(&client, 0).await
    };
    let (first, second) = tokio::join!(first, second);
    assert!(first.is_err() && second.is_ok());
}
