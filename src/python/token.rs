//! A caller's own token function, as the core asks for it.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use arc_swap::ArcSwapOption;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;

use super::errors::Raised;
use crate::core::credentials::TokenSource;
use crate::core::error::{Error, Result};

/// The event loop that used a client last: an async token function runs there.
#[derive(Default)]
pub struct LatestLoop(ArcSwapOption<Py<PyAny>>);

impl LatestLoop {
    /// Remembers the running loop.
    pub fn note(&self, py: Python<'_>) -> PyResult<()> {
        let running = py.import("asyncio")?.call_method0("get_running_loop")?;
        let known = self.0.load().as_ref().is_some_and(|known| known.bind(py).is(&running));
        if !known {
            self.0.store(Some(Arc::new(running.unbind())));
        }
        Ok(())
    }
}

/// `access_token=` given as a function.
pub struct TokenCallable {
    pub callable: Py<PyAny>,
    /// Where it may return an awaitable; `None` for the blocking client.
    pub latest_loop: Option<Arc<LatestLoop>>,
}

impl TokenSource for TokenCallable {
    fn token(&self) -> Pin<Box<dyn Future<Output = Result<String>> + Send + '_>> {
        let callable = Python::attach(|py| self.callable.clone_ref(py));
        let latest_loop = self.latest_loop.clone();
        Box::pin(async move {
            // In a thread of its own, where it may block, and may use a client itself.
            let called = tokio::task::spawn_blocking(move || call(&callable, latest_loop.as_deref())).await;
            called.unwrap_or_else(|stopped| {
                Err(Error::Configuration(format!("the access_token callable was stopped: {stopped}")))
            })
        })
    }
}

fn call(callable: &Py<PyAny>, latest_loop: Option<&LatestLoop>) -> Result<String> {
    Python::attach(|py| {
        let mut token = callable.bind(py).call0()?;
        if let Some(latest_loop) = latest_loop
            && token.hasattr("__await__")?
        {
            token = awaited(&token, latest_loop)?;
        }
        token.extract::<String>().map_err(|_| not_text(&token))
    })
    .map_err(|raised| Error::Callback(Arc::new(Raised(raised))))
}

fn awaited<'py>(token: &Bound<'py, PyAny>, latest_loop: &LatestLoop) -> PyResult<Bound<'py, PyAny>> {
    let py = token.py();
    let latest = latest_loop.0.load_full();
    let latest = latest.as_ref().map(|latest| latest.clone_ref(py));
    py.import("blocks_sessions.aio")?.call_method1("_await_in", (token, latest))
}

fn not_text(token: &Bound<'_, PyAny>) -> PyErr {
    // A coroutine that nobody awaits would warn of that later, and far from here.
    let _ = token.call_method0("close");
    let found = token.get_type().name().map_or_else(|_| "no str".to_owned(), |name| name.to_string());
    PyTypeError::new_err(format!("access_token must return a str, not {found}"))
}
