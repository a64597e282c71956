//! `blocks-sessions query`: any statement that reads, over a local copy of the list.

use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use tokio::sync::{mpsc, oneshot};

use crate::cli::frame::exit::{Exit, Failure, Outcome};
use crate::cli::frame::flags::Shared;
use crate::cli::frame::values::kept_file;
use crate::cli::frame::{Command, Frame, apart};
use crate::cli::output::Format;
use crate::cli::output::rows::{Row, Rows};
use crate::cli::output::stdout::Stdout;
use crate::core::mirror::Mirror;

/// Rows that were read and wait to be written.
const WAITING: usize = 256;

/// Ask a local copy of the list in SQL
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  blocks-sessions query my.db \"select status, count(*) from live group by 1\"
  blocks-sessions query my.db \"select session_id, rating from live\" -o csv")]
pub struct Query {
    /// The file that `sync` made
    #[arg(value_parser = kept_file())]
    mirror: PathBuf,
    /// A statement of SQLite's; the tables are sessions, live, changes and syncs
    sql: String,
    /// table, json, jsonl or csv [default: table in a terminal, else jsonl]
    #[arg(long, short, value_enum, value_name = "FORMAT", hide_possible_values = true)]
    output: Option<Format>,
    #[command(flatten)]
    shared: Shared,
}

impl Command for Query {
    fn shared(&self) -> &Shared {
        &self.shared
    }

    async fn run(self, frame: Arc<Frame>) -> Outcome {
        let mut stdout = Stdout::open(&frame)?;
        let (tell_names, names) = oneshot::channel();
        let (pass_on, rows) = mpsc::channel(WAITING);
        let (path, sql) = (self.mirror, self.sql);
        let reading = apart(move || {
            // Whoever waits for them may have been stopped, which the first row shows.
            let names = |names| drop(tell_names.send(names));
            Mirror::open(&path)?.query_each(&sql, &[], names, |row| pass_on.blocking_send(row).is_ok())
        });
        // A statement that was refused has no columns.
        let Ok(names) = names.await else {
            return reading.await?.map(|()| Exit::Done).map_err(Failure::from);
        };
        let format = Format::or_fitting(self.output, &frame.stdout);
        let mut text = Rows::new(format, names, frame.stdout);
        write(rows, &mut text, &mut stdout).await?;
        reading.await??;
        stdout.write(&text.finish())?;
        if let Some(left_out) = text.left_out() {
            frame.talk.hint(&left_out);
        }
        Ok(Exit::Done)
    }
}

/// Writes rows as they come, as many at once as there are.
async fn write(mut rows: mpsc::Receiver<Row>, text: &mut Rows, stdout: &mut Stdout) -> Result<(), Failure> {
    let mut some = Vec::with_capacity(WAITING);
    while rows.recv_many(&mut some, WAITING).await > 0 {
        stdout.write(&text.rows(some.drain(..)))?;
    }
    Ok(())
}
