//! `blocks-sessions completion`: the script by which a shell completes the command line.

use std::sync::Arc;

use clap::Args;
use clap_complete::Shell;

use crate::cli::arguments::definition;
use crate::cli::frame::exit::{Exit, Outcome};
use crate::cli::frame::flags::Shared;
use crate::cli::frame::{Command, Frame};
use crate::cli::output::stdout::Stdout;

/// Print a script that completes the command line in a shell
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  blocks-sessions completion bash > ~/.local/share/bash-completion/completions/blocks-sessions
  blocks-sessions completion zsh > \"${fpath[1]}/_blocks-sessions\"")]
pub struct Completion {
    /// bash, zsh, fish, powershell or elvish
    #[arg(value_enum, hide_possible_values = true)]
    shell: Shell,
    #[command(flatten)]
    shared: Shared,
}

impl Command for Completion {
    fn shared(&self) -> &Shared {
        &self.shared
    }

    async fn run(self, frame: Arc<Frame>) -> Outcome {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut definition(), "blocks-sessions", &mut script);
        if self.shell == Shell::Bash {
            script = with_one_name(&script);
        }
        Stdout::open(&frame)?.write(&script)?;
        Ok(Exit::Done)
    }
}

/// The library names a command by its path with `__` for each dash, and where it says what follows a command it takes
/// the dash of our own name for the step to a subcommand: no name that it looks up was ever told.
fn with_one_name(script: &[u8]) -> Vec<u8> {
    String::from_utf8_lossy(script).replace("blocks__subcmd__sessions", "blocks__sessions").into_bytes()
}
