//! The orders that the list may have: a page can only refute them.
//! An order maps a session's fields to one integer, by which the list descends.

use serde::{Deserialize, Serialize};

use crate::core::model::row_facts::{KEY_FIELDS, RowFacts};

pub type Keys = [Option<i64>; KEY_COUNT];

const KEY_COUNT: usize = KEY_FIELDS.len();
/// Above and below every key; nulls; and the widest a value can be.
pub const TOP: i64 = i64::MAX;
pub const NULL_HIGH: i64 = TOP - 1;
pub const BOTTOM: i64 = i64::MIN;
pub const NULL_LOW: i64 = BOTTOM + 1;
const WIDEST: i64 = TOP - 2;

/// So many tied pairs told apart make it plain that the finer key is the order.
const PLAIN: u32 = 16;
/// Keys coarser than a day are not believed.
pub const DAY: i64 = 86_400_000_000;

/// A field, a direction and a place for nulls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Order(u8);

impl Order {
    fn all() -> impl Iterator<Item = Self> {
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

    fn bit(self) -> u16 {
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
    pub fn iter(self) -> impl Iterator<Item = Order> {
        Order::all().filter(move |o| self.0 & o.bit() != 0)
    }

    pub fn is_empty(self) -> bool {
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

/// What a field did from one row to the next.
#[derive(Debug, Clone, Copy, Default)]
#[expect(clippy::struct_excessive_bools, reason = "four things that may have happened, each by itself")]
struct Moves {
    up: bool,
    down: bool,
    to_null: bool,
    from_null: bool,
}

/// What is known of one field.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Field {
    first: Option<i64>,
    /// Greatest common divisor of the differences: how coarse the field's clock is.
    granularity: i64,
    null_seen: bool,
    /// Tied pairs that each other field told apart.
    told_apart: [u32; KEY_COUNT],
}

/// The orders that no page has refuted so far.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Orders {
    alive: u16,
    fields: [Field; KEY_COUNT],
}

impl Default for Orders {
    fn default() -> Self {
        Self { alive: u16::MAX, fields: [Field::default(); KEY_COUNT] }
    }
}

impl Orders {
    /// Learns from one page: it refutes whatever it is not sorted by.
    pub fn observe(&mut self, rows: &[RowFacts]) {
        let mut moves = [Moves::default(); KEY_COUNT];
        for pair in rows.windows(2) {
            if let [upper, lower] = pair {
                self.compare(&upper.keys, &lower.keys, &mut moves);
            }
        }
        for row in rows {
            for (field, value) in self.fields.iter_mut().zip(row.keys) {
                field.learn(value);
            }
        }
        for order in Order::all() {
            let m = moves.get(order.field()).copied().unwrap_or_default();
            let turned = if order.ascending() { m.down } else { m.up };
            let misplaced = if order.nulls_first() { m.to_null } else { m.from_null };
            if turned || misplaced {
                self.alive &= !order.bit();
            }
        }
    }

    fn compare(&mut self, upper: &Keys, lower: &Keys, moves: &mut [Moves; KEY_COUNT]) {
        let mut tied = [false; KEY_COUNT];
        for (((a, b), m), t) in upper.iter().zip(lower).zip(moves).zip(&mut tied) {
            match (a, b) {
                (Some(a), Some(b)) if a == b => *t = true,
                (None, None) => *t = true,
                (Some(a), Some(b)) if a < b => m.up = true,
                (Some(_), Some(_)) => m.down = true,
                (Some(_), None) => m.to_null = true,
                (None, Some(_)) => m.from_null = true,
            }
        }
        if !tied.contains(&true) {
            return;
        }
        for (field, t) in self.fields.iter_mut().zip(tied) {
            if t {
                for (count, other) in field.told_apart.iter_mut().zip(tied) {
                    *count = count.saturating_add(u32::from(!other));
                }
            }
        }
    }

    /// The orders that a proof has to hold for.
    pub fn effective(&self) -> OrderSet {
        self.best(self.standing())
    }

    /// The same with those of fields that are the same in all sessions so far: of what was not read they may be the
    /// order.
    pub fn possible(&self) -> OrderSet {
        self.best(self.standing().with(self.valued(false)))
    }

    fn best(&self, standing: OrderSet) -> OrderSet {
        let fields = standing.iter().fold(0u8, |set, o| set | (1 << o.field()));
        OrderSet(standing.iter().filter(|o| !self.outdone(o.field(), fields)).fold(0, |set, o| set | o.bit()))
    }

    /// Not refuted, and of a field that varies: one that is the same everywhere orders nothing, unless
    /// there is no other.
    fn standing(&self) -> OrderSet {
        let varying = self.valued(true);
        if varying.is_empty() { self.valued(false) } else { varying }
    }

    /// Not refuted, and of a field that has values, or different ones.
    fn valued(&self, varies: bool) -> OrderSet {
        let stands = |o: &Order| {
            let field = self.fields.get(o.field()).copied().unwrap_or_default();
            let valued = field.first.is_some() && (!varies || field.granularity != 0 || field.null_seen);
            // Without a null, both places for nulls are the same order: one of them will do.
            self.alive & o.bit() != 0 && valued && (field.null_seen || !o.nulls_first())
        };
        OrderSet(Order::all().filter(stands).fold(0, |set, o| set | o.bit()))
    }

    /// Whether another field sorts the ties of this one: then that one is the order.
    fn outdone(&self, field: usize, standing: u8) -> bool {
        let told = |a: usize, b: usize| {
            self.fields.get(a).and_then(|f| f.told_apart.get(b)).is_some_and(|count| *count >= PLAIN)
        };
        (0..KEY_COUNT).any(|other| standing & (1 << other) != 0 && told(field, other) && !told(other, field))
    }

    /// Keeps only what the other left as well: both speak of one list.
    pub fn agree(&mut self, other: &Self) {
        self.alive &= other.alive;
        for (own, other) in self.fields.iter_mut().zip(other.fields) {
            own.null_seen |= other.null_seen;
        }
    }

    /// The first field of which any session had a value.
    pub fn first_valued(&self) -> Option<usize> {
        self.fields.iter().position(|field| field.first.is_some())
    }

    pub fn null_seen(&self, order: Order) -> bool {
        self.fields.get(order.field()).is_some_and(|f| f.null_seen)
    }

    /// The fields that some session does not have.
    pub fn nulls(&self) -> [bool; KEY_COUNT] {
        self.fields.map(|field| field.null_seen)
    }

    /// How much a key may lie below the moment it stands for.
    pub fn granularity(&self, order: Order) -> i64 {
        self.fields
            .get(order.field())
            .map_or(DAY, |f| if f.granularity == 0 { DAY } else { f.granularity.min(DAY) })
    }

    /// The orders that the pages bear out, for the report.
    pub fn names(&self) -> Option<String> {
        let mut names: Vec<String> = self.effective().iter().map(Order::name).collect();
        names.dedup();
        if names.is_empty() { None } else { Some(names.join(", ")) }
    }
}

impl Field {
    fn learn(&mut self, value: Option<i64>) {
        let Some(value) = value else {
            self.null_seen = true;
            return;
        };
        let first = *self.first.get_or_insert(value);
        if self.granularity != 1 {
            self.granularity = gcd(self.granularity, value.saturating_sub(first).saturating_abs());
        }
    }
}

fn gcd(a: i64, b: i64) -> i64 {
    let (mut a, mut b) = (a, b);
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}
