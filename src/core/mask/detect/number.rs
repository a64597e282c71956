//! Numbers: groups of digits with something between them, and what such a row of groups can be.

use std::ops::Range;

use super::context::{Topic, Words};
use super::{Hits, address, before, byte, iban, is_word, issuers, phone};
use crate::core::mask::kind::Kind;

/// The most groups that are looked at together: a card's digits may stand one by one.
const MAX_GROUPS: usize = 24;
/// The most that stands between two groups of one number.
const MAX_GAP: usize = 3;
/// Fewer digits are no number of anybody's, addresses of networks apart.
const MIN_DIGITS: usize = 7;

/// Digits with no gap.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Group {
    pub(super) start: usize,
    pub(super) end: usize,
}

impl Group {
    pub(super) fn len(self) -> usize {
        self.end - self.start
    }
}

/// A row of groups within a text.
#[derive(Clone, Copy)]
pub(super) struct Groups<'t> {
    pub(super) bytes: &'t [u8],
    groups: &'t [Group],
}

impl<'t> Groups<'t> {
    pub(super) fn get(&self, place: usize) -> Option<Group> {
        self.groups.get(place).copied()
    }

    pub(super) fn len(&self) -> usize {
        self.groups.len()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = Group> + 't {
        self.groups.iter().copied()
    }

    /// What stands between a group and the one before.
    pub(super) fn gap(&self, place: usize) -> &'t [u8] {
        let between =
            place.checked_sub(1).and_then(|before| Some(self.get(before)?.end..self.get(place)?.start));
        between.and_then(|range| self.bytes.get(range)).unwrap_or_default()
    }

    /// The digits of the first groups.
    pub(super) fn digits(&self, count: usize) -> impl Iterator<Item = u8> + 't {
        let bytes = self.bytes;
        let groups = self.groups.iter().take(count);
        groups.flat_map(move |group| bytes.get(group.start..group.end).unwrap_or_default().iter().copied())
    }

    fn lengths_are(&self, lengths: &[usize]) -> bool {
        self.len() >= lengths.len() && self.iter().zip(lengths).all(|(group, length)| group.len() == *length)
    }

    fn start(&self) -> usize {
        self.get(0).map_or(0, |group| group.start)
    }

    fn end(&self, count: usize) -> usize {
        count.checked_sub(1).and_then(|last| self.get(last)).map_or(0, |group| group.end)
    }
}

/// Looks at the digits that begin at `at`; returns where to look on.
pub(super) fn find(text: &str, at: usize, hits: &mut Hits) -> usize {
    let bytes = text.as_bytes();
    let first = group_end(bytes, at);
    if let Some(range) = iban::find(bytes, at) {
        let end = range.end;
        hits.push(range, Kind::Iban);
        return end;
    }
    if byte(bytes, first) == b'.'
        && first - at <= 3
        && let Some(range) = address::v4(text, at)
    {
        let end = range.end;
        hits.push(range, Kind::Ip);
        return end;
    }
    if (byte(bytes, first) == b'-' || before(bytes, at) == b'-')
        && let Some(range) = address::hyphenated_mac(bytes, at)
    {
        let end = range.end;
        hits.push(range, Kind::Mac);
        return end.max(first);
    }
    let mut groups = [Group::default(); MAX_GROUPS];
    let count = gather(bytes, at, &mut groups);
    let row = Groups { bytes, groups: groups.get(..count).unwrap_or_default() };
    if row.digits(count).count() < MIN_DIGITS {
        return first;
    }
    match classify(&row) {
        Some((range, kind)) => {
            let end = range.end;
            hits.push(range, kind);
            end.max(first)
        }
        None => first,
    }
}

fn group_end(bytes: &[u8], start: usize) -> usize {
    let mut end = start;
    while byte(bytes, end).is_ascii_digit() {
        end += 1;
    }
    end
}

/// Gathers the groups from `at` on that may be one number; gives how many.
fn gather(bytes: &[u8], at: usize, groups: &mut [Group; MAX_GROUPS]) -> usize {
    let mut start = at;
    for (count, place) in groups.iter_mut().enumerate() {
        let end = group_end(bytes, start);
        *place = Group { start, end };
        let rest = bytes.get(end..).unwrap_or_default();
        let gap = rest.iter().take(MAX_GAP + 1).take_while(|byte| is_gap(**byte)).count();
        if gap == 0 || gap > MAX_GAP || !byte(bytes, end + gap).is_ascii_digit() {
            return count + 1;
        }
        start = end + gap;
    }
    MAX_GROUPS
}

/// Anything that is neither of a word nor of a sentence's end.
fn is_gap(byte: u8) -> bool {
    !is_word(byte)
        && !matches!(
            byte,
            0..=8 | b'@' | b'"' | b'{' | b'}' | b'[' | b']' | b'?' | b'!' | b'%' | b'$' | b'<' | b'>'
        )
}

