//! URLs in texts, from their `://` or their query; and which parts of one look like secrets.

use super::{Hits, before, byte};
use crate::core::mask::kind::Kind;

const MAX_SCHEME: usize = 24;
/// A URL that is longer goes on as text does; its rest is looked at as such.
const MAX_LENGTH: usize = 8_192;

/// Looks at the `://` at `at`; returns where to look on.
pub(super) fn find(text: &str, at: usize, hits: &mut Hits) -> usize {
    let bytes = text.as_bytes();
    let mut start = at;
    while at - start < MAX_SCHEME && is_scheme(before(bytes, start)) {
        start -= 1;
    }
    while start < at && !byte(bytes, start).is_ascii_alphabetic() {
        start += 1;
    }
    if start == at {
        return at + 3;
    }
    let end = end(text, at + 3);
    if end <= at + 3 {
        return at + 3;
    }
    hits.push(start..end, Kind::Url);
    end
}

fn is_scheme(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'.' | b'-')
}

/// Looks at the `?` at `at`: a query makes what stands before it a URL without its scheme.
pub(super) fn find_query(text: &str, at: usize, hits: &mut Hits) -> usize {
    let bytes = text.as_bytes();
    let name = bytes.get(at + 1..).unwrap_or_default();
    let length = name.iter().take(64).take_while(|byte| is_query_name(**byte)).count();
    if length == 0 || byte(name, length) != b'=' {
        return at + 1;
    }
    let mut start = at;
    while at - start < MAX_LENGTH && is_url(before(bytes, start)) {
        start -= 1;
    }
    // A long text without spaces may be anything, and its beginning is no character's for sure.
    if !text.is_char_boundary(start) || !bytes.get(start..at).unwrap_or_default().contains(&b'.') {
        start = at;
    }
    let end = end(text, at);
    hits.push(start..end, Kind::Url);
    end
}

fn is_query_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'[' | b']')
}

/// Whether a byte can stand in a URL.
fn is_url(byte: u8) -> bool {
    (!byte.is_ascii_control() || char::from(byte) == super::ESCAPED_BLANK)
        && !matches!(byte, 0 | b' ' | b'"' | b'<' | b'>' | b'`' | b'{' | b'}' | b'|' | b'\\' | b'^')
}

/// Where a URL ends: at what cannot stand in one, and before what ends the sentence it stands in.
fn end(text: &str, from: usize) -> usize {
    let bytes = text.as_bytes();
    let mut end = from;
    while end - from < MAX_LENGTH && end < bytes.len() && is_url(byte(bytes, end)) {
        end += 1;
    }
    while !text.is_char_boundary(end) {
        end += 1;
    }
    let inside = bytes.get(from..end).unwrap_or_default();
    let surplus = |open: u8, close: u8| {
        let count = |wanted: u8| inside.iter().filter(|byte| **byte == wanted).count();
        count(close).saturating_sub(count(open))
    };
    let (mut round, mut square) = (surplus(b'(', b')'), surplus(b'[', b']'));
    while end > from {
        match before(bytes, end) {
            b'.' | b',' | b';' | b':' | b'!' | b'?' | b'\'' | b'*' => {}
            b')' if round > 0 => round -= 1,
            b']' if square > 0 => square -= 1,
            _ => break,
        }
        end -= 1;
    }
    end
}

/// Path segments after which a secret stands.
const BEFORE_SECRETS: &[&str] = &[
    "reset",
    "token",
    "tokens",
    "invite",
    "invitation",
    "verify",
    "verification",
    "confirm",
    "confirmation",
    "auth",
    "login",
    "magic",
    "unsubscribe",
    "share",
    "shared",
    "activate",
    "activation",
    "session",
    "sessions",
    "secret",
    "key",
    "password",
    "reset-password",
    "password-reset",
    "callback",
    "otp",
    "signup",
    "join",
    "access",
    "download",
];

/// Whether a segment of a path, behind this other, looks like a secret or an id of somebody's.
pub(in crate::core::mask) fn secret_looking(previous: &str, segment: &str) -> bool {
    if segment.len() < 6 {
        return false;
    }
    let bytes = segment.as_bytes();
    let led = BEFORE_SECRETS.iter().any(|word| previous.eq_ignore_ascii_case(word));
    let digits = bytes.iter().filter(|byte| byte.is_ascii_digit()).count();
    if led && (digits > 0 || is_mixed(bytes) || segment.len() >= 16) {
        return true;
    }
    if digits >= 8 && digits * 2 >= segment.len() || is_uuid(bytes) {
        return true;
    }
    segment.split(['-', '_', '.', '~', ':', '=', ',']).any(|piece| random_looking(piece.as_bytes()))
}

fn is_uuid(bytes: &[u8]) -> bool {
    bytes.len() == 36
        && bytes.iter().enumerate().all(|(place, byte)| match place {
            8 | 13 | 18 | 23 => *byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

/// A capital after a small letter, somewhere within, more often than names of things have it.
fn is_mixed(bytes: &[u8]) -> bool {
    let pairs = bytes.iter().zip(bytes.iter().skip(1));
    pairs.filter(|(a, b)| a.is_ascii_lowercase() && b.is_ascii_uppercase()).count() >= 2
}

/// Letters and digits that take turns, or capitals and small letters that do.
fn random_looking(piece: &[u8]) -> bool {
    let turns = piece.iter().zip(piece.iter().skip(1)).filter(|(a, b)| kind(**a) != kind(**b)).count();
    let digits = piece.iter().filter(|byte| byte.is_ascii_digit()).count();
    let hex = piece.iter().all(u8::is_ascii_hexdigit);
    match piece.len() {
        0..8 => false,
        8..10 => digits >= 2 && turns >= 4 || hex && digits >= 2 && turns >= 3,
        10..16 => (digits >= 2 && turns >= 3) || turns >= 6 || (hex && digits >= 2),
        16..24 => (digits >= 2 && turns >= 2) || turns >= 5 || hex,
        _ => digits >= 1 || turns >= 4 || piece.len() >= 32,
    }
}

fn kind(byte: u8) -> u8 {
    match byte {
        b'0'..=b'9' => 0,
        b'A'..=b'Z' => 1,
        _ => 2,
    }
}
