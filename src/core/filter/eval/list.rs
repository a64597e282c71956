//! The list of an `in`: literals of one type are looked up at once, however many there are.

use std::collections::HashSet;

use super::datum::Datum;
use super::number::Number;
use crate::core::filter::tree::{Op, Operand};

/// What a value may be one of.
#[derive(Debug, Clone)]
pub struct List {
    /// As they were written.
    pub items: Vec<Operand>,
    texts: HashSet<Box<[u8]>>,
    /// Rising.
    numbers: Vec<Number<'static>>,
    /// Rising.
    times: Vec<i64>,
    /// The places of all others among the items.
    others: Vec<usize>,
}

impl List {
    pub fn new(items: Vec<Operand>) -> Self {
        let (mut texts, mut numbers, mut times) = (HashSet::new(), Vec::new(), Vec::new());
        let mut others = Vec::new();
        for (place, item) in items.iter().enumerate() {
            match item {
                Operand::Literal(literal) => match &literal.value {
                    Datum::Text(text) => drop(texts.insert(text.as_ref().into())),
                    Datum::Number(number) => numbers.push(number.clone()),
                    Datum::Time(micros) => times.push(*micros),
                    _ => others.push(place),
                },
                _ => others.push(place),
            }
        }
        numbers.sort_by(Number::order);
        times.sort_unstable();
        Self { items, texts, numbers, times, others }
    }

    /// Whether a value is in the list. Unknown where it is not, and was compared with null or another type.
    pub fn holds<'r>(
        &'r self,
        value: &Datum<'_>,
        evaluate: impl Fn(&'r Operand) -> Datum<'r>,
    ) -> Option<bool> {
        if value.is_null() {
            return None;
        }
        if self.holds_literal(value) {
            return Some(true);
        }
        let mut unknown = self.has_other_type(value);
        for item in self.others.iter().filter_map(|place| self.items.get(*place)) {
            match value.compare(Op::Equal, &evaluate(item)) {
                Some(true) => return Some(true),
                Some(false) => {}
                None => unknown = true,
            }
        }
        if unknown { None } else { Some(false) }
    }

    fn holds_literal(&self, value: &Datum<'_>) -> bool {
        let is_time = |micros| self.times.binary_search(&micros).is_ok();
        match value {
            Datum::Text(text) => {
                self.texts.contains(text.as_ref())
                    || !self.times.is_empty() && value.time().is_some_and(is_time)
            }
            Datum::Number(number) => self.numbers.binary_search_by(|other| other.order(number)).is_ok(),
            Datum::Time(micros) => is_time(*micros),
            _ => false,
        }
    }

    /// Whether some literal cannot be compared with a value that equals none of them.
    fn has_other_type(&self, value: &Datum<'_>) -> bool {
        let [texts, numbers, times] = [self.texts.is_empty(), self.numbers.is_empty(), self.times.is_empty()];
        match value {
            Datum::Text(_) => !numbers || !times && value.time().is_none(),
            Datum::Number(_) => !texts || !times,
            Datum::Time(_) => !texts || !numbers,
            _ => !texts || !numbers || !times,
        }
    }

    /// The least and the greatest of the times in the list, if it holds nothing else.
    pub fn times(&self) -> Option<(i64, i64)> {
        let only = self.times.len() == self.items.len();
        only.then_some(())?;
        self.times.first().copied().zip(self.times.last().copied())
    }
}
