//! Numbers as JSON and SQL write them, compared exactly: integers of any size with each other and with floats.
//! It knows no field and no condition.

use std::borrow::Cow;
use std::cmp::Ordering;

/// The first whole number beyond 64 bits, as a float holds it.
const BEYOND: f64 = 9_223_372_036_854_775_808.0;

/// A number that is never NaN.
#[derive(Debug, Clone, PartialEq)]
pub enum Number<'a> {
    Integer(i64),
    /// An integer beyond 64 bits: an optional minus sign, then digits of which the first is not 0.
    Big(Cow<'a, str>),
    Float(f64),
}

impl<'a> Number<'a> {
    /// An integer as JSON writes it.
    #[inline]
    pub fn integer(digits: &'a str) -> Self {
        digits.parse().map_or_else(|_| Self::Big(Cow::Borrowed(digits)), Self::Integer)
    }

    /// The order of two numbers, by their exact values.
    #[inline]
    pub fn order(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Integer(left), Self::Integer(right)) => left.cmp(right),
            (Self::Float(left), Self::Float(right)) => left.partial_cmp(right).unwrap_or(Ordering::Equal),
            (Self::Integer(left), Self::Float(right)) => integer_and_float(*left, *right),
            (Self::Float(left), Self::Integer(right)) => integer_and_float(*right, *left).reverse(),
            (Self::Big(left), Self::Big(right)) => digits(left, right),
            (Self::Big(left), Self::Float(right)) => big_and_float(left, *right),
            (Self::Float(left), Self::Big(right)) => big_and_float(right, *left).reverse(),
            (Self::Big(left), Self::Integer(_)) => sign(left),
            (Self::Integer(_), Self::Big(right)) => sign(right).reverse(),
        }
    }
}

impl Number<'static> {
    /// A number as SQL writes it, without a sign: `5`, `0.5`, `.5`, `1e3`. `None` beyond what a float holds.
    pub fn literal(text: &str) -> Option<Self> {
        if text.bytes().all(|byte| byte.is_ascii_digit()) && !text.is_empty() {
            let digits = text.trim_start_matches('0');
            let digits = if digits.is_empty() { "0" } else { digits };
            return Some(digits.parse().map_or_else(|_| Self::Big(digits.to_owned().into()), Self::Integer));
        }
        text.parse().ok().filter(|number: &f64| number.is_finite()).map(Self::Float)
    }

    /// The same number below zero.
    pub fn negated(self) -> Self {
        match self {
            Self::Integer(number) => number
                .checked_neg()
                .map_or_else(|| Self::Big(number.unsigned_abs().to_string().into()), Self::Integer),
            Self::Float(number) => Self::Float(-number),
            Self::Big(text) => {
                let text = text.strip_prefix('-').map_or_else(|| format!("-{text}"), str::to_owned);
                // The least of the 64-bit integers has no positive twin.
                text.parse().map_or_else(|_| Self::Big(text.into()), Self::Integer)
            }
        }
    }
}

/// How a number beyond 64 bits stands to every number within.
fn sign(big: &str) -> Ordering {
    if big.starts_with('-') { Ordering::Less } else { Ordering::Greater }
}

/// Two integers by their digits.
fn digits(left: &str, right: &str) -> Ordering {
    match (left.strip_prefix('-'), right.strip_prefix('-')) {
        (Some(left), Some(right)) => digits(right, left),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => left.len().cmp(&right.len()).then_with(|| left.cmp(right)),
    }
}

#[expect(clippy::cast_possible_truncation, reason = "the whole part of a float that is within 64 bits")]
fn integer_and_float(integer: i64, float: f64) -> Ordering {
    if float >= BEYOND {
        return Ordering::Less;
    }
    if float < -BEYOND {
        return Ordering::Greater;
    }
    let fraction = float.fract();
    integer.cmp(&(float.trunc() as i64)).then_with(|| 0.0.partial_cmp(&fraction).unwrap_or(Ordering::Equal))
}

/// A float beyond 64 bits is a whole number, whose digits can be written out.
fn big_and_float(big: &str, float: f64) -> Ordering {
    if float.is_infinite() {
        return if float > 0.0 { Ordering::Less } else { Ordering::Greater };
    }
    if float.abs() < BEYOND { sign(big) } else { digits(big, &format!("{float:.0}")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> Number<'static> {
        match text.strip_prefix('-') {
            Some(rest) => Number::literal(rest).unwrap().negated(),
            None => Number::literal(text).unwrap(),
        }
    }

    #[test]
    fn orders_by_exact_value() {
        let rising = [
            "-1e300",
            "-9223372036854775809",
            "-9223372036854775808",
            "-2.5",
            "-2",
            "0",
            "0.1",
            "1",
            "9007199254740992.0",
            "9007199254740993",
            "9223372036854775807",
            "9223372036854775808",
            "18446744073709551615",
            "1e20",
            "100000000000000000001",
        ];
        for (left, text) in rising.iter().enumerate() {
            for (right, other) in rising.iter().enumerate() {
                assert_eq!(number(text).order(&number(other)), left.cmp(&right), "{text} and {other}");
            }
        }
    }

    #[test]
    fn one_number_has_many_forms() {
        for (left, right) in
            [("007", "7"), ("7", "7.0"), (".5", "0.5"), ("1e3", "1000"), ("1e20", "100000000000000000000")]
        {
            assert_eq!(number(left).order(&number(right)), Ordering::Equal, "{left} and {right}");
        }
        assert_eq!(Number::literal("1e999"), None);
        assert_eq!(Number::integer("-0").order(&number("0")), Ordering::Equal);
    }
}
