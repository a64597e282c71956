//! Policies as TOML files hold them. A key has no place in one.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::{PolicySpec, nearest};

/// A policy file: the policy, and where its key is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyFile {
    pub policy: PolicySpec,
    /// The environment variable that holds the key.
    pub key_env: Option<String>,
    /// The file that holds the key; a relative one lies beside the policy.
    pub key_file: Option<PathBuf>,
}

const KEYS: [&str; 9] =
    ["preset", "unknown", "scope", "own_values", "key_env", "key_file", "fields", "detect", "patterns"];
/// More than any policy has.
const MAX_FILE_BYTES: u64 = 1 << 20;

impl PolicyFile {
    /// # Errors
    /// When the file cannot be read or is no policy.
    pub fn read(path: &Path) -> Result<Self, String> {
        let shown = path.display();
        let told = |error: std::io::Error| format!("the mask policy {shown} cannot be read: {error}.");
        let about = std::fs::metadata(path).map_err(told)?;
        if !about.is_file() || about.len() > MAX_FILE_BYTES {
            return Err(format!("{shown} is no mask policy: that is a TOML file of at most 1 MiB."));
        }
        let text = std::fs::read_to_string(path).map_err(told)?;
        let mut file = Self::parse(&text).map_err(|why| format!("{shown}: {why}"))?;
        file.key_file =
            file.key_file.map(|key| path.parent().map_or(key.clone(), |folder| folder.join(&key)));
        Ok(file)
    }

    /// # Errors
    /// When the text is no TOML, or holds what a policy does not.
    pub fn parse(text: &str) -> Result<Self, String> {
        let table: toml::Table = text.parse().map_err(|error: toml::de::Error| {
            // The message alone: what it quotes of the file may be a key.
            format!("this is no TOML: {}", error.message())
        })?;
        for name in table.keys() {
            check_name(name)?;
        }
        let text_of = |name: &str| table.get(name).map(|value| string(name, value)).transpose();
        let default = PolicySpec::default();
        let own_values = match table.get("own_values") {
            None => default.own_values,
            Some(value) => value.as_bool().ok_or("`own_values` is true or false.")?,
        };
        let policy = PolicySpec {
            preset: text_of("preset")?.unwrap_or(default.preset),
            unknown: text_of("unknown")?.unwrap_or(default.unknown),
            scope: text_of("scope")?.unwrap_or_default(),
            own_values,
            fields: pairs(&table, "fields")?,
            detect: pairs(&table, "detect")?,
            patterns: pairs(&table, "patterns")?,
        };
        let (key_env, key_file) = (text_of("key_env")?, text_of("key_file")?.map(PathBuf::from));
        if key_env.is_some() && key_file.is_some() {
            return Err("`key_env` and `key_file` say two places for one key.".to_owned());
        }
        Ok(Self { policy, key_env, key_file })
    }
}

fn check_name(name: &str) -> Result<(), String> {
    if KEYS.contains(&name) {
        return Ok(());
    }
    if matches!(name, "key" | "keys" | "previous" | "secret" | "mask_key") {
        return Err(format!(
            "`{name}`: a key has no place in a policy, which is to be shared. Name the variable that holds it \
             with `key_env`, or its file with `key_file`."
        ));
    }
    let hint = nearest::hint(name, KEYS.into_iter());
    Err(format!("unknown name `{name}`{hint} Known are {}.", KEYS.join(", ")))
}

fn string(name: &str, value: &toml::Value) -> Result<String, String> {
    value.as_str().map(str::to_owned).ok_or_else(|| format!("`{name}` is a text."))
}

/// The names and texts of a table, sorted by name. Dotted names without quotes are tables in TOML.
fn pairs(table: &toml::Table, name: &str) -> Result<Vec<(String, String)>, String> {
    let Some(value) = table.get(name) else { return Ok(Vec::new()) };
    let inner = value.as_table().ok_or_else(|| format!("`{name}` is a table: [{name}]"))?;
    let mut found = BTreeMap::new();
    gather(name, inner, "", &mut found)?;
    Ok(found.into_iter().collect())
}

fn gather(
    table_name: &str,
    table: &toml::Table,
    prefix: &str,
    found: &mut BTreeMap<String, String>,
) -> Result<(), String> {
    for (name, value) in table {
        let path = if prefix.is_empty() { name.clone() } else { format!("{prefix}.{name}") };
        match value {
            toml::Value::Table(inner) if table_name == "fields" => gather(table_name, inner, &path, found)?,
            _ => {
                found.insert(path.clone(), string(&format!("{table_name}.{path}"), value)?);
            }
        }
    }
    Ok(())
}
