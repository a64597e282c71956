//! Bank account numbers: a country, its length, and the remainder of 97.

use std::ops::Range;

use super::{before, byte};

/// The countries of the registry, sorted, and the length of their numbers.
const COUNTRIES: [(&[u8; 2], usize); 89] = [
    (b"AD", 24),
    (b"AE", 23),
    (b"AL", 28),
    (b"AT", 20),
    (b"AZ", 28),
    (b"BA", 20),
    (b"BE", 16),
    (b"BG", 22),
    (b"BH", 22),
    (b"BI", 27),
    (b"BR", 29),
    (b"BY", 28),
    (b"CH", 21),
    (b"CR", 22),
    (b"CY", 28),
    (b"CZ", 24),
    (b"DE", 22),
    (b"DJ", 27),
    (b"DK", 18),
    (b"DO", 28),
    (b"EE", 20),
    (b"EG", 29),
    (b"ES", 24),
    (b"FI", 18),
    (b"FK", 18),
    (b"FO", 18),
    (b"FR", 27),
    (b"GB", 22),
    (b"GE", 22),
    (b"GI", 23),
    (b"GL", 18),
    (b"GR", 27),
    (b"GT", 28),
    (b"HN", 28),
    (b"HR", 21),
    (b"HU", 28),
    (b"IE", 22),
    (b"IL", 23),
    (b"IQ", 23),
    (b"IS", 26),
    (b"IT", 27),
    (b"JO", 30),
    (b"KW", 30),
    (b"KZ", 20),
    (b"LB", 28),
    (b"LC", 32),
    (b"LI", 21),
    (b"LT", 20),
    (b"LU", 20),
    (b"LV", 21),
    (b"LY", 25),
    (b"MC", 27),
    (b"MD", 24),
    (b"ME", 22),
    (b"MK", 19),
    (b"MN", 20),
    (b"MR", 27),
    (b"MT", 31),
    (b"MU", 30),
    (b"NI", 28),
    (b"NL", 18),
    (b"NO", 15),
    (b"OM", 23),
    (b"PK", 24),
    (b"PL", 28),
    (b"PS", 29),
    (b"PT", 25),
    (b"QA", 29),
    (b"RO", 24),
    (b"RS", 22),
    (b"RU", 33),
    (b"SA", 24),
    (b"SC", 31),
    (b"SD", 18),
    (b"SE", 24),
    (b"SI", 19),
    (b"SK", 24),
    (b"SM", 27),
    (b"SO", 23),
    (b"ST", 25),
    (b"SV", 28),
    (b"TL", 23),
    (b"TN", 24),
    (b"TR", 26),
    (b"UA", 29),
    (b"VA", 22),
    (b"VG", 24),
    (b"XK", 20),
    (b"YE", 30),
];

/// The most that stands between two letters of one number.
const MAX_GAP: usize = 2;

/// A number whose check digits begin at `digits`, its country right before them or before a gap.
pub(super) fn find(bytes: &[u8], digits: usize) -> Option<Range<usize>> {
    let previous = before(bytes, digits);
    let letters_end = if previous.is_ascii_alphabetic() {
        digits
    } else if is_gap(previous) && digits > 0 {
        digits - 1
    } else {
        return None;
    };
    let start = letters_end.checked_sub(2)?;
    if before(bytes, start).is_ascii_alphanumeric() {
        return None;
    }
    let country = bytes.get(start..letters_end)?;
    let country = [byte(country, 0).to_ascii_uppercase(), byte(country, 1).to_ascii_uppercase()];
    let place = COUNTRIES.binary_search_by(|(known, _)| known.as_slice().cmp(&country)).ok()?;
    let length = COUNTRIES.get(place)?.1;
    let end = checked(bytes, start, length)?;
    Some(start..end)
}

fn is_gap(byte: u8) -> bool {
    matches!(byte, b' ' | b'-' | b'.' | b'_' | b'/' | b'\t' | b'\n' | b':')
}

/// The end of a number of so many letters and digits that begins at `start`, if its check digits are right.
fn checked(bytes: &[u8], start: usize, length: usize) -> Option<usize> {
    let mut letters = [0_u8; 34];
    let (mut held, mut digits, mut gap, mut at) = (0, 0, 0, start);
    while held < length {
        let letter = byte(bytes, at);
        if letter.is_ascii_alphanumeric() {
            *letters.get_mut(held)? = letter.to_ascii_uppercase();
            digits += usize::from(letter.is_ascii_digit());
            (held, gap) = (held + 1, 0);
        } else if is_gap(letter) && gap < MAX_GAP {
            gap += 1;
        } else {
            return None;
        }
        at += 1;
        // Words with a number among them are no account.
        if held == 4 && digits != 2 {
            return None;
        }
    }
    let alone = !byte(bytes, at).is_ascii_alphanumeric();
    let number = letters.get(..length)?;
    (alone && digits * 2 >= length && remainder(number) == 1).then_some(at)
}

/// The remainder of 97, the first four moved to the end, letters as 10 to 35.
fn remainder(number: &[u8]) -> u32 {
    let moved = number.iter().skip(4).chain(number.iter().take(4));
    moved.fold(0, |rest, letter| match letter {
        b'0'..=b'9' => (rest * 10 + u32::from(letter - b'0')) % 97,
        _ => (rest * 100 + u32::from(letter - b'A') + 10) % 97,
    })
}
