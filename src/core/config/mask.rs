//! Which mask a client has: the one that was passed, or what `BLOCKS_MASK` says in its place.

use std::path::Path;
use std::sync::Arc;

use crate::core::LOG;
use crate::core::mask::Mask;
use crate::core::mask::policy::{PolicyFile, PolicySpec, is_preset};
use crate::core::mask::pseudonym::{KEY_VARIABLE, MaskKey};

/// Replaces whatever mask is passed.
const MASK_VARIABLE: &str = "BLOCKS_MASK";

/// A mask as callers give it.
#[derive(Clone)]
pub enum MaskSetting {
    /// A preset, or the path of a policy file.
    Named(String),
    Made(Arc<Mask>),
}

/// Where the key of a mask that is named comes from.
#[derive(Debug, Clone, Copy, Default)]
pub struct Keys<'k> {
    /// Before any other.
    pub file: Option<&'k Path>,
    /// Where no lasting one is set.
    pub ephemeral: Option<&'k MaskKey>,
}

/// The mask in force, if any.
///
/// # Errors
/// One sentence: the policy or the key is wrong.
pub fn resolve(
    given: Option<MaskSetting>,
    keys: &Keys<'_>,
    env: &impl Fn(&str) -> Option<String>,
) -> Result<Option<Arc<Mask>>, String> {
    let setting = match env(MASK_VARIABLE) {
        Some(name) => {
            if given.is_some() {
                log::warn!(target: LOG, "{MASK_VARIABLE} is set, and replaces the mask that was passed");
            }
            Some(MaskSetting::Named(name))
        }
        None => given,
    };
    match setting {
        None => Ok(None),
        Some(MaskSetting::Made(mask)) => Ok(Some(mask)),
        Some(MaskSetting::Named(name)) => named(name.trim(), keys, env).map(Some),
    }
}

/// The mask of a preset or of a policy file, with the key that the environment or the file names.
fn named(name: &str, keys: &Keys<'_>, env: &impl Fn(&str) -> Option<String>) -> Result<Arc<Mask>, String> {
    let file = if is_preset(name) {
        let policy = PolicySpec { preset: name.to_owned(), ..PolicySpec::default() };
        PolicyFile { policy, key_env: None, key_file: None }
    } else if Path::new(name).exists() {
        PolicyFile::read(Path::new(name)).map_err(|why| format!("mask: {why}"))?
    } else {
        return Err(format!("mask: {name:?} is neither a preset (gdpr, training) nor a policy file"));
    };
    let key = key(&file, keys, env).map_err(|why| format!("mask: {why}"))?;
    Mask::new(file.policy, key, Vec::new()).map(Arc::new).map_err(|why| format!("mask: {why}"))
}

fn key(file: &PolicyFile, keys: &Keys<'_>, env: &impl Fn(&str) -> Option<String>) -> Result<MaskKey, String> {
    if let Some(path) = keys.file.or(file.key_file.as_deref()) {
        return MaskKey::from_file(path);
    }
    let variable = file.key_env.as_deref().unwrap_or(KEY_VARIABLE);
    match (env(variable), keys.ephemeral) {
        (Some(text), _) => MaskKey::from_text(&text).map_err(|why| format!("{variable}: {why}")),
        (None, _) if file.key_env.is_some() => {
            Err(format!("{variable}, which the policy names for its key, is not set"))
        }
        (None, Some(ephemeral)) => Ok(ephemeral.clone()),
        (None, None) => MaskKey::ephemeral(),
    }
}
