//! Plans, parts and evidence as plain values. It knows no request.

use serde::{Deserialize, Serialize};

use crate::core::filter::ChoiceState;
use crate::core::listing::plan::Consistency;
use crate::core::listing::proof::ProofOptions;
use crate::core::listing::proof::keys::region::Region;
use crate::core::listing::proof::persist::Seed;
use crate::core::model::report::ListingReport;
use crate::core::model::row_facts::IdKey;

/// A listing cut into parts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartitionPlan {
    pub parts: Vec<Part>,
    /// The orders that the pages so far bear out, as in a report; `None` where none does: then there is one part.
    pub order: Option<String>,
    /// Nothing that moves or is born after the plan has a key at or below it, in microseconds since 1970; `None`
    /// where the list is one part, which is a whole proof by itself.
    pub watermark: Option<i64>,
    /// What is asked for altogether.
    pub region: Region,
    pub total_count: Option<u64>,
    /// The key under which ids are hashed by all who read parts of this plan.
    pub id_key: IdKey,
    /// What is kept of the list, with everything relative resolved.
    #[serde(default)]
    pub choice: ChoiceState,
    pub(super) seed: Option<Seed>,
}

/// One part: a listing of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    pub index: usize,
    pub range: PartRange,
    pub(super) region: Region,
    pub(super) seed: Option<Seed>,
    pub(super) id_key: IdKey,
    #[serde(default)]
    pub(super) choice: ChoiceState,
}

/// `low < key <= high`, in microseconds since 1970; `None` is open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartRange {
    /// The order whose key it is.
    pub order: Option<String>,
    pub low: Option<i64>,
    pub high: Option<i64>,
    /// Sessions without a key belong to it.
    pub nulls: bool,
}

/// What reading a part came to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PartEvidence {
    pub index: usize,
    pub range: PartRange,
    /// What the part's pages showed of the list's order, and how coarse its keys are, in microseconds.
    pub seed: Option<Seed>,
    pub granularity: Option<i64>,
    pub report: ListingReport,
}

impl Part {
    /// What the proof of this part is to do.
    #[must_use]
    pub fn options(&self) -> ProofOptions {
        ProofOptions {
            consistency: Consistency::Strict,
            region: self.region,
            seed: self.seed.clone(),
            part: true,
            ..ProofOptions::default()
        }
    }
}

impl PartitionPlan {
    /// What is to be kept of each part, and of the head.
    #[must_use]
    pub fn choosing(mut self, choice: &ChoiceState) -> Self {
        self.parts.iter_mut().for_each(|part| part.choice.clone_from(choice));
        Self { choice: choice.clone(), ..self }
    }

    /// Whether something may land in what is asked for, above all parts: then they have to be settled.
    #[must_use]
    pub fn is_open(&self) -> bool {
        let above =
            |watermark: i64| self.region.until.is_none_or(|until| until > watermark.saturating_add(1));
        self.watermark.is_some_and(above)
    }
}

impl PartEvidence {
    /// Of a part that was read to its end.
    #[must_use]
    pub fn new(part: &Part, seed: Option<Seed>, report: ListingReport) -> Self {
        let granularity = seed.as_ref().and_then(Seed::granularity);
        Self { index: part.index, range: part.range.clone(), seed, granularity, report }
    }
}

impl PartRange {
    /// The region of these keys.
    pub(super) fn region(&self) -> Region {
        let next = |key: i64| key.saturating_add(1);
        let bounds = Region::between(self.low.map(next), self.high.map(next));
        Region { nulls: self.nulls, ..bounds }
    }
}
