//! Drives an export: pages from the listing to the writer's thread, a commit whenever one is due, and an
//! end that leaves either the result or something to go on from. Blocking and async callers both take its
//! steps; what to write and what to prove is decided elsewhere.

use std::time::{Duration, Instant};

use tokio::sync::Mutex;

use super::files::{Opened, Opening, Progress, STDOUT, Start, Store};
use super::format::Format;
use super::policy::{Policy, Uncommitted};
use super::report::{ExportReport, Summary};
use super::request::{Destination, ExportRequest};
use super::rows::{ColumnRows, JsonLineRows, Rows};
use super::sinks::Sinks;
use super::source::{Next, Source};
use super::writer::{Job, Writer};
use crate::core::arrow::Columns;
use crate::core::client::Client;
use crate::core::error::{Error, Result, StorageError};
use crate::core::filter::Choice;
use crate::core::listing::ListingRequest;
use crate::core::listing::rechunk::Page;
use crate::core::model::counted::grouped;
use crate::core::model::time::now;

/// How long a step reads before the caller hears of it.
const STEP: Duration = Duration::from_millis(100);

/// An export that is under way.
pub struct Export {
    state: Mutex<State>,
}

enum State {
    New(Box<(Client, ListingRequest, Destination)>),
    Running(Box<Running>),
    Ended,
}

struct Running {
    source: Source,
    rows: Box<dyn Rows>,
    writer: Writer,
    policy: Policy,
    /// All was read, and the caller has heard how much that is.
    at_end: bool,
    /// The listing is not whole: its proof is not to be gone on with.
    refuted: bool,
    uncommitted: Uncommitted,
    /// Rows in the file, those of earlier runs among them, and how many earlier runs there were.
    total: u64,
    resumed: u32,
    /// Sessions that earlier runs read, and this one, those that a condition left out among them.
    begun_with: u64,
    read: u64,
    /// No run wrote anything that could be gone on with.
    is_empty: bool,
    /// Where the rows are, should the listing not be whole; `None` of what cannot be resumed.
    part: Option<std::path::PathBuf>,
    path: std::path::PathBuf,
}

/// What came of a step.
#[derive(Debug)]
pub enum Step {
    /// The files are open; of an export that goes on, one line that says so.
    Begun { resuming: Option<String> },
    /// Sessions read so far, by earlier runs too, and in the list as the service counts.
    /// `written` are those of the file.
    Reading { done: u64, total: Option<u64>, written: u64 },
    /// The export has ended; `doubt` is what the caller is to be warned of, and `remarks` are about the names in
    /// what was asked for.
    Done { report: Box<ExportReport>, doubt: Option<String>, remarks: Vec<String> },
}

impl Export {
    /// # Errors
    /// Whatever is wrong with the arguments; nothing was requested and nothing written.
    pub fn new(client: Client, request: ExportRequest) -> Result<Self> {
        // The listing's own checks come before any file is touched.
        drop(request.listing.clone().start(client.clone(), true)?);
        let destination = request.destination(&client)?;
        Ok(Self { state: Mutex::new(State::New(Box::new((client, request.listing, destination)))) })
    }

    /// Reads and writes for a while. Dropping the future loses nothing.
    ///
    /// # Errors
    /// Whatever the listing or the files failed with. What was read is committed by then, and the lock free.
    pub async fn step(&self) -> Result<Step> {
        let mut state = self.state.lock().await;
        if let State::New(begin) = &*state {
            let (client, listing, destination) = begin.as_ref();
            match open(client.clone(), listing.clone().begun(), destination).await? {
                Begun::Running(running, resuming) => {
                    *state = State::Running(running);
                    return Ok(Step::Begun { resuming });
                }
                Begun::Done(report) => {
                    *state = State::Ended;
                    return Ok(Step::Done { report: Box::new(report), doubt: None, remarks: Vec::new() });
                }
            }
        }
        let State::Running(running) = &mut *state else { return Err(ended()) };
        let step = running.step().await;
        match &step {
            Ok(Step::Begun { .. } | Step::Reading { .. }) => {}
            Ok(Step::Done { .. }) => end(&mut state, false).await?,
            // After a failure of the disk nothing may be taken for written.
            Err(Error::Storage(_)) => drop(end(&mut state, false).await),
            Err(_) => end(&mut state, true).await?,
        }
        step
    }

