//! How a listing ends: what is said of it, in the report or as an error, in each mode.
//! What is known is for the phases to find out.

use super::ProvingPlan;
use super::transition::Verdict;
use crate::core::listing::terms::{Consistency, Inconsistent};
use crate::core::model::report::Certificate;
use crate::core::model::row_facts::RowFacts;

impl ProvingPlan {
    /// The listing is over; rows held back behind an outstanding answer go out.
    pub(super) fn conclude(&mut self, verdict: &Verdict) {
        self.phase = None;
        self.in_flight.clear();
        self.buffer.close();
        self.state.concluded = true;
        self.state.check_count();
        self.note_doubts();
        self.state.warn_of_front();
        let flawed = match verdict {
            Verdict::Proven(..) if !self.state.violations.is_empty() => {
                Verdict::Unproven(self.state.violations.join(". "))
            }
            other => other.clone(),
        };
        self.state.report.cut_short |= self.state.range.offset > 0;
        self.state.report.unproven = matches!(flawed, Verdict::Unproven(_));
        self.outcome = Some(match flawed {
            Verdict::Proven(certificate, at) => {
                if self.state.is_ambiguous() {
                    self.state.warn_of_ambiguity();
                }
                self.certify(certificate, at);
                Ok(())
            }
            Verdict::Unproven(why) if self.consistency != Consistency::Strict => {
                self.state
                    .report
                    .warnings
                    .push(format!("It could not be proven that the listing is complete. {why}."));
                Ok(())
            }
            Verdict::Unproven(why) if self.state.is_part => Err(Inconsistent {
                message: format!(
                    "It could not be proven that the part is complete. {why}. Read it again, or plan again."
                ),
            }),
            Verdict::Unproven(why) => Err(Inconsistent {
                message: format!(
                    "It could not be proven that the listing is complete. {why}. What was found has been yielded; \
                     list again, or accept this with consistency=\"checked\"."
                ),
            }),
            Verdict::Lost(why) => Err(Inconsistent { message: format!("The listing is incomplete. {why}.") }),
        });
    }

    /// What speaks against decisions about rows of a bounded region.
    fn note_doubts(&mut self) {
        let guessed = self.state.decided_by;
        let refuted = |order| !self.state.is_part && self.state.orders.effective().first() != Some(order);
        if self.state.is_misjudged() || guessed.is_some_and(refuted) {
            self.state.violation("Too late it became clear by which key the list is sorted");
        }
        // Other parts may guess otherwise.
        let differs = |row: &RowFacts| self.state.holds(&row.keys).is_none();
        if self.state.is_part && (guessed.is_some() || self.buffer.undecided().any(differs)) {
            self.state.violation(
                "Sessions lie in the part by one order that the list may have, and outside by another, and no page \
                 tells which is the list's",
            );
        }
    }

    fn certify(&mut self, certificate: Certificate, at: i64) {
        let state = &mut self.state;
        let report = &mut state.report;
        // Whatever existed at that moment was seen: what is seen above its number is gone.
        let there = report
            .total_count_last
            .filter(|_| state.evidence.total_held && certificate != Certificate::DoubleCollect);
        report.vanished_at_least = there.map_or(0, |there| state.seen.len().saturating_sub(there));
        report.complete = true;
        report.certificate = Some(certificate);
        report.proven_at = Some(at);
        report.skew = Some(state.rules.skew);
    }

    /// More requests than any list of this length should need.
    pub(super) fn conclude_exhausted(&mut self) {
        let unstable = || {
            let why = "The list changes faster than it can be read; try again at a quieter time";
            Verdict::Unproven(why.to_owned())
        };
        let verdict = self.state.limit_too_small_verdict().unwrap_or_else(unstable);
        self.conclude(&verdict);
    }

    /// The caller has what he wanted before the listing was at its end.
    pub(super) fn cut_short(&mut self) {
        if self.outcome.is_none() {
            self.phase = None;
            self.in_flight.clear();
            self.buffer.close();
            self.outcome = Some(Ok(()));
            self.buffer.cut = true;
        }
    }

    pub(super) fn fill_report(&mut self) {
        let state = &mut self.state;
        if !state.region.is_whole() {
            state.report.region = state.region_text();
        }
        let report = &mut state.report;
        report.yielded = self.buffer.yielded;
        report.effective_limit = state.paging.limit;
        report.addressing = state.paging.addressing;
        if self.buffer.cut && !self.cut {
            self.cut = true;
            report.cut_short = true;
            report.complete = false;
            report.unproven = false;
            report.certificate = None;
            report.proven_at = None;
            report.warnings.push("The listing ended where max_items said; the rest was not read.".to_owned());
        }
    }
}
