//! An export's files while it is written: rows, ids and manifest, committed together.
//! It blocks, and runs in the writer's thread; it knows no listing and asks for no page.

use super::conclude;
use super::ids::Ids;
use super::manifest::{Commit, Finished};
use super::target::Target;
use crate::core::error::Result;
use crate::core::export::report::{ExportReport, Summary};
use crate::core::export::rows::Piece;
use crate::core::export::rules::Rules;
use crate::core::export::sinks::Sink;
use crate::core::listing::SavedProof;
use crate::core::storage::{FileLock, Journal};

/// What a commit is to say beside the rows that were written.
#[derive(Debug)]
pub struct Progress {
    /// Rows written since the last commit.
    pub rows: u64,
    /// Ids read since then, those of filtered sessions among them.
    pub ids: Vec<u128>,
    /// It counts only pages whose rows are here.
    pub proof: Option<SavedProof>,
    /// Microseconds since 1970.
    pub at: i64,
}

/// Rows on their way to a target.
pub struct Store {
    sink: Box<dyn Sink>,
    files: Option<Files>,
}

/// What stands beside the rows, of a target that is resumed after a crash.
pub struct Files {
    pub target: Target,
    pub lock: FileLock,
    pub journal: Journal,
    pub ids: Ids,
    /// The last line of the manifest.
    pub commit: Commit,
    pub overwrite: bool,
    pub rules: Rules,
}

impl Store {
    /// A store without files beside the rows: nothing of it can be resumed.
    pub fn stream(sink: Box<dyn Sink>) -> Self {
        Self { sink, files: None }
    }

    pub fn new(sink: Box<dyn Sink>, files: Files) -> Self {
        Self { sink, files: Some(files) }
    }

    pub fn write(&mut self, piece: Piece) -> Result<()> {
        self.sink.write(piece)
    }

    /// Rows, ids, manifest: each on the disk before the next.
    pub fn commit(&mut self, progress: Progress) -> Result<()> {
        let data = self.sink.seal()?;
        let Some(files) = &mut self.files else { return self.sink.flush() };
        if files.rules.data_first {
            self.sink.flush()?;
        }
        files.ids.append(&progress.ids)?;
        files.commit.data = data;
        files.commit.ids = files.ids.state();
        files.commit.rows += progress.rows;
        files.commit.proof = progress.proof;
        files.commit.committed_at = progress.at;
        files.journal.append(&files.commit.to_json()?)?;
        // As it must not be: a crash in between leaves a manifest of rows that are not there.
        if files.rules.data_first { Ok(()) } else { self.sink.flush() }
    }

    /// Removes what is beside the target. That it cannot be removed is no failure: the next call begins over it.
    pub fn abandon(self) {
        let Some(Files { target, lock, journal, ids, .. }) = self.files else { return };
        // All files are closed before they are removed.
        drop((self.sink, journal, ids));
        if let Err(error) = conclude::remove(&target, lock) {
            log::debug!(target: crate::core::LOG, "{error}");
        }
    }

    /// Makes the result and gives it its name. `None` of a stream, which has no file to speak of.
    pub fn finish(mut self, summary: &Summary) -> Result<Option<ExportReport>> {
        let whole = self.sink.finish(&serde_json::to_value(summary).unwrap_or_default())?;
        let Some(mut files) = self.files else { return Ok(None) };
        // The files of the sink are closed before they are renamed and removed.
        drop(self.sink);
        let finished = Finished { bytes: whole.bytes, sha256: whole.sha256, summary: summary.clone() };
        files.commit.finished = Some(finished.clone());
        files.journal.append(&files.commit.to_json()?)?;
        drop(files.journal);
        conclude::publish(&files.target, &whole.path, files.overwrite)?;
        conclude::clear(&files.target, files.lock, finished).map(Some)
    }
}
