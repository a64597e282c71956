//! Bounds in a list whose first page has no session with activity: it may be sorted by creation, or by activity with
//! those first that have none, in the order of their creation. One look at its end tells, since there all have activity.

use crate::core::listing::plan::Ticket;
use crate::core::listing::proof::keys::order::OrderSet;
use crate::core::listing::proof::keys::sort_orders::Orders;
use crate::core::model::row_facts::RowFacts;

/// The look, once.
#[derive(Default)]
pub(super) enum EndLook {
    /// The first page has not come.
    #[default]
    New,
    /// Asked for under this ticket; the orders that the first page could not refute, as none of its sessions has the field.
    UnderWay(Ticket, OrderSet),
    /// The list's order, if it begins with sessions without its key.
    Over(Option<OrderSet>),
}

impl EndLook {
    /// How many sessions the list has, where its end is to be looked at after this first page, under this ticket.
    pub fn begin(&mut self, first: &[RowFacts], total: Option<u64>, ticket: Ticket) -> Option<u64> {
        if !matches!(self, Self::New) {
            return None;
        }
        let mut orders = Orders::default();
        orders.observe(first);
        let total = total.filter(|total| orders.may_begin_with_nulls() && *total > first.len() as u64);
        *self = if total.is_some() { Self::UnderWay(ticket, orders.valueless()) } else { Self::Over(None) };
        total
    }

    pub fn is_under_way(&self) -> bool {
        matches!(self, Self::UnderWay(..))
    }

    /// Takes the answer, if it is the one to this look.
    pub fn take(&mut self, ticket: Ticket, end: &[RowFacts]) -> bool {
        let Self::UnderWay(asked, orders) = self else { return false };
        if *asked != ticket {
            return false;
        }
        let valued = end.last().map(|last| OrderSet::of_fields(last.keys.map(|key| key.is_some())));
        let order = valued.map(|valued| orders.both(valued)).and_then(OrderSet::first);
        *self = Self::Over(order.map(|order| OrderSet::EVERY.only(|other| *other == order)));
        true
    }

    /// The list's order, where the look told it.
    pub fn order(&self) -> Option<OrderSet> {
        match self {
            Self::Over(order) => *order,
            _ => None,
        }
    }
}
