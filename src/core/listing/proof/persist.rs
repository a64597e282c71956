//! What is kept of a proof: a saved proof to go on with, and a seed, which spares another listing of the same
//! list its calibration. The ids are kept by the owner.

use serde::{Deserialize, Serialize};

use super::addressing::Paging;
use super::evidence::Evidence;
use super::keys::order::{Keys, Order, OrderSet};
use super::keys::region::{Landing, Region, Start};
use super::keys::sort_orders::Orders;
use super::rules::Rules;
use super::state::ProofState;
use super::transition::Position;
use crate::core::listing::saved::{ResumeError, SavedProof};
use crate::core::listing::terms::{Consistency, Range};
use crate::core::model::report::ListingReport;
use crate::core::model::row_facts::{KEY_FIELDS, RowFacts};

/// The version that is written; older ones are read.
const VERSION: u64 = 1;

/// What a listing learned of its service and its list: another one over the same list need not find it out
/// again. It holds no session. Ranks in it are hints, and may be wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seed {
    pub(super) orders: Orders,
    pub(super) paging: Paging,
    /// The list's top: what moves or is born since lands above it. Without it, the head is read for it.
    pub(super) start: Option<Start>,
    /// Where the region begins, about.
    pub rank: Option<u64>,
    /// How many sessions the list has, about.
    pub total: Option<u64>,
}

/// The list as it was when the listing began, by the places of the keys in
/// [`KEY_FIELDS`](crate::core::model::row_facts::KEY_FIELDS).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Origin {
    pub answered_at: i64,
    /// The keys that stood first.
    pub tops: Keys,
    /// Which keys some session that was read does not have.
    pub nulls: [bool; KEY_FIELDS.len()],
}

impl Origin {
    pub(super) fn of(state: &ProofState) -> Option<Self> {
        let Start { answered_at, tops, .. } = state.origin?;
        Some(Self { answered_at, tops, nulls: state.orders.nulls() })
    }
}

/// The content of a [`SavedProof`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Saved {
    version: u64,
    pub consistency: Consistency,
    pub range: Range,
    pub region: Region,
    pub evidence: Evidence,
    pub orders: Orders,
    pub paging: Paging,
    pub calibrated: bool,
    pub origin: Option<Start>,
    shorts: Vec<(Keys, u64)>,
    #[serde(rename = "short_page_lied")]
    short_page_before_end: bool,
    null_edge: Option<u64>,
    limit_too_small: Option<u32>,
    rows_without_id: u64,
    /// By which orders a row that was found to lie within the region, or outside, was not: it is not read again.
    #[serde(default = "OrderSet::none", skip_serializing_if = "OrderSet::is_empty")]
    contradicted: OrderSet,
    /// What earlier versions kept instead: the orders that all of this respected.
    #[serde(default, skip_serializing)]
    judged_by: Option<OrderSet>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    decided_by: Option<Order>,
    violations: Vec<String>,
    report: ListingReport,
}

impl Saved {
    /// The state with this evidence in it: facts about the service hold whichever pages are safe.
    pub fn of(state: &ProofState, consistency: Consistency, evidence: &Evidence, yielded: u64) -> Self {
        // How it ended is not kept: a listing that is gone on with has not ended.
        let report = ListingReport {
            yielded,
            complete: false,
            cut_short: false,
            unproven: false,
            certificate: None,
            proven_at: None,
            skew: None,
            ..state.report.clone()
        };
        Self {
            version: VERSION,
            consistency,
            range: state.range,
            region: state.region,
            evidence: evidence.clone(),
            orders: state.orders.clone(),
            paging: state.paging,
            calibrated: state.calibrated,
            origin: state.origin,
            shorts: state.shorts.clone(),
            short_page_before_end: state.short_page_before_end,
            null_edge: state.null_edge,
            limit_too_small: state.limit_too_small,
            rows_without_id: state.rows_without_id,
            contradicted: state.contradicted,
            judged_by: None,
            decided_by: state.decided_by,
            violations: state.violations.clone(),
            report,
        }
    }

    pub fn into_proof(self) -> Option<SavedProof> {
        serde_json::to_value(self).ok().map(SavedProof)
    }

    pub fn read(proof: SavedProof) -> Result<Self, ResumeError> {
        match proof.0.get("version").and_then(serde_json::Value::as_u64) {
            Some(version) if version > VERSION => return Err(ResumeError::Newer(version)),
            Some(_) => {}
            None => return Err(ResumeError::Damaged("it has no version".to_owned())),
        }
        serde_json::from_value(proof.0).map_err(|error| ResumeError::Damaged(error.to_string()))
    }

