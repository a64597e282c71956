//! Settling: are the parts read, do their ranges tile what was asked for, and under one order? Then what is left is
//! the head. By classes of ids, so that a part that was read again changes nothing.

use super::plan::{PartEvidence, PartitionPlan};
use crate::core::listing::proof::keys::region::Region;
use crate::core::listing::proof::persist::Seed;
use crate::core::model::mask_report::MaskReport;
use crate::core::model::report::{Certificate, ListingReport};
use crate::core::model::row_facts::IdClass;

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
    IdClass::of(id, classes)
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
        common.forget_start();
        Ok(Settling { head: self.is_open().then_some((region, common)) })
    }

    /// What the parts and their settling came to together; `yielded` sessions were handed out by all of them, or by
    /// those of one class. `late`: what the listing of the head came to, where there was one.
    #[must_use]
    pub fn report(
        &self,
        parts: &[PartEvidence],
        late: Option<&ListingReport>,
        yielded: u64,
    ) -> ListingReport {
        let all = || parts.iter().map(|part| &part.report).chain(late);
        let sum = |count: fn(&ListingReport) -> u64| all().map(count).sum();
        let certificates = || all().filter_map(|report| report.certificate);
        let any = |certificate| certificates().any(|found| found == certificate);
        let several = if any(Certificate::KeyClimb) {
            Certificate::KeyClimb
        } else if any(Certificate::AnchorChain) {
            Certificate::AnchorChain
        } else {
            Certificate::KeyCover
        };
        // One part that is all is proven as any listing is.
        let certificate = if self.watermark.is_none() { certificates().next() } else { Some(several) };
        let first = parts.first().map(|part| part.report.clone()).unwrap_or_default();
        // Who existed when the head was read and had not moved since the plan was read by a part.
        let earliest = parts.iter().filter_map(|part| part.report.proven_at).min();
        ListingReport {
            complete: all().all(|report| report.complete),
            certificate,
            order: late.and_then(|late| late.order.clone()).or_else(|| self.order.clone()),
            region: self.region_text(),
            yielded,
            matched: yielded,
            filtered: sum(|report| report.filtered),
            repeated: sum(|report| report.repeated),
            inserted: sum(|report| report.inserted),
            updated: sum(|report| report.updated),
            vanished_at_least: 0,
            requests: sum(|report| report.requests),
            retries: sum(|report| report.retries),
            total_count_first: self.total_count,
            total_count_last: late.unwrap_or(&first).total_count_last,
            started_at: all().filter_map(|report| report.started_at).min(),
            proven_at: late.and_then(|late| late.proven_at).or(earliest),
            duration: None,
            warnings: warnings(all()),
            mask: mask(all()),
            ..first
        }
    }

    fn region_text(&self) -> Option<String> {
        let field = self.order.as_deref()?.split(' ').next()?;
        self.region.text(field)
    }
}

/// What the mask did in all of them; a slice's report is that of its whole part, as with the other counts.
fn mask<'a>(reports: impl Iterator<Item = &'a ListingReport>) -> Option<MaskReport> {
    reports.filter_map(|report| report.mask.clone()).reduce(MaskReport::and)
}

/// Each once, in the order in which they were given.
fn warnings<'a>(reports: impl Iterator<Item = &'a ListingReport>) -> Vec<String> {
    let mut told: Vec<String> = Vec::new();
    for warning in reports.flat_map(|report| &report.warnings) {
        if !told.contains(warning) {
            told.push(warning.clone());
        }
    }
    told
}
