//! Stretches of time as SQL writes them: `7 days`, `1 month 2 hours`, `01:30:00`. Months and days are kept apart
//! from the time of day, since a month has no fixed length. It knows no clock.

use std::fmt::{Display, Formatter};

use jiff::{Span, Timestamp, tz::TimeZone};

const MICROS_PER_SECOND: i64 = 1_000_000;
const MICROS_PER_DAY: i64 = 86_400 * MICROS_PER_SECOND;
/// What a month counts for where two intervals are compared.
const DAYS_PER_MONTH: i64 = 30;
/// What is read is counted in millionths first, so that `1.5 days` is exact.
const MILLIONTHS: i64 = 1_000_000;

/// A stretch of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Interval {
    pub months: i64,
    pub days: i64,
    pub micros: i64,
}

impl Interval {
    /// Reads the text of an interval; `unit` is the unit behind it, as in `interval '7' day`.
    pub fn parse(text: &str, unit: Option<&str>) -> Option<Self> {
        let mut interval = Self::default();
        let mut rest = text.trim();
        if rest.is_empty() {
            return None;
        }
        while !rest.is_empty() {
            let (amount, behind) = amount(rest)?;
            let Some(after_colon) = behind.strip_prefix(':') else {
                let (word, behind) = word(behind.trim_start());
                let unit = if word.is_empty() { unit.filter(|_| behind.is_empty())? } else { word };
                interval = interval.plus(Self::of(amount, unit)?)?;
                rest = behind.trim_start();
                continue;
            };
            let (clock, behind) = clock(amount, rest.starts_with('-'), after_colon)?;
            interval.micros = interval.micros.checked_add(clock)?;
            rest = behind.trim_start();
        }
        Some(interval)
    }

    /// So many millionths of a unit.
    fn of(millionths: i64, unit: &str) -> Option<Self> {
        let unit = unit.to_ascii_lowercase();
        let whole = |factor: i64| {
            let number = millionths.checked_mul(factor)?;
            (number % MILLIONTHS == 0).then_some(number / MILLIONTHS)
        };
        let micros = match unit.as_str() {
            "us" | "microsecond" | "microseconds" => 1,
            "ms" | "millisecond" | "milliseconds" => 1_000,
            "s" | "sec" | "secs" | "second" | "seconds" => MICROS_PER_SECOND,
            "m" | "min" | "mins" | "minute" | "minutes" => 60 * MICROS_PER_SECOND,
            "h" | "hr" | "hrs" | "hour" | "hours" => 3_600 * MICROS_PER_SECOND,
            "d" | "day" | "days" => return Self::of_days(millionths, 1),
            "w" | "week" | "weeks" => return Self::of_days(millionths, 7),
            "mon" | "mons" | "month" | "months" => {
                return Some(Self { months: whole(1)?, ..Self::default() });
            }
            "y" | "yr" | "yrs" | "year" | "years" => {
                return Some(Self { months: whole(12)?, ..Self::default() });
            }
            _ => return None,
        };
        let micros = i128::from(millionths) * i128::from(micros) / i128::from(MILLIONTHS);
        Some(Self { micros: i64::try_from(micros).ok()?, ..Self::default() })
    }

    /// Parts of a day become time.
    fn of_days(millionths: i64, factor: i64) -> Option<Self> {
        let days = millionths.checked_mul(factor)?;
        let micros = (days % MILLIONTHS) * (MICROS_PER_DAY / MILLIONTHS);
        Some(Self { months: 0, days: days / MILLIONTHS, micros })
    }

    pub fn plus(self, other: Self) -> Option<Self> {
        Some(Self {
            months: self.months.checked_add(other.months)?,
            days: self.days.checked_add(other.days)?,
            micros: self.micros.checked_add(other.micros)?,
        })
    }

    pub fn negated(self) -> Option<Self> {
        Some(Self {
            months: self.months.checked_neg()?,
            days: self.days.checked_neg()?,
            micros: self.micros.checked_neg()?,
        })
    }

    /// By what two intervals are compared: a month counts for 30 days, a day for 24 hours.
    pub fn length(self) -> i128 {
        let days = i128::from(self.months) * i128::from(DAYS_PER_MONTH) + i128::from(self.days);
        days * i128::from(MICROS_PER_DAY) + i128::from(self.micros)
    }

    /// A moment so much later: months first (the 31st becomes a shorter month's last day), then days and time.
    pub fn after(self, micros: i64) -> Option<i64> {
        let shifted = if self.months == 0 { micros } else { add_months(micros, self.months)? };
        shifted.checked_add(self.days.checked_mul(MICROS_PER_DAY)?)?.checked_add(self.micros)
    }
}

fn add_months(micros: i64, months: i64) -> Option<i64> {
    let moment = Timestamp::from_microsecond(micros).ok()?.to_zoned(TimeZone::UTC);
    let shifted = moment.checked_add(Span::new().try_months(months).ok()?).ok()?;
    Some(shifted.timestamp().as_microsecond())
}

