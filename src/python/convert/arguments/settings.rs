//! The keyword arguments of both clients, as the core's settings.
//! One reader serves the constructors, `with_options` and unpickling.

use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyMapping, PyTuple};

use super::argument::{named, real, whole};
use super::functions::{Functions, Token};
use super::signature::unexpected;
use super::timeout::Timeout;
use super::token::{TokenCallable, TokenFunction};
use crate::core::config::{ClientCert, ClientConfig, ObserverSetting, Settings, TokenSetting};
use crate::core::error::Error;
use crate::core::mask::pseudonym::MaskKey;
use crate::python::convert::errors::to_python_error;
use crate::python::mask;

/// Where a client's settings come from, as long as it and its copies live.
pub struct Source {
    /// As they were given; `None` means not given.
    pub options: Py<PyDict>,
    /// What the environment said when it was asked first, so that a client which is copied, pickled or
    /// changed is still the same one elsewhere.
    pub environment: Py<PyDict>,
    /// Of a client for asyncio.
    pub asynchronous: bool,
}

/// The settings, with what the environment adds, checked; and the functions that they hold. A token function that
/// an earlier client has too is the same one, so that they share its tokens.
pub fn config(
    py: Python<'_>,
    source: &Source,
    earlier: Option<&Functions>,
) -> PyResult<(ClientConfig, Functions)> {
    let (options, environment) = (source.options.bind(py), source.environment.bind(py));
    let (mut functions, observer) = Functions::new(py)?;
    let observer = Some(ObserverSetting(Arc::new(observer)));
    let mut settings = Settings { observer, ..Settings::default() };
    for (name, value) in options.iter() {
        let name: String = name.extract()?;
        if value.is_none() {
            continue;
        }
        let set = match name.as_str() {
            "access_token" => {
                let earlier = earlier.and_then(|earlier| earlier.token.as_ref());
                token(&value, source.asynchronous, earlier, &mut functions.token)
                    .map(|token| settings.access_token = Some(token))
            }
            "on_event" => callable(&value).map(|function| functions.event.get().set(function)),
            _ => set(&mut settings, &name, &value),
        };
        set.map_err(|error| named(value.py(), error, &name))?;
    }
    if settings.mask.is_some() || remembered(environment, "BLOCKS_MASK").is_some() {
        settings.ephemeral_key = Some(ephemeral_key(environment)?);
    }
    let config = settings.resolve(&|name| remembered(environment, name));
    Ok((config.map_err(|error| to_python_error(&error))?, functions))
}

/// The key for pseudonyms of a client without a lasting one. Its copies have it too, or they would
/// know nobody again.
fn ephemeral_key(environment: &Bound<'_, PyDict>) -> PyResult<MaskKey> {
    let wrong = |why| to_python_error(&Error::Configuration(why));
    if let Some(known) = environment.get_item(EPHEMERAL_KEY)? {
        return Ok(MaskKey::from_text(&known.extract::<String>()?).map_err(wrong)?.as_ephemeral());
    }
    let key = MaskKey::ephemeral().map_err(wrong)?;
    environment.set_item(EPHEMERAL_KEY, key.expose())?;
    Ok(key)
}

/// Where it is remembered; no variable of an environment has such a name.
const EPHEMERAL_KEY: &str = "ephemeral mask key";

/// A variable of the environment, as it was when it was asked for first.
fn remembered(environment: &Bound<'_, PyDict>, name: &str) -> Option<OsString> {
    if let Ok(Some(known)) = environment.get_item(name) {
        return known.extract().ok();
    }
    let value = std::env::var_os(name);
    environment.set_item(name, &value).ok()?;
    value
}

