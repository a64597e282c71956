//! The keyword arguments of both clients, as the core's settings.
//! One reader serves the constructors, `with_options` and unpickling.

use std::path::PathBuf;
use std::sync::Arc;

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyMapping};

use super::errors::to_python_error;
use super::timeout::{Timeout, seconds};
use super::token::{LatestLoop, TokenCallable};
use crate::core::config::{ClientConfig, Settings, TokenSetting};
use crate::core::error::Error;

/// Settings from keyword arguments, with what the environment adds, checked; `None` means not given.
/// `latest_loop`: where an async token function runs, if one is allowed.
pub fn config(options: &Bound<'_, PyDict>, latest_loop: Option<&Arc<LatestLoop>>) -> PyResult<ClientConfig> {
    let mut settings = Settings::default();
    for (name, value) in options.iter() {
        let name: String = name.extract()?;
        if value.is_none() {
            continue;
        }
        let set = match name.as_str() {
            "access_token" => token(&value, latest_loop).map(|token| settings.access_token = Some(token)),
            _ => set(&mut settings, &name, &value),
        };
        set.map_err(|error| named(value.py(), error, &name))?;
    }
    settings.resolve(&|name| std::env::var(name).ok()).map_err(|error| to_python_error(&error))
}

fn set(settings: &mut Settings, name: &str, value: &Bound<'_, PyAny>) -> PyResult<()> {
    match name {
        "project_key" => settings.project_key = Some(value.extract()?),
        "agent_id" => settings.agent_id = Some(value.extract()?),
        "blocks_key" => settings.blocks_key = Some(value.extract()?),
        "client_id" => settings.client_id = Some(value.extract()?),
        "client_secret" => settings.client_secret = Some(value.extract()?),
        "base_url" => settings.base_url = Some(value.extract()?),
        "timeout" => settings.timeout = Some(Timeout::from_argument(value)?),
        "max_retries" => settings.max_retries = Some(count(name, value)?),
        "max_concurrency" => settings.max_concurrency = Some(count(name, value)? as usize),
        "max_requests_per_second" => settings.max_requests_per_second = Some(value.extract()?),
        "headers" => settings.headers = headers(value)?,
        "proxy" => settings.proxy = Some(value.extract()?),
        "ca_bundle" => settings.ca_bundle = Some(value.extract::<PathBuf>()?),
        "cache_ttl" => settings.cache_ttl = Some(seconds(name, value.extract()?)?),
        _ => {
            return Err(PyTypeError::new_err(format!(
                "SessionsClient() got an unexpected keyword argument '{name}'"
            )));
        }
    }
    Ok(())
}

fn token(value: &Bound<'_, PyAny>, latest_loop: Option<&Arc<LatestLoop>>) -> PyResult<TokenSetting> {
    if value.is_callable() {
        let callable = value.clone().unbind();
        let source = TokenCallable { callable, latest_loop: latest_loop.cloned() };
        return Ok(TokenSetting::Source(Arc::new(source)));
    }
    Ok(TokenSetting::Fixed(value.extract::<String>()?.into()))
}

fn headers(value: &Bound<'_, PyAny>) -> PyResult<Vec<(String, String)>> {
    value.cast::<PyMapping>()?.items()?.extract()
}

/// A count that is not negative.
pub fn count(name: &str, value: &Bound<'_, PyAny>) -> PyResult<u32> {
    let number: i64 = value.extract()?;
    u32::try_from(number).map_err(|_| {
        to_python_error(&Error::Configuration(format!(
            "{name} must be a whole number from 0 on, not {number}"
        )))
    })
}

/// A `TypeError` that says which argument it speaks of, as CPython's own do.
pub fn named(py: Python<'_>, error: PyErr, name: &str) -> PyErr {
    let text = error.value(py).to_string();
    if error.is_instance_of::<PyTypeError>(py) && !text.contains(name) {
        return PyTypeError::new_err(format!("argument '{name}': {text}"));
    }
    error
}
