//! A checked condition against a session, by SQL's three values: true, false, and unknown (`None`).
//! It reads the tape and makes nothing; what a condition may say was decided before.

pub mod datum;
pub mod like;
pub mod list;
pub mod number;
pub mod row;

use std::borrow::Cow;

use self::datum::Datum;
use self::like::Pattern;
use self::number::Number;
use super::tree::{Matcher, Op, Operand, Test};
use crate::core::json::Value;

/// The values that were found in a session, by their slots.
type Found<'r> = [Option<Value<'r>>];

/// Whether a condition holds.
pub fn test<'r>(test: &'r Test, found: &Found<'r>) -> Option<bool> {
    match test {
        Test::All(tests) => all(tests.iter().map(|part| self::test(part, found)), false),
        Test::Any(tests) => all(tests.iter().map(|part| self::test(part, found)), true),
        Test::Not(inner) => self::test(inner, found).map(|truth| !truth),
        Test::Constant(truth) => *truth,
        Test::Flag(flag) => truth(&operand(flag, found)),
        Test::Compare { op, left, right } => operand(left, found).compare(*op, &operand(right, found)),
        Test::Between { operand: value, low, high, negated } => {
            let value = operand(value, found);
            let bounds = [(Op::MoreOrEqual, low), (Op::LessOrEqual, high)];
            let sides = bounds.into_iter().map(|(op, bound)| value.compare(op, &operand(bound, found)));
            negate(all(sides, false), *negated)
        }
        Test::In { operand: value, list, negated } => {
            negate(list.holds(&operand(value, found), |item| operand(item, found)), *negated)
        }
        Test::Like { operand: value, pattern, negated } => {
            negate(like(&operand(value, found), pattern, found), *negated)
        }
        Test::Contains { list, item, negated } => {
            negate(contains(&operand(list, found), &operand(item, found)), *negated)
        }
        Test::IsNull { operand: value, negated } => Some(operand(value, found).is_null() != *negated),
        Test::Is { operand: value, truth: wanted, negated } => {
            Some((truth(&operand(value, found)) == *wanted) != *negated)
        }
    }
}

/// `and`: the first false decides, then any unknown. `or` is the same with the first true.
#[inline]
fn all(tests: impl Iterator<Item = Option<bool>>, decisive: bool) -> Option<bool> {
    let mut outcome = Some(!decisive);
    for test in tests {
        match test {
            Some(truth) if truth == decisive => return Some(decisive),
            Some(_) => {}
            None => outcome = None,
        }
    }
    outcome
}

fn negate(truth: Option<bool>, negated: bool) -> Option<bool> {
    truth.map(|truth| truth != negated)
}

fn truth(value: &Datum<'_>) -> Option<bool> {
    match value {
        Datum::Bool(truth) => Some(*truth),
        _ => None,
    }
}

/// The value of an operand.
pub fn operand<'r>(operand: &'r Operand, found: &Found<'r>) -> Datum<'r> {
    match operand {
        Operand::Literal(literal) => literal.value.borrow(),
        Operand::Field(field) => Datum::read(found.get(field.slot).copied().flatten(), field.kind),
        Operand::Lower(inner) => match self::operand(inner, found) {
            Datum::Text(text) => Datum::Text(Cow::Owned(like::lower(&text))),
            _ => Datum::Null,
        },
        Operand::Length(inner) => match self::operand(inner, found) {
            Datum::Text(text) => count(like::characters(&text)),
            Datum::List(list) => count(list.elements().len()),
            _ => Datum::Null,
        },
        Operand::Shift { time, by, back } => {
            shift(&self::operand(time, found), &self::operand(by, found), *back)
        }
        Operand::Elapsed(end, start) => {
            elapsed(&self::operand(end, found), &self::operand(start, found)).unwrap_or(Datum::Null)
        }
        Operand::Test(inner) => self::test(inner, found).map_or(Datum::Null, Datum::Bool),
    }
}

fn count(number: usize) -> Datum<'static> {
    Datum::Number(Number::Integer(i64::try_from(number).unwrap_or(i64::MAX)))
}

/// A time so much later or earlier; null beyond the years that times have.
pub fn shift(time: &Datum<'_>, by: &Datum<'_>, back: bool) -> Datum<'static> {
    let (Some(micros), Datum::Interval(interval)) = (time.time(), by) else { return Datum::Null };
    let interval = if back { interval.negated() } else { Some(*interval) };
    interval.and_then(|interval| interval.after(micros)).map_or(Datum::Null, Datum::Time)
}

fn elapsed(end: &Datum<'_>, start: &Datum<'_>) -> Option<Datum<'static>> {
    let micros = end.time()?.checked_sub(start.time()?)?;
    Some(Datum::Interval(super::interval::Interval { micros, ..Default::default() }))
}

fn like(value: &Datum<'_>, matcher: &Matcher, found: &Found<'_>) -> Option<bool> {
    let Datum::Text(text) = value else { return None };
    match matcher {
        Matcher::Fixed { pattern, any_case: false, .. } => Some(pattern.matches(text)),
        Matcher::Fixed { pattern, any_case: true, .. } => Some(pattern.matches(&like::lower(text))),
        Matcher::Field { operand: pattern, any_case } => match operand(pattern, found) {
            Datum::Text(pattern) if *any_case => {
                Some(Pattern::new(&like::lower(&pattern)).matches(&like::lower(text)))
            }
            Datum::Text(pattern) => Some(Pattern::new(&pattern).matches(text)),
            _ => None,
        },
    }
}

/// Whether a list has an element of this value; of a null nothing is known.
fn contains(list: &Datum<'_>, item: &Datum<'_>) -> Option<bool> {
    let Datum::List(list) = list else { return None };
    if item.is_null() {
        return None;
    }
    Some(
        list.elements()
            .any(|element| Datum::read(Some(element), None).compare(Op::Equal, item) == Some(true)),
    )
}
