//! The arguments of `Mask` as the core's policy, and back for a pickle.

use std::path::Path;

use bytes::Bytes;
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyMapping};

use crate::core::error::Error;
use crate::core::mask::Mask;
use crate::core::mask::policy::{PolicyFile, PolicySpec, is_preset};
use crate::core::mask::pseudonym::{KEY_VARIABLE, MaskKey};
use crate::core::model::page_body::PageBody;
use crate::python::convert::errors::to_python_error;
use crate::python::mask::MaskKey as PythonKey;

type Pairs = Vec<(String, String)>;

/// The policy that a preset's name or a file's path stands for; `gdpr` where there is none.
pub fn policy_file(preset: Option<&Path>) -> Result<PolicyFile, String> {
    let name = preset.map_or_else(|| "gdpr".to_owned(), |preset| preset.to_string_lossy().into_owned());
    if !is_preset(&name) && preset.is_some_and(Path::exists) {
        return PolicyFile::read(Path::new(&name));
    }
    // A name that is neither is told when the policy is made, with the nearest preset.
    let policy = PolicySpec { preset: name, ..PolicySpec::default() };
    Ok(PolicyFile { policy, key_env: None, key_file: None })
}

/// Adds the entries of a mapping; each replaces one of the same name.
pub fn extend(pairs: &mut Pairs, mapping: Option<&Bound<'_, PyMapping>>) -> PyResult<()> {
    let Some(mapping) = mapping else { return Ok(()) };
    for (name, value) in mapping.items()?.extract::<Pairs>()? {
        pairs.retain(|(known, _)| *known != name);
        pairs.push((name, value));
    }
    Ok(())
}

/// The key that was given, or the one that the policy or the environment names, or one that is kept nowhere.
pub fn key(file: &PolicyFile, given: Option<&Bound<'_, PyAny>>) -> PyResult<MaskKey> {
    let found = match given {
        Some(given) => {
            if let Ok(key) = given.cast::<PythonKey>() {
                return Ok(key.get().key.clone());
            }
            if !given.extract::<&str>().is_ok_and(|text| text == "ephemeral") {
                return Err(PyTypeError::new_err(
                    "key must be a MaskKey or \"ephemeral\"; MaskKey(text) reads the text of a key",
                ));
            }
            MaskKey::ephemeral()
        }
        None => match (&file.key_file, &file.key_env) {
            (Some(path), _) => MaskKey::from_file(path),
            (None, Some(name)) => MaskKey::from_env(name),
            (None, None) if std::env::var_os(KEY_VARIABLE).is_some_and(|text| !text.is_empty()) => {
                MaskKey::from_env(KEY_VARIABLE)
            }
            (None, None) => MaskKey::ephemeral(),
        },
    };
    found.map_err(|why| to_python_error(&Error::Configuration(why)))
}

/// One session as a page of the service.
pub fn page_of(session: &Bound<'_, PyAny>) -> PyResult<PageBody> {
    let py = session.py();
    let options = PyDict::new(py);
    options.set_item("allow_nan", false)?;
    let text: String = py.import("json")?.getattr("dumps")?.call((session,), Some(&options))?.extract()?;
    let page = format!("{{\"sessions\":[{text}],\"total_count\":1}}");
    // The error of a page speaks of the service's answers.
    PageBody::parse(Bytes::from(page)).map_err(|_| {
        PyValueError::new_err("a session is a mapping that JSON can hold, nested 126 deep at most")
    })
}

/// A policy for a pickle.
pub fn parts_of<'py>(py: Python<'py>, policy: &PolicySpec) -> PyResult<Bound<'py, PyDict>> {
    let parts = PyDict::new(py);
    parts.set_item("preset", &policy.preset)?;
    parts.set_item("fields", &policy.fields)?;
    parts.set_item("unknown", &policy.unknown)?;
    parts.set_item("detect", &policy.detect)?;
    parts.set_item("patterns", &policy.patterns)?;
    parts.set_item("own_values", policy.own_values)?;
    parts.set_item("scope", &policy.scope)?;
    Ok(parts)
}

/// The policy of a pickle.
pub fn policy_of(parts: &Bound<'_, PyDict>) -> PyResult<PolicySpec> {
    let part = |name: &str| parts.as_any().get_item(name);
    Ok(PolicySpec {
        preset: part("preset")?.extract()?,
        fields: part("fields")?.extract()?,
        unknown: part("unknown")?.extract()?,
        detect: part("detect")?.extract()?,
        patterns: part("patterns")?.extract()?,
        own_values: part("own_values")?.extract()?,
        scope: part("scope")?.extract()?,
    })
}

/// A mask as its `repr` and a client's tell of it: the id of its key, and whether that one is kept.
pub fn shown(mask: &Mask) -> String {
    let (preset, key) = (&mask.policy().spec().preset, mask.key());
    let own = mask.policy().spec().fields.len();
    let fields = if own == 0 { String::new() } else { format!(", {own} fields of its own") };
    if !mask.policy().makes_tokens() {
        return format!("Mask('{preset}'{fields}, no pseudonyms)");
    }
    let kept = if key.is_ephemeral() { ", ephemeral key" } else { ", key" };
    format!("Mask('{preset}'{fields}{kept} '{}')", key.id())
}
