//! What stands behind a flag: numbers, lengths of time, names and paths, each with a sentence that says what is
//! allowed. The parser puts the flag and what was typed before it.

use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;

use clap::builder::{OsStringValueParser, TypedValueParser};

use crate::core::model::counted::grouped;

/// Requests a second that somebody may ask for.
pub const RATES: RangeInclusive<f64> = 1e-6..=1e6;
/// Timers end the process, or forget their bound, far beyond a year.
const LONGEST: Duration = Duration::from_secs(365 * 86_400);

/// A whole number within these bounds; `i64::MAX` is no bound.
pub fn whole(least: i64, most: i64) -> impl Fn(&str) -> Result<i64, String> + Clone + Send + Sync + 'static {
    move |text| {
        let number = text.trim().parse().ok().filter(|number| (least..=most).contains(number));
        number.ok_or_else(|| match most {
            i64::MAX => format!("give a whole number, {least} or more"),
            _ => format!("give a whole number from {least} to {}", grouped(most.unsigned_abs())),
        })
    }
}

/// As [`whole`], for what is never negative and may be larger.
pub fn count(text: &str) -> Result<u64, String> {
    text.trim().parse().map_err(|_| "give a whole number, 0 or more".to_owned())
}

/// Any number.
pub fn number(text: &str) -> Result<f64, String> {
    let number = text.trim().parse::<f64>().ok().filter(|number| number.is_finite());
    number.ok_or_else(|| "give a number, as in 0.5".to_owned())
}

/// Any number within these bounds.
pub fn real(
    range: RangeInclusive<f64>,
) -> impl Fn(&str) -> Result<f64, String> + Clone + Send + Sync + 'static {
    move |text| {
        let number = text.trim().parse().ok().filter(|number| range.contains(number));
        number.ok_or_else(|| {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "bounds are small")]
            let most = grouped(*range.end() as u64);
            match *range.start() {
                least if least > 0.0 => format!("give a number above 0, up to {most}, as in 2.5"),
                _ => format!("give a number from 0 to {most}, as in 0.5"),
            }
        })
    }
}

/// A length of time above nothing: `30`, `90s`, `500ms`, `2m`, `1h`, `7d`; seconds where there is no unit.
pub fn duration(text: &str) -> Result<Duration, String> {
    above_nothing(text).ok_or_else(|| "give a time above 0, as in 30, 90s, 500ms, 2m, 1h or 7d".to_owned())
}

/// The same, for what may last a year at most.
pub fn timeout(text: &str) -> Result<Duration, String> {
    above_nothing(text)
        .filter(|time| *time <= LONGEST)
        .ok_or_else(|| "give a time above 0, up to a year, as in 30, 90s or 2m".to_owned())
}

fn above_nothing(text: &str) -> Option<Duration> {
    seconds(text).and_then(|seconds| Duration::try_from_secs_f64(seconds).ok()).filter(|time| !time.is_zero())
}

fn seconds(text: &str) -> Option<f64> {
    let text = text.trim();
    let unit_at = text.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(text.len());
    let (number, unit) = text.split_at_checked(unit_at)?;
    let unit = match unit {
        "" | "s" => 1.0,
        "ms" => 1e-3,
        "m" | "min" => 60.0,
        "h" => 3_600.0,
        "d" => 86_400.0,
        _ => return None,
    };
    Some(number.trim().parse::<f64>().ok()? * unit)
}

/// A name that is not empty.
pub fn named(text: &str) -> Result<String, String> {
    if text.trim().is_empty() { Err("it must not be empty".to_owned()) } else { Ok(text.to_owned()) }
}

/// The path of a file that is read more than once, or written in place: not standard input. Names of files are
/// bytes, which need not be text.
pub fn kept_file() -> impl TypedValueParser<Value = PathBuf> {
    OsStringValueParser::new().try_map(|path| match path.to_str() {
        Some("-") => Err("this takes the path of a file, and not standard input; ./- is a file of that name"),
        Some("") => Err("it must not be empty"),
        _ => Ok(PathBuf::from(path)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_has_a_unit_or_is_seconds() {
        for (text, expected) in
            [("30", 30.0), ("1.5", 1.5), ("90s", 90.0), ("500ms", 0.5), ("2m", 120.0), ("1h", 3600.0)]
        {
            assert_eq!(duration(text), Ok(Duration::from_secs_f64(expected)), "{text}");
        }
        for text in ["", "s", "1x", "two", "1 2s", "0", "-1s", "nan", "inf", "1e300", "5é"] {
            assert!(duration(text).is_err(), "{text}");
        }
        assert!(duration("366d").is_ok() && timeout("365d").is_ok() && timeout("366d").is_err());
    }

    #[test]
    fn a_number_is_within_its_bounds_or_told_what_they_are() {
        assert_eq!(whole(0, i64::MAX)("20"), Ok(20));
        assert_eq!(whole(0, i64::MAX)("-1"), Err("give a whole number, 0 or more".to_owned()));
        for text in ["many", "", "1.5", "1001", "0", "99999999999999999999"] {
            assert_eq!(whole(1, 1000)(text), Err("give a whole number from 1 to 1,000".to_owned()), "{text}");
        }
        assert_eq!(real(0.0..=1.0)("0.5"), Ok(0.5));
        assert_eq!(real(0.0..=1.0)("2"), Err("give a number from 0 to 1, as in 0.5".to_owned()));
        for text in ["0", "-1", "nan", "inf", "x", "2000000"] {
            let told = "give a number above 0, up to 1,000,000, as in 2.5";
            assert_eq!(real(RATES)(text), Err(told.to_owned()), "{text}");
        }
    }
}
