//! The orders that the list may have: a page can only refute them.

use serde::{Deserialize, Serialize};

use super::order::{DAY, KEY_COUNT, Keys, Order, OrderSet};
use crate::core::model::row_facts::{LAST_ENTRY_DATE, RowFacts};

/// So many tied pairs told apart make it plain that the finer key is the order.
const PLAIN: u32 = 16;

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
#[serde(from = "Learned", into = "Learned")]
pub struct Orders {
    learned: Learned,
    /// What follows from it, worked out once a page: every row is judged by them.
    effective: OrderSet,
    possible: OrderSet,
    may_begin_with_nulls: bool,
}

/// What the pages showed, which is what a saved proof keeps.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Learned {
    alive: u16,
    fields: [Field; KEY_COUNT],
}

impl Default for Orders {
    fn default() -> Self {
        Learned { alive: u16::MAX, fields: [Field::default(); KEY_COUNT] }.into()
    }
}

impl From<Learned> for Orders {
    fn from(learned: Learned) -> Self {
        let mut orders = Self {
            learned,
            effective: OrderSet::none(),
            possible: OrderSet::none(),
            may_begin_with_nulls: false,
        };
        orders.follow();
        orders
    }
}

impl From<Orders> for Learned {
    fn from(orders: Orders) -> Self {
        orders.learned
    }
}

impl Orders {
    /// Learns from one page: it refutes whatever it is not sorted by.
    pub fn observe(&mut self, rows: &[RowFacts]) {
        self.learned.observe(rows);
        self.follow();
    }

    /// Learns from the first page what stands first.
    pub fn observe_head(&mut self, rows: &[RowFacts]) {
        let Some(first) = rows.first() else { return };
        // Nulls, if there are any, come behind.
        let valued = OrderSet::of_fields(first.keys.map(|key| key.is_some()));
        self.refute(valued.only(|order| order.nulls_first()));
    }

    /// Learns from the last page what stands last: nulls that were seen come before.
    pub fn observe_end(&mut self, rows: &[RowFacts]) {
        let Some(last) = rows.last() else { return };
        let valued = OrderSet::of_fields(last.keys.map(|key| key.is_some()));
        let null_seen = OrderSet::of_fields(self.nulls());
        self.refute(valued.both(null_seen).only(|order| !order.nulls_first()));
    }

    fn refute(&mut self, orders: OrderSet) {
        orders.iter().for_each(|order| self.learned.alive &= !order.bit());
        self.follow();
    }

    /// Keeps only what the other left as well: both speak of one list.
    pub fn agree(&mut self, other: &Self) {
        self.learned.agree(&other.learned);
        self.follow();
    }

    fn follow(&mut self) {
        (self.effective, self.possible) = (self.learned.effective(), self.learned.possible());
        let (order, valueless) = (self.effective.first(), self.valueless());
        let no_value = |field: usize| valueless.iter().any(|other| other.field() == field);
        self.may_begin_with_nulls =
            order.is_some_and(|order| no_value(LAST_ENTRY_DATE) && (0..order.field()).any(no_value));
    }

    /// The orders that a proof has to hold for.
    pub fn effective(&self) -> OrderSet {
        self.effective
    }

    /// The same with those of fields that are the same in all sessions so far: of what was not read they may be the
    /// order.
    pub fn possible(&self) -> OrderSet {
        self.possible
    }

    /// Orders that no session so far could refute, as none has the field: if the list has one of them, it begins
    /// with the sessions without a key.
    pub fn valueless(&self) -> OrderSet {
        self.learned.valueless()
    }

    /// Whether the list seems to be sorted by the time of creation, say, while no session so far has a later kind of
    /// key: it may begin with those that have none.
    pub fn may_begin_with_nulls(&self) -> bool {
        self.may_begin_with_nulls
    }

    /// The orders by which sessions may share a key.
    pub fn tying(&self) -> OrderSet {
        if self.effective.is_empty() { self.valueless() } else { self.effective }
    }

    /// The first field of which any session had a value.
    pub fn first_valued(&self) -> Option<usize> {
        self.learned.fields.iter().position(|field| field.first.is_some())
    }

    pub fn null_seen(&self, order: Order) -> bool {
        self.learned.fields.get(order.field()).is_some_and(|f| f.null_seen)
    }

    /// The fields that some session does not have.
    pub fn nulls(&self) -> [bool; KEY_COUNT] {
        self.learned.fields.map(|field| field.null_seen)
    }

    /// How much a key may lie below the moment it stands for.
    pub fn granularity(&self, order: Order) -> i64 {
        self.learned
            .fields
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

impl Learned {
    fn observe(&mut self, rows: &[RowFacts]) {
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
                // Whatever sorts those that have no key: they may stand together by that, and the others by the key.
                (None, None) => {}
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

    fn effective(&self) -> OrderSet {
        self.best(self.standing())
    }

    fn possible(&self) -> OrderSet {
        self.best(self.standing().with(self.valued(false)))
    }

    fn best(&self, standing: OrderSet) -> OrderSet {
        let fields = standing.iter().fold(0u8, |set, o| set | (1 << o.field()));
        standing.only(|o| !self.outdone(o.field(), fields))
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
        OrderSet::EVERY.only(stands)
    }

    fn valueless(&self) -> OrderSet {
        let no_value =
            |o: &Order| self.fields.get(o.field()).is_some_and(|f| f.null_seen && f.first.is_none());
        OrderSet::EVERY
            .only(|o| self.alive & o.bit() != 0 && o.nulls_first() && !o.ascending() && no_value(o))
    }

    /// Whether another field sorts the ties of this one: then that one is the order.
    fn outdone(&self, field: usize, standing: u8) -> bool {
        let told = |a: usize, b: usize| {
            self.fields.get(a).and_then(|f| f.told_apart.get(b)).is_some_and(|count| *count >= PLAIN)
        };
        (0..KEY_COUNT).any(|other| standing & (1 << other) != 0 && told(field, other) && !told(other, field))
    }

    fn agree(&mut self, other: &Self) {
        self.alive &= other.alive;
        for (own, other) in self.fields.iter_mut().zip(other.fields) {
            own.null_seen |= other.null_seen;
        }
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
