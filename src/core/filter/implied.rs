//! What a condition says of the keys that a list may be sorted by: between which moments they lie in every
//! session that it takes. It knows no order and no request; whoever reads the list decides what that is worth.

use super::eval::datum::Datum;
use super::tree::{Field, Literal, Op, Operand, Test};
use crate::core::model::row_facts::KEY_FIELDS;

/// From which moment on, and before which one, a key lies; microseconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct KeyRange {
    /// The first moment within; `None` if nothing is said.
    pub from: Option<i64>,
    /// The first moment beyond.
    pub before: Option<i64>,
}

/// The range of each key, in the order of [`KEY_FIELDS`]. A key with a range is not null.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Implied {
    pub keys: [KeyRange; KEY_FIELDS.len()],
}

impl KeyRange {
    fn both(self, other: Self) -> Self {
        let from = [self.from, other.from].into_iter().flatten().max();
        let before = [self.before, other.before].into_iter().flatten().min();
        Self { from, before }
    }

    fn either(self, other: Self) -> Self {
        let from = self.from.zip(other.from).map(|(left, right)| left.min(right));
        let before = self.before.zip(other.before).map(|(left, right)| left.max(right));
        Self { from, before }
    }
}

impl Implied {
    /// What is so in every session of which a test is true.
    pub(super) fn of(test: &Test) -> Self {
        Self::when(test, true)
    }

    /// What is so wherever a test has this outcome. Of an unknown one nothing follows, so that `not` only
    /// exchanges true and false.
    fn when(test: &Test, truth: bool) -> Self {
        match test {
            Test::All(tests) if truth => Self::all(tests, truth),
            Test::Any(tests) if !truth => Self::all(tests, truth),
            Test::All(tests) | Test::Any(tests) => Self::any(tests, truth),
            Test::Not(inner) => Self::when(inner, !truth),
            Test::Compare { op, left, right } => {
                let op = if truth { *op } else { op.opposite() };
                comparison(op, left, right)
                    .or_else(|| comparison(op.mirrored(), right, left))
                    .unwrap_or_default()
            }
            Test::Between { operand, low, high, negated } if truth != *negated => {
                let from = comparison(Op::MoreOrEqual, operand, low).unwrap_or_default();
                from.both(comparison(Op::LessOrEqual, operand, high).unwrap_or_default())
            }
            Test::In { operand, list, negated } if truth != *negated => match list.times() {
                Some((first, last)) => {
                    Self::one(operand, KeyRange { from: Some(first), before: last.checked_add(1) })
                        .unwrap_or_default()
                }
                None => Self::default(),
            },
            Test::Is { operand: Operand::Test(inner), truth: Some(wanted), negated: false } if truth => {
                Self::when(inner, *wanted)
            }
            _ => Self::default(),
        }
    }

    fn all(tests: &[Test], truth: bool) -> Self {
        tests.iter().map(|test| Self::when(test, truth)).fold(Self::default(), Self::both)
    }

    fn any(tests: &[Test], truth: bool) -> Self {
        tests.iter().map(|test| Self::when(test, truth)).reduce(Self::either).unwrap_or_default()
    }

    fn both(self, other: Self) -> Self {
        self.with(other, KeyRange::both)
    }

    fn either(self, other: Self) -> Self {
        self.with(other, KeyRange::either)
    }

    fn with(mut self, other: Self, join: impl Fn(KeyRange, KeyRange) -> KeyRange) -> Self {
        for (range, other) in self.keys.iter_mut().zip(other.keys) {
            *range = join(*range, other);
        }
        self
    }

    /// A range of the key that an operand is, if it is one.
    fn one(operand: &Operand, range: KeyRange) -> Option<Self> {
        // Only what is compared as a time is ordered as the list is.
        let Operand::Field(Field { path, kind: Some(crate::core::model::fields::Kind::Moment), .. }) =
            operand
        else {
            return None;
        };
        let (name, _) = path.split();
        let mut implied = Self::default();
        let key = KEY_FIELDS.iter().position(|field| *field == name)?;
        *implied.keys.get_mut(key)? = range;
        Some(implied)
    }
}

fn comparison(op: Op, field: &Operand, literal: &Operand) -> Option<Implied> {
    let Operand::Literal(Literal { value: Datum::Time(micros), .. }) = literal else { return None };
    let (micros, next) = (Some(*micros), micros.checked_add(1));
    let range = match op {
        Op::Equal => KeyRange { from: micros, before: next },
        Op::Less => KeyRange { from: None, before: micros },
        Op::LessOrEqual => KeyRange { from: None, before: next },
        Op::More => KeyRange { from: next, before: None },
        Op::MoreOrEqual => KeyRange { from: micros, before: None },
        Op::Differ => return None,
    };
    Implied::one(field, range)
}
