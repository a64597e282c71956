//! Where the file of profiles is, and secrets that stand in files of their own.
//! What a file holds goes into no message.

use std::fs;
use std::future::{Future, ready};
use std::path::{Path, PathBuf};
use std::pin::Pin;

use super::ProfileError;
use crate::core::config::secret::Secret;
use crate::core::config::{RawEnvironment, TokenSource};
use crate::core::error::{Error, Result};

/// A longer secret is none: somebody named the wrong file.
const LONGEST: u64 = 64 * 1024;
/// Names of files are shorter; tokens are longer.
const LONGEST_NAME: usize = 60;

/// `blocks-sessions/config.toml` in the user's folder for settings; `None` where there is no such folder.
pub fn config_path(environment: RawEnvironment) -> Option<PathBuf> {
    let folder = |name: &str| environment(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let home = || std::env::home_dir().filter(|home| home.is_absolute());
    let settings = match folder("XDG_CONFIG_HOME") {
        Some(folder) => Some(folder),
        None if cfg!(windows) => folder("APPDATA"),
        None => folder("HOME").or_else(home).map(|home| home.join(".config")),
    };
    Some(settings?.join("blocks-sessions").join("config.toml"))
}

/// A path as it is written in a profile: `~/` is the home folder, and what is relative begins at the
/// profile's own folder.
pub(super) fn expand(written: &str, folder: &Path) -> PathBuf {
    let home = written.strip_prefix("~/").and_then(|rest| Some(std::env::home_dir()?.join(rest)));
    home.unwrap_or_else(|| folder.join(written))
}

/// A file that holds one secret. It is read when the secret is asked for, so a token that another
/// program renews there is found again after a 401.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretFile {
    /// What names the file: a flag, or a key of a profile.
    pub named_by: String,
    pub path: PathBuf,
}

impl SecretFile {
    /// The secret, without the white space around it.
    ///
    /// # Errors
    /// The file cannot be read, is empty or is no text.
    pub fn read(&self) -> Result<Secret, ProfileError> {
        let Self { named_by, path } = self;
        let shown =
            if looks_secret(path) { "(what was given is not shown)" } else { &*path.to_string_lossy() };
        let fault = |what: &str| ProfileError::Secret(format!("{named_by}: {shown} {what}"));
        let missing = |error: std::io::Error| match error.kind() {
            std::io::ErrorKind::NotFound if looks_secret(path) => {
                fault("is no file; the path of a file is needed, and not what it holds")
            }
            _ => fault(&reason(&error)),
        };
        let size = fs::metadata(path).map_err(missing)?;
        if size.is_dir() || size.len() > LONGEST {
            return Err(fault("is no file with a secret"));
        }
        let bytes = fs::read(path).map_err(|error| fault(&reason(&error)))?;
        let text = String::from_utf8(bytes).map_err(|_| fault("is not UTF-8 text"))?;
        match text.trim() {
            "" => Err(fault("is empty")),
            secret => Ok(secret.into()),
        }
    }
}

/// Whether a path may be the secret itself: long, and of one piece.
fn looks_secret(path: &Path) -> bool {
    let text = path.to_string_lossy();
    let name = text.rsplit(['/', '\\']).next().unwrap_or_default();
    name.starts_with("eyJ") || name.len() > LONGEST_NAME
}

impl TokenSource for SecretFile {
    fn token(&self) -> Pin<Box<dyn Future<Output = Result<String>> + Send + '_>> {
        let token = self.read().map(|secret| secret.expose().to_owned()).map_err(Error::from);
        Box::pin(ready(token))
    }
}

/// Why a file cannot be read, in words that go behind its path.
pub(super) fn reason(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "does not exist".to_owned(),
        std::io::ErrorKind::PermissionDenied => "may not be read by this user".to_owned(),
        _ => format!("cannot be read: {error}"),
    }
}
