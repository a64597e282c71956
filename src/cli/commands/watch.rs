//! `blocks-sessions watch`: changes of the list as they come, a line each.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use serde_json::{Value as Json, json};

use super::sync::{Gone, kept};
use crate::cli::frame::exit::{Exit, Failure, Outcome};
use crate::cli::frame::flags::Shared;
use crate::cli::frame::{Command, Frame};
use crate::cli::output::Format;
use crate::cli::output::stdout::Stdout;
use crate::cli::output::text::visible;
use crate::core::listing::ListingRequest;
use crate::core::mirror::reader::Change;
use crate::core::mirror::watch::Watch as Changes;
use crate::core::mirror::{Mirror, Mode};

/// Show what changes in the list, as it happens
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  blocks-sessions watch
  blocks-sessions watch support.db --since 1200 -o jsonl")]
pub struct Watch {
    /// The copy to keep and to watch; from memory without it
    mirror: Option<PathBuf>,
    /// The number of the change to go on after
    #[arg(long, value_name = "SEQ", requires = "mirror")]
    since: Option<i64>,
    /// Time between two looks at the list: 5s, 500ms, 1m
    #[arg(long, value_name = "TIME", default_value = "5s", value_parser = interval)]
    interval: Duration,
    /// Look once, show what changed, and end
    #[arg(long, requires = "mirror")]
    once: bool,
    /// table or jsonl [default: table in a terminal, else jsonl]
    #[arg(long, short, value_enum, value_name = "FORMAT", hide_possible_values = true)]
    output: Option<Format>,
    #[command(flatten)]
    shared: Shared,
}

fn interval(text: &str) -> Result<Duration, String> {
    let split = text.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(text.len());
    let (number, unit) = text.split_at(split);
    let seconds: f64 =
        number.trim().parse().map_err(|_| format!("{text:?} is no time: write it as 5s or 500ms"))?;
    let factor = match unit {
        "" | "s" => 1.0,
        "ms" => 0.001,
        "m" => 60.0,
        "h" => 3600.0,
        _ => return Err(format!("{unit:?} is no unit of time: ms, s, m or h")),
    };
    Duration::try_from_secs_f64(seconds * factor).map_err(|_| format!("{text:?} is out of range"))
}

impl Command for Watch {
    fn shared(&self) -> &Shared {
        &self.shared
    }

    async fn run(self, frame: Arc<Frame>) -> Outcome {
        let client = frame.client()?;
        let request =
            ListingRequest { consistency: frame.settings.consistency(), ..ListingRequest::default() };
        let options = kept(Mode::Auto, Gone::Mark);
        let lines = !matches!(Format::or_fitting(self.output, &frame.stdout), Format::Table);
        let mut out = Stdout::open(&frame)?;
        let path = self.mirror.clone();
        let mut watch = Changes::new(client, self.mirror, self.since, self.interval, request, options)?;
        if let (true, Some(path)) = (self.once, path) {
            return once(&mut watch, &path, self.since, lines, &mut out).await;
        }
        frame.talk.hint("watching; Ctrl-C ends it");
        loop {
            let change = watch.next().await?;
            frame.on_interrupt(format!("go on with --since {}", change.seq));
            out.write(&line(&change, lines))?;
        }
    }
}

/// One look: what changed since then, or by it.
async fn once(
    watch: &mut Changes,
    path: &std::path::Path,
    since: Option<i64>,
    lines: bool,
    out: &mut Stdout,
) -> Result<Exit, Failure> {
    let since = match since {
        Some(since) => since,
        None => Mirror::open(path)
            .ok()
            .and_then(|mirror| mirror.last_run().ok().flatten())
            .map_or(0, |last| last.seq),
    };
    watch.run().await?;
    let mirror = Mirror::open(path)?;
    let mut since = since;
    loop {
        let found = mirror.changes(since, 1_000)?;
        let Some(last) = found.last() else { return Ok(Exit::Done) };
        since = last.seq;
        for change in &found {
            out.write(&line(change, lines))?;
        }
    }
}

fn line(change: &Change, lines: bool) -> Vec<u8> {
    let mut text = if lines { as_json(change) } else { shown(change) };
    text.push('\n');
    text.into_bytes()
}

fn shown(change: &Change) -> String {
    format!("{:>8}  {}  {:<8}  {}", change.seq, change.at, change.kind, visible(&change.session_id))
}

/// The sessions exactly as they were sent.
fn as_json(change: &Change) -> String {
    let told =
        json!({"seq": change.seq, "kind": change.kind, "session_id": change.session_id, "at": change.at});
    let Json::Object(told) = told else { return String::new() };
    let mut text: Vec<String> = told.iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
    for (name, session) in [("before", &change.before), ("session", &change.after)] {
        text.push(format!("\"{name}\":{}", session.as_deref().unwrap_or("null")));
    }
    format!("{{{}}}", text.join(","))
}
