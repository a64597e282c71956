//! What belongs to one process: what a forked child inherits of it is neither used nor dropped.
//! Its locks may be held by threads that do not exist in the child, and its sockets are the parent's.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arc_swap::ArcSwap;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::core::client::Client;
use crate::core::error::Error;
use crate::python::convert::errors::to_python_error;

/// How many forks lie between the process that imported the package and this one. To ask the system for the
/// process's number is a call into the kernel, which is too much to ask for each session.
static FORKS: AtomicU64 = AtomicU64::new(0);

/// Has Python tell every forked child that it is one, before any other code runs there. Windows has no forks.
pub fn watch_forks(py: Python<'_>) -> PyResult<()> {
    let Some(register) = py.import("os")?.getattr_opt("register_at_fork")? else { return Ok(()) };
    let told = PyDict::new(py);
    told.set_item("after_in_child", wrap_pyfunction!(forked, py)?)?;
    register.call((), Some(&told))?;
    Ok(())
}

#[pyfunction]
fn forked() {
    FORKS.fetch_add(1, Ordering::Relaxed);
}

/// A value for the process that made it; any other forgets it instead of dropping it.
pub struct ProcessBound<T> {
    forks: u64,
    /// Always there, until it is dropped.
    value: Option<T>,
}

impl<T> ProcessBound<T> {
    pub fn new(value: T) -> Self {
        Self { forks: FORKS.load(Ordering::Relaxed), value: Some(value) }
    }

    /// The value, in its own process.
    pub fn get(&self) -> Option<&T> {
        self.value.as_ref().filter(|_| self.is_ours())
    }

    /// The value for good, in its own process.
    pub fn into_inner(mut self) -> Option<T> {
        if self.is_ours() { self.value.take() } else { None }
    }

    fn is_ours(&self) -> bool {
        self.forks == FORKS.load(Ordering::Relaxed)
    }
}

impl<T> Drop for ProcessBound<T> {
    fn drop(&mut self) {
        if !self.is_ours() {
            std::mem::forget(self.value.take());
        }
    }
}

/// A client that follows its owner through `fork`: its pool and throttle are made anew in a child.
pub struct ProcessClient {
    /// Lock-free, since a lock may be held by a thread that does not exist in a forked child.
    current: ArcSwap<ProcessBound<Client>>,
}

impl ProcessClient {
    pub fn new(client: Client) -> Self {
        Self { current: ArcSwap::from_pointee(ProcessBound::new(client)) }
    }

    /// The client of this process.
    pub fn get(&self) -> PyResult<Client> {
        let current = self.current.load();
        if let Some(client) = current.get() {
            return Ok(client.clone());
        }
        let client = current.value.as_ref().map_or_else(lost, anew);
        let client = client.map_err(|error| to_python_error(&error))?;
        self.current.store(Arc::new(ProcessBound::new(client.clone())));
        Ok(client)
    }
}

/// A new client like one that was inherited: only what never changes is read of that.
fn anew(inherited: &Client) -> Result<Client, Error> {
    let client = Client::new(inherited.config().clone())?;
    if inherited.is_closed() {
        client.close();
    }
    Ok(client)
}

fn lost() -> Result<Client, Error> {
    Err(Error::Configuration("this client is being taken apart".to_owned()))
}
