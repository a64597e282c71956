//! One spelling for a text: what can be written in several ways is brought to the way that the
//! verifiers read. Each byte of it remembers where in the text it came from.
//!
//! Undone are full-width and other compatibility letters, digits of other scripts, typographic blanks
//! and hyphens, characters that are not seen, `%40`, `\u0040` and `&#64;`. Letters with accents and of
//! other scripts stay as they are.

use std::ops::Range;

use icu_normalizer::DecomposingNormalizerBorrowed;

/// A text in one spelling.
#[derive(Debug, Default)]
pub(in crate::core::mask) struct Canon {
    text: String,
    /// For each byte of the text where the character it came from begins.
    starts: Vec<u32>,
    source_length: usize,
    same: bool,
}

/// Stands for a `%20`, which parts words as a blank does, but does not end a URL.
pub(in crate::core::mask) const ESCAPED_BLANK: char = '\u{1f}';
/// An escape within an escape is undone so many times.
const MAX_LAYERS: usize = 4;

impl Canon {
    /// Reads a text.
    pub(in crate::core::mask) fn read(&mut self, source: &str) {
        self.source_length = source.len();
        let Some(first) = first_change(source) else {
            self.same = true;
            return;
        };
        self.same = false;
        self.text.clear();
        self.starts.clear();
        self.push_str(source.get(..first).unwrap_or_default(), 0);
        let mut at = first;
        while let Some((character, length)) = next(source, at) {
            self.push(source, character, at, length);
            at += length;
        }
    }

    /// What was read last, which is given here again.
    pub(in crate::core::mask) fn text<'t>(&'t self, source: &'t str) -> &'t str {
        if self.same { source } else { &self.text }
    }

    /// The place in the source of a place in the one spelling.
    pub(in crate::core::mask) fn source_range(&self, range: &Range<usize>) -> Range<usize> {
        if self.same {
            return range.clone();
        }
        let place = |at: usize| self.starts.get(at).map_or(self.source_length, |start| *start as usize);
        place(range.start)..place(range.end)
    }

    fn push_str(&mut self, text: &str, from: usize) {
        self.text.push_str(text);
        self.starts.extend((from..from + text.len()).map(narrow));
    }

    fn push(&mut self, source: &str, character: char, at: usize, length: usize) {
        let next = || source.get(at + length..).and_then(|rest| rest.chars().next());
        let before = self.text.len();
        match fold(character) {
            Fold::Gone => {}
            Fold::Char(other) => self.text.push(other),
            Fold::FullStop if next().is_some_and(|c| c.is_ascii_alphanumeric()) => self.text.push('.'),
            Fold::Same | Fold::FullStop => self.text.push(character),
            Fold::Compatible => push_compatible(character, &mut self.text),
        }
        self.starts.resize(self.starts.len() + self.text.len() - before, narrow(at));
    }
}

