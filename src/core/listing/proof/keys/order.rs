//! Orders: a field, a direction and a place for nulls, and sets of them.
//! An order maps a session's fields to one integer, by which the list descends.

use serde::{Deserialize, Serialize};

use crate::core::model::row_facts::KEY_FIELDS;

pub type Keys = [Option<i64>; KEY_COUNT];

pub const KEY_COUNT: usize = KEY_FIELDS.len();
/// Above and below every key; nulls; and the widest a value can be.
pub const TOP: i64 = i64::MAX;
pub const NULL_HIGH: i64 = TOP - 1;
pub const BOTTOM: i64 = i64::MIN;
pub const NULL_LOW: i64 = BOTTOM + 1;
const WIDEST: i64 = TOP - 2;

/// Keys coarser than a day are not believed.
pub const DAY: i64 = 86_400_000_000;

/// A field, a direction and a place for nulls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Order(u8);

impl Order {
    pub fn all() -> impl Iterator<Item = Self> {
        (0..).take(KEY_COUNT * 4).map(Self)
    }

    pub fn field(self) -> usize {
        usize::from(self.0 >> 2)
    }

    pub fn ascending(self) -> bool {
        self.0 & 2 != 0
    }

    pub fn nulls_first(self) -> bool {
        self.0 & 1 != 0
    }

    pub fn bit(self) -> u16 {
        1 << self.0
    }

    /// Where a session stands: greater keys come earlier in the list.
    pub fn key(self, keys: &Keys) -> i64 {
        match keys.get(self.field()).copied().flatten() {
            Some(value) => self.of_value(value),
            None if self.nulls_first() => NULL_HIGH,
            None => NULL_LOW,
        }
    }

    pub fn of_value(self, value: i64) -> i64 {
        let value = value.clamp(-WIDEST, WIDEST);
        if self.ascending() { -value } else { value }
    }

    pub fn name(self) -> String {
        let field = KEY_FIELDS.get(self.field()).copied().unwrap_or_default();
        format!("{field} {}", if self.ascending() { "asc" } else { "desc" })
    }
}

/// A set of orders.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct OrderSet(u16);

impl OrderSet {
    pub const EVERY: Self = Self(u16::MAX);

    pub fn iter(self) -> impl Iterator<Item = Order> {
        let mut left = self.0;
        std::iter::from_fn(move || {
            let lowest = u8::try_from(left.trailing_zeros()).ok().filter(|_| left != 0)?;
            left &= left - 1;
            Some(Order(lowest))
        })
    }

    pub fn is_empty(&self) -> bool {
        self.0 == 0
    }

    pub fn none() -> Self {
        Self(0)
    }

    #[must_use]
    pub fn only(self, test: impl FnMut(&Order) -> bool) -> Self {
        Self(self.iter().filter(test).fold(0, |set, o| set | o.bit()))
    }

    pub fn holds(self, order: Order) -> bool {
        self.0 & order.bit() != 0
    }

    #[must_use]
    pub fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub fn first(self) -> Option<Order> {
        self.iter().next()
    }

    pub fn all(self, test: impl FnMut(Order) -> bool) -> bool {
        self.iter().all(test)
    }

    #[must_use]
    pub fn both(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// All orders of these fields.
    pub fn of_fields(fields: [bool; KEY_COUNT]) -> Self {
        Self(
            (0..).zip(fields).fold(0, |set, (field, there)| set | if there { 0xF << (field * 4) } else { 0 }),
        )
    }

    #[must_use]
    pub fn complement(self) -> Self {
        Self(!self.0)
    }

    /// The fields, each once.
    pub fn fields(self) -> Vec<usize> {
        let mut fields: Vec<usize> = self.iter().map(Order::field).collect();
        fields.dedup();
        fields
    }

    /// Fields and directions only: while no null was seen, its place makes no difference.
    fn directions(self) -> u16 {
        self.iter().fold(0, |set, o| set | (1 << (o.0 >> 1)))
    }

    /// Whether what was shown for the orders of `other` holds for these as well.
    pub fn within(self, other: Self) -> bool {
        self.directions() & !other.directions() == 0
    }
}
