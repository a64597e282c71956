//! The settings by which the service knows a caller: keys, tokens, client credentials.
//! No fault that is told here shows a value.

use super::secret::Secret;
use super::{Environment, Identity, TokenSetting, header};

pub(in crate::core) fn project(given: Option<String>, env: Environment) -> Result<Secret, String> {
    let key = given.or_else(|| env("BLOCKS_PROJECT_KEY")).or_else(|| env("X_BLOCKS_KEY"));
    match key {
        None => Err("no project key: pass project_key, or set BLOCKS_PROJECT_KEY (or X_BLOCKS_KEY)".into()),
        Some(key) if key.trim().is_empty() => Err("project_key must not be empty".into()),
        Some(key) => Ok(trimmed(&key)),
    }
}

/// A key as it is sent, in the header and in the body alike: blanks and line breaks around it come from the
/// file or the variable that it was read from.
fn trimmed(key: &str) -> Secret {
    key.trim().into()
}

/// An access token, also where it was given as the value of the `authorization` header.
pub(in crate::core) fn bare_token(token: &str) -> &str {
    let token = token.trim();
    match token.split_once(char::is_whitespace) {
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("bearer") => rest.trim_start(),
        _ => token,
    }
}

/// Refuses what is more than a token: of another scheme, or two words.
pub(in crate::core) fn one_token(name: &str, token: &str) -> Result<(), String> {
    if !token.contains(char::is_whitespace) {
        return Ok(());
    }
    Err(format!(
        "{name} holds a blank, as no token does: give the token alone, without its scheme (one other than Bearer \
         goes into headers, as Authorization)"
    ))
}

/// The header's key: an empty one that was given sends none.
pub(in crate::core) fn blocks(
    given: Option<String>,
    project: Option<&Secret>,
    env: Environment,
) -> Result<Option<Secret>, String> {
    let (name, key) = match given.map(|key| ("blocks_key", key)) {
        Some((_, key)) if key.trim().is_empty() => return Ok(None),
        Some(given) => given,
        None => match (env("X_BLOCKS_KEY"), project) {
            (Some(key), _) => ("X_BLOCKS_KEY", key),
            (None, Some(key)) => {
                ("project_key (sent as x-blocks-key unless blocks_key is given)", key.expose().to_owned())
            }
            (None, None) => return Ok(None),
        },
    };
    let key = trimmed(&key);
    header::value(name, key.expose())?;
    Ok(Some(key))
}

/// The one way in which the client shows who it is. What was given beats the environment.
pub(in crate::core) fn identity(
    token: Option<TokenSetting>,
    id: Option<String>,
    secret: Option<String>,
    env: Environment,
) -> Result<Identity, String> {
    if token.is_some() && (id.is_some() || secret.is_some()) {
        return Err("access_token and client_id/client_secret exclude each other: give one of them".into());
    }
    match token {
        Some(TokenSetting::Source(source)) => return Ok(Identity::Source(source)),
        Some(TokenSetting::Fixed(token)) => return fixed("access_token", &token),
        None => {}
    }
    let given = id.is_some() || secret.is_some();
    let token = if given { None } else { env("BLOCKS_ACCESS_TOKEN") };
    let id = id.or_else(|| env("BLOCKS_CLIENT_ID"));
    let secret = secret.or_else(|| env("BLOCKS_CLIENT_SECRET"));
    match (token, id, secret) {
        (Some(_), Some(_), Some(_)) => {
            Err("BLOCKS_ACCESS_TOKEN and BLOCKS_CLIENT_ID/BLOCKS_CLIENT_SECRET exclude each other: unset one of them"
                .into())
        }
        (Some(token), _, _) => fixed("BLOCKS_ACCESS_TOKEN", &token.into()),
        (_, Some(id), Some(secret)) => client(&id, &secret),
        (_, Some(_), None) => Err("client_id needs client_secret (or BLOCKS_CLIENT_SECRET)".into()),
        (_, None, Some(_)) => Err("client_secret needs client_id (or BLOCKS_CLIENT_ID)".into()),
        (_, None, None) => Ok(Identity::Anonymous),
    }
}

fn fixed(name: &str, token: &Secret) -> Result<Identity, String> {
    let token = bare_token(token.expose());
    if token.is_empty() || token.eq_ignore_ascii_case("bearer") {
        return Err(format!("{name} must not be empty: leave it out to send none"));
    }
    header::value(name, token)?;
    one_token(name, token)?;
    Ok(Identity::Token(token.into()))
}

fn client(id: &str, secret: &str) -> Result<Identity, String> {
    if id.trim().is_empty() || secret.trim().is_empty() {
        return Err("client_id and client_secret must not be empty".into());
    }
    Ok(Identity::Client { id: trimmed(id), secret: trimmed(secret) })
}
