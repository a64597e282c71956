//! Strings: finding their end, and undoing their escapes.
//! A lone surrogate is valid in JSON and in Python but not in Rust, so such a text is kept as bytes.

use super::error::{Fault, JsonError};
use super::scan::plain_end;

/// The text of a string or key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Text<'a> {
    Str(&'a str),
    /// With a lone surrogate: UTF-8 in which each lone surrogate takes three bytes, as Python's
    /// `surrogatepass` writes it.
    Surrogates(&'a [u8]),
}

impl<'a> Text<'a> {
    /// The text, unless it holds a lone surrogate.
    #[inline]
    pub fn as_str(self) -> Option<&'a str> {
        match self {
            Self::Str(text) => Some(text),
            Self::Surrogates(_) => None,
        }
    }

    #[inline]
    pub fn as_bytes(self) -> &'a [u8] {
        match self {
            Self::Str(text) => text.as_bytes(),
            Self::Surrogates(bytes) => bytes,
        }
    }
}

/// Where the texts of strings with escapes are gathered.
#[derive(Default)]
pub(super) struct Unescaped {
    pub(super) text: String,
    pub(super) surrogates: Vec<u8>,
}

/// Where the text of one string went.
pub(super) enum Place {
    Text { start: usize },
    Surrogates { start: usize },
}

impl Unescaped {
    /// Reads the rest of a string from its first backslash on and gathers its text. Returns the
    /// position of its closing quote and where the text went.
    pub(super) fn read(
        &mut self,
        source: &str,
        start: usize,
        backslash: usize,
    ) -> Result<(usize, Place), JsonError> {
        let mut place = Place::Text { start: self.text.len() };
        let (mut copied, mut at) = (start, backslash);
        loop {
            self.reserve(&place, at - copied + 4).map_err(|()| JsonError::new(Fault::Memory, at))?;
            self.push(&place, source.get(copied..at).unwrap_or_default());
            match source.as_bytes().get(at) {
                Some(b'"') => return Ok((at, place)),
                Some(b'\\') => {}
                Some(_) => return Err(JsonError::new(Fault::ControlCharacter, at)),
                None => return Err(JsonError::new(Fault::Truncated, at)),
            }
            let (escape, end) = read_escape(source.as_bytes(), at)?;
            match escape {
                Escape::Char(character) => self.push(&place, character.encode_utf8(&mut [0; 4])),
                Escape::Lone(unit) => place = self.push_lone(place, unit),
            }
            copied = end;
            at = plain_end(source.as_bytes(), end);
        }
    }

    /// Makes room for so many bytes.
    fn reserve(&mut self, place: &Place, more: usize) -> Result<(), ()> {
        let room = match place {
            Place::Text { .. } => self.text.try_reserve(more),
            Place::Surrogates { .. } => self.surrogates.try_reserve(more),
        };
        room.map_err(drop)
    }

    fn push(&mut self, place: &Place, text: &str) {
        match place {
            Place::Text { .. } => self.text.push_str(text),
            Place::Surrogates { .. } => self.surrogates.extend_from_slice(text.as_bytes()),
        }
    }

    /// Adds a lone surrogate; the first one of a string moves what was gathered of it over.
    fn push_lone(&mut self, place: Place, unit: u16) -> Place {
        let place = match place {
            Place::Text { start } => {
                let moved = self.surrogates.len();
                self.surrogates.extend_from_slice(self.text.as_bytes().get(start..).unwrap_or_default());
                self.text.truncate(start);
                Place::Surrogates { start: moved }
            }
            already @ Place::Surrogates { .. } => already,
        };
        let [high, low] = unit.to_be_bytes();
        self.surrogates.extend_from_slice(&[
            0xE0 | (high >> 4),
            0x80 | ((high & 0x0F) << 2) | (low >> 6),
            0x80 | (low & 0x3F),
        ]);
        place
    }
}

enum Escape {
    Char(char),
    /// One half of a surrogate pair, without the other.
    Lone(u16),
}

/// Reads the escape whose backslash is at `at`; returns it and the position after it.
fn read_escape(bytes: &[u8], at: usize) -> Result<(Escape, usize), JsonError> {
    let fault = |fault| Err(JsonError::new(fault, at));
    let character = match bytes.get(at + 1) {
        Some(b'"') => '"',
        Some(b'\\') => '\\',
        Some(b'/') => '/',
        Some(b'b') => '\u{8}',
        Some(b'f') => '\u{c}',
        Some(b'n') => '\n',
        Some(b'r') => '\r',
        Some(b't') => '\t',
        Some(b'u') => return read_unicode_escape(bytes, at),
        Some(_) => return fault(Fault::Escape),
        None => return fault(Fault::Truncated),
    };
    Ok((Escape::Char(character), at + 2))
}

/// Reads `\uXXXX`, and the second half of a pair with the first.
fn read_unicode_escape(bytes: &[u8], at: usize) -> Result<(Escape, usize), JsonError> {
    let Some(first) = code_unit(bytes, at) else {
        let missing = bytes.len() < at + 6 && bytes.iter().skip(at + 2).all(u8::is_ascii_hexdigit);
        return Err(JsonError::new(if missing { Fault::Truncated } else { Fault::Escape }, at));
    };
    if let Some(character) = char::from_u32(u32::from(first)) {
        return Ok((Escape::Char(character), at + 6));
    }
    let pair = [first, code_unit(bytes, at + 6).unwrap_or_default()];
    match char::decode_utf16(pair).next() {
        Some(Ok(character)) => Ok((Escape::Char(character), at + 12)),
        _ => Ok((Escape::Lone(first), at + 6)),
    }
}

/// The number in the `\uXXXX` at `at`, if one stands there.
fn code_unit(bytes: &[u8], at: usize) -> Option<u16> {
    let digits = bytes.get(at..at + 6)?.strip_prefix(b"\\u")?;
    digits.iter().try_fold(0, |unit, digit| {
        let digit = char::from(*digit).to_digit(16)?;
        Some((unit << 4) | u16::try_from(digit).ok()?)
    })
}
