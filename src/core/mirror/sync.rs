//! One run of a mirror, in steps that may be given up at any moment. Waiting for the network may be dropped; what
//! is done with the file after it goes on by itself, and whoever asks next gets what came of it.

use std::path::Path;
use std::sync::{Arc, Mutex};

use tokio::task::JoinHandle;

use super::file::writer::Writer;
use super::mode::SyncOptions;
use super::report::SyncReport;
use super::run::Run;
use super::target::{check, parameters};
use crate::core::client::Client;
use crate::core::error::{Error, Result};
use crate::core::listing::ListingRequest;

/// What a step came to.
pub enum Step {
    /// So many sessions were read, of as many as the service says there are.
    More(u64, Option<u64>),
    Done(Box<SyncReport>),
}

/// A run under way.
pub struct Sync {
    /// Not here while it works on the file.
    run: Option<Box<Run>>,
    settling: Option<JoinHandle<Settled>>,
}

/// A run that is done with the file, and the step that this was, if it was the end of one.
type Settled = (Box<Run>, Result<Option<Step>>);

impl Sync {
    /// Opens the mirror; nothing is requested yet.
    ///
    /// # Errors
    /// The file cannot be written, is another's or of another list, or the request is wrong.
    pub fn open(client: Client, path: &Path, request: ListingRequest, options: SyncOptions) -> Result<Self> {
        check(&client, &request)?;
        let writer = Writer::open(path, &parameters(&client, &request))?;
        Self::over(client, Arc::new(Mutex::new(writer)), request, options, true)
    }

    /// A run over a mirror that stays open.
    pub(super) fn over(
        client: Client,
        writer: Arc<Mutex<Writer>>,
        request: ListingRequest,
        options: SyncOptions,
        closes: bool,
    ) -> Result<Self> {
        let run = Run::new(client, writer, request, options, closes)?;
        Ok(Self { run: Some(Box::new(run)), settling: None })
    }

    /// Goes on until something was stored, or the run is over. Dropping the future loses nothing.
    ///
    /// # Errors
    /// Whatever a request or the file failed with. What was read before is stored, and the next run goes on
    /// from there.
    pub async fn step(&mut self) -> Result<Step> {
        loop {
            if let Some(settling) = &mut self.settling {
                let settled = settling.await;
                self.settling = None;
                let (run, step) = settled.map_err(|_| ended())?;
                self.run = Some(run);
                if let Some(step) = step? {
                    return Ok(step);
                }
            }
            let due = self.run.as_mut().ok_or_else(ended)?.read().await;
            let mut run = self.run.take().ok_or_else(ended)?;
            // A task of its own: what it took from the run and has not stored would be lost with this future.
            self.settling = Some(tokio::spawn(async move {
                let step = run.settle(due).await;
                (run, step)
            }));
        }
    }

    /// Stores what was read and waits for it: whoever gave up the run before its end calls this.
    pub async fn interrupt(&mut self) -> Result<()> {
        if let Some(settling) = self.settling.take()
            && let Ok((run, _)) = settling.await
        {
            self.run = Some(run);
        }
        self.run.take().map_or(Ok(()), |mut run| run.interrupt())
    }
}

fn ended() -> Error {
    Error::Configuration("this run of the mirror has ended; call sync() again".to_owned())
}
