//! Settling: are the parts read, do their ranges tile what was asked for, and under one order? Then what is left is
//! the head. By classes of ids, so that a part that was read again changes nothing.

use super::plan::{PartEvidence, PartitionPlan};
use crate::core::listing::proof::keys::region::Region;
use crate::core::listing::proof::persist::Seed;

/// Why parts cannot be settled.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SettleError {
    #[error("part {0} of the plan was not read: settle once all parts were read, each at least once")]
    Missing(usize),
    #[error("part {0} was not proven to be whole ({1}): read it again")]
    Unproven(usize, String),
    #[error("part {0} is one of another plan: settle the parts of one plan together")]
    Foreign(usize),
    #[error(
        "the parts do not agree on the order of the list: their ranges are ranges of different keys. Plan again, or \
         read the list as one"
    )]
    Disagree,
}

/// What is left to read: the head.
#[derive(Debug, Clone, PartialEq)]
pub struct Settling {
    /// What may hold sessions that no part yielded; `None`: nothing can.
    pub head: Option<(Region, Seed)>,
}

/// The class of a session: which settling it belongs to. Ids are hashed under the plan's key.
#[must_use]
pub fn class_of(id: u128, classes: u32) -> u32 {
    u32::try_from(id % u128::from(classes.max(1))).unwrap_or(0)
}

impl PartitionPlan {
    /// Checks the evidence of all parts, and says what is left. Parts may have been read more than once.
    ///
    /// # Errors
    /// Where a part is missing, unproven, or foreign, or where the parts do not agree on the list's order.
    pub fn settle(&self, evidence: &[PartEvidence]) -> Result<Settling, SettleError> {
        for part in &self.parts {
            let mut read = evidence.iter().filter(|read| read.index == part.index).peekable();
            if read.peek().is_none() {
                return Err(SettleError::Missing(part.index));
            }
            for read in read {
                if read.range != part.range {
                    return Err(SettleError::Foreign(part.index));
                }
                if !read.report.complete {
                    return Err(SettleError::Unproven(part.index, read.report.warnings.join(" ")));
                }
            }
        }
        let Some((watermark, seed)) = self.watermark.zip(self.seed.as_ref()) else {
            return Ok(Settling { head: None });
        };
        let mut common = seed.clone();
        for read in evidence {
            if let Some(seen) = &read.seed {
                common.agree(seen);
            }
        }
        // Whatever order was refuted by one part was not the list's in any.
        if !common.falls() {
            return Err(SettleError::Disagree);
        }
        let region = Region { since: Some(watermark.saturating_add(1)), nulls: false, ..self.region };
        let empty = region.until.is_some_and(|until| until <= watermark.saturating_add(1));
        common.forget_start();
        Ok(Settling { head: (!empty).then_some((region, common)) })
    }
}
