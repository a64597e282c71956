//! `blocks-sessions watch`: changes of the list as they come, a line each.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::{Args, ValueEnum};
use serde_json::json;

use super::sync::{Gone, kept};
use crate::cli::frame::exit::{Exit, Failure, Outcome};
use crate::cli::frame::flags::Shared;
use crate::cli::frame::terminal::Stream;
use crate::cli::frame::values::{duration, kept_file, whole};
use crate::cli::frame::{Command, Frame};
use crate::cli::output::ending::minute;
use crate::cli::output::stdout::Stdout;
use crate::cli::output::text::{cut, visible};
use crate::core::listing::ListingRequest;
use crate::core::mirror::reader::Change;
use crate::core::mirror::watch::Watch as Changes;
use crate::core::mirror::{Mirror, Mode};
use crate::core::model::counted::counted;

/// Show what changes in the list, as it happens
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  blocks-sessions watch
  blocks-sessions watch support.db --since 1200 -o jsonl")]
pub struct Watch {
    /// The copy to keep and to watch; from memory without it
    #[arg(value_parser = kept_file())]
    mirror: Option<PathBuf>,
    /// The number of the change to go on after
    #[arg(long, value_name = "SEQ", requires = "mirror", value_parser = whole(0, i64::MAX))]
    #[arg(allow_negative_numbers = true)]
    since: Option<i64>,
    /// Time between two looks at the list: 5s, 500ms, 1m
    #[arg(long, value_name = "TIME", default_value = "5s", value_parser = duration, allow_hyphen_values = true)]
    interval: Duration,
    /// Look once, show what changed, and end
    #[arg(long, requires = "mirror")]
    once: bool,
    /// table or jsonl [default: table in a terminal, else jsonl]
    #[arg(long, short, value_enum, value_name = "FORMAT", hide_possible_values = true)]
    output: Option<Form>,
    #[command(flatten)]
    shared: Shared,
}

/// A change is no session, and has two shapes only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Form {
    Table,
    Jsonl,
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
        let fitting = if frame.stdout.is_terminal { Form::Table } else { Form::Jsonl };
        let form = self.output.unwrap_or(fitting);
        let mut out = Stdout::open(&frame)?;
        let path = self.mirror.clone();
        let mut watch = Changes::new(client, self.mirror, self.since, self.interval, request, options)?;
        let in_file = path.is_some();
        if let (true, Some(path)) = (self.once, path) {
            let line = |change: &Change| line(change, form, frame.stdout);
            let changes = once(&mut watch, &path, self.since, line, &mut out).await?;
            frame.talk.say(&counted(changes, "change"));
            return Ok(Exit::Done);
        }
        frame.talk.hint("watching; Ctrl-C ends it");
        loop {
            let change = watch.next().await?;
            out.write(&line(&change, form, frame.stdout))?;
            if in_file {
                frame.on_interrupt(format!("go on with --since {}", change.seq));
            }
        }
    }
}

/// One look: what changed since then, or by it, and how much that was.
async fn once(
    watch: &mut Changes,
    path: &std::path::Path,
    since: Option<i64>,
    line: impl Fn(&Change) -> Vec<u8>,
    out: &mut Stdout,
) -> Result<u64, Failure> {
    let since = match since {
        Some(since) => since,
        None => Mirror::open(path)
            .ok()
            .and_then(|mirror| mirror.last_run().ok().flatten())
            .map_or(0, |last| last.seq),
    };
    watch.run().await?;
    let mirror = Mirror::open(path)?;
    let (mut since, mut shown) = (since, 0);
    loop {
        let found = mirror.changes(since, 1_000)?;
        let Some(last) = found.last() else { return Ok(shown) };
        since = last.seq;
        shown += found.len() as u64;
        for change in &found {
            out.write(&line(change))?;
        }
    }
}

fn line(change: &Change, form: Form, stdout: Stream) -> Vec<u8> {
    let mut text = match form {
        Form::Table => shown(change, stdout),
        Form::Jsonl => as_json(change),
    };
    text.push('\n');
    text.into_bytes()
}

/// A row of a table whose columns are known before there is one; the last is cut where a terminal is too narrow.
fn shown(change: &Change, stdout: Stream) -> String {
    let at = minute(&change.at);
    let row = format!("{:>8}  {at}  {:<8}  {}", change.seq, change.kind, change.session_id);
    // The last column of a terminal stays free, or some would begin a new line.
    let columns = stdout.width.map_or(usize::MAX, |columns| columns.saturating_sub(1));
    cut(&visible(&row), columns, stdout.ellipsis())
}

/// The sessions exactly as they were sent.
fn as_json(change: &Change) -> String {
    let (seq, kind, at) = (change.seq, json!(change.kind), json!(change.at));
    let id = json!(change.session_id);
    let [before, session] = [&change.before, &change.after].map(|it| it.as_deref().unwrap_or("null"));
    format!(
        r#"{{"seq":{seq},"kind":{kind},"session_id":{id},"at":{at},"before":{before},"session":{session}}}"#
    )
}
