//! Every way in which the network can fail, over real sockets: for each the class, the message that
//! a user reads, and the number of requests that the server saw.

mod authority;
mod body;
mod caching;
mod client_cert;
mod compression;
mod connection;
mod connections;
mod credentials;
mod manners;
mod proxy;
mod request;
mod scripted;
mod secrets;
mod socks;
mod status;
mod tls;

use std::time::Duration;

use blocks_sessions::core::client::Client;
use blocks_sessions::core::client::request::{CallOptions, ListRequest};
use blocks_sessions::core::client::response::Response;
use blocks_sessions::core::config::{Settings, Timeout};
use blocks_sessions::core::error::{ConnectionError, Error, InvalidResponse, Result, StatusError};

/// A client as most rows want it: two retries, so that three requests tell that it retried.
pub fn settings(base_url: &str) -> Settings {
    Settings {
        project_key: Some("the-project-key".into()),
        agent_id: Some("agent_123".into()),
        base_url: Some(base_url.into()),
        max_retries: Some(2),
        ..Settings::default()
    }
}

pub fn client(settings: Settings) -> Client {
    Client::new(settings.resolve(&|_| None).unwrap()).unwrap()
}

pub async fn list(client: &Client) -> Result<Response> {
    client.list(&ListRequest::default(), &CallOptions::default()).await
}

/// Lists once with the usual client.
pub async fn list_from(base_url: &str) -> Result<Response> {
    list(&client(settings(base_url))).await
}

pub fn seconds(attempt: f64, total: f64) -> Timeout {
    Timeout {
        attempt: Duration::from_secs_f64(attempt),
        connect: Duration::from_secs(5),
        total: Duration::from_secs_f64(total),
    }
}

pub fn connection_error(result: Result<Response>) -> ConnectionError {
    match result {
        Err(Error::Connection(error)) => *error,
        other => panic!("{other:?}"),
    }
}

pub fn timeout_error(result: Result<Response>) -> ConnectionError {
    match result {
        Err(Error::Timeout(error)) => *error,
        other => panic!("{other:?}"),
    }
}

pub fn invalid(result: Result<Response>) -> InvalidResponse {
    match result {
        Err(Error::InvalidResponse(error)) => *error,
        other => panic!("{other:?}"),
    }
}

pub fn refusal(result: Result<Response>) -> StatusError {
    match result {
        Err(Error::Status(error)) => *error,
        other => panic!("{other:?}"),
    }
}

pub fn configuration(result: Result<Response>) -> String {
    match result {
        Err(Error::Configuration(message)) => message,
        other => panic!("{other:?}"),
    }
}
