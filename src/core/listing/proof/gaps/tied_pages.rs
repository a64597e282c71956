//! Full pages that begin or end among sessions of one key, by the ids at their ends: what was read once need not be
//! read again to show that no session lies between two of them. It holds as long as the order within the tie stays
//! the same.

use std::collections::BTreeMap;

use crate::core::listing::proof::evidence::Entry;
use crate::core::listing::proof::keys::coverage::{Gap, Span};
use crate::core::listing::proof::keys::order::{Order, OrderSet};
use crate::core::listing::proof::rows::page_view::PageView;
use crate::core::listing::proof::state::ProofState;

/// Rows that two pages must share in the same order: fewer could agree by chance.
pub const ANCHORS: usize = 4;
/// Ids kept of a page's beginning, and of its end: the list may have moved when the walk goes on there.
const FIRST: usize = 16;
const LAST: usize = 32;

/// One page.
#[derive(Debug, Clone)]
struct TiedPage {
    span: Span,
    /// Rows at the beginning with the first row's key.
    leading: u64,
    first: Vec<u128>,
    last: Vec<u128>,
    /// The walk came through it.
    passed: bool,
}

/// The pages, by their first id; in its order, so that a history can be played again.
#[derive(Debug, Default)]
pub struct TiedPages(BTreeMap<u128, TiedPage>);

impl TiedPages {
    /// Remembers a page of which so many rows at one end share a key.
    pub fn note(&mut self, read: &PageView<'_>, orders: OrderSet, tied: u64) {
        let Some(span) = read.span.filter(|_| !read.short) else { return };
        let leading = orders.iter().map(|order| rows_of_first_key(read, order)).max().unwrap_or(0);
        if leading.max(u64::from(span.tied)) < tied {
            return;
        }
        let ids: Vec<u128> = read.ids().collect();
        let Some(id) = ids.first().filter(|_| ids.len() == read.rows.len()) else { return };
        let first = ids.iter().take(FIRST).copied().collect();
        let last = ids.get(ids.len().saturating_sub(LAST)..).unwrap_or_default().to_vec();
        self.0.insert(*id, TiedPage { span, leading, first, last, passed: false });
    }

    /// What the pages prove together that hold all sessions of one key, where these are so many, and some of either
    /// side.
    pub fn bridge(&self, order: Order, value: i64, least: u64) -> Option<Span> {
        let begins = |page: &&TiedPage| page.span.hi(order) > value && page.span.lo(order) == value;
        self.0.values().filter(begins).find_map(|top| {
            let start = top.span.stop.saturating_sub(u64::from(top.span.tied));
            let (mut above, mut steps) = (top, 0);
            while above.span.lo(order) == value {
                above = self.below(&above.last, |_| steps <= self.0.len())?;
                steps += 1;
            }
            let stop = above.span.start + above.leading;
            (stop.saturating_sub(start) >= least).then(|| top.span.down_to(&above.span))
        })
    }

    /// The page that goes on where these ids end.
    fn below(&self, ids: &[u128], fits: impl Fn(&TiedPage) -> bool) -> Option<&TiedPage> {
        let goes_on = |page: &&TiedPage| fits(page) && is_linked(ids, &page.first, ANCHORS);
        ids.iter().filter_map(|id| self.0.get(id)).find(goes_on)
    }

    /// That page's span and last ids; each page once in a walk.
    pub fn pass(&mut self, ids: &[u128]) -> Option<(Span, Vec<u128>)> {
        let first = *self.below(ids, |page| !page.passed)?.first.first()?;
        let page = self.0.get_mut(&first)?;
        page.passed = true;
        Some((page.span, page.last.clone()))
    }

    /// A walk begins.
    pub fn begin(&mut self) {
        self.0.values_mut().for_each(|page| page.passed = false);
    }

    /// How far down the list moved since one of the pages was read, as another reading near it shows.
    pub fn drift(&self, read: &PageView<'_>) -> Option<i64> {
        let known = |(rank, id): (u64, u128)| Some((rank, self.0.get(&id)?.span.start));
        let (now, then) = (read.request.start..).zip(read.ids()).find_map(known)?;
        i64::try_from(now).ok()?.checked_sub(i64::try_from(then).ok()?)
    }

    pub fn clear(&mut self) {
        self.0.clear();
    }
}

impl ProofState {
    /// Keeps what shows where a page of sessions with one key goes on.
    pub fn remember(&mut self, read: &PageView<'_>) {
        if !read.request.peek {
            self.tied_pages.note(read, self.orders.tying(), self.overlap());
        }
    }

    /// Closes gaps of one key that no page can hold by the pages that were read.
    pub fn bridge_ties(&mut self) {
        let least = self.limit().saturating_sub(1);
        for gap in self.gaps() {
            self.bridge(&gap, least);
        }
    }

    /// Closes a gap of one key, which so many sessions have, by the pages that were read; whether they do.
    pub fn bridge(&mut self, gap: &Gap, least: u64) -> bool {
        let bridge = Some(gap.hi).filter(|_| gap.lo == gap.hi);
        let bridge = bridge.and_then(|value| self.tied_pages.bridge(gap.order, value, least));
        if bridge.is_some() {
            self.record(Entry::Anchored);
            self.prove(bridge);
        }
        bridge.is_some()
    }
}

fn rows_of_first_key(read: &PageView<'_>, order: Order) -> u64 {
    let key = read.rows.first().map(|row| order.key(&row.keys));
    read.rows.iter().take_while(|row| Some(order.key(&row.keys)) == key).count() as u64
}

/// Whether a page goes on where another one ends: it begins with the other one's last rows, so many at least, in the
/// same order. Others may have come in between since.
pub fn is_linked(above: &[u128], below: &[u128], least: usize) -> bool {
    let place = |id: &u128| below.iter().position(|other| other == id);
    let Some(first) = above.iter().position(|id| place(id).is_some()) else { return false };
    let tail = above.get(first..).unwrap_or_default();
    let shared: Vec<usize> = tail.iter().filter_map(place).collect();
    shared.len() >= least && shared.len() * 2 >= tail.len() && shared.is_sorted()
}

#[cfg(test)]
mod tests {
    use super::is_linked;

    #[test]
    fn pages_are_linked_by_rows_in_the_same_order() {
        let above: Vec<u128> = (0..100).collect();
        let below = |first: u128| (first..first + 100).collect::<Vec<u128>>();
        assert!(is_linked(&above, &below(92), 4));
        // Rows that went, and rows that came.
        assert!(is_linked(&above, &below(92).into_iter().filter(|id| *id != 94).collect::<Vec<_>>(), 4));
        let came: Vec<u128> = [200, 92, 93, 201, 94, 95, 96, 97, 98, 99, 100].into();
        assert!(is_linked(&above, &came, 4));
        assert!(!is_linked(&above, &below(100), 4));
        let turned: Vec<u128> = [93, 92, 94, 95, 96, 97, 98, 99, 100].into();
        assert!(!is_linked(&above, &turned, 4));
        // A few rows may be shared by chance.
        assert!(!is_linked(&above, &[92, 100, 101, 102], 4));
        assert!(!is_linked(&above, &[99, 100, 101, 102], 4));
        // At the end of the list there are no more.
        assert!(is_linked(&above, &[99, 100], 1));
    }
}