/// A text of the core is shorter than four gigabytes: its JSON was.
fn narrow(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

enum Fold {
    Same,
    Gone,
    Char(char),
    /// A full stop of East Asia, which is a dot only where a name goes on.
    FullStop,
    Compatible,
}

/// What a character is brought to.
#[inline]
fn fold(character: char) -> Fold {
    if character < '\u{a0}' {
        return Fold::Same;
    }
    match character {
        '\u{ad}'
        | '\u{34f}'
        | '\u{61c}'
        | '\u{115f}'
        | '\u{1160}'
        | '\u{17b4}'
        | '\u{17b5}'
        | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{3164}'
        | '\u{fe00}'..='\u{fe0f}'
        | '\u{feff}'
        | '\u{ffa0}'
        | '\u{e0000}'..='\u{e0fff}' => Fold::Gone,
        '\u{a0}'
        | '\u{1680}'
        | '\u{2000}'..='\u{200a}'
        | '\u{2028}'
        | '\u{2029}'
        | '\u{202f}'
        | '\u{205f}'
        | '\u{3000}' => Fold::Char(' '),
        '\u{2010}'..='\u{2015}'
        | '\u{2212}'
        | '\u{2022}'
        | '\u{2043}'
        | '\u{fe58}'
        | '\u{fe63}'
        | '\u{ff0d}' => Fold::Char('-'),
        '\u{b7}' | '\u{2024}' => Fold::Char('.'),
        '\u{3002}' | '\u{ff61}' => Fold::FullStop,
        '\u{b2}'
        | '\u{b3}'
        | '\u{b9}'
        | '\u{2030}'..='\u{218f}'
        | '\u{2460}'..='\u{24ff}'
        | '\u{fb00}'..='\u{fb06}'
        | '\u{fe30}'..='\u{fe6f}'
        | '\u{ff01}'..='\u{ff5e}'
        | '\u{1d400}'..='\u{1d7ff}'
        | '\u{1f100}'..='\u{1f1ff}' => Fold::Compatible,
        _ => digit(character).map_or(Fold::Same, Fold::Char),
    }
}

/// The zeros of the scripts whose digits stand in a row.
const ZEROS: [u32; 24] = [
    0x660, 0x6f0, 0x7c0, 0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6, 0xc66, 0xce6, 0xd66, 0xde6, 0xe50, 0xed0,
    0xf20, 0x1040, 0x1090, 0x17e0, 0x1810, 0x1946, 0x19d0, 0x1b50, 0xff10,
];

/// A digit of another script as the ASCII one.
fn digit(character: char) -> Option<char> {
    let code = u32::from(character);
    if !(0x660..0x1c00).contains(&code) {
        return None;
    }
    let value = ZEROS.iter().find_map(|zero| code.checked_sub(*zero).filter(|value| *value < 10))?;
    char::from_digit(value, 10)
}

/// What a character stands for, where that is ASCII; itself otherwise.
fn push_compatible(character: char, out: &mut String) {
    let start = out.len();
    out.extend(DecomposingNormalizerBorrowed::new_nfkd().normalize_iter(std::iter::once(character)));
    if !out.get(start..).unwrap_or_default().is_ascii() {
        out.truncate(start);
        out.push(character);
    }
}

/// Bytes that are looked at together.
const WIDTH: usize = 16;

/// The first byte of the letters from `À` to `ÿ`.
const LATIN: u8 = 0xc3;

/// A one for a byte with which something may begin that is brought to something else: the letters of Western
/// Europe stay as they are, and what begins below 0xc0 goes on with a character that was looked at. No branches:
/// sixteen are looked at together.
#[inline]
fn may_change(byte: u8) -> u8 {
    u8::from(byte >= 0xc2) & u8::from(byte != LATIN)
        | u8::from(byte == b'%')
        | u8::from(byte == b'\\')
        | u8::from(byte == b'&')
}

/// Where the first character stands that is brought to something else.
fn first_change(source: &str) -> Option<usize> {
    let bytes = source.as_bytes();
    let mut at = 0;
    loop {
        while let Some(chunk) = bytes.get(at..).and_then(|rest| rest.first_chunk::<WIDTH>()) {
            if chunk.iter().fold(0, |any, byte| any | may_change(*byte)) != 0 {
                break;
            }
            at += WIDTH;
        }
        let rest = bytes.get(at..)?;
        at += rest.iter().position(|byte| may_change(*byte) != 0)?;
        let (character, length) = next(source, at)?;
        let escaped = super::byte(bytes, at) < 0x80 && length > 1;
        if escaped || !matches!(fold(character), Fold::Same) {
            return Some(at);
        }
        at += length;
    }
}

/// The character at a place, an escape undone, and how much of the source it takes.
fn next(source: &str, at: usize) -> Option<(char, usize)> {
    let rest = source.get(at..)?;
    let first = rest.chars().next()?;
    let escape = match first {
        '%' => percent(rest.as_bytes()),
        '\\' => unicode(rest),
        '&' => entity(rest),
        _ => None,
    };
    Some(escape.unwrap_or((first, first.len_utf8())))
}

/// `%40`, `%2540`, `%C3%BC`.
fn percent(rest: &[u8]) -> Option<(char, usize)> {
    let (first, mut taken) = percent_byte(rest)?;
    let mut bytes = [first, 0, 0, 0];
    let length = match first {
        0x20..0x80 => 1,
        0xc2..0xe0 => 2,
        0xe0..0xf0 => 3,
        0xf0..0xf5 => 4,
        _ => return None,
    };
    for place in bytes.iter_mut().take(length).skip(1) {
        let (byte, length) = percent_byte(rest.get(taken..)?)?;
        (*place, taken) = (byte, taken + length);
    }
    if first == b' ' {
        return Some((ESCAPED_BLANK, taken));
    }
    let text = std::str::from_utf8(bytes.get(..length)?).ok()?;
    Some((text.chars().next()?, taken))
}

/// One byte, however often its percent sign was escaped again.
fn percent_byte(rest: &[u8]) -> Option<(u8, usize)> {
    let mut taken = 1;
    if super::byte(rest, 0) != b'%' {
        return None;
    }
    for _ in 0..MAX_LAYERS {
        let byte = hex(rest.get(taken..taken + 2)?)?;
        taken += 2;
        if byte != b'%' || rest.get(taken..taken + 2).and_then(hex).is_none() {
            return Some((byte, taken));
        }
    }
    None
}

fn hex(digits: &[u8]) -> Option<u8> {
    let digit = |place| char::from(super::byte(digits, place)).to_digit(16);
    u8::try_from(digit(0)? * 16 + digit(1)?).ok()
}

/// `\u0040`, as in JSON within a text, and pairs of surrogates.
fn unicode(rest: &str) -> Option<(char, usize)> {
    let slashes = rest.bytes().take(MAX_LAYERS).take_while(|byte| *byte == b'\\').count();
    let unit = |from: usize| u16::from_str_radix(rest.get(from..from + 4)?, 16).ok();
    if super::byte(rest.as_bytes(), slashes) != b'u' {
        return None;
    }
    let first = unit(slashes + 1)?;
    if let Some(character) = char::from_u32(u32::from(first)) {
        return Some((character, slashes + 5));
    }
    let second = rest.get(slashes + 5..)?.trim_start_matches('\\');
    let low = u16::from_str_radix(second.strip_prefix('u')?.get(..4)?, 16).ok()?;
    let taken = rest.len() - second.len() + 5;
    let character = char::decode_utf16([first, low]).next()?.ok()?;
    Some((character, taken))
}

/// `&#64;`, `&#x40;`, and the names of what e-mail addresses are made of.
fn entity(rest: &str) -> Option<(char, usize)> {
    let end = rest.bytes().take(12).position(|byte| byte == b';')?;
    let name = rest.get(1..end)?;
    let character = match name {
        "commat" => '@',
        "period" => '.',
        "nbsp" => ' ',
        "plus" => '+',
        "shy" | "zwnj" | "zwj" => '\u{200b}',
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(digits) => u32::from_str_radix(digits, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(code)?
        }
    };
    Some((character, end + 1))
}
