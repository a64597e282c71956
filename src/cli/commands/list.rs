//! `blocks-sessions list`: all sessions, proven whole, as a table or as data.

use std::sync::Arc;

use clap::Args;
use jiff::Timestamp;

use crate::cli::frame::exit::{Exit, Outcome};
use crate::cli::frame::flags::Shared;
use crate::cli::frame::{Command, Frame};
use crate::cli::output::stdout::Stdout;
use crate::cli::output::{Format, Sessions};
use crate::core::listing::Listing;
use crate::core::listing::rechunk::grouped;
use crate::core::listing::{Consistency, ListingRequest};

/// List sessions: all of them, each once
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  blocks-sessions list --agent agent_123 -n 20
  blocks-sessions list | jq -r 'select(.rating <= 2) | .session_id'")]
pub struct List {
    /// The first N only
    #[arg(long = "max-items", short = 'n', value_name = "N", allow_negative_numbers = true)]
    max_items: Option<i64>,
    /// table, json, jsonl or csv [default: table in a terminal, else jsonl]
    #[arg(long, short, value_enum, value_name = "FORMAT", hide_possible_values = true)]
    output: Option<Format>,
    #[command(flatten)]
    shared: Shared,
}

impl Command for List {
    fn shared(&self) -> &Shared {
        &self.shared
    }

    async fn run(self, frame: Arc<Frame>) -> Outcome {
        let client = frame.client()?;
        let consistency = frame.settings.consistency();
        let request = ListingRequest { max_items: self.max_items, consistency, ..ListingRequest::default() };
        let listing = request.start(client, true)?;
        let format = Format::or_fitting(self.output, &frame.stdout);
        let mut out = Sessions::new(format, frame.stdout, Stdout::open(&frame)?);
        frame.talk.begin_progress("sessions", frame.stdout.is_terminal);
        let read = read(&listing, &mut out, &frame).await;
        frame.talk.end_progress();
        // The end of what was read is written though the listing is known to lack sessions.
        if let Err(failure) = &read
            && failure.exit == Exit::Unproven
        {
            out.finish()?;
        }
        read?;
        out.finish()?;
        Ok(end(&listing, &frame, consistency))
    }
}

async fn read(
    listing: &Listing,
    out: &mut Sessions,
    frame: &Frame,
) -> Result<(), crate::cli::frame::exit::Failure> {
    while let Some(page) = listing.next_page().await? {
        out.page(&page)?;
        let report = listing.report();
        frame.talk.progress(report.yielded, report.total_count_last);
        frame.on_interrupt(format!("{} were written", sessions(report.yielded)));
    }
    Ok(())
}

/// Says how the listing ended.
fn end(listing: &Listing, frame: &Frame, consistency: Consistency) -> Exit {
    let report = listing.report();
    let found = sessions(report.yielded);
    if report.cut_short {
        let of = report.total_count_last.map(|total| format!(" of {}", grouped(total))).unwrap_or_default();
        frame.talk.say(&format!("{}{of} sessions (-n cuts the list)", grouped(report.yielded)));
        return Exit::Done;
    }
    if report.complete {
        let when = report.proven_at.and_then(|micros| Timestamp::from_microsecond(micros).ok());
        let when = when.map(|when| when.strftime(" at %H:%M:%S UTC").to_string()).unwrap_or_default();
        frame.talk.say(&format!("{found}, proven whole{when}"));
        return Exit::Done;
    }
    if consistency == Consistency::Fast {
        frame.talk.say(&format!("{found}, not proven (fast)"));
        return Exit::Done;
    }
    frame.talk.say(&format!("{found}, not proven to be all"));
    report.warnings.iter().for_each(|warning| frame.talk.warn(warning));
    Exit::Unproven
}

fn sessions(count: u64) -> String {
    if count == 1 { "1 session".to_owned() } else { format!("{} sessions", grouped(count)) }
}