/// What the row begins with, if it is anything.
fn classify(row: &Groups<'_>) -> Option<(Range<usize>, Kind)> {
    let range = |count| row.start()..row.end(count);
    if let Some(count) = card(row) {
        return Some((range(count), Kind::Card));
    }
    if let Some(count) = ahv(row) {
        return Some((range(count), Kind::Ahv));
    }
    if let Some(count) = ssn(row) {
        return Some((range(count), Kind::Ssn));
    }
    phone::find(row).map(|range| (range, Kind::Phone))
}

/// How many groups from the first on are a payment card's number.
fn card(row: &Groups<'_>) -> Option<usize> {
    if is_part_of_word(row.bytes, row.start()) {
        return None;
    }
    let mut digits = [0_u8; 19];
    let mut held = 0;
    for (place, group) in row.iter().enumerate() {
        for digit in row.bytes.get(group.start..group.end)? {
            *digits.get_mut(held)? = digit - b'0';
            held += 1;
        }
        let number = digits.get(..held)?;
        let alone = !byte(row.bytes, group.end).is_ascii_alphanumeric();
        if held >= 13 && alone && issuers::is_card(number) && is_regular(row, place + 1) {
            return Some(place + 1);
        }
    }
    None
}

/// Whether the groups look like one number: the same between all of them, or cut as cards are.
fn is_regular(row: &Groups<'_>, count: usize) -> bool {
    let gaps_agree = (2..count).all(|place| row.gap(place) == row.gap(1));
    let known = row.lengths_are(&[4, 4, 4, 4]) || row.lengths_are(&[4, 6, 5]) || row.lengths_are(&[4, 6, 4]);
    // Two or three numbers with a comma and a blank between them are a pair of coordinates, or a list.
    let listed = row.gap(1).len() > 1 && row.gap(1).starts_with(b",") || row.gap(1) == b"." && count < 4;
    known || (gaps_agree && !(listed && count > 1))
}

/// Digits within a word of hexadecimal digits are a piece of an id.
fn is_part_of_word(bytes: &[u8], start: usize) -> bool {
    let previous = before(bytes, start);
    previous.is_ascii_hexdigit() || (previous == b'.' && before(bytes, start - 1).is_ascii_digit())
}

/// How many groups are a Swiss social security number: 756, thirteen digits, the check digit of EAN-13.
fn ahv(row: &Groups<'_>) -> Option<usize> {
    let mut held = 0;
    let count = row.iter().position(|group| {
        held += group.len();
        held >= 13
    })? + 1;
    let weighed = |(place, digit): (usize, u8)| u32::from(digit - b'0') * if place % 2 == 0 { 1 } else { 3 };
    let sum: u32 = row.digits(count).enumerate().map(weighed).sum();
    let starts = row.digits(count).take(3).eq(*b"756");
    let alone = !is_word(before(row.bytes, row.start())) && !is_word(byte(row.bytes, row.end(count)));
    (held == 13 && starts && alone && sum.is_multiple_of(10)).then_some(count)
}

/// How many groups are a social security number of the United States.
fn ssn(row: &Groups<'_>) -> Option<usize> {
    let whole = row.len() >= 1 && row.lengths_are(&[9]);
    let parts = row.lengths_are(&[3, 2, 4]) && row.gap(1) == row.gap(2);
    let count = if whole { 1 } else { 3 };
    if !(whole || parts) || !stands_alone(row, count) {
        return None;
    }
    let number = row.digits(count).fold(0_u32, |number, digit| number * 10 + u32::from(digit - b'0'));
    let (area, group, serial) = (number / 1_000_000, number / 10_000 % 100, number % 10_000);
    // Ranges that are given out, those of taxpayers, and the ones that advertisements use.
    let issued = area != 0 && area != 666 && area < 900 && group != 0 && serial != 0;
    let known = issued
        || (area >= 900 && (50..=99).contains(&group))
        || (987_654_320..=987_654_329).contains(&number);
    let hyphens = parts && row.gap(1) == b"-";
    let told = (known && hyphens) || Words::before(row.bytes, row.start()).has(Topic::Social);
    told.then_some(count)
}

/// Nothing of a longer number or id stands around the first groups.
fn stands_alone(row: &Groups<'_>, count: usize) -> bool {
    let (start, end) = (row.start(), row.end(count));
    let joined = |byte: u8| is_word(byte) || matches!(byte, b'-' | b'_' | b'/' | b'#');
    let goes_on =
        matches!(byte(row.bytes, end), b'-' | b'_' | b'/' | b'.') && is_word(byte(row.bytes, end + 1));
    !joined(before(row.bytes, start)) && !is_word(byte(row.bytes, end)) && !goes_on
}
