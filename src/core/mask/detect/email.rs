//! E-mail addresses, found from their `@`.

use super::{Hits, before, byte, is_word};
use crate::core::mask::kind::Kind;

/// The longest local part, and the longest domain, that can be (in bytes; other scripts take several).
const MAX_LOCAL: usize = 128;
const MAX_DOMAIN: usize = 320;
/// The most `@` in a row that are taken for one.
const MAX_SIGNS: usize = 3;
/// Scripts that put no spaces between words begin about here.
const UNSPACED: char = '\u{2E80}';

/// Looks for an address around the `@` at `at`; returns where to look on.
pub(super) fn find(text: &str, at: usize, hits: &mut Hits) -> usize {
    let Some(end) = domain_end(text, at + 1) else { return at + 1 };
    // A slip of the pen may have written it twice.
    let signs = text.as_bytes().get(..at).unwrap_or_default().iter().rev();
    let first = at - signs.take(MAX_SIGNS).take_while(|byte| **byte == b'@').count();
    let start = local_start(text, first);
    if start == first {
        return at + 1;
    }
    hits.push(start..end, Kind::Email);
    end
}

/// The end of a domain with at least one dot, or of an address in brackets.
fn domain_end(text: &str, start: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    if byte(bytes, start) == b'[' {
        let rest = bytes.get(start..bytes.len().min(start + 64))?;
        let close = rest.iter().position(|byte| *byte == b']')?;
        let inner = rest.get(1..close)?;
        let address = inner.len() >= 3
            && inner.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b':'));
        return address.then_some(start + close + 1);
    }
    let wide = text.get(start..)?.chars().next()? >= UNSPACED;
    let (mut dots, mut label, mut end) = (0, 0, start);
    let mut accepted = None;
    for character in text.get(start..)?.chars() {
        match character {
            '.' if label > 0 => (dots, label) = (dots + 1, 0),
            '-' if label > 0 => label += 1,
            c if c.is_ascii_alphanumeric()
                || (!c.is_ascii() && c.is_alphanumeric() && (wide || c < UNSPACED)) =>
            {
                label += 1;
            }
            _ => break,
        }
        end += character.len_utf8();
        if dots > 0 && label >= 2 && character != '-' {
            accepted = Some(end);
        }
        if end - start > MAX_DOMAIN {
            break;
        }
    }
    // A top-level domain is no number: that would be a version, or a size.
    let end = accepted?;
    let top = text.get(start..end)?.rsplit('.').next()?;
    (!top.bytes().all(|byte| byte.is_ascii_digit())).then_some(end)
}

/// Where the local part begins; the `@` itself where there is none.
fn local_start(text: &str, at: usize) -> usize {
    let bytes = text.as_bytes();
    if before(bytes, at) == b'"' {
        return quoted_start(bytes, at);
    }
    let Some(head) = text.get(..at) else { return at };
    let wide = head.chars().next_back().is_some_and(|c| c >= UNSPACED);
    let mut start = at;
    for character in head.chars().rev() {
        let fits = match character {
            c if c.is_ascii_alphanumeric() => true,
            '.' | '_' | '%' | '+' | '-' | '\'' | '!' | '#' | '$' | '*' | '^' | '`' | '~' => true,
            c => !c.is_ascii() && c.is_alphanumeric() && (wide || c < UNSPACED),
        };
        if !fits || at - start > MAX_LOCAL {
            break;
        }
        start -= character.len_utf8();
    }
    // What cannot begin one belongs to the sentence.
    while start < at && !is_word(byte(bytes, start)) && !matches!(byte(bytes, start), b'_' | b'+') {
        start += 1;
    }
    start
}

/// The opening quote of `"jane doe"@`.
fn quoted_start(bytes: &[u8], at: usize) -> usize {
    let from = at.saturating_sub(MAX_LOCAL);
    let inner = bytes.get(from..at - 1).unwrap_or_default();
    let stretch = inner.iter().rposition(|byte| *byte == b'"' || *byte == b'\n');
    match stretch {
        Some(open) if byte(inner, open) == b'"' => from + open,
        _ => at,
    }
}
