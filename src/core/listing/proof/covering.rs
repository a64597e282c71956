//! What the pages of an epoch cover of what they have to, and where the list ends. It changes nothing.

use super::keys::coverage::{Cover, Gap, Span};
use super::keys::order::{NULL_HIGH, Order, OrderSet};
use super::keys::region::Zone;
use super::rows::page_view::{Ending, PageView};
use super::state::ProofState;
use crate::core::model::row_facts::RowFacts;

impl ProofState {
    /// The gaps of the first order that has any.
    pub fn gaps(&self) -> Vec<Gap> {
        let gaps = |order: Order| self.gaps_of(order, &self.evidence.cover);
        self.orders.effective().iter().map(gaps).find(|g| !g.is_empty()).unwrap_or_default()
    }

    fn gaps_of(&self, order: Order, cover: &Cover) -> Vec<Gap> {
        self.zones(order).into_iter().flat_map(|zone| cover.gaps(order, zone, self.rules.cross)).collect()
    }

    /// Whether one page alone proves what is to be covered.
    pub fn reaches(&self, span: &Span) -> bool {
        let orders = self.orders.effective();
        !orders.is_empty() && self.reached(span) == orders
    }

    /// The orders under which one page alone proves what is to be covered.
    pub fn reached(&self, span: &Span) -> OrderSet {
        let orders = self.orders.effective();
        let mut cover = Cover::default();
        cover.insert(*span, orders, self.rules.cross);
        orders.only(|order| self.gaps_of(*order, &cover).is_empty())
    }

    /// Whether a page's lower end lies below all that is to be covered.
    pub fn is_below(&self, span: &Span) -> bool {
        let orders = self.orders.effective();
        !orders.is_empty() && orders.all(|order| self.leaves(order, span.lo(order)))
    }

    /// Whether a reading that came down to this key has left the zone that it was in.
    fn leaves(&self, order: Order, key: i64) -> bool {
        let zones = self.zones(order);
        zones.first().is_none_or(|top| key <= top.lo) && !zones.iter().any(|zone| zone.holds(key))
    }

    /// Whether a page ends above a bounded region, which may be far away.
    pub fn is_above(&self, span: &Span) -> bool {
        let above =
            |order: Order| self.region_top(order).is_some_and(|hi| hi <= NULL_HIGH && span.lo(order) >= hi);
        let orders = self.orders.effective();
        !orders.is_empty() && orders.all(above)
    }

    /// The gap that begins below the sessions without a key, where the region may lie there: so far none has one,
    /// and no other order is left.
    pub fn gap_below_nulls(&self) -> Option<Gap> {
        let below = |order: &Order| self.region_top(*order).is_some_and(|hi| hi <= NULL_HIGH);
        let orders =
            if self.orders.effective().is_empty() { self.orders.valueless() } else { OrderSet::none() };
        let gap = |order: Order| {
            self.gaps_of(order, &self.evidence.cover).into_iter().find(|gap| gap.hi < NULL_HIGH)
        };
        orders.iter().filter(below).find_map(gap)
    }

    /// The keys that are to be covered under one order, from above.
    pub fn zones(&self, order: Order) -> Vec<Zone> {
        self.evidence.target.zones(order, self.orders.granularity(order))
    }

    /// The key below which the region, or what of it is to be covered, begins.
    fn region_top(&self, order: Order) -> Option<i64> {
        self.zones(order).first().map(|top| top.hi)
    }

    /// Whether a gap begins far below what was read above it: where a region starts, or its nulls.
    pub fn is_remote(gap: &Gap) -> bool {
        gap.up.map_or(gap.hi < NULL_HIGH - 1, |up| !up.short && up.lo(gap.order) > gap.hi)
    }

    /// Whether a row behind the end of an ascending list came there after a moment.
    pub fn is_newcomer_below(&self, row: &RowFacts, since: i64) -> bool {
        let orders = self.orders.effective();
        let bound = |order: Order| {
            since.saturating_sub(self.rules.skew).saturating_sub(self.orders.granularity(order))
        };
        let new = |order: Order| order.ascending() && order.key(&row.keys) < order.of_value(bound(order));
        !orders.is_empty() && orders.all(new)
    }

    /// Whether an answer from behind a page shows that nothing lay below it. Its own rows may have been
    /// pushed down there, and newcomers of an ascending list land there.
    pub fn is_end(&self, ending: &Ending, behind: &PageView<'_>) -> bool {
        if self.orders.effective().is_empty() {
            return false;
        }
        let newcomer = |r: &RowFacts| self.is_newcomer_below(r, ending.at);
        let pushed = |r: &RowFacts| r.id.is_some_and(|id| ending.ids.contains(&id));
        // Where the server counts pages, the answer may begin above the end.
        let above =
            usize::try_from(ending.span.stop.saturating_sub(behind.request.start)).unwrap_or(usize::MAX);
        let mut beyond = behind.rows.iter().skip(above).peekable();
        // One as long as the page before it may be cut at what the service gives at once.
        let cut = beyond.peek().is_some() && behind.rows.len() >= ending.ids.len();
        behind.short && !cut && beyond.all(|r| newcomer(r) || pushed(r))
    }
}
