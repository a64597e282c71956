//! `blocks-sessions export`: all sessions to a file that appears when it is whole, or to standard output.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc;
use std::time::Duration;

use clap::Args;
use tokio::runtime::Handle;

use crate::cli::frame::exit::{Exit, Failure, Outcome};
use crate::cli::frame::flags::{ChoiceFlags, FieldFlags, Shared};
use crate::cli::frame::{Command, Frame};
use crate::cli::output::ending::remark;
use crate::core::error::{Error, StorageKind};
use crate::core::export::{EncodingRequest, Export, ExportReport, ExportRequest, STDOUT, Step};
use crate::core::listing::{Consistency, ListingRequest};
use crate::core::model::counted::{grouped, sessions};

/// The system's number for a reader that has gone.
const BROKEN_PIPE: i32 = 32;
/// How long the commit of a command that was stopped may take.
const PATIENCE: Duration = Duration::from_secs(4);

/// Write all sessions to a file, whole; go on where an earlier run was stopped
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  blocks-sessions export sessions.parquet --since 30d
  blocks-sessions export - --where \"status = 'closed'\" | jq .rating")]
pub struct ExportCommand {
    /// .jsonl, .ndjson, .csv (also with .gz or .zst) or .parquet; the report is put beside it, in
    /// PATH.report.json; - is standard output
    path: PathBuf,
    #[command(flatten)]
    choice: ChoiceFlags,
    #[command(flatten)]
    fields: FieldFlags,
    /// jsonl, csv or parquet, where the name does not say
    #[arg(long, value_name = "FORMAT")]
    format: Option<String>,
    /// gzip, zstd or none, where the name does not say
    #[arg(long, value_name = "NAME")]
    compression: Option<String>,
    /// Begin anew, though an earlier run could be gone on with
    #[arg(long)]
    restart: bool,
    /// Replace a file of that name, at the end
    #[arg(long)]
    overwrite: bool,
    /// In CSV, defuse texts that a spreadsheet would run; changes values
    #[arg(long)]
    spreadsheet_safe: bool,
    #[command(flatten)]
    shared: Shared,
}

impl Command for ExportCommand {
    fn shared(&self) -> &Shared {
        &self.shared
    }

    async fn run(self, frame: Arc<Frame>) -> Outcome {
        let client = frame.client()?;
        let consistency = frame.settings.consistency();
        let filtered = self.choice.condition.is_some();
        let to_stdout = self.path.as_os_str() == STDOUT;
        let kept = if to_stdout { "what was written stands" } else { "the same command goes on from there" };
        let export = Arc::new(Export::new(client, self.request(consistency))?);
        frame.on_interrupt(kept);
        // Dropped when the command is stopped, and not before the step in progress is.
        let stopped = Stopped { export: export.clone(), handle: Handle::current() };
        frame.talk.begin_progress("sessions", to_stdout && frame.stdout.is_terminal);
        let ended = steps(&export, &frame, filtered).await;
        frame.talk.end_progress();
        drop(stopped);
        let (report, doubt, remarks) = ended.map_err(failure)?;
        let exit = end(&report, doubt.as_deref(), &frame, consistency);
        remark(&remarks, &frame);
        Ok(exit)
    }
}

impl ExportCommand {
    fn request(self, consistency: Consistency) -> ExportRequest {
        let choice = self.choice.request(self.fields);
        let listing = ListingRequest { consistency, choice, ..ListingRequest::default() };
        ExportRequest {
            encoding: EncodingRequest { format: self.format, compression: self.compression, level: None },
            resume: self.restart.then_some(false),
            overwrite: self.overwrite,
            spreadsheet_safe: self.spreadsheet_safe,
            ..ExportRequest::new(self.path, listing)
        }
    }
}

async fn steps(
    export: &Export,
    frame: &Frame,
    filtered: bool,
) -> Result<(ExportReport, Option<String>, Vec<String>), Error> {
    loop {
        match export.step().await? {
            Step::Begun { resuming } => resuming.iter().for_each(|line| frame.talk.say(line)),
            Step::Reading { done, total, written } => {
                frame.talk.progress(done, total, filtered.then_some(written));
            }
            Step::Done { report, doubt, remarks } => return Ok((*report, doubt, remarks)),
        }
    }
}

/// A closed pipe is a reader that has seen enough.
fn failure(error: Error) -> Failure {
    match error {
        Error::Storage(fault) if fault.kind == StorageKind::Failed && fault.errno == Some(BROKEN_PIPE) => {
            std::io::Error::from(std::io::ErrorKind::BrokenPipe).into()
        }
        error => error.into(),
    }
}

/// Says how the export ended.
fn end(report: &ExportReport, doubt: Option<&str>, frame: &Frame, consistency: Consistency) -> Exit {
    let rows = report.summary.rows;
    let sessions = sessions(rows);
    let whole = report.summary.complete();
    let proof = match (whole, consistency) {
        (true, _) => "proven whole",
        (false, Consistency::Fast) => "not proven (fast)",
        (false, _) => "not proven to be all",
    };
    if report.sha256.is_some() {
        let name = report.path.file_name().unwrap_or_default().to_string_lossy();
        frame.talk.say(&format!("{name}: {sessions}, {} bytes, {proof}", grouped(report.bytes)));
    } else {
        frame.talk.say(&format!("{sessions}, {proof}"));
    }
    if let Some(doubt) = doubt {
        frame.talk.warn(doubt);
    }
    if whole || consistency == Consistency::Fast { Exit::Done } else { Exit::Unproven }
}

/// Commits what was read when the command is stopped.
struct Stopped {
    export: Arc<Export>,
    handle: Handle,
}

impl Drop for Stopped {
    fn drop(&mut self) {
        let (tell, told) = mpsc::channel();
        let export = self.export.clone();
        self.handle.spawn(async move {
            let _ = export.interrupt().await;
            let _ = tell.send(());
        });
        let _ = told.recv_timeout(PATIENCE);
    }
}
