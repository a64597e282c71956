//! What a notebook is told of a client and of a listing: plain values, and none of them secret.
//! It knows no HTML, and asks nothing of the service.

use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::core::client::Client;
use crate::core::config::{ClientConfig, Identity, Proxy};

/// Where a client calls, as whom, and how patiently.
pub fn of_client<'py>(py: Python<'py>, client: &Client) -> PyResult<Bound<'py, PyDict>> {
    let config = client.config();
    let facts = PyDict::new(py);
    facts.set_item("closed", client.is_closed())?;
    // Without its path, in which a gateway may want a key.
    facts.set_item("service", config.base_url.origin().ascii_serialization())?;
    facts.set_item("agent_id", &config.agent_id)?;
    facts.set_item("credentials", credentials(&config.identity))?;
    facts.set_item("blocks_key", config.blocks_key.is_some())?;
    facts.set_item("proxy", config.proxy.as_ref().map(Proxy::place))?;
    facts.set_item("headers", header_names(config))?;
    facts.set_item("timeout_attempt", config.timeout.attempt.as_secs_f64())?;
    facts.set_item("timeout_total", config.timeout.total.as_secs_f64())?;
    facts.set_item("max_retries", config.max_retries)?;
    facts.set_item("max_concurrency", config.max_concurrency)?;
    facts.set_item("max_requests_per_second", config.max_requests_per_second)?;
    facts.set_item("cache_ttl", config.cache_ttl.map(|ttl| ttl.as_secs_f64()))?;
    facts.set_item("mask", config.mask.as_deref().map(super::arguments::mask::shown))?;
    Ok(facts)
}

/// The kind of credentials, never their value.
fn credentials(identity: &Identity) -> Option<&'static str> {
    match identity {
        Identity::Anonymous => None,
        Identity::Token(_) => Some("access_token"),
        Identity::Source(_) => Some("access_token function"),
        Identity::Client { .. } => Some("client_id and client_secret"),
    }
}

/// The names of the caller's own headers: their values may be secret.
fn header_names(config: &ClientConfig) -> Vec<&str> {
    config.headers.keys().map(AsRef::as_ref).collect()
}
