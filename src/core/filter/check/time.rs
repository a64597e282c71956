//! Times and intervals: literals of them, and what is calculated with them.

use sqlparser::ast::{DataType, Expr, Interval as SqlInterval, TypedString, Value as SqlValue};

use super::{Checker, text_of};
use crate::core::filter::eval::datum::Datum;
use crate::core::filter::eval::shift;
use crate::core::filter::interval::Interval;
use crate::core::filter::sql::{Fault, TIME};
use crate::core::filter::tree::{Class, Literal, Operand};
use crate::core::model::time::parse_timestamp;

const MICROS_PER_DAY: i64 = 86_400_000_000;

impl Checker<'_> {
    /// `timestamp '2026-01-31 08:00:00'`, `date '2026-01-31'`.
    pub(super) fn typed(&mut self, typed: &TypedString) -> Option<Operand> {
        let at = self.places.at(typed.value.span.start);
        let text = text_of(&typed.value.value).unwrap_or_default();
        let time = parse_timestamp(text).map(|time| time.micros);
        let (name, time) = match typed.data_type {
            DataType::Date => ("date", time.filter(|micros| micros % MICROS_PER_DAY == 0)),
            _ => ("timestamp", time),
        };
        let micros = self.found(time, || no_time(at, text))?;
        Some(literal(Datum::Time(micros), format!("{name} '{text}'")))
    }

    /// A text that stands against a time.
    pub(super) fn time_literal(&mut self, expr: &Expr, text: Literal) -> Option<Operand> {
        let at = self.at(expr);
        let written = text.written.trim_matches('\'');
        let micros = self.found(text.value.time(), || no_time(at, written))?;
        Some(Operand::Literal(Literal { value: Datum::Time(micros), written: text.written }))
    }

    /// A text that stands against an interval.
    pub(super) fn interval_literal(&mut self, expr: &Expr, text: &Literal) -> Option<Operand> {
        let interval = match &text.value {
            Datum::Text(bytes) => {
                std::str::from_utf8(bytes).ok().and_then(|text| Interval::parse(text, None))
            }
            _ => None,
        };
        let at = self.at(expr);
        self.found(interval, || no_interval(at)).map(interval_operand)
    }

    /// `interval '7 days'`, `interval '7' day`, `interval 7 day`.
    pub(super) fn interval(&mut self, expr: &Expr, sent: &SqlInterval) -> Option<Operand> {
        let value = match sent.value.as_ref() {
            Expr::Value(value) => match &value.value {
                SqlValue::Number(digits, _) => Some(digits.as_str()),
                other => text_of(other),
            },
            _ => None,
        };
        let unit = sent.leading_field.as_ref().map(ToString::to_string);
        let plain = sent.last_field.is_none() && sent.leading_precision.is_none();
        let interval = value.filter(|_| plain).and_then(|text| Interval::parse(text, unit.as_deref()));
        let at = self.at(expr);
        self.found(interval, || no_interval(at)).map(interval_operand)
    }

    /// A sum, or (`minus`) a difference.
    pub(super) fn calculate(&mut self, left: &Expr, right: &Expr, minus: bool) -> Option<Operand> {
        let (first, second) = (self.operand(left), self.operand(right));
        let (first, second) = (first?, second?);
        match (first.class(), second.class()) {
            (Class::Interval, Class::Interval) => self.add_intervals(left, &first, &second, minus),
            (Class::Time | Class::Text | Class::Dynamic | Class::Null, Class::Interval) => {
                self.shift(left, first, second, minus)
            }
            (Class::Interval, Class::Time | Class::Text | Class::Dynamic) if !minus => {
                self.shift(right, second, first, false)
            }
            (Class::Time, Class::Time | Class::Text | Class::Dynamic)
            | (Class::Text | Class::Dynamic, Class::Time)
                if minus =>
            {
                let (end, start) = (self.as_time(left, first), self.as_time(right, second));
                Some(Operand::Elapsed(Box::new(end?), Box::new(start?)))
            }
            _ => {
                let fault = Fault::new(self.at(left), "arithmetic is for times and intervals only");
                self.fail(fault.hint("as in now() - interval '7 days'"))
            }
        }
    }

    /// A time: what is one, a text that reads as one, or whatever was sent.
    fn as_time(&mut self, expr: &Expr, operand: Operand) -> Option<Operand> {
        let operand = self.read_as(Class::Time, expr, operand)?;
        let allowed = [Class::Time, Class::Dynamic, Class::Null];
        self.expect(&operand, expr, &allowed, "an interval is added to a time")?;
        Some(operand)
    }

    fn shift(&mut self, expr: &Expr, time: Operand, by: Operand, back: bool) -> Option<Operand> {
        let time = self.as_time(expr, time)?;
        let shifted = Operand::Shift { time: Box::new(time), by: Box::new(by), back };
        let Operand::Shift { time, by, .. } = &shifted else { return Some(shifted) };
        let (Operand::Literal(time), Operand::Literal(by)) = (time.as_ref(), by.as_ref()) else {
            return Some(shifted);
        };
        // What does not depend on the session is calculated once.
        match shift(&time.value, &by.value, back) {
            Datum::Null if !time.value.is_null() => {
                let at = self.at(expr);
                self.fail(Fault::new(at, "this time is beyond all years"))
            }
            value => Some(literal(value, shifted.to_string())),
        }
    }

    fn add_intervals(&mut self, at: &Expr, left: &Operand, right: &Operand, minus: bool) -> Option<Operand> {
        let value = |operand: &Operand| match operand {
            Operand::Literal(Literal { value: Datum::Interval(interval), .. }) => Some(*interval),
            _ => None,
        };
        let right = if minus { value(right).and_then(Interval::negated) } else { value(right) };
        let sum = value(left).zip(right).and_then(|(left, right)| left.plus(right));
        let at = self.at(at);
        let fault = || Fault::new(at, "only intervals that are written out are added");
        self.found(sum, fault).map(interval_operand)
    }
}

fn interval_operand(interval: Interval) -> Operand {
    literal(Datum::Interval(interval), format!("interval '{interval}'"))
}

fn literal(value: Datum<'static>, written: String) -> Operand {
    Operand::Literal(Literal { value, written: written.into() })
}

fn no_time(at: usize, text: &str) -> Fault {
    let fault = Fault::new(at, "this text is no time");
    if Interval::parse(text, None).is_some() {
        return fault.hint(format!("so long ago is now() - interval '{text}'"));
    }
    fault.hint(TIME)
}

fn no_interval(at: usize) -> Fault {
    Fault::new(at, "this is no interval").hint("write it as interval '7 days'")
}
