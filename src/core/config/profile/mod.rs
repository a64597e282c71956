//! Settings from several layers: a caller's own, a profile's, the environment's, and where each came from.
//! It reads files only where it is told their paths, and knows no command line and no Python.
//!
//! The first layer that has a setting gives it:
//!
//! 1. what the caller gave (a flag, a keyword);
//! 2. the profile that the caller named;
//! 3. the environment;
//! 4. the profile of `BLOCKS_PROFILE`, else `[default]`;
//! 5. the default.
//!
//! How a client shows who it is counts as one setting: the first layer that has an access token or client
//! credentials decides which of the two it is, and half of a pair may come from a layer below.

mod file;
mod place;
mod table;

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;

use super::secret::Secret;
use super::{ClientCert, MaskSetting, RawEnvironment, Settings, TimeoutSetting, TokenSetting, no_text};

pub use file::Profiles;
pub use place::{SecretFile, config_path};
pub use table::{Kind, SETTINGS, Setting};

/// What is wrong with a profile, or with a file that it names.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ProfileError {
    /// The file, or the choice of a profile.
    #[error("{0}")]
    Choice(String),
    /// A file that is to hold a secret.
    #[error("{0}")]
    Secret(String),
}

impl From<ProfileError> for crate::core::error::Error {
    fn from(error: ProfileError) -> Self {
        Self::Configuration(error.to_string())
    }
}

/// The value of one setting.
#[derive(Debug, Clone)]
pub enum Value {
    Text(String),
    Secret(Secret),
    /// A secret that stands in a file.
    File(SecretFile),
    Path(PathBuf),
    Integer(i64),
    Number(f64),
    Timeout(TimeoutSetting),
    Headers(Vec<(String, Secret)>),
}

/// Settings by name; what is not there was not given.
pub type Layer = BTreeMap<&'static str, Value>;

/// A named layer.
#[derive(Debug, Clone, Default)]
pub struct Profile {
    pub name: String,
    pub file: PathBuf,
    pub values: Layer,
}

/// Where a setting came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    Given,
    Profile(String),
    /// The variable's name.
    Environment(&'static str),
    Default,
}

/// All layers but the defaults.
pub struct Layers<'e> {
    pub given: Layer,
    pub named: Option<Profile>,
    pub environment: RawEnvironment<'e>,
    pub fallback: Option<Profile>,
}

/// What is in force of one setting.
#[derive(Debug, Clone)]
pub struct InForce {
    pub setting: &'static Setting,
    /// `None` for what the environment or the default says.
    pub value: Option<Value>,
    pub origin: Origin,
}

impl<'e> Layers<'e> {
    /// The layers of a caller who named a profile, or did not.
    ///
    /// # Errors
    /// The file is wrong, or has no profile of a name that was asked for.
    pub fn read(
        given: Layer,
        profile: Option<&str>,
        profiles: &Profiles,
        environment: RawEnvironment<'e>,
    ) -> Result<Self, ProfileError> {
        let named = profile.map(|name| profiles.get(name, "")).transpose()?;
        let wanted = environment("BLOCKS_PROFILE").map(OsString::into_string).transpose();
        let wanted = wanted.map_err(|_| ProfileError::Choice(no_text("BLOCKS_PROFILE")))?;
        let fallback = match wanted.as_deref().map(str::trim) {
            Some(name) if !name.is_empty() => Some(profiles.get(name, "BLOCKS_PROFILE: ")?),
            _ => profiles.find("default"),
        };
        Ok(Self { given, named, environment, fallback })
    }

    /// What is in force, setting by setting, in the table's order.
    pub fn in_force(&self) -> Vec<InForce> {
        let excluded = self.excluded();
        let is_left_out = |setting: &Setting| excluded.contains(setting.name);
        SETTINGS.iter().filter(|setting| !is_left_out(setting)).map(|setting| self.of(setting)).collect()
    }

    fn of(&self, setting: &'static Setting) -> InForce {
        let found = |layer: &Layer| layer.get(setting.name).cloned();
        let profile = |profile: &Option<Profile>| {
            let profile = profile.as_ref()?;
            Some((found(&profile.values)?, Origin::Profile(profile.name.clone())))
        };
        let chosen = found(&self.given).map(|value| (value, Origin::Given)).or_else(|| profile(&self.named));
        if let Some((value, origin)) = chosen {
            return InForce { setting, value: Some(value), origin };
        }
        if let Some(variable) = self.variable(setting) {
            return InForce { setting, value: None, origin: Origin::Environment(variable) };
        }
        match profile(&self.fallback) {
            Some((value, origin)) => InForce { setting, value: Some(value), origin },
            None => InForce { setting, value: None, origin: Origin::Default },
        }
    }

