//! How a run of a mirror ends: what a reading proved, what is kept of that in the file, and what has to be read after
//! it. How it reads is not known here.

use serde_json::json;

use super::Run;
use crate::core::error::{Error, Result};
use crate::core::mirror::file;
use crate::core::mirror::file::gone::Seen;
use crate::core::mirror::file::writer::Ending;
use crate::core::mirror::mode::{self, Scope};
use crate::core::mirror::pass::Pass;
use crate::core::mirror::report::{Counts, SyncReport};
use crate::core::mirror::state::State;
use crate::core::model::report::{Certificate, ListingReport};
use crate::core::model::time::now;

impl Run {
    /// Ends a pass; gives what must be read after it.
    pub(super) async fn finish(&mut self) -> Result<Option<Scope>> {
        let Some(mut pass) = self.pass.take() else { return Ok(None) };
        let listing = pass.listing.report();
        let complete = listing.complete && pass.counts.without_id == 0;
        self.describe(&pass, &listing, complete);
        let at = pass.time();
        let mut state = self.state.clone();
        if complete {
            pass.learn(&mut state, &listing).await;
        }
        let counts = self.end(&state, pass.seen(complete), at, false).await?;
        self.report.count(counts);
        let (live, seq) = self.write(|writer| Ok((writer.live()?, writer.seq()?))).await?;
        let difference = listing.total_count_last.map(|total| difference(total, live));
        self.state = state;
        (self.report.sessions, self.report.seq) = (live, seq);
        let more = self.after_head(&pass, &listing, complete, difference);
        if complete && more != Some(Scope::Nulls) {
            self.note_difference(pass.scope, difference).await?;
        }
        if more.is_none() {
            self.close().await?;
        }
        Ok(more)
    }

    /// Keeps by how much the service's count was above that of the copy.
    async fn note_difference(&mut self, scope: Scope, difference: Option<i64>) -> Result<()> {
        let before = self.state.clone();
        self.state.note_difference(scope, difference);
        if self.state == before {
            return Ok(());
        }
        let told = serde_json::to_string(&self.state).unwrap_or_default();
        self.write(move |writer| {
            writer.with_connection(|connection| file::set_meta(connection, "state", &told))
        })
        .await
    }

    /// What is to be read where the head showed that it is not enough.
    fn after_head(
        &self,
        pass: &Pass,
        listing: &ListingReport,
        complete: bool,
        difference: Option<i64>,
    ) -> Option<Scope> {
        if pass.scope == Scope::Full {
            return None;
        }
        let unfit = complete && !mode::bears_out(self.state.order.as_deref(), listing.order.as_deref());
        let looks = complete && pass.scope != Scope::Nulls && mode::looks_at_nulls(&self.state, difference);
        if looks && !unfit {
            return Some(Scope::Nulls);
        }
        let due = mode::is_full_due(self.options.mode, &self.state, now(), difference);
        (unfit || due).then_some(Scope::Full)
    }

    fn describe(&mut self, pass: &Pass, listing: &ListingReport, complete: bool) {
        let report = &mut self.report;
        report.mode = pass.scope.name();
        report.requests += pass.requests(listing);
        // The sessions without a key belong to the head that was read before them.
        if pass.scope == Scope::Nulls {
            report.complete &= complete;
            report.warnings.extend_from_slice(&listing.warnings);
        } else {
            report.complete = complete;
            report.warnings.clone_from(&listing.warnings);
            report.listing = listing.clone();
        }
        if pass.counts.without_id > 0 {
            report.warnings.push(format!(
                "{} rows name no session and could not be stored; the copy is not proven to be whole.",
                pass.counts.without_id
            ));
        }
    }

    /// Ends the run in the file, with what is known of it.
    async fn end(&mut self, state: &State, seen: Seen, at: i64, goes_on: bool) -> Result<Counts> {
        if self.report.complete {
            self.report.proven_at = state.proven_at;
        }
        self.report.deletions_proven_at = state.deletions_proven_at;
        let text = summary(&self.report);
        let listing = self.report.listing.clone();
        let (state, complete) = (state.clone(), self.report.complete);
        let (vanished, keep) = (self.options.vanished, self.options.keep_changes);
        self.write(move |writer| {
            writer.end(&Ending {
                state: &state,
                complete,
                proven_at: listing.proven_at,
                certificate: listing.certificate.map(Certificate::name),
                report: text,
                seen,
                vanished,
                goes_on,
                at,
                prune_before: keep.map(|keep| at.saturating_sub(keep)),
            })
        })
        .await
    }

    /// A run that failed: its rows stay, and it proves nothing.
    pub(super) async fn abandon_run(&mut self, error: &Error) -> Result<()> {
        let Some(pass) = self.pass.take() else { return Ok(()) };
        let mut listing = pass.listing.report();
        listing.complete = false;
        pass.listing.close();
        self.describe(&pass, &listing, false);
        self.report.warnings.push(error.to_string());
        let state = self.state.clone();
        // A list that contradicts itself is read anew.
        let goes_on = !matches!(error, Error::Incomplete { .. });
        self.end(&state, Seen::Nothing, pass.time(), goes_on).await?;
        self.close().await
    }

    async fn close(&self) -> Result<()> {
        if !self.closes {
            return Ok(());
        }
        self.write(|writer| {
            writer.close();
            Ok(())
        })
        .await
    }
}

fn difference(total: u64, live: u64) -> i64 {
    i64::try_from(total).unwrap_or(i64::MAX).saturating_sub(i64::try_from(live).unwrap_or(i64::MAX))
}

/// What the table of runs keeps of a report.
fn summary(report: &SyncReport) -> String {
    json!({
        "mode": report.mode,
        "created": report.created,
        "updated": report.updated,
        "vanished": report.vanished,
        "returned": report.returned,
        "unchanged": report.unchanged,
        "complete": report.complete,
        "requests": report.requests,
        "order": report.listing.order,
        "certificate": report.listing.certificate.map(Certificate::name),
        "total_count": report.listing.total_count_last,
        "warnings": report.warnings,
    })
    .to_string()
}
