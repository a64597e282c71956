//! The command line, over core and emulator. It knows no Python: `python -m blocks_sessions` and
//! the console script call [`run`] with their arguments.

mod serve;

use std::ffi::OsString;
use std::io::Write as _;

use clap::{Parser, Subcommand};

/// List the chat sessions of SELISE Blocks agents.
#[derive(Parser)]
#[command(name = "blocks-sessions", bin_name = "blocks-sessions", version, arg_required_else_help = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Serve(Box<serve::Serve>),
    /// Show what the package does, against a server in memory.
    Demo,
}

/// Runs the command line, the program's name first; gives the exit code of the process.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> u8 {
    let outcome = match Arguments::try_parse_from(arguments) {
        Ok(Arguments { command: Command::Serve(serve) }) => serve.run(),
        // It shows the Python package, which takes this command before it comes here.
        Ok(Arguments { command: Command::Demo }) => {
            Err("the demo is Python's: `python -m blocks_sessions demo`".into())
        }
        Err(error) => {
            // Help and version come this way too, and go where they belong. A closed pipe is no
            // reason to fail.
            let _ = error.print();
            return u8::try_from(error.exit_code()).unwrap_or(2);
        }
    };
    match outcome {
        Ok(()) => 0,
        Err(message) => {
            let _ = writeln!(std::io::stderr(), "error: {message}");
            1
        }
    }
}
