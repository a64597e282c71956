//! The one parser of timestamps, for attributes, for columns and for the order of a list.
//! It reads what Python's `datetime.fromisoformat` reads (and a small `z`), whatever the year, and knows no time
//! zone but the offset that stands in the text. Beside it, the clock that such times are compared with.

use jiff::ToSpan;
use jiff::civil::{Date, DateTime, ISOWeekDate, Time, Weekday};

use super::usual_time;

/// This machine's clock, in microseconds since 1970.
pub fn now() -> i64 {
    jiff::Timestamp::now().as_microsecond()
}

/// A moment, and how far its sender's clock was from UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timestamp {
    /// Microseconds since 1970, UTC. Finer digits are cut off. It may lie up to a day outside the years 1 to 9999.
    pub micros: i64,
    /// Microseconds east of UTC, as sent; `None` if the text names no zone, which is taken as UTC.
    pub offset: Option<i64>,
}

const MICROS_PER_SECOND: i64 = 1_000_000;
const MICROS_PER_DAY: i64 = 86_400 * MICROS_PER_SECOND;

/// Reads a date, or a date and a time; `None` for anything else.
#[inline]
pub fn parse_timestamp(text: &str) -> Option<Timestamp> {
    match usual_time::read(text.as_bytes()) {
        Some(micros) => Some(Timestamp { micros, offset: Some(0) }),
        None => parse_slowly(text),
    }
}

/// The microseconds alone, of text that is UTF-8.
pub fn micros_of(text: &[u8]) -> Option<i64> {
    usual_time::read(text).or_else(|| Some(parse_slowly(std::str::from_utf8(text).ok()?)?.micros))
}

/// A moment as text that sorts as moments do: ISO 8601 in UTC, with microseconds.
#[must_use]
pub fn timestamp_text(micros: i64) -> String {
    let moment = jiff::Timestamp::from_microsecond(micros).unwrap_or_default();
    moment.strftime("%Y-%m-%dT%H:%M:%S%.6fZ").to_string()
}

/// The same, character by character: every shape.
pub(super) fn parse_slowly(text: &str) -> Option<Timestamp> {
    let (date, clock) = text.split_at_checked(date_length(text.as_bytes())?)?;
    let date = date_of(date.as_bytes())?;
    let mut rest = clock.chars();
    // Any one character stands between the date and the time.
    let (clock, offset) = match rest.next() {
        None => (Clock::default(), None),
        Some(_) => clock_and_zone(rest.as_str().as_bytes())?,
    };
    let [hour, minute, second] = clock.fields;
    Time::new(hour, minute, second, 0).ok()?;
    let local = days_since_epoch(date) * MICROS_PER_DAY + clock.micros();
    Some(Timestamp { micros: local - offset.unwrap_or(0), offset })
}

/// A time of day, and how far it is from UTC where that is told: `Z`, or less than a day.
fn clock_and_zone(text: &[u8]) -> Option<(Clock, Option<i64>)> {
    let zone = text.iter().position(|byte| matches!(byte, b'+' | b'-' | b'Z' | b'z'));
    let (clock, zone) = text.split_at_checked(zone.unwrap_or(text.len()))?;
    // Before a zone, Python forgives a separator, or half of a number, at the end.
    let (clock, whole) = Scanner(clock).clock()?;
    let (sign, distance) = match zone.split_first() {
        None => return whole.then_some((clock, None)),
        Some((b'Z' | b'z', rest)) => return rest.is_empty().then_some((clock, Some(0))),
        Some((b'-', distance)) => (-1, distance),
        Some((_, distance)) => (1, distance),
    };
    let (distance, whole) = Scanner(distance).clock()?;
    let distance = distance.micros();
    (whole && distance < MICROS_PER_DAY).then_some((clock, Some(sign * distance)))
}

/// A moment as ISO 8601 in UTC, with as many digits as it needs: `2026-01-12T08:30:00Z`.
pub fn format_timestamp(micros: i64) -> String {
    const EPOCH: DateTime = DateTime::constant(1970, 1, 1, 0, 0, 0, 0);
    let moment = micros.microseconds();
    EPOCH.checked_add(moment).map_or_else(|_| format!("{micros} us"), |moment| format!("{moment}Z"))
}

fn days_since_epoch(date: Date) -> i64 {
    const EPOCH: Date = Date::constant(1970, 1, 1);
    i64::from(EPOCH.until(date).map_or(0, |span| span.get_days()))
}

