//! Proxies: through them, refused by them, and no credential that reaches a second host.

use super::scripted::{Act, Scripted, answer, page};
use super::*;

fn through(proxy: &str, base_url: &str) -> Settings {
    Settings { proxy: Some(proxy.into()), max_retries: Some(1), ..settings(base_url) }
}

#[tokio::test]
async fn a_plain_request_goes_through_with_credentials() {
    let proxy = Scripted::start(vec![Act::Answer(page())]).await;
    let address = format!("http://user:p%40ss-word@{}", proxy.address);
    list(&client(through(&address, "http://service.invalid/base"))).await.unwrap();
    let seen = &proxy.seen()[0];
    assert!(
        seen.head.starts_with("POST http://service.invalid/base/conversation/sessions "),
        "{}",
        seen.head
    );
    // "user:p@ss-word" in base64.
    assert_eq!(seen.header("proxy-authorization"), Some("Basic dXNlcjpwQHNzLXdvcmQ="));
}

#[tokio::test]
async fn the_environments_proxy_is_used_but_for_loopback_and_exceptions() {
    let proxy = Scripted::start(vec![Act::Answer(page())]).await;
    let direct = Scripted::start(vec![Act::Answer(page())]).await;
    let address = proxy.url();
    let env = |name: &str| match name {
        "HTTP_PROXY" => Some(address.clone().into()),
        "NO_PROXY" => Some("excepted.invalid".into()),
        _ => None,
    };
    let resolved = |base_url: &str| {
        let settings = Settings { max_retries: Some(0), ..settings(base_url) };
        Client::new(settings.resolve(&env).unwrap()).unwrap()
    };
    list(&resolved("http://service.invalid")).await.unwrap();
    list(&resolved(&direct.url())).await.unwrap();
    connection_error(list(&resolved("http://excepted.invalid")).await);
    assert_eq!((proxy.count(), direct.count()), (1, 1));
}

#[tokio::test]
async fn a_proxy_that_wants_credentials() {
    let proxy =
        Scripted::start(vec![Act::Answer(answer("407 Proxy Authentication Required", &[], ""))]).await;
    let tunnelled = connection_error(list(&client(through(&proxy.url(), "https://service.invalid"))).await);
    assert_eq!(
        tunnelled.message,
        format!(
            "the proxy {} wants credentials (407): pass proxy=\"http://user:password@host:port\"",
            proxy.address
        )
    );
    assert_eq!(proxy.count(), 1);
    assert!(proxy.seen()[0].head.starts_with("CONNECT service.invalid:443 "), "{}", proxy.seen()[0].head);
    let plain = refusal(list(&client(through(&proxy.url(), "http://service.invalid"))).await);
    assert_eq!(plain.status_code, Some(407));
    assert!(plain.hint.is_some_and(|hint| hint.contains("proxy=")));
}

/// Credentials that were given and refused are not asked for as if there were none, and none is shown.
#[tokio::test]
async fn a_proxy_that_wants_other_credentials() {
    let proxy =
        Scripted::start(vec![Act::Answer(answer("407 Proxy Authentication Required", &[], ""))]).await;
    let address = format!("http://user:pass-word@{}", proxy.address);
    let tunnelled = connection_error(list(&client(through(&address, "https://service.invalid"))).await);
    assert_eq!(
        tunnelled.message,
        format!(
            "the proxy {} does not take the credentials that the proxy setting holds: check them, and \
             percent-encode whatever is no letter or digit",
            proxy.address
        )
    );
    let plain = refusal(list(&client(through(&address, "http://service.invalid"))).await);
    assert!(plain.hint.is_some_and(|hint| hint.contains("or others than those that were given")));
}

#[tokio::test]
async fn a_proxy_that_will_not_connect() {
    let proxy = Scripted::start(vec![Act::AnswerAndClose(answer("502 Bad Gateway", &[], ""))]).await;
    let error = connection_error(list(&client(through(&proxy.url(), "https://service.invalid"))).await);
    let there = proxy.address;
    assert!(
        error.message.starts_with(&format!("the proxy {there} would not connect to service.invalid:443: ")),
        "{}",
        error.message
    );
    assert_eq!(proxy.count(), 2);
}

#[tokio::test]
async fn a_proxy_that_hangs_up() {
    let proxy = Scripted::start(vec![Act::AnswerAndClose(Vec::new())]).await;
    let error = connection_error(list(&client(through(&proxy.url(), "https://service.invalid"))).await);
    assert!(
        error.message.starts_with(&format!("the proxy {} would not connect", proxy.address)),
        "{}",
        error.message
    );
    assert_eq!(proxy.count(), 2);
}

#[tokio::test]
async fn a_proxy_that_is_not_there() {
    let port = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
    let address = format!("http://127.0.0.1:{port}");
    for base_url in ["http://service.invalid", "https://service.invalid"] {
        let error = connection_error(list(&client(through(&address, base_url))).await);
        assert!(
            error
                .message
                .starts_with(&format!("could not connect to the proxy 127.0.0.1:{port}: connection refused")),
            "{}",
            error.message
        );
    }
}

#[tokio::test]
async fn no_credential_of_ours_reaches_the_proxy_of_a_tunnel() {
    let proxy = Scripted::start(vec![Act::AnswerAndClose(answer("502 Bad Gateway", &[], ""))]).await;
    connection_error(list(&client(through(&proxy.url(), "https://service.invalid"))).await);
    for seen in proxy.seen() {
        assert!(!format!("{} {:?}", seen.head, seen.body).contains("the-project-key"), "{}", seen.head);
    }
}
