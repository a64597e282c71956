//! What stands behind `password:` and the like, in the languages of those who write to a service.

use super::{Hits, before, byte, is_word};
use crate::core::mask::kind::Kind;

/// The longest word that can hold one of the literals, and the longest value.
const MAX_WORD: usize = 40;
/// Of `Bearer` and `Basic` without their capital or small first letter.
const HEADLESS: [&str; 2] = ["earer ", "asic "];
const MAX_VALUE: usize = 256;

/// Words that stand between the name and the value without being either.
const LINKS: &[&str] =
    &["is", "ist", "lautet", "was", "war", "est", "es", "è", "é", "jest", "=", ":", "->", "=>", "to"];
/// Words that follow `password` in a sentence that holds none.
const PLAIN: &[&str] = &[
    "reset",
    "is",
    "was",
    "the",
    "a",
    "an",
    "my",
    "your",
    "for",
    "and",
    "or",
    "not",
    "to",
    "please",
    "i",
    "we",
    "you",
    "it",
    "this",
    "that",
    "field",
    "change",
    "changed",
    "required",
    "wrong",
    "invalid",
    "incorrect",
    "expired",
    "forgotten",
    "forgot",
    "policy",
    "manager",
    "protected",
    "link",
    "page",
    "email",
    "here",
    "again",
    "never",
    "still",
    "no",
    "none",
    "help",
    "does",
    "doesn't",
    "don't",
    "can't",
    "cannot",
    "will",
    "would",
    "should",
    "must",
    "has",
    "have",
    "correct",
    "working",
    "secure",
    "safe",
    "too",
    "very",
    "of",
    "on",
    "in",
    "at",
    "with",
    "from",
    "but",
    "so",
    "if",
    "when",
    "what",
    "how",
    "why",
    "where",
    "null",
    "undefined",
    "empty",
    "missing",
    "falsch",
    "nicht",
    "vergessen",
    "ungültig",
    "bitte",
    "zurücksetzen",
    "abgelaufen",
    "oublié",
    "incorrecto",
    "recovery",
    "strength",
    "length",
    "being",
    "now",
    "always",
    "sometimes",
    "weak",
    "strong",
    "long",
    "short",
    "old",
    "new",
    "ok",
    "okay",
    "fine",
    "blank",
    "limit",
    "limits",
    "usage",
    "count",
    "counts",
    "used",
    "per",
    "based",
    "sent",
    "santa",
    "sauce",
    "menu",
    "ingredient",
    "service",
    "agent",
];

/// Looks at the word around the literal from `start` to `end`.
pub(super) fn find(text: &str, start: usize, end: usize, hits: &mut Hits) {
    let bytes = text.as_bytes();
    let closed = !is_word(before(bytes, end));
    // A name with its sign is no end of a longer word, but for those that lack their first letter.
    let lacking = text.get(start..end).is_some_and(|literal| HEADLESS.contains(&literal));
    if closed && !lacking && is_word(before(bytes, start)) {
        return;
    }
    let word_end = if closed { end - 1 } else { word_end(text, end) };
    let Some(link) = link(text, word_end) else { return };
    let value = value(text, link.value);
    if value.is_empty() {
        return;
    }
    let found = text.get(value.clone()).unwrap_or_default();
    let strict = !link.explicit || is_token_word(bytes, start, end);
    if is_value(found, link.explicit, strict) {
        hits.push(value, Kind::Password);
    }
}

/// The end of the word, of what its name goes on with, and of the quote that closes it.
fn word_end(text: &str, from: usize) -> usize {
    let rest = text.get(from..).unwrap_or_default();
    let goes_on = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
    let length: usize = rest.chars().take(MAX_WORD).take_while(|c| goes_on(*c)).map(char::len_utf8).sum();
    from + length
}

