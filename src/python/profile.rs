//! `from_profile`: a profile's settings as the keyword arguments of both clients.

use std::collections::BTreeSet;

use pyo3::prelude::*;
use pyo3::types::PyDict;

use super::convert::arguments::timeout::Timeout;
use super::convert::errors::to_python_error;
use crate::core::config::TimeoutSetting;
use crate::core::config::profile::{
    InForce, Layer, Layers, ProfileError, Profiles, SecretFile, Value, config_path,
};

/// The keyword arguments that a profile comes to beside those that were given, and what the caller is to be
/// warned of.
#[pyfunction]
#[pyo3(signature = (name, given))]
pub fn _profile<'py>(
    py: Python<'py>,
    name: Option<&str>,
    given: &Bound<'py, PyDict>,
) -> PyResult<(Bound<'py, PyDict>, Vec<String>)> {
    let given: BTreeSet<String> = given
        .iter()
        .filter(|(_, value)| !value.is_none())
        .map(|(name, _)| name.extract())
        .collect::<PyResult<_>>()?;
    let (settings, warnings) = read(name, &given).map_err(|error| to_python_error(&error.into()))?;
    let keywords = PyDict::new(py);
    for InForce { setting, value, .. } in settings {
        if let Some(value) = value.filter(|_| !given.contains(setting.name)) {
            keywords.set_item(setting.name, keyword(py, setting.name, value)?)?;
        }
    }
    Ok((keywords, warnings))
}

fn read(name: Option<&str>, given: &BTreeSet<String>) -> Result<(Vec<InForce>, Vec<String>), ProfileError> {
    let environment = |name: &str| std::env::var_os(name);
    let profiles = Profiles::read(config_path(&environment))?;
    // Only which they are counts here: the client checks them itself.
    let layer: Layer = ["access_token", "client_id", "client_secret"]
        .into_iter()
        .filter(|setting| given.contains(*setting))
        .map(|setting| (setting, Value::Text(String::new())))
        .collect();
    let layers = Layers::read(layer, name, &profiles, &environment)?;
    Ok((layers.in_force(), profiles.warnings))
}

fn keyword<'py>(py: Python<'py>, name: &str, value: Value) -> PyResult<Bound<'py, PyAny>> {
    Ok(match value {
        Value::Text(text) => text.into_pyobject(py)?.into_any(),
        Value::Secret(secret) => secret.expose().into_pyobject(py)?.into_any(),
        // Read anew whenever a token is asked for, since another program may renew it.
        Value::File(file) if name == "access_token" => {
            secret(&file)?;
            let class = py.import("blocks_sessions.tokens")?.getattr("TokenFile")?;
            class.call1((file.named_by, file.path))?
        }
        Value::File(file) => secret(&file)?.into_pyobject(py)?.into_any(),
        Value::Path(path) => path.into_pyobject(py)?.into_any(),
        Value::Integer(number) => number.into_pyobject(py)?.into_any(),
        Value::Number(number) => number.into_pyobject(py)?.into_any(),
        Value::Timeout(TimeoutSetting::Attempt(seconds)) => seconds.into_pyobject(py)?.into_any(),
        Value::Timeout(TimeoutSetting::Limits(limits)) => Timeout { limits }.into_pyobject(py)?.into_any(),
        Value::Headers(headers) => {
            let named = PyDict::new(py);
            for (name, text) in headers {
                named.set_item(name, text.expose())?;
            }
            named.into_any()
        }
    })
}

/// The secret that a file holds.
#[pyfunction]
pub fn _read_secret(named_by: String, path: std::path::PathBuf) -> PyResult<String> {
    secret(&SecretFile { named_by, path })
}

fn secret(file: &SecretFile) -> PyResult<String> {
    let secret = file.read().map_err(|error| to_python_error(&error.into()))?;
    Ok(secret.expose().to_owned())
}
