//! Network addresses: IPv4 from its digits, IPv6 and MAC from their colons; and URLs from `://`.

use std::net::{Ipv4Addr, Ipv6Addr};
use std::ops::Range;

use super::context::{Topic, Words};
use super::{Hits, before, byte, is_word, url};
use crate::core::mask::kind::Kind;

/// The longest text of an IPv6 address.
const MAX_LENGTH: usize = 46;
const MAC_LENGTH: usize = 17;

/// Looks at the `:` at `at`; returns where to look on.
pub(super) fn find(text: &str, at: usize, through_urls: bool, hits: &mut Hits) -> usize {
    let bytes = text.as_bytes();
    if byte(bytes, at + 1) == b'/' && byte(bytes, at + 2) == b'/' {
        return if through_urls { at + 3 } else { url::find(text, at, hits) };
    }
    let fits = |byte: u8| byte.is_ascii_hexdigit() || byte == b':' || byte == b'.';
    let start = back(bytes, at, MAX_LENGTH, fits);
    let end = ahead(bytes, at, MAX_LENGTH, fits);
    // Whatever begins within fails as this does, but for the colon of a URL right at its end.
    let beyond = end.saturating_sub(1).max(at + 1);
    let end = start + trimmed(bytes.get(start..end).unwrap_or_default());
    let colons = bytes.get(start..end).unwrap_or_default().iter().filter(|byte| **byte == b':').count();
    if colons < 2 || end <= at || is_word(before(bytes, start)) || is_word(byte(bytes, end)) {
        return beyond;
    }
    if let Some(range) = mac(bytes, start) {
        let end = range.end;
        hits.push(range, Kind::Mac);
        return end;
    }
    if is_v6(text.get(start..end).unwrap_or_default()) {
        if !(byte(bytes, end) == b'/'
            && text.get(start..end).is_some_and(|text| text.ends_with("::"))
            && bytes.get(end..end + 3) == Some(b"/48"))
        {
            hits.push(start..end, Kind::Ip);
        }
        return end;
    }
    beyond
}

fn back(bytes: &[u8], at: usize, most: usize, fits: impl Fn(u8) -> bool) -> usize {
    let mut start = at;
    while start > 0 && at - start < most && fits(before(bytes, start)) {
        start -= 1;
    }
    start
}

fn ahead(bytes: &[u8], at: usize, most: usize, fits: impl Fn(u8) -> bool) -> usize {
    let mut end = at;
    while end < bytes.len() && end - at < most && fits(byte(bytes, end)) {
        end += 1;
    }
    end
}

/// Its length without the colon or dot that ends a sentence.
fn trimmed(candidate: &[u8]) -> usize {
    match candidate {
        [.., b':', b':'] => candidate.len(),
        [rest @ .., b'.' | b':'] => rest.len(),
        _ => candidate.len(),
    }
}

/// An address, and not two words of code with `::` between them.
fn is_v6(candidate: &str) -> bool {
    let groups = candidate.split(':').filter(|group| !group.is_empty()).count();
    let digits = candidate.bytes().any(|byte| byte.is_ascii_digit());
    (groups >= 4 || (groups >= 1 && digits)) && candidate.parse::<Ipv6Addr>().is_ok()
}

/// Six pairs of hexadecimal digits that begin at `start`, with `:` or `-` between them.
fn mac(bytes: &[u8], start: usize) -> Option<Range<usize>> {
    let candidate = bytes.get(start..start + MAC_LENGTH)?;
    let separator = byte(candidate, 2);
    let shaped = candidate.iter().enumerate().all(|(place, byte)| match place % 3 {
        2 => *byte == separator,
        _ => byte.is_ascii_hexdigit(),
    });
    let after = byte(bytes, start + MAC_LENGTH);
    let alone =
        !(is_word(after) || after == separator && byte(bytes, start + MAC_LENGTH + 1).is_ascii_hexdigit());
    (shaped && alone && matches!(separator, b':' | b'-')).then(|| start..start + MAC_LENGTH)
}

/// A MAC address with hyphens around the digit at `at`.
pub(super) fn hyphenated_mac(bytes: &[u8], at: usize) -> Option<Range<usize>> {
    let start = back(bytes, at, MAC_LENGTH, |byte| byte.is_ascii_hexdigit() || byte == b'-');
    if is_word(before(bytes, start)) {
        return None;
    }
    mac(bytes, start)
}

/// An IPv4 address that begins at `start`, and is no version number.
pub(super) fn v4(text: &str, start: usize) -> Option<Range<usize>> {
    let bytes = text.as_bytes();
    if matches!(before(bytes, start), b'.' | b'v' | b'V') {
        return None;
    }
    let end = ahead(bytes, start, 16, |byte| byte.is_ascii_digit() || byte == b'.');
    let candidate = text.get(start..end)?.trim_end_matches('.');
    let end = start + candidate.len();
    let address: Ipv4Addr = candidate.parse().ok()?;
    let (previous, next) = (before(bytes, start), byte(bytes, end));
    if is_word(next) || next == b'_' {
        return None;
    }
    let network = bytes.get(end..end + 3) == Some(b"/24") && address.octets().last() == Some(&0);
    let file =
        next == b'.' && byte(bytes, end + 1).is_ascii_alphabetic() && matches!(previous, b'-' | b'_' | b'/');
    (!network && !file && !is_version(bytes, address, start..end)).then_some(start..end)
}

/// The largest number that most versions begin with.
const LARGE: u8 = 30;

fn is_version(bytes: &[u8], address: Ipv4Addr, range: Range<usize>) -> bool {
    let words = Words::before(bytes, range.start);
    // Few versions begin with a large number, and then the word for it stands right before.
    let large = address.octets().first().is_some_and(|first| *first > LARGE);
    let version = words
        .last(Topic::Version)
        .filter(|_| !large || Words::nearest(bytes, range.start).has(Topic::Version));
    let network = words.last(Topic::Network);
    match (version, network) {
        (Some(version), Some(network)) => return version > network,
        (Some(_), None) => return true,
        (None, Some(_)) => return false,
        (None, None) => {}
    }
    if before(bytes, range.start) == b'/' && before(bytes, range.start - 1).is_ascii_alphabetic() {
        return true;
    }
    if Words::after(bytes, range.end, 16).has(Topic::Version) {
        return true;
    }
    let octets = address.octets();
    let small = octets.iter().all(|octet| *octet <= 30);
    let same = octets.iter().all(|octet| Some(octet) == octets.first());
    let private = octets.first() == Some(&10) && octets.get(1) != Some(&0) || octets.starts_with(&[10, 0, 0]);
    small && !same && !private && byte(bytes, range.end) != b':'
}