/// How much of the text is its date: by its dashes, and where there are none by what follows.
fn date_length(text: &[u8]) -> Option<usize> {
    let digit = |at: usize| text.get(at).is_some_and(u8::is_ascii_digit);
    let week = |at: usize| text.get(at) == Some(&b'W');
    match text.get(4)? {
        b'-' if week(5) => {
            // `2026-W03`, or `2026-W03-1` unless what follows is an hour.
            let day = text.get(8) == Some(&b'-') && digit(9) && !digit(10);
            Some(if day { 10 } else { 8 })
        }
        b'-' => Some(10),
        b'W' => {
            let digits = (7..text.len()).take_while(|at| digit(*at)).count();
            // A week has two digits and a day one; what follows a separator comes in pairs, and the separator may
            // be a digit itself.
            Some(match digits {
                0 => 7,
                1 => 8,
                _ if digits % 2 == 1 => 7,
                _ => 8,
            })
        }
        _ => Some(8),
    }
}

/// `2026-01-12`, `20260112`, `2026-W03-1`, `2026W031`, or a week without its day, from the year 1 on.
fn date_of(text: &[u8]) -> Option<Date> {
    let mut rest = Scanner(text);
    let year = i16::from(rest.two()?) * 100 + i16::from(rest.two()?);
    let dashed = rest.take_if(b'-');
    let date = if rest.take_if(b'W') {
        let week = rest.two()?;
        let day = match rest.take() {
            None => 1,
            Some(b'-') if dashed => rest.one()?,
            Some(digit) if !dashed => Scanner(&[digit]).one()?,
            Some(_) => return None,
        };
        let day = Weekday::from_monday_one_offset(day).ok()?;
        ISOWeekDate::new(year, week, day).ok()?.date()
    } else {
        let month = rest.two()?;
        if rest.take_if(b'-') != dashed {
            return None;
        }
        Date::new(year, month, rest.two()?).ok()?
    };
    (rest.0.is_empty() && year > 0 && date.year() > 0).then_some(date)
}

/// A time of day, or the distance of a zone from UTC.
#[derive(Default)]
struct Clock {
    /// Hours, minutes, seconds.
    fields: [i8; 3],
    fraction: i64,
}

impl Clock {
    fn micros(&self) -> i64 {
        let [hours, minutes, seconds] = self.fields.map(i64::from);
        (hours * 3600 + minutes * 60 + seconds) * MICROS_PER_SECOND + self.fraction
    }
}

/// What is left to read.
struct Scanner<'a>(&'a [u8]);

