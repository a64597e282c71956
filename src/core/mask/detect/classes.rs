//! The first look at a text: the bytes at which something may stand.

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

/// Bytes that are looked at together.
const WIDTH: usize = 16;

/// All of the classes lie from `0` to `@`, and few others do.
#[inline]
fn is_near(byte: u8) -> bool {
    byte.wrapping_sub(b'0') <= b'@' - b'0'
}

fn class(byte: u8) -> Option<Class> {
    match byte {
        b'0'..=b'9' => Some(Class::Digit),
        b'@' => Some(Class::At),
        b':' => Some(Class::Colon),
        b'?' => Some(Class::Query),
        _ => None,
    }
}

/// The first byte of a class from `from` on.
#[inline]
pub(super) fn next(bytes: &[u8], from: usize) -> Option<(usize, Class)> {
    let mut at = from;
    loop {
        // As most texts are words.
        while let Some(chunk) = bytes.get(at..).and_then(|rest| rest.first_chunk::<WIDTH>()) {
            if chunk.iter().fold(false, |any, byte| any | is_near(*byte)) {
                break;
            }
            at += WIDTH;
        }
        at += bytes.get(at..)?.iter().position(|byte| is_near(*byte))?;
        if let Some(class) = class(super::byte(bytes, at)) {
            return Some((at, class));
        }
        at += 1;
    }
}