    /// Commits what was read and lets go of the files: the same call goes on from there.
    ///
    /// # Errors
    /// What was read could not be committed; what was committed before is there.
    pub async fn interrupt(&self) -> Result<()> {
        end(&mut *self.state.lock().await, true).await
    }
}

/// Ends the writer's thread, with a commit of what was read.
async fn end(state: &mut State, commit: bool) -> Result<()> {
    if let State::Running(running) = state
        && commit
    {
        running.source.close();
        running.commit().await?;
        if running.is_empty {
            running.writer.queue(Job::Abandon);
        }
    }
    match std::mem::replace(state, State::Ended) {
        State::Running(running) => running.writer.end().await,
        _ => Ok(()),
    }
}

enum Begun {
    /// With one line for whoever waits, of an export that goes on.
    Running(Box<Running>, Option<String>),
    Done(ExportReport),
}

async fn open(client: Client, listing: ListingRequest, destination: &Destination) -> Result<Begun> {
    match destination {
        Destination::Stream { path, sinks, choice } => {
            let file = stream(path).map_err(|error| StorageError::failed("Could not open", path, &error))?;
            let store = Store::stream(sinks.stream(path, file));
            let listing = ListingRequest { resolved: Some(choice.clone()), ..listing };
            let source = Source::open(client, listing, None)?;
            Running::new(source, sinks, store, None, path, choice)
                .map(|running| Begun::Running(Box::new(running), None))
        }
        Destination::Files(opening) => open_files(client, listing, opening).await,
    }
}

async fn open_files(client: Client, listing: ListingRequest, opening: &Opening) -> Result<Begun> {
    let wanted = opening.clone();
    let opened = tokio::task::spawn_blocking(move || wanted.open()).await.map_err(|_| ended())??;
    let (store, mut start) = match opened {
        Opened::Writing(opened) => *opened,
        Opened::Finished(report) => return Ok(Begun::Done(*report)),
    };
    let line = (start.commit.resumed > 0).then(|| resuming(opening, &start));
    if let Some(line) = &line {
        log::info!(target: crate::core::LOG, "{line}");
    }
    let choice = start.choice(&opening.choice);
    let written = i64::try_from(start.commit.rows).unwrap_or(i64::MAX);
    let max_items = listing.max_items.map(|items| items.saturating_sub(written).max(0));
    let listing = ListingRequest { resolved: Some(choice.clone()), max_items, ..listing };
    let known = opening.resumable.then(|| start.resume());
    let source = Source::open(client, listing, known)?;
    let running =
        Running::new(source, &opening.sinks, store, Some((opening, &start)), &opening.target.path, &choice)?;
    Ok(Begun::Running(Box::new(running), line))
}

/// One line for whoever waits: `resuming sessions.jsonl: 41,300 sessions, begun 10:02, interrupted 10:07`.
fn resuming(opening: &Opening, start: &Start) -> String {
    let commit = &start.commit;
    let clock = |micros: i64| {
        let moment = jiff::Timestamp::from_microsecond(micros).unwrap_or_default();
        let time = jiff::tz::Offset::UTC.to_datetime(moment).time();
        format!("{:02}:{:02}", time.hour(), time.minute())
    };
    format!(
        "resuming {}: {} sessions, begun {}, interrupted {} (UTC); {}",
        opening.target.name(),
        grouped(commit.rows),
        clock(commit.begun_at),
        clock(commit.committed_at),
        if commit.proof.is_some() { "the proof goes on" } else { "a new proof begins over them" }
    )
}

fn stream(path: &std::path::Path) -> std::io::Result<std::fs::File> {
    if path != std::path::Path::new(STDOUT) {
        return std::fs::OpenOptions::new().write(true).open(path);
    }
    #[cfg(unix)]
    let handle = std::os::fd::AsFd::as_fd(&std::io::stdout()).try_clone_to_owned()?;
    #[cfg(windows)]
    let handle = std::os::windows::io::AsHandle::as_handle(&std::io::stdout()).try_clone_to_owned()?;
    Ok(handle.into())
}

