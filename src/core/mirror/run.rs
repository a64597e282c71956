//! What a run of a mirror does: reads the head or all of the list, stores it as it comes, and says at the end what
//! that proves. What was stored stays, and where a run was cut off the next one goes on with it. It knows nothing of
//! who waits for it, and when that is given up.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::json;

use super::file::gone::Seen;
use super::file::writer::{Ending, Writer};
use super::mode::{self, Scope, SyncOptions};
use super::pass::Pass;
use super::report::{Counts, SyncReport};
use super::state::State;
use super::sync::Step;
use super::target::{check, parameters};
use crate::core::client::Client;
use crate::core::error::{Error, Result};
use crate::core::listing::{ListingRequest, Resume};
use crate::core::model::report::{Certificate, ListingReport};
use crate::core::model::time::now;

/// What is to be done after reading.
pub(super) enum Due {
    /// There is no reading yet.
    Begin,
    Store,
    /// The list was read to its end.
    Finish,
    Abandon(Error),
}

/// A run under way.
pub(super) struct Run {
    client: Client,
    request: ListingRequest,
    options: SyncOptions,
    writer: Arc<Mutex<Writer>>,
    /// The file is closed at the end; one in memory is gone then, and stays open.
    closes: bool,
    state: State,
    report: SyncReport,
    pass: Option<Pass>,
}

impl Run {
    /// Nothing is requested yet.
    pub fn new(
        client: Client,
        writer: Arc<Mutex<Writer>>,
        request: ListingRequest,
        options: SyncOptions,
        closes: bool,
    ) -> Result<Self> {
        let state = lock(&writer).state()?;
        Ok(Self {
            client,
            request,
            options,
            writer,
            closes,
            state,
            report: SyncReport::default(),
            pass: None,
        })
    }

    /// Reads until there is something to do with the file. Dropping the future loses nothing.
    pub async fn read(&mut self) -> Due {
        loop {
            let Some(pass) = &mut self.pass else { return Due::Begin };
            match pass.listing.clone().next_page().await {
                Ok(Some(page)) => {
                    pass.take(page);
                    if pass.is_due() {
                        return Due::Store;
                    }
                }
                Ok(None) => return Due::Finish,
                Err(error) => return Due::Abandon(error),
            }
        }
    }

    /// Does with the file what is due, to its end; `None`: nothing that a caller would be told of.
    ///
    /// # Errors
    /// What the reading failed with, or the file.
    pub async fn settle(&mut self, due: Due) -> Result<Option<Step>> {
        match due {
            Due::Begin => {
                self.request = self.request.clone().begun();
                self.open_pass().await.map(|()| None)
            }
            Due::Store => {
                self.store(true).await?;
                Ok(Some(self.progress()))
            }
            Due::Finish => {
                self.store(false).await?;
                let Some(scope) = self.finish().await? else {
                    return Ok(Some(Step::Done(Box::new(self.report.clone()))));
                };
                self.begin(scope).await?;
                Ok(Some(self.progress()))
            }
            Due::Abandon(error) => {
                self.store(true).await?;
                self.abandon_run(&error).await?;
                Err(error)
            }
        }
    }

    /// Stores what was read of a run that is given up.
    pub fn interrupt(&mut self) -> Result<()> {
        let Some(mut pass) = self.pass.take() else { return Ok(()) };
        pass.listing.close();
        let mut writer = lock(&self.writer);
        // What it kept last is behind these rows: whoever goes on from there reads them again.
        let stored = writer.store(&pass.waiting(), None).map(drop);
        if self.closes {
            writer.close();
        }
        stored
    }

    /// Goes on with the run that was cut off, where it reads what is wanted; else begins one.
    async fn open_pass(&mut self) -> Result<()> {
        let wanted = mode::first(self.options.mode, &self.state, now(), self.options.full_every);
        let cut_off = self.write(|writer| writer.unfinished()).await?;
        let (mode, consistency) = (self.options.mode, self.request.consistency);
        let fits = |unfinished: &_| mode::goes_on(unfinished, wanted, mode, consistency, now());
        let Some((unfinished, ids)) = cut_off.filter(|(unfinished, _)| fits(unfinished)) else {
            return self.begin(wanted).await;
        };
        let (scope, run, began) = (unfinished.scope, unfinished.run, unfinished.began);
        let resume = Some(unfinished.resume(ids));
        // One that cannot be gone on with is begun anew.
        let Ok(pass) = self.pass_over(scope, began, resume) else { return self.begin(wanted).await };
        self.pass = Some(pass);
        self.write(move |writer| {
            writer.go_on(run);
            Ok(())
        })
        .await
    }

