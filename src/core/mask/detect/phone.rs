//! Phone numbers: international ones always, national ones by how they are written or by the words
//! before them.

use std::ops::Range;

use super::context::{Topic, Words};
use super::number::Groups;
use super::{before, byte, is_word};

/// The longest number, its country code included.
const MAX_DIGITS: usize = 15;
const MIN_INTERNATIONAL: usize = 8;
const MIN_NATIONAL: usize = 7;

/// A phone number that the row begins with.
pub(super) fn find(row: &Groups<'_>) -> Option<Range<usize>> {
    let first = row.get(0)?;
    let start = opened(row.bytes, first.start);
    let previous = before(row.bytes, start);
    if previous == b'+' {
        return international(row, start - 1, 0).or_else(|| named(row, start));
    }
    if is_word(previous) {
        return None;
    }
    let digits = row.bytes.get(first.start..first.end)?;
    let prefixed = digits.starts_with(b"00") && first.len() != 3;
    if prefixed && let Some(range) = international(row, start, 2) {
        return Some(range);
    }
    named(row, start)
}

/// Where the number begins, an opening parenthesis before its first digit included.
fn opened(bytes: &[u8], start: usize) -> usize {
    if before(bytes, start) == b'(' { start - 1 } else { start }
}

/// A number behind `+` or `00`: a country's code, and as many digits as that country has.
fn international(row: &Groups<'_>, start: usize, prefix: usize) -> Option<Range<usize>> {
    if is_word(before(row.bytes, start)) {
        return None;
    }
    let mut code = [0_u8; 3];
    let mut held = 0;
    for (place, digit) in code.iter_mut().zip(row.digits(row.len()).skip(prefix)) {
        *place = digit;
        held += 1;
    }
    let country = country_code(code.get(..held)?)?;
    let most = most_digits(code.get(..country)?) + country + prefix;
    let (mut digits, mut end, mut groups) = (0, None, 0);
    for (place, group) in row.iter().enumerate() {
        if place > 0 && !is_gap(row.gap(place)) {
            break;
        }
        // The zero that is dialled at home only, as in +41 (0)44.
        let trunk = row.gap(place).ends_with(b"(") && row.bytes.get(group.start..group.end) == Some(b"0");
        digits += if trunk { 0 } else { group.len() };
        if digits > most {
            break;
        }
        (end, groups) = (Some((group.end, digits)), groups + 1);
    }
    let (end, digits) = end?;
    let decimal = groups == 2 && row.gap(1) == b"." && row.get(0).is_some_and(|first| first.len() <= 3);
    let alone = !is_word(byte(row.bytes, end));
    (alone && !decimal && digits >= MIN_INTERNATIONAL + prefix)
        .then_some(start..closed(row.bytes, start, end))
}

/// With the parenthesis that closes what was opened at the beginning.
fn closed(bytes: &[u8], start: usize, end: usize) -> usize {
    let inside = bytes.get(start..end).unwrap_or_default();
    let open = inside.iter().filter(|byte| **byte == b'(').count();
    let shut = inside.iter().filter(|byte| **byte == b')').count();
    if open > shut && byte(bytes, end) == b')' { end + 1 } else { end }
}

/// What may stand between the groups of a phone number.
fn is_gap(gap: &[u8]) -> bool {
    gap.len() <= 3
        && gap
            .iter()
            .all(|byte| matches!(byte, b' ' | b'-' | b'.' | b'/' | b'(' | b')' | b'\t' | b'_' | 0x1f))
}

/// A number that is told by its form, or by the words before it.
fn named(row: &Groups<'_>, start: usize) -> Option<Range<usize>> {
    let words = Words::before(row.bytes, start);
    let (phone, other) = (words.last(Topic::Phone), words.last(Topic::Other));
    let called = phone.is_some() && phone > other;
    if other.is_some() && !called {
        return None;
    }
    let count = match formatted(row, start) {
        Some(count) => count,
        None if called => any_form(row)?,
        None => return None,
    };
    let end = row.get(count - 1)?.end;
    let joined = matches!(byte(row.bytes, end), b'-' | b'_' | b'/') && is_word(byte(row.bytes, end + 1));
    (!is_word(byte(row.bytes, end)) && !joined).then(|| start..closed(row.bytes, start, end))
}

/// How many groups make a number of a form that only phone numbers have.
fn formatted(row: &Groups<'_>, start: usize) -> Option<usize> {
    let previous = before(row.bytes, start);
    let begins =
        matches!(previous, 0 | b' ' | b'\n' | b'\t' | b'(' | b',' | b';' | b':' | b'"' | b'\'' | b'=' | b'>');
    if !begins {
        return None;
    }
    american(row).or_else(|| with_trunk_zero(row))
}

