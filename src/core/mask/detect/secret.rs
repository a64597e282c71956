//! Secrets by what they begin with, and the words that say that one follows.
//! One pass finds the literals (`literals`); each is then looked at closely.

use std::ops::Range;

use super::literals::{LITERALS, PAIRS, Rule};
use super::{Hits, before, byte, password};
use crate::core::mask::kind::Kind;

/// A longer token is none of those that have a beginning of their own.
const MAX_TOKEN: usize = 512;

/// Looks for all of them.
pub(super) fn find(text: &str, hits: &mut Hits) {
    // Shorter than any token, and without a sign that could part a password from its name.
    let linked = |byte: u8| matches!(byte, b':' | b'=' | b' ' | b'>') || byte >= 0x80;
    if text.len() < 16 && !text.bytes().any(linked) {
        return;
    }
    let mut words = Vec::new();
    PAIRS.each(text.as_bytes(), |start, literal| {
        if LITERALS.get(literal).is_some_and(|(_, rule)| matches!(rule, Rule::Word)) {
            words.push((start, literal));
        } else {
            look(text, start, literal, hits);
        }
    });
    // What a secret tells by itself is that secret, whatever word stands before it.
    for (start, literal) in words {
        look(text, start, literal, hits);
    }
}

/// Looks closely at the literal at `start`.
fn look(text: &str, start: usize, literal: usize, hits: &mut Hits) {
    let Some((literal, rule)) = LITERALS.get(literal) else { return };
    // What lies within a secret is a part of it.
    if hits.reaches(start) {
        return;
    }
    let (bytes, end) = (text.as_bytes(), start + literal.len());
    match *rule {
        Rule::Token(least) => {
            let end = token_end(bytes, end);
            let body = bytes.get(start..end).unwrap_or_default();
            if end - start >= least && !is_joined(before(bytes, start)) && looks_random(body) {
                hits.push(start..end, Kind::Secret);
            }
        }
        Rule::Jwt => {
            if let Some(range) = jwt(bytes, start) {
                hits.push(range, Kind::Jwt);
            }
        }
        Rule::Pem => {
            if let Some(range) = pem(text, start) {
                hits.push(range, Kind::Pem);
            }
        }
        Rule::Assigned => {
            let value = bytes.get(end..).unwrap_or_default();
            let length = value
                .iter()
                .take(4_096)
                .take_while(|b| !b.is_ascii_whitespace() && !matches!(b, b';' | b'"' | b'\''))
                .count();
            if length >= 8 {
                hits.push(end..end + length, Kind::Secret);
            }
        }
        Rule::Word => password::find(text, start, end, hits),
    }
}

fn is_joined(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// Letters of tokens; a full stop at the end is the sentence's.
fn token_end(bytes: &[u8], from: usize) -> usize {
    let rest = bytes.get(from..).unwrap_or_default();
    let fits =
        |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'+' | b'/' | b'=');
    let mut length = rest.iter().take(MAX_TOKEN).take_while(fits).count();
    while length > 0 && matches!(byte(rest, length - 1), b'.' | b'-' | b'/') {
        length -= 1;
    }
    from + length
}

/// A token has digits or capitals among its letters; a word with hyphens has neither.
fn looks_random(body: &[u8]) -> bool {
    let digits = body.iter().filter(|byte| byte.is_ascii_digit()).count();
    let capitals = body.iter().skip(4).filter(|byte| byte.is_ascii_uppercase()).count();
    digits + capitals >= 2
}

/// Three parts in base64url, with full stops between them; the last may be empty.
fn jwt(bytes: &[u8], start: usize) -> Option<Range<usize>> {
    if is_joined(before(bytes, start)) {
        return None;
    }
    let part = |from: usize| {
        let rest = bytes.get(from..).unwrap_or_default();
        let length = rest
            .iter()
            .take(64 << 10)
            .take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'='))
            .count();
        from + length
    };
    let header = part(start);
    if byte(bytes, header) != b'.' || header - start < 8 {
        // A header alone, where the rest was cut off.
        return (header - start >= 20).then_some(start..header);
    }
    let payload = part(header + 1);
    if payload - header < 4 {
        return None;
    }
    let end = if byte(bytes, payload) == b'.' { part(payload + 1) } else { payload };
    Some(start..end)
}

/// A key or certificate from its first line to its last; to the end of the text where that is missing.
fn pem(text: &str, start: usize) -> Option<Range<usize>> {
    let rest = text.get(start..)?;
    let label = rest.as_bytes().get(11..rest.len().min(80))?;
    let label_end = start + 16 + label.windows(5).position(|window| window == b"-----")?;
    let body = text.get(label_end..)?;
    let end = match body.find("-----END ") {
        Some(last) => {
            let tail = body.get(last + 9..)?;
            label_end + last + 9 + tail.find("-----").map_or(tail.len(), |stop| stop + 5)
        }
        None => text.len(),
    };
    Some(start..end)
}