impl Running {
    fn new(
        source: Source,
        sinks: &Sinks,
        store: Store,
        from: Option<(&Opening, &Start)>,
        path: &std::path::Path,
        choice: &Choice,
    ) -> Result<Self> {
        let format = sinks.encoding.format;
        let rows: Box<dyn Rows> = match format {
            Format::JsonLines => Box::new(JsonLineRows::new(choice.projection.clone())),
            Format::Csv | Format::Parquet => {
                Box::new(ColumnRows::new(Columns::new(choice.projection.clone())))
            }
        };
        Ok(Self {
            source,
            rows,
            writer: Writer::start(store)?,
            policy: from.map_or_else(Policy::of_stream, |(opening, _)| {
                Policy::of(format).at_most(opening.rules.commit_rows)
            }),
            at_end: false,
            refuted: false,
            uncommitted: Uncommitted::since(Instant::now()),
            total: from.map_or(0, |(_, start)| start.commit.rows),
            begun_with: from.map_or(0, |(_, start)| start.commit.ids.count.max(start.commit.rows)),
            read: 0,
            resumed: from.map_or(0, |(_, start)| start.commit.resumed),
            is_empty: from.is_some_and(|(_, start)| start.commit.resumed == 0),
            part: from
                .filter(|(opening, _)| opening.resumable)
                .map(|(opening, _)| opening.target.part.clone()),
            path: path.to_owned(),
        })
    }

    async fn step(&mut self) -> Result<Step> {
        if self.at_end {
            return self.finish().await;
        }
        let until = Instant::now() + STEP;
        loop {
            self.writer.hand_over().await?;
            let now = Instant::now();
            let due = self.policy.wait(&self.uncommitted, now);
            if due.is_zero() {
                self.commit().await?;
                continue;
            }
            let within = due.min(until.saturating_duration_since(now));
            match self.source.next_page(within).await {
                Ok(Next::Page(page)) => self.take(&page)?,
                Ok(Next::Nothing) => {}
                Ok(Next::End) => self.at_end = true,
                Err(error) => return Err(self.kept(error)),
            }
            if self.at_end || Instant::now() >= until {
                let total = self.source.report().total_count_last;
                return Ok(Step::Reading { done: self.begun_with + self.read, total, written: self.total });
            }
        }
    }

    fn take(&mut self, page: &Page) -> Result<()> {
        self.rows.reserve(page.bytes())?;
        for session in page.sessions() {
            self.uncommitted.bytes += session.raw().len() as u64;
            self.rows.push(session);
        }
        self.uncommitted.rows += page.len() as u64;
        self.total += page.len() as u64;
        self.read = page.read;
        if self.rows.is_full() { self.pass_on() } else { Ok(()) }
    }

    /// What was gathered goes to the writer's thread.
    fn pass_on(&mut self) -> Result<()> {
        if let Some(piece) = self.rows.take()? {
            self.writer.queue(Job::Write(piece));
        }
        Ok(())
    }

    /// Commits what was read so far. Dropping the future loses nothing.
    async fn commit(&mut self) -> Result<()> {
        let checkpoint = self.source.checkpoint().await;
        if self.uncommitted.rows > 0 || !checkpoint.ids.is_empty() || self.refuted {
            self.pass_on()?;
            let progress = Progress {
                rows: self.uncommitted.rows,
                ids: checkpoint.ids,
                proof: checkpoint.proof.filter(|_| !self.refuted),
                at: now(),
            };
            self.writer.queue(Job::Commit(progress));
            self.is_empty = false;
        }
        self.uncommitted = Uncommitted::since(Instant::now());
        self.writer.hand_over().await
    }

    async fn finish(&mut self) -> Result<Step> {
        self.commit().await?;
        let summary = Summary::new(self.total, self.resumed, &self.source.report());
        let report = self.writer.finish(summary.clone()).await?;
        let report = report.unwrap_or_else(|| ExportReport {
            path: self.path.clone(),
            bytes: 0,
            sha256: None,
            summary,
        });
        let (doubt, remarks) = (self.source.take_doubt(), self.source.take_remarks());
        Ok(Step::Done { report: Box::new(report), doubt, remarks })
    }

    /// Says of a listing that is not whole where its rows are.
    fn kept(&mut self, error: Error) -> Error {
        let Error::Incomplete { message, report } = error else { return error };
        self.refuted = true;
        let rows = grouped(self.total);
        let message = match &self.part {
            Some(part) => format!(
                "{message} The {rows} sessions that were read are kept in {}: the same call goes on with them and \
                 begins a new proof",
                part.display()
            ),
            None => message,
        };
        Error::Incomplete { message, report }
    }
}

fn ended() -> Error {
    Error::Configuration("this export has ended; call export() again".to_owned())
}