    /// Puts the state back to where it was, as far as it does not follow from the options.
    pub fn restore(self, state: &mut ProofState) {
        state.extent = self.evidence.target.region;
        state.evidence = self.evidence;
        state.orders = self.orders;
        state.paging = self.paging;
        state.calibrated = self.calibrated;
        state.origin = self.origin;
        state.shorts = self.shorts;
        state.short_page_before_end = self.short_page_before_end;
        state.null_edge = self.null_edge;
        state.limit_too_small = self.limit_too_small;
        state.rows_without_id = self.rows_without_id;
        let before = self.judged_by.map_or(OrderSet::none(), OrderSet::complement);
        state.contradicted = self.contradicted.with(before);
        state.decided_by = self.decided_by;
        state.violations = self.violations;
        state.report = self.report;
    }
}

impl Seed {
    pub(super) fn of(state: &ProofState) -> Option<Self> {
        state.calibrated.then(|| Self {
            orders: state.orders.clone(),
            paging: state.paging,
            start: state.origin,
            rank: None,
            total: state.report.total_count_last,
        })
    }

    pub(super) fn plant(&self, state: &mut ProofState) {
        state.orders = self.orders.clone();
        state.paging = self.paging;
        state.calibrated = true;
        state.report.total_count_last = self.total;
        state.report.order = self.orders.names();
        if let Some(start) = self.start {
            state.begin(start);
        }
    }
}

/// What planners of partitions ask.
impl Seed {
    /// The same for a region that begins at that rank, about.
    #[must_use]
    pub fn near(self, rank: Option<u64>) -> Self {
        Self { rank, ..self }
    }

    /// Sessions in a full page.
    pub fn limit(&self) -> u32 {
        self.paging.limit
    }

    /// The orders that the pages bear out.
    pub fn order(&self) -> Option<String> {
        self.orders.names()
    }

    /// Learns from a page: it refutes whatever it is not sorted by.
    pub fn observe(&mut self, rows: &[RowFacts]) {
        self.orders.observe(rows);
    }

    /// Keeps only the orders that another reading of the same list left as well.
    pub fn agree(&mut self, other: &Self) {
        self.orders.agree(&other.orders);
    }

    /// Where the head begins is to be read anew.
    pub fn forget_start(&mut self) {
        self.start = None;
    }

    /// Whether the list is sorted by a visible key, newest first, and by nothing else that is possible.
    pub fn falls(&self) -> bool {
        let orders = self.orders.effective();
        !orders.is_empty() && orders.all(|o| !(o.ascending() || o.nulls_first() && self.orders.null_seen(o)))
    }

    /// How coarse the keys of the list's order are, in microseconds; of several orders the coarsest.
    pub fn granularity(&self) -> Option<i64> {
        self.orders.effective().iter().map(|order| self.orders.granularity(order)).max()
    }

    /// The request whose page has that rank in its middle.
    pub fn address_around(&self, rank: u64) -> (u64, u32) {
        let address = self.paging.address(Position::Around(rank), 0);
        (address.offset, address.limit)
    }

    /// Nothing that moves or is born from now on has a key at or below this value, under any order.
    pub fn watermark(&self, rules: &Rules) -> Option<i64> {
        let landing = Landing { since: self.start?, skew: rules.skew };
        let orders = self.orders.effective();
        orders.iter().map(|o| landing.bound(o, self.orders.granularity(o))).min()
    }

    /// Whether all rows of a page have keys at or above a bound, under every order. (The orders fall.)
    pub fn lies_at_or_above(&self, page: &[RowFacts], bound: Option<i64>) -> bool {
        bound.zip(page.last()).is_some_and(|(bound, last)| {
            self.orders.effective().all(|o| o.key(&last.keys) >= o.of_value(bound))
        })
    }

    /// Whether all rows of a page have keys below a bound, under every order.
    pub fn lies_below(&self, page: &[RowFacts], bound: Option<i64>) -> bool {
        bound.zip(page.first()).is_some_and(|(bound, first)| {
            self.orders.effective().all(|o| o.key(&first.keys) < o.of_value(bound))
        })
    }

    /// The lower row's key, where all orders fall strictly between the two rows, and to the same value.
    pub fn falls_between(&self, upper: &RowFacts, lower: &RowFacts) -> Option<i64> {
        let orders = self.orders.effective();
        let value = |o: Order| lower.keys.get(o.field()).copied().flatten();
        let key = value(orders.first()?)?;
        let falls = |o: Order| o.key(&upper.keys) > o.key(&lower.keys) && value(o) == Some(key);
        orders.all(falls).then_some(key)
    }
}