/// `token` and `secret` are words of everyday talk, so that their values must look like ones.
fn is_token_word(bytes: &[u8], start: usize, end: usize) -> bool {
    let literal = bytes.get(start..end).unwrap_or_default();
    literal.eq_ignore_ascii_case(b"oken")
        || literal.eq_ignore_ascii_case(b"ecret")
        || literal.eq_ignore_ascii_case(b"earer ")
        || literal.eq_ignore_ascii_case(b"asic ")
}

/// Where the value begins, and whether `:` or `=` says that it is one.
struct Link {
    value: usize,
    explicit: bool,
}

/// What links the name that ends at `at` with a value.
fn link(text: &str, at: usize) -> Option<Link> {
    let bytes = text.as_bytes();
    let mut at = at;
    if matches!(byte(bytes, at), b'"' | b'\'' | b'`' | b']' | b')') {
        at += 1;
    }
    let (mut explicit, mut linked) = (false, false);
    for _ in 0..3 {
        at = skip_blanks(bytes, at);
        let rest = text.get(at..)?;
        let found = LINKS.iter().filter(|link| starts_with_word(rest, link)).max_by_key(|link| link.len());
        let Some(found) = found else { break };
        linked = true;
        explicit |= !found.starts_with(char::is_alphabetic);
        at += found.len();
        if rest.starts_with('：') {
            break;
        }
    }
    explicit &= linked;
    Some(Link { value: skip_blanks(bytes, at), explicit })
}

fn skip_blanks(bytes: &[u8], at: usize) -> usize {
    let rest = bytes.get(at..).unwrap_or_default();
    at + rest.iter().take(4).take_while(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r')).count()
}

fn starts_with_word(text: &str, word: &str) -> bool {
    let Some(start) = text.get(..word.len()) else { return false };
    let after = text.as_bytes().get(word.len()).copied().unwrap_or_default();
    start.eq_ignore_ascii_case(word) && !(word.starts_with(char::is_alphabetic) && is_word(after))
}

/// The value that begins at `at`: what the quotes hold, or all up to a blank.
fn value(text: &str, at: usize) -> std::ops::Range<usize> {
    let bytes = text.as_bytes();
    let quote = byte(bytes, at);
    if matches!(quote, b'"' | b'\'' | b'`') {
        let inner = bytes.get(at + 1..).unwrap_or_default();
        let close = inner.iter().take(MAX_VALUE).position(|byte| *byte == quote || *byte == b'\n');
        if let Some(close) = close.filter(|close| byte(inner, *close) == quote) {
            return at + 1..at + 1 + close;
        }
    }
    let rest = bytes.get(at..).unwrap_or_default();
    let most = rest
        .iter()
        .take(MAX_VALUE)
        .take_while(|b| !b.is_ascii_whitespace() && !matches!(b, b'"' | b'<' | b'>'))
        .count();
    let mut end = at + most;
    while !text.is_char_boundary(end) {
        end += 1;
    }
    while end > at && matches!(before(bytes, end), b'.' | b',' | b';' | b')' | b'\'' | b'`' | b'}' | b']') {
        end -= 1;
    }
    at..end
}

/// Whether what follows is a secret, and not the rest of a sentence.
fn is_value(found: &str, explicit: bool, strict: bool) -> bool {
    let characters = found.chars().count();
    let plain = PLAIN.iter().any(|word| found.eq_ignore_ascii_case(word.trim_end_matches('\'')));
    if plain || characters < 3 || found.starts_with('[') {
        return false;
    }
    let digits = found.chars().filter(char::is_ascii_digit).count();
    let signs =
        found.chars().filter(|c| !c.is_alphanumeric() && !matches!(c, '-' | '\'' | '’' | '/' | '?')).count();
    let capitals = found.chars().skip(1).filter(|c| c.is_uppercase()).count();
    let telling = digits > 0 || signs > 0 || (capitals > 0 && capitals + 1 < characters);
    match (explicit, strict) {
        (true, false) => true,
        (true, true) => telling && characters >= 6,
        (false, _) => telling && characters >= 4,
    }
}
