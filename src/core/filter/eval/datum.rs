//! One value while a condition is evaluated: read off the tape by the type that its field is documented to
//! have, and compared as SQL compares. Whatever is missing or of another type is null.

use std::borrow::Cow;
use std::cmp::Ordering;

use super::number::Number;
use crate::core::filter::interval::Interval;
use crate::core::filter::tree::{Class, Op};
use crate::core::json::{Kind as Json, Value};
use crate::core::model::fields::{Kind, integer, is_texts};
use crate::core::model::time::micros_of;

/// A value. Text is UTF-8 in which a lone surrogate takes three bytes; its bytes sort as its code points do.
#[derive(Debug, Clone)]
pub enum Datum<'a> {
    Null,
    Bool(bool),
    Number(Number<'a>),
    Text(Cow<'a, [u8]>),
    /// Microseconds since 1970.
    Time(i64),
    Interval(Interval),
    List(Value<'a>),
    Object,
}

impl<'a> Datum<'a> {
    /// The value of a field in a session.
    #[inline]
    pub fn read(value: Option<Value<'a>>, kind: Option<Kind>) -> Self {
        let Some(value) = value else { return Self::Null };
        match (kind, value.kind()) {
            (Some(Kind::Moment), Json::String(text)) => {
                text.as_str().map(str::as_bytes).and_then(micros_of).map_or(Self::Null, Self::Time)
            }
            (Some(Kind::Texts), Json::Array(_)) if !is_texts(value) => Self::Null,
            (Some(Kind::Texts | Kind::Any) | None, Json::Array(_)) => Self::List(value),
            (Some(Kind::Object | Kind::Any) | None, Json::Object(_)) => Self::Object,
            (Some(Kind::Text | Kind::Any) | None, Json::String(text)) => {
                Self::Text(Cow::Borrowed(text.as_bytes()))
            }
            (Some(Kind::Integer | Kind::Float | Kind::Any) | None, Json::Integer(digits)) => {
                Self::Number(Number::integer(digits))
            }
            // As the columns take it: `2.0` is an integer.
            (Some(Kind::Integer), Json::Float(_)) => match integer(value) {
                Some(whole) => Self::Number(Number::Integer(whole)),
                None => Self::Null,
            },
            (Some(Kind::Float | Kind::Any) | None, Json::Float(number)) => {
                Self::Number(Number::Float(number))
            }
            (Some(Kind::Bool | Kind::Any) | None, Json::Bool(truth)) => Self::Bool(truth),
            _ => Self::Null,
        }
    }

    /// The same value, borrowed.
    #[inline]
    pub fn borrow(&self) -> Datum<'_> {
        match self {
            Self::Text(text) => Datum::Text(Cow::Borrowed(text)),
            Self::Number(Number::Big(digits)) => Datum::Number(Number::Big(Cow::Borrowed(digits))),
            other => other.clone(),
        }
    }

    pub fn class(&self) -> Class {
        match self {
            Self::Null => Class::Null,
            Self::Bool(_) => Class::Bool,
            Self::Number(_) => Class::Number,
            Self::Text(_) => Class::Text,
            Self::Time(_) => Class::Time,
            Self::Interval(_) => Class::Interval,
            Self::List(_) => Class::List,
            Self::Object => Class::Object,
        }
    }

    #[inline]
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// The value as a time: itself, or a text that is one.
    pub fn time(&self) -> Option<i64> {
        match self {
            Self::Time(micros) => Some(*micros),
            Self::Text(text) => micros_of(text),
            _ => None,
        }
    }

    /// How two values stand to each other; unknown where either is null, or they are of two types.
    #[inline]
    pub fn order(&self, other: &Datum<'_>) -> Option<Ordering> {
        match (self, other) {
            (Self::Number(left), Datum::Number(right)) => Some(left.order(right)),
            (Self::Text(left), Datum::Text(right)) => Some(left.as_ref().cmp(right.as_ref())),
            (Self::Bool(left), Datum::Bool(right)) => Some(left.cmp(right)),
            (Self::Time(left), Datum::Time(right)) => Some(left.cmp(right)),
            // A text that has no documented type is a time where it is compared with one.
            (Self::Time(_), Datum::Text(_)) | (Self::Text(_), Datum::Time(_)) => {
                Some(self.time()?.cmp(&other.time()?))
            }
            (Self::Interval(left), Datum::Interval(right)) => Some(left.length().cmp(&right.length())),
            _ => None,
        }
    }

    /// Whether a comparison holds.
    #[inline]
    pub fn compare(&self, op: Op, other: &Datum<'_>) -> Option<bool> {
        let order = self.order(other)?;
        Some(match op {
            Op::Equal => order.is_eq(),
            Op::Differ => order.is_ne(),
            Op::Less => order.is_lt(),
            Op::LessOrEqual => order.is_le(),
            Op::More => order.is_gt(),
            Op::MoreOrEqual => order.is_ge(),
        })
    }
}
