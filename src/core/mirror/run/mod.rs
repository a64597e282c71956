//! What a run of a mirror does: reads the head or all of the list, and stores it as it comes. What was stored stays,
//! and where a run was cut off the next one goes on with it. It knows nothing of who waits for it, and when that is
//! given up.

mod end;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::core::client::Client;
use crate::core::error::{Error, Result};
use crate::core::listing::{ListingRequest, Resume};
use crate::core::mirror::file::writer::Writer;
use crate::core::mirror::mode::{self, Scope, SyncOptions};
use crate::core::mirror::pass::Pass;
use crate::core::mirror::report::SyncReport;
use crate::core::mirror::state::State;
use crate::core::mirror::sync::Step;
use crate::core::mirror::target::{check, parameters};
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
        Pass::new(&self.client, &self.request, scope, (began, resume), self.options.commit_rows)
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

pub(super) fn memory_writer(client: &Client, request: &ListingRequest) -> Result<Arc<Mutex<Writer>>> {
    check(client, request)?;
    Ok(Arc::new(Mutex::new(Writer::in_memory(&parameters(client, request))?)))
}

pub(super) fn lock(writer: &Mutex<Writer>) -> MutexGuard<'_, Writer> {
    writer.lock().unwrap_or_else(PoisonError::into_inner)
}
