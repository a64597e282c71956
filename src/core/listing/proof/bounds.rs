//! Bounded listings: which rows the region holds, and whether it is known by which key. No page is judged here.

use super::keys::order::{Keys, Order, OrderSet};
use super::keys::region::{Landing, Target};
use super::state::ProofState;
use crate::core::model::row_facts::KEY_FIELDS;

impl ProofState {
    /// Whether the region holds a session; `None` while the orders that are left do not agree.
    pub fn holds(&self, keys: &Keys) -> Option<bool> {
        self.held_by(self.holding(keys))
    }

    /// The same of a session that is being read: the orders that say otherwise cannot be the list's any more.
    pub fn judge(&mut self, keys: &Keys) -> Option<bool> {
        let holding = self.holding(keys);
        let held = self.held_by(holding)?;
        if !self.region.holds_all() {
            self.contradict(holding, held);
        }
        Some(held)
    }

    /// What was decided about a session that these orders hold speaks against all that say otherwise.
    fn contradict(&mut self, holding: OrderSet, held: bool) {
        let others = if held { holding.complement() } else { holding };
        self.contradicted = self.contradicted.with(others);
    }

    /// Decides now: by the first order, which must then be the list's to the end. Where none is left, by a field: the
    /// orders that say otherwise cannot be the list's either.
    pub fn judge_now(&mut self, keys: &Keys) -> bool {
        let order = self.orders.effective().first();
        self.decided_by = self.decided_by.or(order);
        let held = self.holds_at_last(keys);
        if order.is_none() {
            self.contradict(self.holding(keys), held);
        }
        held
    }

    /// The orders by which the region holds a session, whether the list may have them or not.
    fn holding(&self, keys: &Keys) -> OrderSet {
        OrderSet::of_fields(keys.map(|key| self.region.holds(key)))
    }

    fn held_by(&self, holding: OrderSet) -> Option<bool> {
        if self.region.holds_all() {
            return Some(true);
        }
        if !self.nulls_told && self.orders.may_begin_with_nulls() {
            return None;
        }
        let possible = self.orders.possible();
        match possible.both(holding) {
            _ if possible.is_empty() => None,
            some if some == possible => Some(true),
            none if none.is_empty() => Some(false),
            _ => None,
        }
    }

    /// Whether bounds may be those of a key that no session has so far.
    pub fn may_begin_with_nulls(&self) -> bool {
        !self.nulls_told && !self.extent.is_whole() && self.orders.may_begin_with_nulls()
    }

    /// Whether a session was judged otherwise than by the orders that are left.
    pub fn is_misjudged(&self) -> bool {
        let possible = self.orders.possible();
        let by_field = self.orders.first_valued().filter(|_| possible.is_empty());
        let last = possible.with(OrderSet::EVERY.only(|order| Some(order.field()) == by_field));
        !last.both(self.contradicted).is_empty()
    }

    /// Sessions that the list has at least. Of a bounded region only those within are known by their ids.
    pub fn length(&self) -> u64 {
        let seen = self.seen.len();
        let whole = self.first_end.max(self.report.total_count_first);
        whole.filter(|_| !self.region.holds_all()).map_or(seen, |whole| whole.max(seen))
    }

    /// Rows that the region holds for all that is known, and that wait for a decision.
    pub fn waiting(&self) -> u64 {
        let held = |keys: &Keys| self.holds(keys).unwrap_or_else(|| self.holds_at_last(keys));
        let waits = |(id, keys): &(&u128, &Keys)| !self.seen.contains(**id) && held(keys);
        self.undecided.iter().filter(waits).count() as u64
    }

    /// The same where it has to be decided now: by the first order, else by the first field that has values. As long as
    /// more is to come it is rather a key that none has so far, if sessions without a key are wanted.
    pub fn holds_at_last(&self, keys: &Keys) -> bool {
        let may_come = self.region.nulls && !self.concluded;
        let valueless = || self.orders.valueless().first().filter(|_| may_come);
        let order = self.orders.effective().first().or_else(valueless);
        let field = order.map(Order::field).or_else(|| self.orders.first_valued());
        self.region.holds(field.and_then(|field| keys.get(field).copied().flatten()))
    }

    /// Whether nothing can land in the region that was not there from the start.
    pub fn is_settled(&self) -> bool {
        let Some(since) = self.evidence.since else { return false };
        let landing = Some(Landing { since, skew: self.rules.skew });
        let target = Target { region: self.extent, landing };
        let orders = self.orders.effective();
        !self.extent.is_whole()
            && !orders.is_empty()
            && orders.all(|order| target.zones(order, self.orders.granularity(order)).is_empty())
    }

    /// Whether several fields may be the list's key that do not agree on which of the sessions that were read lie
    /// within the bounds.
    pub fn is_ambiguous(&self) -> bool {
        let guessed = self.decided_by.is_some() && self.orders.possible().fields().len() > 1;
        guessed || self.undecided.values().any(|keys| self.holds(keys).is_none())
    }

    /// Whether too little was read for such a bound: which other sessions lie within is known of a whole list only.
    pub fn is_too_narrow(&self) -> bool {
        let latent = || !self.orders.possible().within(self.orders.effective());
        let whole = self.evidence.target.region.is_whole();
        self.rules.widen && !self.is_part && !whole && (self.is_ambiguous() || latent())
    }

    pub fn warn_of_ambiguity(&mut self) {
        let Some(field) = self.orders.effective().first().and_then(|order| KEY_FIELDS.get(order.field()))
        else {
            return;
        };
        let names = self.orders.names().unwrap_or_default();
        self.warn(&format!(
            "The list may be sorted by more than one key ({names}), and they do not agree on what lies within the \
             bounds: the whole list was read, and the bounds are those of {field}."
        ));
    }

    pub fn warn_of_front(&mut self) {
        if self.perhaps_in_front > 0 {
            self.warn(&format!(
                "{} of the sessions may stand in front of the offset: they have the list's newest timestamps, as those \
                 have that move there while it is read.",
                self.perhaps_in_front
            ));
        }
    }

    /// The region as users read it. Where several fields may be the key, it is one of that which is, unless they
    /// do not agree: then all was read, and the first was asked of each session.
    pub fn region_text(&self) -> Option<String> {
        let mut fields = self.orders.effective().fields();
        if fields.is_empty() {
            fields.extend(self.orders.first_valued());
        }
        if self.is_ambiguous() {
            fields.truncate(1);
        }
        let name = |field: usize| KEY_FIELDS.get(field).copied();
        let texts: Vec<String> =
            fields.into_iter().filter_map(name).map(|name| self.region.text(name)).collect::<Option<_>>()?;
        let (first, others) = texts.split_first()?;
        let others = others.iter().map(|other| format!(", or, where that is the list's key, {other}"));
        Some(std::iter::once(first.clone()).chain(others).collect())
    }
}
