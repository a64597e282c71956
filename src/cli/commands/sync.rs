//! `blocks-sessions sync`: brings a local copy of the list up to date.

use std::path::PathBuf;
use std::sync::Arc;

use clap::{Args, ValueEnum};

use crate::cli::frame::exit::{Exit, Outcome};
use crate::cli::frame::flags::Shared;
use crate::cli::frame::values::kept_file;
use crate::cli::frame::{Command, Frame};
use crate::cli::output::ending::moment;
use crate::core::listing::ListingRequest;
use crate::core::mirror::sync::{Step, Sync as Run};
use crate::core::mirror::{Mode, SyncOptions, SyncReport, Vanished};
use crate::core::model::counted::{grouped, sessions};

const DAY: i64 = 86_400_000_000;

/// Keep a local copy of the list, in a SQLite file
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  blocks-sessions sync support.db
  blocks-sessions sync support.db --full --vanished drop")]
pub struct Sync {
    /// The file; made if it is not there
    #[arg(value_parser = kept_file())]
    mirror: PathBuf,
    /// Read everything, which also shows what is gone
    #[arg(long, conflicts_with = "head")]
    full: bool,
    /// Read only what moved or is new
    #[arg(long)]
    head: bool,
    /// What becomes of sessions that are gone: mark or drop
    #[arg(long, value_enum, value_name = "WHAT", default_value = "mark", hide_possible_values = true)]
    vanished: Gone,
    #[command(flatten)]
    shared: Shared,
}

/// What becomes of sessions that are gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Gone {
    Mark,
    Drop,
}

/// How a copy is kept, unless a flag says otherwise.
pub fn kept(mode: Mode, gone: Gone) -> SyncOptions {
    let vanished = if gone == Gone::Drop { Vanished::Drop } else { Vanished::Mark };
    SyncOptions { mode, full_every: Some(DAY), vanished, keep_changes: Some(30 * DAY), commit_rows: None }
}

impl Command for Sync {
    fn shared(&self) -> &Shared {
        &self.shared
    }

    async fn run(self, frame: Arc<Frame>) -> Outcome {
        let client = frame.client()?;
        let request =
            ListingRequest { consistency: frame.settings.consistency(), ..ListingRequest::default() };
        let mode = match (self.full, self.head) {
            (true, _) => Mode::Full,
            (_, true) => Mode::Head,
            _ => Mode::Auto,
        };
        let mut run = Run::open(client, &self.mirror, request, kept(mode, self.vanished))?;
        frame.on_interrupt("what was read is kept; the next sync goes on");
        frame.talk.begin_progress("sessions", false);
        let report = loop {
            match run.step().await? {
                Step::More(done, total) => frame.talk.progress(done, total, None),
                Step::Done(report) => break report,
            }
        };
        frame.talk.end_progress();
        Ok(tell(&report, &frame))
    }
}

fn tell(report: &SyncReport, frame: &Frame) -> Exit {
    let changed = format!(
        "{} created, {} updated, {} vanished, {} returned",
        grouped(report.created),
        grouped(report.updated),
        grouped(report.vanished),
        grouped(report.returned)
    );
    let copied = sessions(report.sessions);
    if report.complete {
        frame.talk.say(&format!("{copied}: {changed}; proven ({}){}", report.mode, moment(report.proven_at)));
        return Exit::Done;
    }
    frame.talk.say(&format!("{copied}: {changed}; not proven"));
    report.warnings.iter().for_each(|warning| frame.talk.warn(warning));
    Exit::Unproven
}
