//! Numbers: their grammar, and which of them are floats as Python reads them.

use super::MAX_INTEGER_DIGITS;
use super::error::{Fault, JsonError};

/// Where a number ends, and whether it is a float.
pub(super) struct Number {
    pub(super) end: usize,
    pub(super) float: bool,
}

/// Reads the number that starts at `start` with a minus sign or a digit.
#[inline]
pub(super) fn read(bytes: &[u8], start: usize) -> Result<Number, JsonError> {
    let first = if bytes.get(start) == Some(&b'-') { start + 1 } else { start };
    let mut end = integer_end(bytes, first)?;
    let (digits, mut float) = (end - first, false);
    if bytes.get(end) == Some(&b'.') {
        (end, float) = (digits_end(bytes, end + 1)?, true);
    }
    if let Some(b'e' | b'E') = bytes.get(end) {
        let signed = matches!(bytes.get(end + 1), Some(b'+' | b'-'));
        (end, float) = (digits_end(bytes, end + 1 + usize::from(signed))?, true);
    }
    if !float && digits > MAX_INTEGER_DIGITS {
        return Err(JsonError::new(Fault::IntegerTooLong, start));
    }
    Ok(Number { end, float })
}

/// The end of the integer part: one zero, or digits that do not start with one.
#[inline]
fn integer_end(bytes: &[u8], start: usize) -> Result<usize, JsonError> {
    match bytes.get(start) {
        Some(b'0') if bytes.get(start + 1).is_some_and(u8::is_ascii_digit) => {
            Err(JsonError::new(Fault::Number, start))
        }
        Some(b'0') => Ok(start + 1),
        Some(b'I') => Err(JsonError::new(Fault::NotFinite, start)),
        _ => digits_end(bytes, start),
    }
}

/// The end of one digit or more.
#[inline]
fn digits_end(bytes: &[u8], start: usize) -> Result<usize, JsonError> {
    let mut end = start;
    while bytes.get(end).is_some_and(u8::is_ascii_digit) {
        end += 1;
    }
    match bytes.get(end) {
        _ if end > start => Ok(end),
        Some(_) => Err(JsonError::new(Fault::Number, end)),
        None => Err(JsonError::new(Fault::Truncated, end)),
    }
}
