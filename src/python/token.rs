//! A caller's own token function, as the core asks for it.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;

use super::errors::Raised;
use crate::core::credentials::TokenSource;
use crate::core::error::{Error, Result};

/// `access_token=` given as a function.
pub struct TokenCallable(pub Py<PyAny>);

impl TokenSource for TokenCallable {
    fn token(&self) -> Pin<Box<dyn Future<Output = Result<String>> + Send + '_>> {
        let callable = Python::attach(|py| self.0.clone_ref(py));
        Box::pin(async move {
            // In a thread of its own, where it may block, and may use a client itself.
            let called = tokio::task::spawn_blocking(move || call(&callable)).await;
            called.unwrap_or_else(|stopped| {
                Err(Error::Configuration(format!("the access_token callable was stopped: {stopped}")))
            })
        })
    }
}

fn call(callable: &Py<PyAny>) -> Result<String> {
    Python::attach(|py| {
        let token = callable.bind(py).call0()?;
        token.extract::<String>().map_err(|_| {
            let found = token.get_type().name().map_or_else(|_| "no str".to_owned(), |name| name.to_string());
            PyTypeError::new_err(format!("access_token must return a str, not {found}"))
        })
    })
    .map_err(|raised| Error::Callback(Arc::new(Raised(raised))))
}
