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

/// The mask in force. `ephemeral` is the key for pseudonyms where no lasting one is set.
pub(super) fn resolve(
    given: Option<MaskSetting>,
    ephemeral: Option<&MaskKey>,
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
        Some(MaskSetting::Named(name)) => named(name.trim(), ephemeral, env).map(Some),
    }
}

/// The mask of a preset or of a policy file, with the key that the environment or the file names.
fn named(
    name: &str,
    ephemeral: Option<&MaskKey>,
    env: &impl Fn(&str) -> Option<String>,
) -> Result<Arc<Mask>, String> {
    let file = if is_preset(name) {
        let policy = PolicySpec { preset: name.to_owned(), ..PolicySpec::default() };
        PolicyFile { policy, key_env: None, key_file: None }
    } else if Path::new(name).exists() {
        PolicyFile::read(Path::new(name)).map_err(|why| format!("mask: {why}"))?
    } else {
        return Err(format!("mask: {name:?} is neither a preset (gdpr, training) nor a policy file"));
    };
    let key = key(&file, ephemeral, env).map_err(|why| format!("mask: {why}"))?;
    Mask::new(file.policy, key, Vec::new()).map(Arc::new).map_err(|why| format!("mask: {why}"))
}

fn key(
    file: &PolicyFile,
    ephemeral: Option<&MaskKey>,
    env: &impl Fn(&str) -> Option<String>,
) -> Result<MaskKey, String> {
    if let Some(path) = &file.key_file {
        return MaskKey::from_file(path);
    }
    let variable = file.key_env.as_deref().unwrap_or(KEY_VARIABLE);
    match (env(variable), ephemeral) {
        (Some(text), _) => MaskKey::from_text(&text).map_err(|why| format!("{variable}: {why}")),
        (None, _) if file.key_env.is_some() => {
            Err(format!("{variable}, which the policy names for its key, is not set"))
        }
        (None, Some(ephemeral)) => Ok(ephemeral.clone()),
        (None, None) => MaskKey::ephemeral(),
    }
}
