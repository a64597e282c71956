//! Choosing in a listing: which of the rows that a plan yields reach the caller, and how many that were.
//! The plan knows nothing of it, so that no condition can make a list look whole that is not.

use std::sync::Arc;

use crate::core::filter::{Choice, Condition};
use crate::core::mask::report::PageTally;
use crate::core::model::mask_report::MaskReport;
use crate::core::model::page_body::PageBody;
use crate::core::model::report::ListingReport;
use crate::core::model::row_facts::IdClass;

/// For each row of an answer whether the condition takes it; `None` without a condition.
pub type Taken = Option<Vec<bool>>;

/// What is kept of a listing.
pub struct RowFilter {
    condition: Option<Arc<Condition>>,
    /// How many sessions the caller still wants, where it is the row_filter that counts them.
    left: Option<u64>,
    /// A proof is looked for, and its report tells why there is none.
    proving: bool,
    /// Rows that the plan yielded, and those of them that were kept.
    read: u64,
    kept: u64,
    /// What a mask did to what was kept.
    mask: Option<MaskReport>,
    /// Only sessions of this class are kept, and how many of others were read.
    class: Option<IdClass>,
    elsewhere: u64,
    /// Hashes of the ids of what was kept, where somebody wants them.
    ids: Option<Vec<u128>>,
}

/// Hashes of the ids of an answer's rows; `None` where nobody wants them.
pub type Ids = Option<Vec<Option<u128>>>;

impl RowFilter {
    /// `max_items` counts what is kept: with a condition the plan cannot count it.
    pub fn new(choice: &Choice, max_items: Option<u64>) -> Self {
        let left = max_items.filter(|_| choice.condition.is_some());
        let condition = choice.condition.clone();
        Self {
            condition,
            left,
            proving: true,
            read: 0,
            kept: 0,
            mask: None,
            class: None,
            elsewhere: 0,
            ids: None,
        }
    }

    /// Of a listing that promises no proof, nothing is to be said of a proof that was cut short.
    #[must_use]
    pub fn proving(self, proving: bool) -> Self {
        Self { proving, ..self }
    }

    /// Keeps sessions of one class only, and, with `ids`, the hashes of what was kept.
    #[must_use]
    pub fn of_class(self, class: Option<IdClass>, ids: bool) -> Self {
        Self { class, ids: ids.then(Vec::new), ..self }
    }

    /// Whether it has to be told the ids of what it picks from.
    pub fn wants_ids(&self) -> bool {
        self.class.is_some() || self.ids.is_some()
    }

    /// Hashes of the ids of what was kept so far, in its order.
    pub fn ids(&self) -> &[u128] {
        self.ids.as_deref().unwrap_or_default()
    }

    /// Of a client with a mask: goes on to tell what it does to what is kept.
    #[must_use]
    pub fn with_mask(self, mask: Option<MaskReport>) -> Self {
        Self { mask, ..self }
    }

    /// Counts what a mask did to rows that are kept.
    pub fn count_masked(&mut self, page: Option<&PageTally>, rows: &[u32]) {
        if let (Some(report), Some(page)) = (&mut self.mask, page) {
            page.add_to(report, rows.iter().map(|row| *row as usize));
        }
    }

    /// The condition, for whoever has an answer at hand.
    pub fn condition(&self) -> Option<Arc<Condition>> {
        self.condition.clone()
    }

    /// The rows of a batch that are kept, each with its place among all rows that the plan yielded.
    pub fn pick(&mut self, taken: &Taken, ids: &Ids, batch: Vec<u32>) -> (Vec<u32>, Vec<u64>) {
        let (mut rows, mut places) = (Vec::with_capacity(batch.len()), Vec::with_capacity(batch.len()));
        for row in batch {
            if self.has_enough() {
                break;
            }
            let place = self.read;
            self.read += 1;
            let id = ids.as_ref().and_then(|ids| ids.get(row as usize).copied().flatten());
            if self.class.is_some_and(|class| !class.holds(id)) {
                self.elsewhere += 1;
                continue;
            }
            let keep = taken.as_ref().is_none_or(|taken| taken.get(row as usize) == Some(&true));
            if keep {
                rows.push(row);
                places.push(place);
                self.kept += 1;
                if let Some(ids) = &mut self.ids {
                    ids.extend(id);
                }
                self.left = self.left.map(|left| left.saturating_sub(1));
            }
        }
        (rows, places)
    }

    /// Whether the caller has all that was wanted.
    pub fn has_enough(&self) -> bool {
        self.left == Some(0)
    }

    /// How many rows the plan has yielded so far.
    pub fn read(&self) -> u64 {
        self.read
    }

    /// Tells of the choice what the plan does not know.
    pub fn amend(&self, report: &mut ListingReport) {
        report.mask.clone_from(&self.mask);
        if self.condition.is_none() && self.class.is_none() {
            report.matched = report.yielded;
            return;
        }
        report.yielded = self.kept;
        report.matched = self.kept;
        report.filtered = self.read - self.kept - self.elsewhere;
        if self.has_enough() && !report.complete && !report.cut_short {
            report.cut_short = true;
            if !self.proving {
                return;
            }
            report.warnings.push("The listing ended where max_items said; the rest was not read.".to_owned());
        }
    }
}

/// For each row of an answer whether a condition takes it.
pub fn taken(condition: Option<&Condition>, answer: &PageBody) -> Taken {
    condition.map(|condition| condition.taken(answer.sessions()))
}
