//! URLs without what tells of a person: user info, secrets in the path, query and fragment go.

use super::Applier;
use crate::core::mask::detect::secret_looking;
use crate::core::mask::own::OwnValues;
use crate::core::mask::pseudonym::is_pseudonym;

/// The parts of a URL as it is written; nothing of it is brought to another spelling.
struct Parts<'u> {
    /// With what follows it, as in `https://`.
    scheme: &'u str,
    host: &'u str,
    path: &'u str,
}

/// A scheme and its address within the page, as in `mailto:`, has no path to keep.
const OPAQUE: [&str; 4] = ["data", "javascript", "blob", "about"];

/// Fewer digits are no number that is told by itself.
const MIN_SPREAD: usize = 9;

/// Writes a URL with what may stay of it.
pub(super) fn write(url: &str, own: &mut OwnValues, applier: &mut Applier<'_>, out: &mut String) {
    let Some(parts) = split(url) else {
        out.push_str("[url]");
        return;
    };
    out.push_str(parts.scheme);
    applier.scan_plain(parts.host, own, out);
    let mut masked = String::new();
    let path = whole_numbers(parts.path, own, applier, &mut masked);
    let mut previous = "";
    for (place, segment) in path.split('/').enumerate() {
        if place > 0 {
            out.push('/');
        }
        write_segment(previous, segment, own, applier, out);
        previous = segment;
    }
}

/// A number may be spread over segments, each of which looks like nothing.
fn whole_numbers<'p>(
    path: &'p str,
    own: &mut OwnValues,
    applier: &mut Applier<'_>,
    masked: &'p mut String,
) -> &'p str {
    let digits = path.bytes().filter(u8::is_ascii_digit).count();
    if digits >= MIN_SPREAD && applier.scan(path, own, true, masked) { masked } else { path }
}

fn write_segment(
    previous: &str,
    segment: &str,
    own: &mut OwnValues,
    applier: &mut Applier<'_>,
    out: &mut String,
) {
    let (name, value) = segment.split_once('=').map_or((segment, None), |(name, value)| (name, Some(value)));
    let name = name.split(';').next().unwrap_or_default();
    // What a mask left before looks like a secret, and is none.
    if secret_looking(previous, name) && !is_pseudonym(name) {
        out.push_str("[secret]");
    } else {
        applier.scan_plain(name, own, out);
    }
    if value.is_some() {
        out.push_str("=[value]");
    }
}

fn split(url: &str) -> Option<Parts<'_>> {
    let end = url.find(['?', '#']).unwrap_or(url.len());
    let url = url.get(..end)?;
    if let Some(rest) = url.strip_prefix("//") {
        return with_authority("//", rest);
    }
    let Some((scheme, rest)) = url.split_once("://") else {
        let opaque =
            url.split_once(':').is_some_and(|(scheme, _)| OPAQUE.contains(&scheme.to_lowercase().as_str()));
        return (!opaque).then_some(Parts { scheme: "", host: "", path: url });
    };
    let letters = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.');
    if !scheme.bytes().all(letters) || scheme.len() > 24 {
        return Some(Parts { scheme: "", host: "", path: url });
    }
    with_authority(url.get(..scheme.len() + 3)?, rest)
}

/// Without the user info before the host.
fn with_authority<'u>(scheme: &'u str, rest: &'u str) -> Option<Parts<'u>> {
    // A backslash is a slash to browsers, and would hide the user info behind it.
    let authority_end = rest.find(['/', '\\']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at_checked(authority_end)?;
    let host = authority.rsplit(['@']).next().unwrap_or_default();
    let host = host.rsplit("%40").next().unwrap_or_default();
    Some(Parts { scheme, host, path })
}
