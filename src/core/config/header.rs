//! Headers that a caller adds, and whether a text can be a header's value at all.
//! No fault that is told here shows a value.

use http::{HeaderMap, HeaderName, HeaderValue};

use super::Identity;

/// What this package sends itself: adding it again could only contradict.
const OURS: [&str; 8] = [
    "accept",
    "content-type",
    "content-length",
    "transfer-encoding",
    "connection",
    "upgrade",
    "te",
    "x-blocks-key",
];

/// Parts of names of headers whose values are secrets.
const SECRET_NAMES: [&str; 8] =
    ["auth", "cookie", "key", "token", "secret", "password", "signature", "session"];

/// The text as a header's value: visible ASCII, blanks and tabs only.
pub fn value(name: &str, text: &str) -> Result<HeaderValue, String> {
    if !text.bytes().all(|byte| byte == b'\t' || (0x20..0x7f).contains(&byte)) {
        return Err(format!(
            "{name} cannot be sent as a header: it holds a line break, a control character or a character outside ASCII"
        ));
    }
    let mut value = HeaderValue::from_str(text).map_err(|_| format!("{name} cannot be sent as a header"))?;
    value.set_sensitive(true);
    Ok(value)
}

/// The headers of a setting or an argument of this name.
pub(in crate::core) fn map(
    argument: &str,
    given: &[(String, String)],
    identity: Option<&Identity>,
) -> Result<HeaderMap, String> {
    let mut map = HeaderMap::with_capacity(given.len());
    let mut faults = Vec::new();
    for (name, text) in given {
        match entry(argument, name, text, identity) {
            Ok((name, value)) => {
                map.append(name, value);
            }
            Err(fault) => faults.push(fault),
        }
    }
    if faults.is_empty() { Ok(map) } else { Err(faults.join("; ")) }
}

fn entry(
    argument: &str,
    name: &str,
    text: &str,
    identity: Option<&Identity>,
) -> Result<(HeaderName, HeaderValue), String> {
    let Ok(header) = HeaderName::from_bytes(name.as_bytes()) else {
        return Err(format!("{argument}: {name:?} is no name of a header"));
    };
    if OURS.contains(&header.as_str()) {
        return Err(format!("{argument}: {header} is set by this package and cannot be added"));
    }
    if header == http::header::AUTHORIZATION && !matches!(identity, None | Some(Identity::Anonymous)) {
        return Err(format!(
            "{argument}: authorization is already made from the access token or client credentials"
        ));
    }
    let value = value(&format!("{argument}[{:?}]", header.as_str()), text)?;
    Ok((header, value))
}

/// The values that must not be shown.
pub(in crate::core) fn secrets(headers: &HeaderMap) -> impl Iterator<Item = &str> {
    headers
        .iter()
        .filter(|(name, _)| SECRET_NAMES.iter().any(|part| name.as_str().contains(part)))
        .filter_map(|(_, value)| value.to_str().ok())
        .flat_map(|value| value.split_once(' ').map_or([value, ""], |(_, credential)| [value, credential]))
}
