//! The usual shape of a timestamp, `2026-01-12T08:30:15.25Z`, read without a branch for each character:
//! services write nearly all of theirs so. What has any other shape is left to [`time`](super::time).

/// `dddd-dd-`, `ddTdd:dd` and `:dd`, with zeros for digits: a difference from it has the digits' values.
const DATE: u64 = u64::from_le_bytes(*b"0000-00-");
const CLOCK: u64 = u64::from_le_bytes(*b"00T00:00");
const SECONDS: u32 = u32::from_le_bytes(*b":00\0");
/// Which bytes of those are digits.
const DATE_DIGITS: u64 = u64::from_le_bytes([15, 15, 15, 15, 0, 15, 15, 0]);
const CLOCK_DIGITS: u64 = u64::from_le_bytes([15, 15, 0, 15, 15, 0, 15, 15]);
const SECONDS_DIGITS: u32 = u32::from_le_bytes([0, 15, 15, 0]);

const DAYS_BEFORE: [u16; 13] = [0, 0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];

/// Microseconds since 1970 of a time in UTC; `None` if the text is of any other shape, or no time at all.
#[inline]
pub(super) fn read(text: &[u8]) -> Option<i64> {
    let (date, rest) = text.split_first_chunk::<8>()?;
    let (clock, rest) = rest.split_first_chunk::<8>()?;
    let (seconds, rest) = rest.split_first_chunk::<3>()?;
    let date = u64::from_le_bytes(*date) ^ DATE;
    let clock = u64::from_le_bytes(*clock) ^ CLOCK;
    let [colon, tens, ones] = *seconds;
    let seconds = u32::from_le_bytes([colon, tens, ones, 0]) ^ SECONDS;
    // Anything but a digit where one belongs, or another sign between them, leaves a bit outside.
    let strange = (date & !DATE_DIGITS) | (clock & !CLOCK_DIGITS) | u64::from(seconds & !SECONDS_DIGITS);
    let micros = fraction(rest)?;
    if strange != 0 || above_nine(date) || above_nine(clock) || above_nine(u64::from(seconds)) {
        return None;
    }
    let [y1, y2, y3, y4, _, m1, m2, _] = date.to_le_bytes().map(i64::from);
    let [d1, d2, _, hour1, hour2, _, minute1, minute2] = clock.to_le_bytes().map(i64::from);
    let [_, s1, s2, _] = seconds.to_le_bytes().map(i64::from);
    let days = days(y1 * 1000 + y2 * 100 + y3 * 10 + y4, m1 * 10 + m2, d1 * 10 + d2)?;
    let (hour, minute, second) = (hour1 * 10 + hour2, minute1 * 10 + minute2, s1 * 10 + s2);
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    Some((((days * 24 + hour) * 60 + minute) * 60 + second) * 1_000_000 + micros)
}

/// Whether a byte of a word, each below 16, is above nine.
#[inline]
fn above_nine(word: u64) -> bool {
    (word + 0x0606_0606_0606_0606) & 0xF0F0_F0F0_F0F0_F0F0 != 0
}

/// `Z`, or up to six digits before it, as microseconds.
#[inline]
fn fraction(text: &[u8]) -> Option<i64> {
    if text == b"Z" {
        return Some(0);
    }
    let digits = text.strip_prefix(b".")?.strip_suffix(b"Z")?;
    if digits.is_empty() || digits.len() > 6 || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let number = digits.iter().fold(0, |sum, digit| sum * 10 + i64::from(digit - b'0'));
    (digits.len()..6).try_fold(number, |number, _| Some(number * 10))
}

/// Days since 1970 of a date from the year 1 on.
#[inline]
fn days(year: i64, month: i64, day: i64) -> Option<i64> {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let longest = match month {
        2 => 28 + i64::from(leap),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    if year == 0 || !(1..=12).contains(&month) || !(1..=longest).contains(&day) {
        return None;
    }
    let before = i64::from(*DAYS_BEFORE.get(usize::try_from(month).ok()?)?) + i64::from(leap && month > 2);
    let past = year - 1;
    Some(past * 365 + past / 4 - past / 100 + past / 400 + before + day - 1 - 719_162)
}

#[cfg(test)]
mod tests {
    use super::read;
    use crate::core::model::time::parse_slowly;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_read_is_what_the_general_parser_reads(
            text in r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{0,8})?[Zz+]?"
        ) {
            if let Some(micros) = read(text.as_bytes()) {
                prop_assert_eq!(parse_slowly(&text).map(|t| (t.micros, t.offset)), Some((micros, Some(0))));
            }
        }

        #[test]
        fn every_moment_of_the_usual_shape_is_read(
            year in 1..=9999_i64, month in 1..=12, day in 1..=28, hour in 0..24, minute in 0..60, second in 0..60
        ) {
            let text = format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z");
            prop_assert_eq!(read(text.as_bytes()), parse_slowly(&text).map(|t| t.micros));
        }
    }

    #[test]
    fn the_ends_of_months_and_centuries_are_told_right() {
        for (text, there) in [
            ("2024-02-29T00:00:00Z", true),
            ("2100-02-29T00:00:00Z", false),
            ("2000-02-29T00:00:00Z", true),
            ("2026-04-31T00:00:00Z", false),
            ("2026-12-31T23:59:59.999999Z", true),
            ("2026-13-01T00:00:00Z", false),
            ("0000-01-01T00:00:00Z", false),
            ("2026-01-12T24:00:00Z", false),
            ("2026-01-1:T00:00:00Z", false),
        ] {
            assert_eq!(read(text.as_bytes()).is_some(), there, "{text}");
            assert_eq!(read(text.as_bytes()), parse_slowly(text).map(|t| t.micros), "{text}");
        }
    }
}
