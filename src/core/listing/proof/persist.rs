//! What is kept of a proof: a saved proof to go on with, and a seed, which spares another listing of the same
//! list its calibration. The ids are kept by the owner.

use serde::{Deserialize, Serialize};

use super::addressing::Paging;
use super::evidence::Evidence;
use super::keys::region::{Region, Start};
use super::keys::sort_orders::{Keys, Orders};
use super::state::ProofState;
use crate::core::listing::plan::{Consistency, Range};
use crate::core::listing::saved::{ResumeError, SavedProof};
use crate::core::model::report::ListingReport;

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
    short_page_lied: bool,
    null_edge: Option<u64>,
    limit_too_small: Option<u32>,
    rows_without_id: u64,
    violations: Vec<String>,
    report: ListingReport,
}

impl Saved {
    /// The state with this evidence in it: facts about the service hold whichever pages are safe.
    pub fn of(state: &ProofState, consistency: Consistency, evidence: &Evidence, yielded: u64) -> Self {
        let report = ListingReport { yielded, ..state.report.clone() };
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
            short_page_lied: state.short_page_lied,
            null_edge: state.null_edge,
            limit_too_small: state.limit_too_small,
            rows_without_id: state.rows_without_id,
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
        state.evidence = self.evidence;
        state.orders = self.orders;
        state.paging = self.paging;
        state.calibrated = self.calibrated;
        state.origin = self.origin;
        state.shorts = self.shorts;
        state.short_page_lied = self.short_page_lied;
        state.null_edge = self.null_edge;
        state.limit_too_small = self.limit_too_small;
        state.rows_without_id = self.rows_without_id;
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
        if let Some(start) = self.start {
            state.begin(start);
        }
    }
}
