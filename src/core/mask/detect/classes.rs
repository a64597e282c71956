//! The first look at a text: the bytes at which something may stand, found by a table.

/// What may begin, or stand around, a byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    /// `@`
    At,
    /// The first digit of a run.
    Digit,
    /// `:`
    Colon,
    /// `?`
    Query,
}

const AT: u8 = 1;
const DIGIT: u8 = 2;
const COLON: u8 = 4;
const QUERY: u8 = 8;

#[expect(clippy::indexing_slicing, reason = "evaluated while compiling: out of range ends the build")]
const TABLE: [u8; 256] = {
    let mut table = [0; 256];
    let mut digit = b'0';
    while digit <= b'9' {
        table[digit as usize] = DIGIT;
        digit += 1;
    }
    table[b'@' as usize] = AT;
    table[b':' as usize] = COLON;
    table[b'?' as usize] = QUERY;
    table
};

#[inline]
fn class(byte: u8) -> u8 {
    TABLE.get(usize::from(byte)).copied().unwrap_or_default()
}

/// The first byte of a class from `from` on.
#[inline]
pub(super) fn next(bytes: &[u8], from: usize) -> Option<(usize, Class)> {
    let mut at = from;
    // Eight bytes at once, as most texts are words.
    while let Some(chunk) = bytes.get(at..).and_then(|rest| rest.first_chunk::<8>()) {
        if chunk.iter().fold(0, |any, byte| any | class(*byte)) != 0 {
            break;
        }
        at += 8;
    }
    let rest = bytes.get(at..)?;
    let place = at + rest.iter().position(|byte| class(*byte) != 0)?;
    let found = match class(super::byte(bytes, place)) {
        AT => Class::At,
        DIGIT => Class::Digit,
        COLON => Class::Colon,
        _ => Class::Query,
    };
    Some((place, found))
}
