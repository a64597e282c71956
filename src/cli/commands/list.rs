//! `blocks-sessions list`: all sessions, proven whole, as a table or as data.

use std::sync::Arc;

use crate::cli::frame::exit::{Exit, Failure, Outcome};
use crate::cli::frame::flags::{ChoiceFlags, FieldFlags, Shared};
use crate::cli::frame::values::whole;
use crate::cli::frame::{Command, Frame};
use crate::cli::output::ending::{remark, tell_end};
use crate::cli::output::stdout::Stdout;
use crate::cli::output::{Format, Sessions};
use crate::core::filter::Projection;
use crate::core::listing::Listing;
use crate::core::listing::ListingRequest;
use crate::core::model::counted::sessions;
use crate::threads::Load;
use clap::Args;

/// List sessions: all of them, each once
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  blocks-sessions list --since 7d --where \"rating <= 2 and not resolved\"
  blocks-sessions list --fields session_id,user_info.email -o csv > users.csv")]
pub struct List {
    /// The first N only
    #[arg(long = "max-items", short = 'n', value_name = "N", value_parser = whole(0, i64::MAX))]
    #[arg(allow_negative_numbers = true)]
    max_items: Option<i64>,
    /// table, json, jsonl or csv [default: table in a terminal, else jsonl]
    #[arg(long, short, value_enum, value_name = "FORMAT", hide_possible_values = true)]
    output: Option<Format>,
    #[command(flatten)]
    choice: ChoiceFlags,
    #[command(flatten)]
    fields: FieldFlags,
    #[command(flatten)]
    shared: Shared,
}

impl Command for List {
    fn shared(&self) -> &Shared {
        &self.shared
    }

    fn load(&self) -> Load {
        self.choice.load()
    }

    async fn run(self, frame: Arc<Frame>) -> Outcome {
        let client = frame.client()?;
        let consistency = frame.settings.consistency();
        let choice = self.choice.request(self.fields);
        let (fields, chooses) = (choice.fields.clone(), choice.condition.is_some());
        let request = ListingRequest {
            max_items: self.max_items,
            consistency,
            choice,
            tell_progress: true,
            ..ListingRequest::default()
        };
        let listing = request.start(client, true)?;
        let format = Format::or_fitting(self.output, &frame.stdout);
        let named = fields.is_some();
        // What is wrong with a name was told by now.
        let fields = fields.and_then(|names| Projection::parse(&names).ok());
        let mut out = Sessions::new(format, fields, frame.stdout, Stdout::open(&frame)?);
        // A condition takes some of them only, and nobody knows where they are.
        let most = self.max_items.filter(|_| !chooses).and_then(|most| u64::try_from(most).ok());
        frame.talk.begin_progress("sessions", frame.stdout.is_terminal);
        let read = read(&listing, &mut out, &frame, most).await;
        frame.talk.end_progress();
        // The end of what was read is written though the listing is known to lack sessions.
        if let Err(failure) = &read
            && failure.exit == Exit::Unproven
        {
            out.finish()?;
        }
        read?;
        out.finish()?;
        // Of columns that nobody asked for, those that fit are enough.
        if let Some(left_out) = out.left_out().filter(|_| named) {
            frame.talk.hint(&left_out);
        }
        let exit = tell_end(&listing.report(), &frame, consistency);
        remark(&listing.take_remarks(), &frame);
        Ok(exit)
    }
}

/// Writes all pages; `most`: no more are wanted.
async fn read(
    listing: &Listing,
    out: &mut Sessions,
    frame: &Frame,
    most: Option<u64>,
) -> Result<(), Failure> {
    while let Some(page) = listing.next_page().await? {
        out.page(&page)?;
        let report = listing.report();
        let kept = (report.filtered > 0).then_some(report.yielded);
        let total = report.total_count_last.map(|total| total.min(most.unwrap_or(total)));
        frame.talk.progress(page.read, total, kept);
        frame.on_interrupt(format!("{} were written", sessions(report.yielded)));
    }
    Ok(())
}
