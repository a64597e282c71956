//! `blocks-sessions man`: the manual pages, in roff, made of the help.

use std::sync::Arc;

use clap::Args;
use clap_mangen::Man as Page;

use crate::cli::arguments::definition;
use crate::cli::frame::exit::{Exit, Failure, Outcome};
use crate::cli::frame::flags::Shared;
use crate::cli::frame::{Command, Frame};
use crate::cli::output::stdout::Stdout;
use crate::core::model::likeness::nearest_or_longer;

/// Print the manual page of the command line, or of one command, in roff
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  blocks-sessions man | man -l -
  blocks-sessions man list > ~/.local/share/man/man1/blocks-sessions-list.1")]
pub struct Man {
    /// The command, as in list or config show
    command: Vec<String>,
    #[command(flatten)]
    shared: Shared,
}

impl Command for Man {
    fn shared(&self) -> &Shared {
        &self.shared
    }

    async fn run(self, frame: Arc<Frame>) -> Outcome {
        let mut all = definition();
        all.build();
        let mut wanted = &all;
        for name in &self.command {
            wanted = wanted.find_subcommand(name).ok_or_else(|| unknown(name, wanted))?;
        }
        let title = ["blocks-sessions"].into_iter().chain(self.command.iter().map(String::as_str));
        let title = title.collect::<Vec<_>>().join("-");
        let page = Page::new(wanted.clone().disable_help_subcommand(true)).title(title);
        let mut roff = Vec::new();
        page.render(&mut roff)?;
        Stdout::open(&frame)?.write(&roff)?;
        Ok(Exit::Done)
    }
}

fn unknown(name: &str, within: &clap::Command) -> Failure {
    let names: Vec<&str> = within.get_subcommands().map(clap::Command::get_name).collect();
    let hint = match nearest_or_longer(name, names.iter().copied()) {
        Some(meant) => format!("; did you mean '{meant}'?"),
        None if names.is_empty() => format!("; '{}' has none of its own", within.get_name()),
        None => format!("; there are {}", names.join(", ")),
    };
    Failure::usage(format!("there is no command '{name}'{hint}"))
}
