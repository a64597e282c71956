//! `config.toml`: tables of settings, one a profile. Every key is known, or the file is refused.
//! Its text may hold secrets: a fault names its line and its key, and quotes nothing.

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::place::{SecretFile, expand, reason};
use super::table::{Kind, SETTINGS, Setting};
use super::{Layer, Profile, ProfileError, Value};
use crate::core::config::{Timeout, TimeoutSetting};
use crate::core::model::likeness::nearest_or_longer;

/// The profiles of one file, in the order of their names.
#[derive(Debug, Clone, Default)]
pub struct Profiles {
    /// `None`: there is no place for such a file.
    pub path: Option<PathBuf>,
    pub exists: bool,
    tables: BTreeMap<String, Layer>,
    /// What the user is to be told, though the file can be used.
    pub warnings: Vec<String>,
}

impl Profiles {
    /// Reads the file; one that does not exist has no profiles.
    ///
    /// # Errors
    /// It cannot be read, or something in it is wrong: the file, the line, the key and what was meant.
    pub fn read(path: Option<PathBuf>) -> Result<Self, ProfileError> {
        let Some(path) = path else { return Ok(Self::default()) };
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
                return Ok(Self { path: Some(path), ..Self::default() });
            }
            Err(error) if error.kind() == ErrorKind::InvalidData => {
                return Err(ProfileError::Choice(format!("{} is not UTF-8 text", path.display())));
            }
            Err(error) => {
                return Err(ProfileError::Choice(format!("{} {}", path.display(), reason(&error))));
            }
        };
        let tables = parse(&text, &path)?;
        let warnings = exposed(&path, &tables).into_iter().collect();
        Ok(Self { path: Some(path), exists: true, tables, warnings })
    }

    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.tables.keys().map(String::as_str)
    }

    /// The profile of this name, if there is one.
    pub fn find(&self, name: &str) -> Option<Profile> {
        let values = self.tables.get(name)?.clone();
        Some(Profile { name: name.to_owned(), file: self.path.clone().unwrap_or_default(), values })
    }

    /// The profile that somebody asked for.
    ///
    /// # Errors
    /// There is none of this name.
    pub fn get(&self, name: &str, asked_by: &str) -> Result<Profile, ProfileError> {
        self.find(name).ok_or_else(|| {
            let place = match &self.path {
                Some(path) if self.exists => format!("{} has no [{name}]", path.display()),
                Some(path) => format!("{} does not exist", path.display()),
                None => "there is no folder for settings".to_owned(),
            };
            let known: Vec<&str> = self.names().collect();
            let hint = match nearest_or_longer(name, known.iter().copied()) {
                Some(meant) => format!("; did you mean '{meant}'?"),
                None if known.is_empty() => String::new(),
                None => format!("; it has {}", known.join(", ")),
            };
            ProfileError::Choice(format!("{asked_by}there is no profile '{name}': {place}{hint}"))
        })
    }
}

fn parse(text: &str, path: &Path) -> Result<BTreeMap<String, Layer>, ProfileError> {
    let fault = |what: String| ProfileError::Choice(format!("{}: {what}", path.display()));
    let document: toml::Table = text.parse().map_err(|error: toml::de::Error| {
        let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
        // The error's own words may quote the line, which may hold a secret.
        fault(format!("line {} is not valid TOML", before.matches('\n').count() + 1))
    })?;
    let mut profiles = BTreeMap::new();
    for (name, value) in document {
        let toml::Value::Table(table) = value else {
            let known = Setting::named(name.strip_suffix("_file").unwrap_or(&name)).is_some();
            let hint = if known { format!(": put [default] above '{name}'") } else { String::new() };
            return Err(fault(format!("'{name}' belongs to no profile{hint}")));
        };
        let folder = path.parent().unwrap_or(Path::new(""));
        let layer = profile(&table, folder).map_err(|what| fault(format!("[{name}] {what}")))?;
        profiles.insert(name, layer);
    }
    Ok(profiles)
}

fn profile(table: &toml::Table, folder: &Path) -> Result<Layer, String> {
    let mut layer = Layer::new();
    for (key, sent) in table {
        let (setting, value) = value(key, sent, folder)?;
        if layer.insert(setting.name, value).is_some() {
            return Err(format!("has both {0} and {0}_file: keep one of them", setting.name));
        }
    }
    Ok(layer)
}

/// Whether a text is the path of a policy, and no preset's name.
fn is_toml(text: &str) -> bool {
    Path::new(text).extension().is_some_and(|extension| extension.eq_ignore_ascii_case("toml"))
}

