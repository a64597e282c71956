//! `blocks-sessions count`: how many sessions, as one number.

use std::sync::Arc;

use clap::Args;

use crate::cli::frame::exit::{Exit, Outcome};
use crate::cli::frame::flags::{ChoiceFlags, FieldFlags, Shared};
use crate::cli::frame::{Command, Frame};
use crate::cli::output::ending::remark;
use crate::cli::output::stdout::Stdout;
use crate::core::listing::count::count;
use crate::core::listing::{Consistency, ListingRequest};
use crate::core::model::report::ListingReport;
use crate::threads::Load;

/// Count sessions: as the service says, or one by one where a condition chooses
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  blocks-sessions count
  blocks-sessions count --since 7d --where 'not resolved'")]
pub struct Count {
    /// Prove the number, or fail
    #[arg(long, conflicts_with = "consistency")]
    prove: bool,
    #[command(flatten)]
    choice: ChoiceFlags,
    #[command(flatten)]
    shared: Shared,
}

impl Command for Count {
    fn shared(&self) -> &Shared {
        &self.shared
    }

    fn load(&self) -> Load {
        Load::Nothing
    }

    async fn run(self, frame: Arc<Frame>) -> Outcome {
        let client = frame.client()?;
        let consistency = if self.prove { Consistency::Strict } else { frame.settings.consistency() };
        let choice = self.choice.request(FieldFlags::default());
        let request = ListingRequest { consistency, choice, ..ListingRequest::default() };
        frame.talk.begin_progress("sessions", false);
        let progress = |read, report: ListingReport| {
            let kept = (report.filtered > 0).then_some(report.yielded);
            frame.talk.progress(read, report.total_count_last, kept);
        };
        let counted = count(request, client, progress).await;
        frame.talk.end_progress();
        let counted = counted?;
        Stdout::open(&frame)?.write(format!("{}\n", counted.count).as_bytes())?;
        remark(&counted.remarks, &frame);
        match counted.doubt {
            Some(doubt) => {
                frame.talk.warn(&doubt);
                Ok(Exit::Unproven)
            }
            None => Ok(Exit::Done),
        }
    }
}
