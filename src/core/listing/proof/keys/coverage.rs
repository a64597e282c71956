//! What the pages of one epoch prove: open key intervals, and the gaps between them.
//! It knows no request; ranks are only hints of where to look next.

use serde::{Deserialize, Serialize};

use super::order::{BOTTOM, Keys, Order, OrderSet, TOP};
use super::region::Zone;

/// One page, or several that cross: every session with a key strictly between its ends was in it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Span {
    pub first: Keys,
    pub last: Keys,
    /// Begins at rank 0: nothing lies above.
    pub top: bool,
    /// Proven to be the end: nothing lies below.
    pub end: bool,
    /// Ranks at the time of reading.
    pub start: u64,
    pub stop: u64,
    /// The last page was shorter than asked.
    pub short: bool,
    /// Rows at the end with the last row's key.
    pub tied: u32,
}

impl Span {
    pub fn hi(&self, order: Order) -> i64 {
        if self.top { TOP } else { order.key(&self.first) }
    }

    pub fn lo(&self, order: Order) -> i64 {
        if self.end { BOTTOM } else { order.key(&self.last) }
    }

    /// Both, where the other one goes on below this one.
    #[must_use]
    pub fn down_to(&self, below: &Self) -> Self {
        let Self { last, stop, short, tied, .. } = *below;
        Self { last, stop, short, tied, ..*self }
    }
}

/// A closed range of keys that no page proves.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Gap {
    pub order: Order,
    pub lo: i64,
    pub hi: i64,
    /// The spans above and below it.
    pub up: Option<Span>,
    pub down: Option<Span>,
}

/// The spans of one epoch.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Cover {
    spans: Vec<Span>,
}

impl Cover {
    pub fn clear(&mut self) {
        self.spans.clear();
    }

    pub fn allocated(&self) -> usize {
        self.spans.capacity() * size_of::<Span>()
    }

    pub fn spans(&self) -> &[Span] {
        &self.spans
    }

    /// The span that reaches furthest down.
    pub fn lowest(&self, order: Option<Order>) -> Option<&Span> {
        let order = order?;
        self.spans.iter().min_by_key(|span| span.lo(order))
    }

    /// The rank where the sessions with that key began, as the page that reaches above them showed it.
    pub fn start_of_tie(&self, order: Order, key: i64) -> Option<u64> {
        let begins = |span: &&Span| span.lo(order) == key && span.hi(order) > key;
        self.spans.iter().find(begins).map(|span| span.stop.saturating_sub(u64::from(span.tied)))
    }

    /// Adds a page, and joins what it bridges: crossing pages prove their union.
    pub fn insert(&mut self, mut span: Span, orders: OrderSet, cross: bool) {
        let mut grew = true;
        while grew {
            grew = false;
            self.spans.retain(|old| match join(old, &span, orders, cross) {
                Some(union) => {
                    span = union;
                    grew = true;
                    false
                }
                None => true,
            });
        }
        self.spans.push(span);
    }

    /// The keys of a zone that are not proven, from above.
    pub fn gaps(&self, order: Order, zone: Zone, cross: bool) -> Vec<Gap> {
        let mut spans: Vec<&Span> = self.spans.iter().collect();
        spans.sort_by_key(|s| (std::cmp::Reverse(s.hi(order)), s.lo(order)));
        let (mut gaps, mut up) = (Vec::new(), None);
        // The greatest key that is not proven yet.
        let mut open = zone.hi.saturating_sub(1);
        for span in spans {
            let (hi, lo) = (span.hi(order), span.lo(order));
            if open <= zone.lo {
                break;
            }
            let reaches = hi > open || (!cross && hi == open);
            if !reaches {
                gaps.push(Gap { order, lo: hi, hi: open, up, down: Some(*span) });
            }
            // The nearest span above, though it may lie far above the zone. Of those that end with the same key, the
            // one that may be the end of the list.
            let nearer = up.is_none_or(|up: Span| lo < up.lo(order) || (lo == up.lo(order) && span.short));
            if lo < open || nearer || !reaches {
                open = open.min(lo);
                up = Some(*span);
            }
        }
        if open > zone.lo {
            gaps.push(Gap { order, lo: zone.lo, hi: open, up, down: None });
        }
        gaps
    }
}

/// The union of two spans, if they cross under every order.
fn join(a: &Span, b: &Span, orders: OrderSet, cross: bool) -> Option<Span> {
    if orders.is_empty() {
        return None;
    }
    let meets = |x: i64, y: i64| if cross { x > y } else { x >= y };
    let crosses = |o: Order| meets(a.hi(o), b.lo(o)) && meets(b.hi(o), a.lo(o));
    if !orders.all(crosses) {
        return None;
    }
    let upper = highest(a, b, orders)?;
    let lower = lowest(a, b, orders)?;
    Some(Span {
        first: upper.first,
        last: lower.last,
        top: upper.top,
        end: lower.end,
        start: upper.start,
        stop: lower.stop,
        short: lower.short,
        tied: lower.tied,
    })
}

fn highest<'a>(a: &'a Span, b: &'a Span, orders: OrderSet) -> Option<&'a Span> {
    if orders.all(|o| a.hi(o) >= b.hi(o)) {
        return Some(a);
    }
    orders.all(|o| b.hi(o) >= a.hi(o)).then_some(b)
}

/// Of two with the same last key, the newer one: its rank is the better hint.
fn lowest<'a>(a: &'a Span, b: &'a Span, orders: OrderSet) -> Option<&'a Span> {
    if orders.all(|o| b.lo(o) <= a.lo(o)) {
        return Some(b);
    }
    orders.all(|o| a.lo(o) <= b.lo(o)).then_some(a)
}