fn set(settings: &mut Settings, name: &str, value: &Bound<'_, PyAny>) -> PyResult<()> {
    match name {
        "project_key" => settings.project_key = Some(value.extract()?),
        "agent_id" => settings.agent_id = Some(value.extract()?),
        "blocks_key" => settings.blocks_key = Some(value.extract()?),
        "client_id" => settings.client_id = Some(value.extract()?),
        "client_secret" => settings.client_secret = Some(value.extract()?),
        "base_url" => settings.base_url = Some(value.extract()?),
        "timeout" => settings.timeout = Some(Timeout::setting(value)?),
        "max_retries" => settings.max_retries = Some(whole(name, value)?),
        "max_concurrency" => settings.max_concurrency = Some(whole(name, value)?),
        "max_connections" => settings.max_connections = Some(whole(name, value)?),
        "retry_budget" => settings.retry_budget = Some(whole(name, value)?),
        "max_requests_per_second" => settings.max_requests_per_second = Some(real(name, value)?),
        "headers" => settings.headers = headers(value)?,
        "proxy" => settings.proxy = Some(value.extract()?),
        "ca_bundle" => settings.ca_bundle = Some(value.extract::<PathBuf>()?),
        "client_cert" => settings.client_cert = Some(client_cert(value)?),
        "consistency" => settings.consistency = Some(value.extract()?),
        // Whom to tell is looked up where a listing begins.
        "progress" => check_progress(value)?,
        "cache_ttl" => settings.cache_ttl = Some(real(name, value)?),
        "mask" => settings.mask = Some(mask::setting(value)?),
        // A profile has it, and no constructor.
        "mask_key_file" => settings.mask_key_file = Some(value.extract::<PathBuf>()?),
        _ => return Err(unexpected("SessionsClient", name)),
    }
    Ok(())
}

fn token(
    value: &Bound<'_, PyAny>,
    asynchronous: bool,
    earlier: Option<&Token>,
    function: &mut Option<Token>,
) -> PyResult<TokenSetting> {
    let py = value.py();
    if !value.is_callable() {
        return Ok(TokenSetting::Fixed(value.extract::<String>()?.into()));
    }
    let token = if let Some(earlier) = earlier.filter(|earlier| earlier.function.get().calls(value)) {
        earlier.clone_ref(py)
    } else {
        let made = Bound::new(py, TokenFunction::new(value.clone().unbind(), asynchronous))?;
        let source = Arc::new(TokenCallable::new(&made)?);
        Token { function: made.unbind(), source }
    };
    let source = token.source.clone();
    *function = Some(token);
    Ok(TokenSetting::Source(source))
}

fn callable(value: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
    if value.is_callable() {
        return Ok(value.clone().unbind());
    }
    let kind = value.get_type().name()?;
    Err(PyTypeError::new_err(format!("argument 'on_event': a function is needed, not {kind}")))
}

fn check_progress(value: &Bound<'_, PyAny>) -> PyResult<()> {
    if value.is_callable() || value.is_instance_of::<PyBool>() {
        return Ok(());
    }
    let kind = value.get_type().name()?;
    Err(PyTypeError::new_err(format!("argument 'progress': True, False or a function is needed, not {kind}")))
}

/// One file with certificate and key, or one for each.
fn client_cert(value: &Bound<'_, PyAny>) -> PyResult<ClientCert> {
    let path = |value: &Bound<'_, PyAny>| value.extract::<PathBuf>();
    if let Ok(pair) = value.cast::<PyTuple>() {
        let (certificate, key) = pair.extract::<(Bound<'_, PyAny>, Bound<'_, PyAny>)>().map_err(|_| {
            PyTypeError::new_err(
                "argument 'client_cert': a path, or a tuple of two (certificate, key) is needed",
            )
        })?;
        return Ok(ClientCert { certificate: path(&certificate)?, key: Some(path(&key)?) });
    }
    Ok(ClientCert { certificate: path(value)?, key: None })
}

/// Headers, of which one without a value is none.
fn headers(value: &Bound<'_, PyAny>) -> PyResult<Vec<(String, String)>> {
    let given: Vec<(String, Option<String>)> = value.cast::<PyMapping>()?.items()?.extract()?;
    Ok(given.into_iter().filter_map(|(name, text)| Some((name, text?))).collect())
}