    /// The variable of the environment that gives a setting.
    fn variable(&self, setting: &Setting) -> Option<&'static str> {
        // One that is no text is told where the settings are resolved.
        let says = |text: &OsString| text.to_str().is_none_or(|text| !text.trim().is_empty());
        let is_set = |name: &&&str| (self.environment)(name).is_some_and(|text| says(&text));
        setting.variables.iter().find(is_set).copied()
    }

    /// The settings of the way in which the client does not show who it is.
    fn excluded(&self) -> BTreeSet<&'static str> {
        let profile = |profile: &Option<Profile>| {
            profile.as_ref().map(|profile| profile.values.keys().copied().collect()).unwrap_or_default()
        };
        let environment =
            SETTINGS.iter().filter(|setting| self.variable(setting).is_some()).map(|setting| setting.name);
        let layers: [BTreeSet<&str>; 4] = [
            self.given.keys().copied().collect(),
            profile(&self.named),
            environment.collect(),
            profile(&self.fallback),
        ];
        for names in layers {
            let pair = names.contains("client_id") || names.contains("client_secret");
            match (names.contains("access_token"), pair) {
                // Both in one layer contradict each other, which the check of all settings tells.
                (true, true) => return BTreeSet::new(),
                (true, false) => return BTreeSet::from(["client_id", "client_secret"]),
                (false, true) => return BTreeSet::from(["access_token"]),
                (false, false) => {}
            }
        }
        BTreeSet::new()
    }
}

/// The settings to resolve, from what is in force. What the environment says is left to it, since its
/// faults name the variable.
///
/// # Errors
/// A file that is to hold a secret does not.
pub fn settings(in_force: &[InForce]) -> Result<Settings, ProfileError> {
    let mut settings = Settings::default();
    for InForce { setting, value, .. } in in_force {
        if let Some(value) = value {
            set(&mut settings, setting.name, value)?;
        }
    }
    Ok(settings)
}

fn set(settings: &mut Settings, name: &str, value: &Value) -> Result<(), ProfileError> {
    match (name, value) {
        ("access_token", Value::File(file)) => {
            // Asked once now, so that a file that is missing is told before any request.
            file.read()?;
            settings.access_token = Some(TokenSetting::Source(Arc::new(file.clone())));
        }
        ("access_token", Value::Secret(token)) => {
            settings.access_token = Some(TokenSetting::Fixed(token.clone()));
        }
        ("timeout", Value::Timeout(timeout)) => settings.timeout = Some(*timeout),
        ("max_retries", Value::Integer(number)) => settings.max_retries = Some(*number),
        ("retry_budget", Value::Integer(tokens)) => settings.retry_budget = Some(*tokens),
        ("max_concurrency", Value::Integer(number)) => settings.max_concurrency = Some(*number),
        ("max_requests_per_second", Value::Number(rate)) => settings.max_requests_per_second = Some(*rate),
        ("cache_ttl", Value::Number(seconds)) => settings.cache_ttl = Some(*seconds),
        ("mask_key_file", Value::Path(path)) => settings.mask_key_file = Some(path.clone()),
        ("mask", Value::Text(name)) => settings.mask = Some(MaskSetting::Named(name.clone())),
        ("ca_bundle", Value::Path(path)) => settings.ca_bundle = Some(path.clone()),
        ("client_cert", Value::Path(path)) => {
            settings.client_cert = Some(ClientCert { certificate: path.clone(), key: None });
        }
        ("headers", Value::Headers(headers)) => {
            let exposed = |(name, value): &(String, Secret)| (name.clone(), value.expose().to_owned());
            settings.headers = headers.iter().map(exposed).collect();
        }
        (_, Value::Text(text)) => set_text(settings, name, text.clone()),
        (_, Value::Secret(secret)) => set_text(settings, name, secret.expose().to_owned()),
        (_, Value::File(file)) => set_text(settings, name, file.read()?.expose().to_owned()),
        // The table says which kind a setting has, and whoever makes a value asks the table.
        _ => {}
    }
    Ok(())
}

fn set_text(settings: &mut Settings, name: &str, text: String) {
    let place = match name {
        "project_key" => &mut settings.project_key,
        "agent_id" => &mut settings.agent_id,
        "blocks_key" => &mut settings.blocks_key,
        "client_id" => &mut settings.client_id,
        "client_secret" => &mut settings.client_secret,
        "base_url" => &mut settings.base_url,
        "consistency" => &mut settings.consistency,
        "proxy" => &mut settings.proxy,
        _ => return,
    };
    *place = Some(text);
}
