//! Changes as they come: over a mirror, whose numbers outlive the process, or from memory. It polls when nobody
//! waits for what it has: a slow reader slows it, and loses nothing.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::time::Instant;

use super::file;
use super::file::writer::Writer;
use super::mode::SyncOptions;
use super::reader::{Change, Mirror, changes};
use super::run::{lock, memory_writer};
use super::sync::{Step, Sync};
use crate::core::client::Client;
use crate::core::error::{Error, Result};
use crate::core::listing::ListingRequest;

/// Changes that are read at once.
const BATCH: usize = 1_000;
/// No look is further away than the clock can tell.
const LONGEST: Duration = Duration::from_secs(100 * 365 * 86_400);

/// A watch over one agent's list.
pub struct Watch {
    client: Client,
    request: ListingRequest,
    options: SyncOptions,
    interval: Duration,
    target: Target,
    /// The number of the change that was told last; `None` before the first look.
    since: Option<i64>,
    ready: VecDeque<Change>,
    next_sync: Option<Instant>,
    sync: Option<Sync>,
}

enum Target {
    File(PathBuf),
    Memory(Arc<Mutex<Writer>>),
}

impl Watch {
    /// Nothing is requested yet. `path`: the mirror; `None` watches from memory. `since`: the number of the
    /// change to go on after; `None` for whatever comes from now on.
    ///
    /// # Errors
    /// Wrong arguments, a file that is no mirror, or changes that were removed.
    pub fn new(
        client: Client,
        path: Option<PathBuf>,
        since: Option<i64>,
        interval: Duration,
        request: ListingRequest,
        options: SyncOptions,
    ) -> Result<Self> {
        if since.is_some_and(|since| since < 0) {
            return Err(Error::Configuration("since is the number of a change: 0 or more".to_owned()));
        }
        let target = match path {
            Some(path) => Target::File(file::absolute(&path)?),
            None if since.is_some() => {
                return Err(Error::Configuration(
                    "since goes on in a mirror: name its path, or leave since out to watch from now on"
                        .to_owned(),
                ));
            }
            None => Target::Memory(memory_writer(&client, &request)?),
        };
        let mut watch = Self {
            client,
            request,
            options,
            interval: interval.min(LONGEST),
            target,
            since,
            ready: VecDeque::new(),
            next_sync: None,
            sync: None,
        };
        watch.find_start()?;
        Ok(watch)
    }

    /// In a mirror that is there, "from now on" begins with its latest change.
    fn find_start(&mut self) -> Result<()> {
        let Target::File(path) = &self.target else { return Ok(()) };
        let there = matches!(file::look(path)?, file::Found::Mirror);
        match (self.since, there) {
            (Some(since), true) => Mirror::open(path)?.changes(since, 1).map(drop),
            (Some(since), false) if since > 0 => Err(Error::Configuration(format!(
                "since={since}, and there is no mirror at {} yet: leave since out, or name the right path",
                path.display()
            ))),
            (None, true) => {
                // The first run of a new file may have been cut off: what it is yet to find is not news either.
                let last = Mirror::open(path)?.last_run()?;
                self.since = last.filter(|last| last.deletions_proven_at.is_some()).map(|last| last.seq);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// The next change, waited for.
    ///
    /// # Errors
    /// Whatever a run failed with; the next call goes on. Dropping the future loses nothing.
    pub async fn next(&mut self) -> Result<Change> {
        loop {
            if self.ready.is_empty() && self.since.is_some() {
                self.look().await?;
            }
            if let Some(change) = self.ready.pop_front() {
                self.since = Some(change.seq);
                return Ok(change);
            }
            if let Some(at) = self.next_sync {
                tokio::time::sleep_until(at).await;
            }
            self.run().await?;
        }
    }

    /// Whether changes are at hand.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        !self.ready.is_empty()
    }

    /// Ends a run that was given up.
    pub async fn interrupt(&mut self) -> Result<()> {
        let Some(sync) = &mut self.sync else { return Ok(()) };
        let stored = sync.interrupt().await;
        self.sync = None;
        stored
    }

    /// One run, to its end; one that was cut off goes on.
    pub async fn run(&mut self) -> Result<()> {
        let sync = match &mut self.sync {
            Some(sync) => sync,
            none => none.insert(match &self.target {
                Target::File(path) => {
                    Sync::open(self.client.clone(), path, self.request.clone(), self.options)?
                }
                Target::Memory(writer) => Sync::over(
                    self.client.clone(),
                    writer.clone(),
                    self.request.clone(),
                    self.options,
                    false,
                )?,
            }),
        };
        let report = loop {
            match sync.step().await {
                Ok(Step::More(..)) => {}
                Ok(Step::Done(report)) => break report,
                Err(error) => {
                    self.sync = None;
                    self.next_sync = Some(Instant::now() + self.interval);
                    return Err(error);
                }
            }
        };
        self.sync = None;
        self.next_sync = Some(Instant::now() + self.interval);
        // What the first listing finds is the base, and no news.
        if self.since.is_none() && report.complete {
            self.since = Some(report.seq);
        }
        Ok(())
    }

    /// Reads changes that are there.
    async fn look(&mut self) -> Result<()> {
        let since = self.since.unwrap_or(0);
        let found = match &self.target {
            Target::Memory(writer) => {
                lock(writer).with_connection(|connection| changes(connection, since, BATCH))?
            }
            Target::File(path) => {
                let path = path.clone();
                let read = move || match file::look(&path)? {
                    file::Found::Mirror => Mirror::open(&path)?.changes(since, BATCH),
                    file::Found::Nothing => Ok(Vec::new()),
                };
                let read = tokio::task::spawn_blocking(read).await;
                read.unwrap_or_else(|_| {
                    Err(Error::Configuration("the interpreter is shutting down".to_owned()))
                })?
            }
        };
        self.ready.extend(found);
        Ok(())
    }
}