    async fn begin(&mut self, scope: Scope) -> Result<()> {
        let began = now();
        let pass = self.pass_over(scope, began, None)?;
        self.write(move |writer| writer.begin(scope.name(), began)).await?;
        self.pass = Some(pass);
        Ok(())
    }

    fn pass_over(&self, scope: Scope, began: i64, resume: Option<Resume>) -> Result<Pass> {
        Pass::new(
            &self.client,
            &self.request,
            (scope, &self.state),
            (began, resume),
            self.options.commit_rows,
        )
    }

    /// Stores what waits. `keeps`: with what another process would need to go on from there.
    async fn store(&mut self, keeps: bool) -> Result<()> {
        let Some(pass) = &mut self.pass else { return Ok(()) };
        let pages = pass.waiting();
        if pages.is_empty() {
            return Ok(());
        }
        let run = lock(&self.writer).run();
        let kept = if keeps { pass.unfinished(run).await } else { None };
        let counts = self.write(move |writer| writer.store(&pages, kept.as_ref())).await?;
        self.report.count(counts);
        if let Some(pass) = &mut self.pass {
            pass.counts.without_id += counts.without_id;
        }
        Ok(())
    }

    /// Ends a pass; gives what must be read after it.
    async fn finish(&mut self) -> Result<Option<Scope>> {
        let Some(mut pass) = self.pass.take() else { return Ok(None) };
        let listing = pass.listing.report();
        let complete = listing.complete && pass.counts.without_id == 0;
        self.describe(&pass, &listing, complete);
        let at = pass.time();
        let mut state = self.state.clone();
        if complete {
            pass.learn(&mut state, &listing).await;
        }
        let all_seen = complete && pass.scope == Scope::Full;
        let counts = self.end(&state, pass.seen(complete), at, false).await?;
        self.report.count(counts);
        let (live, seq) = self.write(|writer| Ok((writer.live()?, writer.seq()?))).await?;
        let difference = listing.total_count_last.map(|total| difference(total, live));
        if all_seen && state.difference != difference {
            state.difference = difference;
            let told = serde_json::to_string(&state).unwrap_or_default();
            self.write(move |writer| {
                writer.with_connection(|connection| super::file::set_meta(connection, "state", &told))
            })
            .await?;
        }
        self.state = state;
        (self.report.sessions, self.report.seq) = (live, seq);
        let more = self.after_head(&pass, &listing, complete, difference);
        if more.is_none() && self.closes {
            self.write(|writer| {
                writer.close();
                Ok(())
            })
            .await?;
        }
        Ok(more)
    }

    /// All is to be read where the head showed that it is not enough.
    fn after_head(
        &self,
        pass: &Pass,
        listing: &ListingReport,
        complete: bool,
        difference: Option<i64>,
    ) -> Option<Scope> {
        let Scope::Head(_) = pass.scope else { return None };
        let unfit = complete && !mode::bears_out(self.state.order.as_deref(), listing.order.as_deref());
        let due = mode::is_full_due(self.options.mode, &self.state, now(), difference);
        (unfit || due).then_some(Scope::Full)
    }

    fn describe(&mut self, pass: &Pass, listing: &ListingReport, complete: bool) {
        let report = &mut self.report;
        report.mode = pass.scope.name();
        report.complete = complete;
        report.requests += listing.requests;
        report.warnings.clone_from(&listing.warnings);
        if pass.counts.without_id > 0 {
            report.warnings.push(format!(
                "{} rows name no session and could not be stored; the copy is not proven to be whole.",
                pass.counts.without_id
            ));
        }
        report.listing = listing.clone();
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
    async fn abandon_run(&mut self, error: &Error) -> Result<()> {
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
        if self.closes {
            self.write(|writer| {
                writer.close();
                Ok(())
            })
            .await?;
        }
        Ok(())
    }

    fn progress(&self) -> Step {
        let Some(pass) = &self.pass else { return Step::More(0, None) };
        let total = pass.listing.report().total_count_last;
        Step::More(pass.read, total.filter(|_| pass.scope == Scope::Full))
    }

    /// Does something with the file, in a thread that may block.
    async fn write<T: Send + 'static>(
        &self,
        act: impl FnOnce(&mut Writer) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let writer = self.writer.clone();
        let done = tokio::task::spawn_blocking(move || act(&mut lock(&writer))).await;
        done.unwrap_or_else(|_| Err(Error::Configuration("the interpreter is shutting down".to_owned())))
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

pub(super) fn memory_writer(client: &Client, request: &ListingRequest) -> Result<Arc<Mutex<Writer>>> {
    check(client, request)?;
    Ok(Arc::new(Mutex::new(Writer::in_memory(&parameters(client, request))?)))
}

pub(super) fn lock(writer: &Mutex<Writer>) -> MutexGuard<'_, Writer> {
    writer.lock().unwrap_or_else(PoisonError::into_inner)
}
