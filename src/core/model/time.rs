//! The one parser of timestamps, for attributes, for columns and for the order of a list.
//! It reads the ISO 8601 that Python's `datetime.fromisoformat` reads, week dates excepted, and
//! knows no clock and no time zone but the offset that stands in the text.

use jiff::civil::{Date, Time};
use jiff::tz::Offset;

use super::usual_time;

/// A moment, and how far its sender's clock was from UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timestamp {
    /// Microseconds since 1970, UTC. Finer digits are cut off.
    pub micros: i64,
    /// Seconds east of UTC, as sent; `None` if the text names no zone, which is taken as UTC.
    pub offset: Option<i32>,
}

const MICROS_PER_SECOND: i64 = 1_000_000;

/// Reads a date, or a date and a time; `None` for anything else.
#[inline]
pub fn parse_timestamp(text: &str) -> Option<Timestamp> {
    match usual_time::read(text.as_bytes()) {
        Some(micros) => Some(Timestamp { micros, offset: Some(0) }),
        None => parse_slowly(text),
    }
}

/// A moment as text that sorts as moments do: ISO 8601 in UTC, with microseconds.
#[must_use]
pub fn timestamp_text(micros: i64) -> String {
    let moment = jiff::Timestamp::from_microsecond(micros).unwrap_or_default();
    moment.strftime("%Y-%m-%dT%H:%M:%S%.6fZ").to_string()
}

/// The same, character by character: every shape.
pub(super) fn parse_slowly(text: &str) -> Option<Timestamp> {
    let mut rest = Scanner(text.as_bytes());
    let date = rest.date()?;
    let (clock, offset) = match rest.take() {
        None => (Clock::default(), None),
        Some(b'T' | b't' | b' ') => (rest.clock()?, rest.zone()?),
        Some(_) => return None,
    };
    let [hour, minute, second] = clock.fields;
    let local = date.to_datetime(Time::new(hour, minute, second, 0).ok()?);
    let seconds = Offset::UTC.to_timestamp(local).ok()?.as_second() - i64::from(offset.unwrap_or(0));
    Some(Timestamp { micros: seconds * MICROS_PER_SECOND + clock.micros, offset })
}

/// A moment as ISO 8601 in UTC, with as many digits as it needs: `2026-01-12T08:30:00Z`.
pub fn format_timestamp(micros: i64) -> String {
    jiff::Timestamp::from_microsecond(micros)
        .map_or_else(|_| format!("{micros} us"), |moment| moment.to_string())
}

/// A time of day, or the distance of a zone from UTC.
#[derive(Default)]
struct Clock {
    /// Hours, minutes, seconds.
    fields: [i8; 3],
    micros: i64,
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

    /// Two digits.
    fn two(&mut self) -> Option<i8> {
        let ([tens, ones], rest) = self.0.split_first_chunk::<2>()?;
        if !tens.is_ascii_digit() || !ones.is_ascii_digit() {
            return None;
        }
        self.0 = rest;
        i8::try_from((tens - b'0') * 10 + (ones - b'0')).ok()
    }

    /// `2026-01-12` or `20260112`, from the year 1 on.
    fn date(&mut self) -> Option<Date> {
        let year = i16::from(self.two()?) * 100 + i16::from(self.two()?);
        let dashed = self.take_if(b'-');
        let month = self.two()?;
        if self.take_if(b'-') != dashed {
            return None;
        }
        let day = self.two()?;
        if year == 0 { None } else { Date::new(year, month, day).ok() }
    }

    /// `08`, `08:30`, `08:30:15`, `08:30:15.25`, or without the colons.
    fn clock(&mut self) -> Option<Clock> {
        let mut clock = Clock { fields: [self.two()?, 0, 0], micros: 0 };
        let colons = self.0.first() == Some(&b':');
        for place in 1..3 {
            let more =
                if colons { self.take_if(b':') } else { self.0.first().is_some_and(u8::is_ascii_digit) };
            if !more {
                return Some(clock);
            }
            *clock.fields.get_mut(place)? = self.two()?;
        }
        if self.take_if(b'.') || self.take_if(b',') {
            clock.micros = self.fraction()?;
        }
        Some(clock)
    }

    /// One digit or more, as microseconds.
    fn fraction(&mut self) -> Option<i64> {
        let (mut micros, mut unit) = (0, MICROS_PER_SECOND / 10);
        let digits = self.0.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let (fraction, rest) = self.0.split_at_checked(digits)?;
        for digit in fraction {
            micros += i64::from(digit - b'0') * unit;
            unit /= 10;
        }
        self.0 = rest;
        (digits > 0).then_some(micros)
    }

    /// Nothing, `Z`, or a distance of less than a day from UTC. `None` is a fault; the seconds
    /// of a distance are cut to whole ones.
    #[expect(clippy::option_option, reason = "no zone is not the same as a wrong one")]
    fn zone(&mut self) -> Option<Option<i32>> {
        let sign = match self.take() {
            None => return Some(None),
            Some(b'Z' | b'z') => return self.0.is_empty().then_some(Some(0)),
            Some(b'+') => 1,
            Some(b'-') => -1,
            Some(_) => return None,
        };
        let [hours, minutes, seconds] = self.clock()?.fields.map(i32::from);
        let fits = self.0.is_empty() && hours < 24 && minutes < 60 && seconds < 60;
        fits.then_some(Some(sign * (hours * 3600 + minutes * 60 + seconds)))
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
        assert_eq!(offset("2026-01-12T08:30:00-03:30"), Some(Some(-12_600)));
        assert_eq!(offset("0001-01-01T00:00:00+23:59"), Some(Some(86_340)));
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
            "2026-01-12x08:30",
            "2026-01-12T08:30:",
            "2026-01-12T08:3",
            "2026-01-12T0830:00",
            "2026-01-12T24:00:00",
            "2026-01-12T08:60:00",
            "2026-01-12T08:30:60",
            "2026-01-12T08:30:00.",
            "2026-01-12T08:30.5",
            "2026-01-12T08:30:00ZZ",
            "2026-01-12T08:30:00+24:00",
            "2026-01-12T08:30:00+00:60",
            "2026-01-12T08:30:00 UTC",
            " 2026-01-12",
            "２０２６-01-12",
        ] {
            assert_eq!(parse_timestamp(text), None, "{text}");
        }
    }
}
