//! What belongs to one process: a client's pool and throttle, made anew in a forked child.

use std::sync::Arc;

use arc_swap::ArcSwap;
use pyo3::prelude::*;

use super::errors::to_python_error;
use crate::core::client::Client;

/// A client that follows its owner through `fork`.
pub struct ProcessClient {
    /// Lock-free, since a lock may be held by a thread that does not exist in a forked child.
    current: ArcSwap<Bound>,
}

struct Bound {
    process: u32,
    client: Client,
}

impl ProcessClient {
    pub fn new(client: Client) -> Self {
        Self { current: ArcSwap::from_pointee(Bound { process: std::process::id(), client }) }
    }

    /// The client of this process. What a forked child inherited is forgotten, not dropped: its
    /// connections are the parent's.
    pub fn get(&self) -> PyResult<Client> {
        let process = std::process::id();
        let current = self.current.load();
        if current.process == process {
            return Ok(current.client.clone());
        }
        let client = Client::new(current.client.config().clone()).map_err(|error| to_python_error(&error))?;
        let inherited = self.current.swap(Arc::new(Bound { process, client: client.clone() }));
        std::mem::forget(inherited);
        Ok(client)
    }
}