/// The setting that a key names, and its value.
fn value(key: &str, sent: &toml::Value, folder: &Path) -> Result<(&'static Setting, Value), String> {
    let in_file = key.strip_suffix("_file").and_then(Setting::named).filter(|it| it.kind == Kind::Secret);
    let setting = in_file.or_else(|| Setting::named(key)).ok_or_else(|| unknown(key))?;
    let wrong = |wanted: &str| format!("{key} must be {wanted}");
    let text = || sent.as_str().map(str::to_owned).ok_or_else(|| wrong("a text in quotes"));
    if in_file.is_some() {
        let path = expand(&text()?, folder);
        return Ok((setting, Value::File(SecretFile { named_by: key.to_owned(), path })));
    }
    let value = match setting.kind {
        Kind::Text if setting.name == "mask" && is_toml(&text()?) => {
            Value::Text(expand(&text()?, folder).to_string_lossy().into_owned())
        }
        Kind::Text | Kind::Address => Value::Text(text()?),
        Kind::Secret => Value::Secret(text()?.into()),
        Kind::Path => Value::Path(expand(&text()?, folder)),
        Kind::Integer => Value::Integer(sent.as_integer().ok_or_else(|| wrong("a whole number"))?),
        Kind::Number => Value::Number(number(sent).ok_or_else(|| wrong("a number"))?),
        Kind::Timeout => Value::Timeout(
            timeout(sent).ok_or_else(|| wrong("seconds, or { attempt = 30, connect = 5, total = 120 }"))?,
        ),
        Kind::Headers => {
            Value::Headers(headers(sent).ok_or_else(|| wrong("a table of texts, as in { name = \"text\" }"))?)
        }
    };
    check(setting, &value).map_err(|wanted| wrong(&wanted))?;
    Ok((setting, value))
}

/// What only one of some words can be.
fn check(setting: &Setting, value: &Value) -> Result<(), String> {
    match (setting.name, value) {
        ("consistency", Value::Text(text)) if !matches!(text.as_str(), "strict" | "checked" | "fast") => {
            Err("strict, checked or fast".to_owned())
        }
        _ => Ok(()),
    }
}

fn unknown(key: &str) -> String {
    let files: Vec<String> = SETTINGS
        .iter()
        .filter(|setting| setting.kind == Kind::Secret)
        .map(|setting| format!("{}_file", setting.name))
        .collect();
    let names = SETTINGS.iter().map(|setting| setting.name).chain(files.iter().map(String::as_str));
    match nearest_or_longer(key, names) {
        Some(meant) => format!("has an unknown key '{key}'; did you mean '{meant}'?"),
        None => format!("has an unknown key '{key}'"),
    }
}

#[expect(clippy::cast_precision_loss, reason = "a rate or seconds, far below what floats hold exactly")]
fn number(sent: &toml::Value) -> Option<f64> {
    sent.as_float().or_else(|| sent.as_integer().map(|whole| whole as f64))
}

fn timeout(sent: &toml::Value) -> Option<TimeoutSetting> {
    if let Some(seconds) = number(sent) {
        return Some(TimeoutSetting::Attempt(seconds));
    }
    let table = sent.as_table()?;
    if table.keys().any(|key| !matches!(key.as_str(), "attempt" | "connect" | "total")) {
        return None;
    }
    let seconds = |name: &str, default: f64| table.get(name).map_or(Some(default), number);
    let usual = Timeout::default();
    let limits = Timeout::from_seconds(
        seconds("attempt", usual.attempt.as_secs_f64())?,
        seconds("connect", usual.connect.as_secs_f64())?,
        seconds("total", usual.total.as_secs_f64())?,
    );
    Some(limits.ok()?.into())
}

fn headers(sent: &toml::Value) -> Option<Vec<(String, super::Secret)>> {
    let header = |(name, value): (&String, &toml::Value)| Some((name.clone(), value.as_str()?.into()));
    sent.as_table()?.iter().map(header).collect()
}

/// A file with a secret in it that others can read is worth a warning.
#[cfg(unix)]
fn exposed(path: &Path, profiles: &BTreeMap<String, Layer>) -> Option<String> {
    use std::os::unix::fs::PermissionsExt;
    let mode = fs::metadata(path).ok()?.permissions().mode();
    let is_secret = |value: &Value| match value {
        Value::Secret(_) | Value::Headers(_) => true,
        Value::Text(text) => text.contains("://") && text.contains('@'),
        _ => false,
    };
    let (name, _) = profiles.values().flatten().find(|(_, value)| is_secret(value))?;
    (mode & 0o077 != 0).then(|| {
        let shown = path.display();
        format!("{shown} holds a secret ({name}) and can be read by others; protect it: chmod 600 '{shown}'")
    })
}

#[cfg(not(unix))]
fn exposed(_path: &Path, _profiles: &BTreeMap<String, Layer>) -> Option<String> {
    None
}
