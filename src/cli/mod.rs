//! The command line, over core and emulator. It knows no Python: `python -m blocks_sessions` and
//! the console script call [`run`] with their arguments.
//!
//! | room | what it does |
//! |---|---|
//! | `arguments` | the commands, and what a line means |
//! | [`frame`] | what commands share: flags, settings, streams, signals, exit codes |
//! | [`output`] | sessions, tables and other data as text on standard output |
//! | `commands` | one file a command |
//!
//! # A new command
//! 1. A file in `commands/`, with a struct of its flags, `#[command(flatten)] shared: Shared`, a doc comment of
//!    one line (the help), and `after_help` with two examples.
//! 2. [`Command`](frame::Command) for it: `run` gets the [`Frame`](frame::Frame). `frame.client()?` is a client
//!    with all settings in force; the core's errors become failures by `?`, with their exit codes.
//! 3. A line in `arguments::Command`, and one in [`run`].
//!
//! Data goes through [`Stdout`](output::stdout::Stdout) or [`Sessions`](output::Sessions), rows that are no
//! sessions through [`Table`](output::table::Table). Everything else is said by `frame.talk`:
//! `begin_progress` and `progress` for a bar, `say` for the line at the end, `warn`. `run` returns
//! [`Exit::Done`](frame::exit::Exit::Done), or another code that is no failure (`Unproven`).
//! Ctrl-C and SIGTERM drop the future of `run`: say with `frame.on_interrupt` what can be done next.
//! It may block while it writes, and nowhere else.

mod arguments;
mod commands;
pub mod frame;
pub mod output;

use std::ffi::OsString;
use std::io::Write as _;

use self::arguments::Command;
use self::frame::exit::{Exit, Failure};

/// Runs the command line, the program's name first; gives the exit code of the process. Ctrl-C is left
/// as it is where the process is not `interruptible`.
pub fn run(arguments: impl IntoIterator<Item = OsString>, interruptible: bool) -> u8 {
    frame::signals::leave_interrupt(!interruptible);
    let arguments = arguments::spelt_out(arguments.into_iter().collect());
    match arguments::parse(&arguments) {
        Ok(Some(command)) => start(command),
        Ok(None) => welcome(),
        Err(error) => {
            let told = frame::usage::explain(error, &arguments, &arguments::definition());
            told.unwrap_or_else(|failure| ended(Err(failure)))
        }
    }
}

fn start(command: Command) -> u8 {
    match command {
        Command::List(list) => frame::run(*list),
        Command::Count(count) => frame::run(*count),
        Command::Sync(sync) => frame::run(*sync),
        Command::Watch(watch) => frame::run(*watch),
        Command::Query(query) => frame::run(*query),
        Command::Export(export) => frame::run(*export),
        Command::Verify(verify) => frame::run(*verify),
        Command::Config(config) => frame::run(*config),
        Command::Mask(mask) => frame::run(*mask),
        Command::Completion(completion) => frame::run(*completion),
        Command::Man(man) => frame::run(*man),
        Command::Serve(serve) => ended(serve.run()),
        // It shows the Python package, which takes this command before it comes here.
        Command::Demo => {
            let message = "the demo is Python's: `python -m blocks_sessions demo`";
            ended(Err(Failure::new(Exit::Failed, "SessionsError", message)))
        }
    }
}

/// For what is said outside of the frame.
fn ended(outcome: Result<(), Failure>) -> u8 {
    match outcome {
        Ok(()) => 0,
        Err(failure) => {
            if !failure.is_quiet() {
                let _ = writeln!(std::io::stderr(), "error: {}", failure.line());
            }
            failure.exit as u8
        }
    }
}

/// What somebody sees who types nothing but the name.
fn welcome() -> u8 {
    ended(output::stdout::print(WELCOME.as_bytes()))
}

const WELCOME: &str = "\
blocks-sessions lists the chat sessions of SELISE Blocks agents, and proves that none is missing.

Try first, without an account:
  blocks-sessions demo                            what it does, against a server in memory

Then with yours:
  export BLOCKS_PROJECT_KEY=...
  blocks-sessions list --agent YOUR_AGENT -n 20   the latest twenty, as a table
  blocks-sessions list --agent YOUR_AGENT > sessions.jsonl

`blocks-sessions config path` is where settings can be kept,
`blocks-sessions --help` shows every command.
";