impl Scanner<'_> {
    fn take(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    fn take_if(&mut self, wanted: u8) -> bool {
        let here = self.0.first() == Some(&wanted);
        if here {
            self.take();
        }
        here
    }

    /// One digit.
    fn one(&mut self) -> Option<i8> {
        let digit = self.take().filter(u8::is_ascii_digit)?;
        i8::try_from(digit - b'0').ok()
    }

    /// Two digits.
    fn two(&mut self) -> Option<i8> {
        let ([tens, ones], rest) = self.0.split_first_chunk::<2>()?;
        if !tens.is_ascii_digit() || !ones.is_ascii_digit() {
            return None;
        }
        self.0 = rest;
        i8::try_from((tens - b'0') * 10 + (ones - b'0')).ok()
    }

    /// `08`, `08:30`, `08:30:15`, `08:30:15.25`, or without the colons, as Python reads it; and whether that is
    /// all of the text. A fraction is one of a second, whatever stands before it.
    fn clock(&mut self) -> Option<(Clock, bool)> {
        let mut clock = Clock::default();
        let mut colons = false;
        for place in 0..3 {
            *clock.fields.get_mut(place)? = self.two()?;
            let Some((separator, rest)) = self.0.split_first() else { return Some((clock, true)) };
            if place == 0 {
                colons = *separator == b':';
            }
            if rest.is_empty() {
                return Some((clock, false));
            }
            match separator {
                b':' if colons => self.0 = rest,
                b'.' | b',' => {
                    self.0 = rest;
                    break;
                }
                _ if colons => return None,
                _ => {}
            }
        }
        clock.fraction = self.fraction()?;
        Some((clock, self.0.is_empty()))
    }

    /// Six digits, or as many as there are, as microseconds; further ones are cut off.
    fn fraction(&mut self) -> Option<i64> {
        let (read, rest) = self.0.split_at_checked(self.0.len().min(6))?;
        let (mut micros, mut unit) = (0, MICROS_PER_SECOND / 10);
        for digit in read {
            micros += i64::from(digit.is_ascii_digit().then(|| digit - b'0')?) * unit;
            unit /= 10;
        }
        let cut = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        self.0 = rest.get(cut..)?;
        Some(micros)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn micros(text: &str) -> Option<i64> {
        parse_timestamp(text).map(|timestamp| timestamp.micros)
    }

    #[test]
    fn reads_the_usual_forms() {
        let second = 1_768_206_600;
        for text in [
            "2026-01-12T08:30:00Z",
            "2026-01-12T08:30:00",
            "2026-01-12 08:30:00+00:00",
            "20260112T083000Z",
            "2026-01-12T08:30",
            "2026-01-12T10:00:00+01:30",
            "2026-01-12T03:30:00-0500",
            "2026-01-12T03:30-05",
        ] {
            assert_eq!(micros(text), Some(second * MICROS_PER_SECOND), "{text}");
        }
        assert_eq!(micros("2026-01-12"), Some(1_768_176_000 * MICROS_PER_SECOND));
    }

    #[test]
    fn reads_week_dates_and_any_separator() {
        let monday = 1_768_176_000 * MICROS_PER_SECOND;
        for text in [
            "2026-W03",
            "2026W03",
            "2026-W03-1",
            "2026W031",
            "2026-W03-1T00",
            "2026W031T00",
            "2026-01-12\u{2009}00",
        ] {
            assert_eq!(micros(text), Some(monday), "{text}");
        }
        assert_eq!(micros("2026-01-12x08:30"), micros("2026-01-12T08:30"));
        assert_eq!(micros("2026-W03-7"), Some(monday + 6 * MICROS_PER_DAY));
        for wrong in
            ["2026-W54", "2025-W53", "2026-W00", "2026-W03-0", "2026-W03-8", "2026W03-1", "2026-W031"]
        {
            assert_eq!(micros(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn reads_the_first_and_the_last_moment_in_any_zone() {
        let (first, last) = (-62_135_596_800 * MICROS_PER_SECOND, 253_402_300_799 * MICROS_PER_SECOND);
        assert_eq!(micros("9999-12-31T23:59:59Z"), Some(last));
        assert_eq!(
            micros("9999-12-31T23:59:59.999999-23:59"),
            Some(last + 999_999 + 86_340 * MICROS_PER_SECOND)
        );
        assert_eq!(micros("0001-01-01"), Some(first));
        assert_eq!(micros("0001-01-01T00:00:00+05:30"), Some(first - 19_800 * MICROS_PER_SECOND));
        assert_eq!(
            micros("2026-01-12T00:00:00+00:00:00.5"),
            Some(1_768_176_000 * MICROS_PER_SECOND - 500_000)
        );
    }

    #[test]
    fn cuts_fractions_to_microseconds() {
        let start = 1_768_206_600 * MICROS_PER_SECOND;
        for (fraction, expected) in
            [(".5", 500_000), (",25", 250_000), (".123456789", 123_456), (".0000009", 0), (".000001", 1)]
        {
            assert_eq!(micros(&format!("2026-01-12T08:30:00{fraction}Z")), Some(start + expected));
        }
        assert_eq!(micros("1969-12-31T23:59:59.25Z"), Some(-750_000));
    }

    #[test]
    fn keeps_the_offset_as_sent() {
        let offset = |text| parse_timestamp(text).map(|timestamp| timestamp.offset);
        assert_eq!(offset("2026-01-12T08:30:00Z"), Some(Some(0)));
        assert_eq!(offset("2026-01-12T08:30:00"), Some(None));
        assert_eq!(offset("2026-01-12T08:30:00-03:30"), Some(Some(-12_600 * MICROS_PER_SECOND)));
        assert_eq!(offset("0001-01-01T00:00:00+23:59"), Some(Some(86_340 * MICROS_PER_SECOND)));
    }

    #[test]
    fn refuses_the_rest() {
        for text in [
            "",
            "now",
            "2026",
            "2026-01",
            "2026-0112",
            "202601-12",
            "0000-01-01",
            "2026-02-29",
            "2026-13-01",
            "2026-01-12T",
            "2026-01-12T08:30:",
            "2026-01-12T08:3",
            "2026-01-12T0830:00",
            "2026-01-12T24:00:00",
            "2026-01-12T08:60:00",
            "2026-01-12T08:30:60",
            "2026-01-12T08:30:00.",
            "2026-01-12T08:30:00ZZ",
            "2026-01-12T08:30:00+24:00",
            "2026-01-12T08:30:00 UTC",
            " 2026-01-12",
            "２０２６-01-12",
        ] {
            assert_eq!(parse_timestamp(text), None, "{text}");
        }
    }
}