/// `(212) 555-0143`, `212-555-0143`, `1.212.555.0143`.
fn american(row: &Groups<'_>) -> Option<usize> {
    let lead = usize::from(row.get(0)?.len() == 1 && row.digits(1).eq(*b"1"));
    let lengths = [3, 3, 4];
    let fits = lengths
        .iter()
        .enumerate()
        .all(|(place, length)| row.get(lead + place).is_some_and(|group| group.len() == *length));
    if !fits {
        return None;
    }
    let (area, exchange) = (row.get(lead)?, row.get(lead + 1)?);
    let given_out = |at: usize| (b'2'..=b'9').contains(&byte(row.bytes, at));
    let enclosed = before(row.bytes, area.start) == b'(' && byte(row.bytes, area.end) == b')';
    let (first, second) = (row.gap(lead + 1), row.gap(lead + 2));
    let gaps = is_gap(first) && is_gap(second) && (enclosed || first == second) && second.len() == 1;
    let digits_fit = given_out(area.start) && (enclosed || given_out(exchange.start));
    (gaps && digits_fit).then_some(lead + 3)
}

/// `044 668 18 00`, `0171 1234567`, `01 42 68 53 00`: a zero, an area, and the rest in groups.
fn with_trunk_zero(row: &Groups<'_>) -> Option<usize> {
    let first = row.get(0)?;
    let area = row.bytes.get(first.start..first.end)?;
    if byte(area, 0) != b'0' || !(b'1'..=b'9').contains(&byte(area, 1)) {
        return None;
    }
    let gap = row.gap(1);
    let (mut digits, mut count) = (first.len(), 1);
    for place in 1..row.len() {
        let group = row.get(place)?;
        let joined = row.gap(place);
        let fits = is_gap(joined) && group.len() >= 2 && digits + group.len() <= 12;
        // The area may be set off by something else than the other groups are.
        if !fits || (place > 1 && joined != row.gap(2)) {
            break;
        }
        (digits, count) = (digits + group.len(), count + 1);
    }
    let pairs = count == 5 && row.iter().take(5).all(|group| group.len() == 2);
    let dotted = gap == b"." && count < 4;
    let shaped = (3..=5).contains(&first.len()) && count >= 2 && !dotted;
    ((pairs || shaped) && (9..=12).contains(&digits)).then_some(count)
}

/// How many groups a phone number may have of which words say that it is one.
fn any_form(row: &Groups<'_>) -> Option<usize> {
    let (mut digits, mut count) = (0, 0);
    for (place, group) in row.iter().enumerate() {
        if (place > 0 && !is_gap(row.gap(place))) || digits + group.len() > MAX_DIGITS {
            break;
        }
        (digits, count) = (digits + group.len(), count + 1);
    }
    (digits >= MIN_NATIONAL && !is_date(row)).then_some(count)
}

/// `2026-01-12`, `12.01.2026`, with or without a time behind it.
fn is_date(row: &Groups<'_>) -> bool {
    let lengths: Vec<usize> = row.iter().take(3).map(super::number::Group::len).collect();
    let same = row.gap(1) == row.gap(2) && matches!(row.gap(1), b"-" | b"." | b"/");
    same && (matches!(lengths.as_slice(), [4, 1..=2, 1..=2] | [1..=2, 1..=2, 4]))
}

/// How many of these digits are a country's calling code.
pub(in crate::core::mask) fn country_code(digits: &[u8]) -> Option<usize> {
    let (first, second) = (byte(digits, 0), byte(digits, 1));
    let length = match (first, second) {
        (b'1' | b'7', _) => 1,
        (b'2', b'0' | b'7')
        | (b'3', b'0'..=b'4' | b'6' | b'9')
        | (b'4', b'0' | b'1' | b'3'..=b'9')
        | (b'5', b'1'..=b'8')
        | (b'6', b'0'..=b'6')
        | (b'8', b'1' | b'2' | b'4' | b'6')
        | (b'9', b'0'..=b'5' | b'8') => 2,
        (b'2'..=b'9', b'0'..=b'9') => 3,
        _ => return None,
    };
    (digits.len() >= length && digits.iter().take(length).all(u8::is_ascii_digit)).then_some(length)
}

/// The most digits of a country's numbers, its code not counted.
fn most_digits(code: &[u8]) -> usize {
    match code {
        b"1" | b"7" | b"44" | b"81" | b"90" | b"91" | b"92" | b"52" | b"57" | b"62" | b"63" | b"880" => 10,
        b"33" | b"34" | b"41" | b"31" | b"32" | b"46" | b"48" | b"30" | b"351" | b"27" | b"353" | b"420"
        | b"971" | b"972" => 9,
        b"45" | b"47" | b"65" | b"852" | b"975" => 8,
        b"86" | b"55" | b"49" | b"39" => 11,
        _ => MAX_DIGITS - code.len(),
    }
}