/// A number with a sign and a fraction, in millionths, and what follows it.
fn amount(text: &str) -> Option<(i64, &str)> {
    let negative = text.starts_with('-');
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let end = unsigned.find(|character: char| !character.is_ascii_digit()).unwrap_or(unsigned.len());
    let (whole, rest) = unsigned.split_at_checked(end)?;
    let (fraction, rest) = match rest.strip_prefix('.') {
        Some(rest) => {
            let end = rest.find(|character: char| !character.is_ascii_digit()).unwrap_or(rest.len());
            rest.split_at_checked(end)?
        }
        None => ("", rest),
    };
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let whole: i64 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    let fraction: i64 = format!("{fraction:0<6.6}").parse().ok()?;
    let millionths = whole.checked_mul(MILLIONTHS)?.checked_add(fraction)?;
    Some((if negative { -millionths } else { millionths }, rest))
}

/// The letters at the beginning, and what follows them.
fn word(text: &str) -> (&str, &str) {
    let end = text.find(|character: char| !character.is_ascii_alphabetic()).unwrap_or(text.len());
    text.split_at_checked(end).unwrap_or((text, ""))
}

/// `hours:minutes` or `hours:minutes:seconds`, of which the hours are read.
fn clock(hours: i64, negative: bool, text: &str) -> Option<(i64, &str)> {
    let (minutes, rest) = amount(text)?;
    let (seconds, rest) = match rest.strip_prefix(':') {
        Some(rest) => amount(rest)?,
        None => (0, rest),
    };
    let plain = (0..60 * MILLIONTHS).contains(&minutes) && (0..60 * MILLIONTHS).contains(&seconds);
    let whole = hours % MILLIONTHS == 0 && minutes % MILLIONTHS == 0;
    // A millionth of a second is a microsecond.
    let micros = hours.checked_abs()?.checked_mul(3_600)?.checked_add(minutes * 60 + seconds)?;
    (plain && whole).then_some((if negative { -micros } else { micros }, rest))
}

impl Display for Interval {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        let seconds = self.micros / MICROS_PER_SECOND;
        let parts = [
            (self.months, "month"),
            (self.days, "day"),
            (seconds / 3_600, "hour"),
            (seconds % 3_600 / 60, "minute"),
            (seconds % 60, "second"),
            (self.micros % MICROS_PER_SECOND, "microsecond"),
        ];
        let written = |(amount, unit): &(i64, &str)| {
            let plural = if amount.unsigned_abs() == 1 { "" } else { "s" };
            (*amount != 0).then(|| format!("{amount} {unit}{plural}"))
        };
        let texts: Vec<String> = parts.iter().filter_map(written).collect();
        f.write_str(if texts.is_empty() { "0 days".to_owned() } else { texts.join(" ") }.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<(i64, i64, i64)> {
        Interval::parse(text, None).map(|interval| (interval.months, interval.days, interval.micros))
    }

    #[test]
    fn reads_what_databases_read() {
        let hour = 3_600 * MICROS_PER_SECOND;
        for (text, expected) in [
            ("7 days", (0, 7, 0)),
            ("1 week", (0, 7, 0)),
            ("1.5 days", (0, 1, 12 * hour)),
            ("1 year 2 months 3 days 4 hours", (14, 3, 4 * hour)),
            ("-1 day", (0, -1, 0)),
            ("90m", (0, 0, 90 * 60 * MICROS_PER_SECOND)),
            ("1 day 01:30:00", (0, 1, hour + hour / 2)),
            ("-01:30", (0, 0, -hour - hour / 2)),
            ("0.25 seconds", (0, 0, 250_000)),
        ] {
            assert_eq!(read(text), Some(expected), "{text}");
            let printed = Interval::parse(text, None).map(|interval| interval.to_string());
            assert_eq!(read(&printed.unwrap()), Some(expected), "{text}");
        }
        assert_eq!(Interval::parse("7", Some("DAY")), Interval::parse("7 days", None));
    }

    #[test]
    fn refuses_the_rest() {
        for text in
            ["", "7", "days", "7 fortnights", "1.5 months", "1:60", "1 day,", "9223372036854775807 days"]
        {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn months_end_where_the_shorter_month_does() {
        let at = |text| crate::core::model::time::parse_timestamp(text).unwrap().micros;
        let month = Interval::parse("1 month", None).unwrap();
        assert_eq!(month.after(at("2026-01-31T08:00:00Z")), Some(at("2026-02-28T08:00:00Z")));
        assert_eq!(month.negated().unwrap().after(at("2026-03-31")), Some(at("2026-02-28")));
        assert_eq!(month.length(), Interval::parse("30 days", None).unwrap().length());
    }
}
