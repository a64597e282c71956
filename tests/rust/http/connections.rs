//! How many connections a client opens: never more than it may, whoever waits longest goes next, and
//! a wait for one is bounded like any other.

use std::collections::HashSet;
use std::time::Duration;

use blocks_sessions::core::client::Client;
use blocks_sessions::core::client::request::{CallOptions, ListRequest};
use blocks_sessions::core::config::{Settings, Timeout};
use blocks_sessions::emulator::{Churn, Emulator, EmulatorOptions};
use futures_util::future::join_all;

use super::{client, list, seconds, settings, timeout_error};

fn server(latency: u64) -> Emulator {
    let options = EmulatorOptions {
        keys: vec!["the-project-key".into()],
        latency: Duration::from_millis(latency),
        churn: Churn::default(),
        ..EmulatorOptions::default()
    };
    Emulator::start(options).unwrap()
}

fn bounded(server: &Emulator, most: i64) -> Client {
    client(Settings { max_connections: Some(most), ..settings(&server.url()) })
}

fn connections(server: &Emulator) -> usize {
    server.requests().iter().map(|request| request.connection).collect::<HashSet<_>>().len()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_more_are_opened_than_allowed() {
    let server = server(5);
    let client = bounded(&server, 10);
    for answer in join_all((0..400).map(|_| list(&client))).await {
        assert!(answer.is_ok(), "{answer:?}");
    }
    assert!(server.peak_in_flight() <= 10, "{}", server.peak_in_flight());
    assert!(connections(&server) <= 10, "{}", connections(&server));
}

#[tokio::test]
async fn a_client_without_a_bound_of_its_own_has_a_hundred() {
    let server = server(100);
    let client = client(settings(&server.url()));
    for answer in join_all((0..300).map(|_| list(&client))).await {
        assert!(answer.is_ok(), "{answer:?}");
    }
    assert_eq!(server.peak_in_flight(), 100);
    assert!(connections(&server) <= 100, "{}", connections(&server));
}

#[tokio::test]
async fn a_wait_for_a_connection_ends_with_the_calls_time() {
    let server = server(2_000);
    let client = bounded(&server, 1);
    let slow = list(&client);
    let hurried = client.with_config(
        Settings {
            max_connections: Some(1),
            timeout: Some(seconds(0.2, 0.3).into()),
            ..settings(&server.url())
        }
        .resolve(&|_| None)
        .unwrap(),
    );
    let hurried = hurried.unwrap();
    let late = async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        list(&hurried).await
    };
    let (slow, late) = tokio::join!(slow, late);
    assert!(slow.is_ok(), "{slow:?}");
    let error = timeout_error(late);
    assert!(error.message.contains("all 1 connections were in use (max_connections)"), "{}", error.message);
    assert_eq!(server.request_count(), 1);
}

/// Connections that were given up leave room for others.
#[tokio::test]
async fn calls_that_were_dropped_hold_no_connection() {
    let server = server(300);
    let client = bounded(&server, 2);
    for _ in 0..6 {
        let _ = tokio::time::timeout(Duration::from_millis(20), list(&client)).await;
    }
    server.set_latency(Duration::ZERO).unwrap();
    assert!(list(&client).await.is_ok());
}

/// A proxy that takes connections and says nothing: connecting never ends by itself.
#[tokio::test]
async fn a_call_may_have_its_own_time_to_connect() {
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let proxy = format!("socks5://{}", silent.local_addr().unwrap());
    let patient = Settings { proxy: Some(proxy), max_retries: Some(0), ..settings("http://192.0.2.1:9") };
    let client = client(patient);
    let timeout = Timeout { connect: Duration::from_millis(100), ..Timeout::default() };
    let options = CallOptions { timeout: Some(timeout), ..CallOptions::default() };
    let error = timeout_error(client.list(&ListRequest::default(), &options).await);
    assert!(error.message.contains("within 0.1 s (timeout.connect)"), "{}", error.message);
}
