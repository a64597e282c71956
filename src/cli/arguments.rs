//! The command line as clap knows it: every command, and what a line means.

use std::ffi::OsString;

use anstyle::AnsiColor;
use clap::builder::Styles;
use clap::{ArgMatches, ColorChoice, CommandFactory, FromArgMatches, Parser, Subcommand};

use super::commands::completion::Completion;
use super::commands::config::Config;
use super::commands::count::Count;
use super::commands::export::ExportCommand;
use super::commands::list::List;
use super::commands::man::Man;
use super::commands::mask::Mask;
use super::commands::query::Query;
use super::commands::serve::Serve;
use super::commands::sync::Sync;
use super::commands::verify::Verify;
use super::commands::watch::Watch;
use super::frame::settings::variable;
use super::frame::terminal::{Stream, When};

/// Longer lines of help are hard to read.
const WIDEST: usize = 100;
/// A space at which no line is broken, until the help is shown.
pub const FIXED: &str = "\u{a0}";
/// The parser's own, but for yellow, which cannot be read on white.
const STYLES: Styles = Styles::styled().invalid(AnsiColor::Magenta.on_default().bold());

/// List the chat sessions of SELISE Blocks agents
#[derive(Parser)]
#[command(name = "blocks-sessions", bin_name = "blocks-sessions", version, propagate_version = true)]
#[command(subcommand_value_name = "COMMAND", disable_help_subcommand = true, styles = STYLES)]
#[command(after_help = "`blocks-sessions COMMAND --help` has the flags of a command, and examples.
`blocks-sessions demo` shows what the package does; it needs no account.")]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
}

/// A command with its arguments.
#[derive(Subcommand)]
pub enum Command {
    List(Box<List>),
    Count(Box<Count>),
    Sync(Box<Sync>),
    Watch(Box<Watch>),
    Query(Box<Query>),
    Export(Box<ExportCommand>),
    Verify(Box<Verify>),
    Config(Box<Config>),
    Mask(Box<Mask>),
    /// Run the service's emulator: the sessions endpoint, in memory, on this machine
    Serve(Box<Serve>),
    /// Show what the package does, against a server in memory
    #[command(after_help = "Examples:
  blocks-sessions demo
  blocks-sessions demo | less")]
    Demo,
    Completion(Box<Completion>),
    Man(Box<Man>),
}

/// Commands that do not speak to the service: they take its flags, and their help does not show them.
const APART: [&str; 2] = ["completion", "man"];

/// The whole command line, for help, completion and manual pages.
pub fn definition() -> clap::Command {
    let hidden = |command: clap::Command| {
        command.mut_args(|arg| {
            let shared = matches!(arg.get_help_heading(), Some("Connection" | "Messages"));
            arg.hide(shared)
        })
    };
    APART.iter().fold(Arguments::command(), |all, name| all.mut_subcommand(name, hidden))
}

/// Reads a line, the program's name first; `None` where no command is named.
///
/// # Errors
/// What clap has to say: help and version too.
pub fn parse(arguments: &[OsString]) -> Result<Option<Command>, clap::Error> {
    let colour = match colour(arguments) {
        When::Always => ColorChoice::Always,
        When::Never => ColorChoice::Never,
        When::Auto => ColorChoice::Auto,
    };
    let width = Stream::stdout(When::Never, &variable).width.unwrap_or(WIDEST).min(WIDEST);
    let shown = copyable(definition()).color(colour).term_width(width);
    let matches: ArgMatches = shown.try_get_matches_from(arguments)?;
    Ok(Arguments::from_arg_matches(&matches)?.command)
}

/// Lines of examples are copied: no space of theirs may become the end of a line.
fn copyable(command: clap::Command) -> clap::Command {
    let fixed = |line: &str| if line.starts_with("  ") { line.replace(' ', FIXED) } else { line.to_owned() };
    let help = command.get_after_help().map(|help| help.ansi().to_string());
    let command = match help {
        Some(help) => command.after_help(help.lines().map(fixed).collect::<Vec<_>>().join("\n")),
        None => command,
    };
    command.mut_subcommands(copyable)
}

/// `--color` counts for what is wrong with the line itself, too.
pub fn colour(arguments: &[OsString]) -> When {
    let words: Vec<&str> = arguments.iter().filter_map(|word| word.to_str()).collect();
    let apart = words.windows(2).find_map(|pair| match pair {
        ["--color", when] => Some(*when),
        _ => None,
    });
    let when = apart.or_else(|| words.iter().find_map(|word| word.strip_prefix("--color=")));
    match when {
        Some("always") => When::Always,
        Some("never") => When::Never,
        _ => When::Auto,
    }
}

/// `help list` and `version` as the parser knows them: other programs have such commands.
pub fn spelt_out(mut arguments: Vec<OsString>) -> Vec<OsString> {
    let first = arguments.get(1).and_then(|word| word.to_str());
    let flag = match first {
        Some("help") => "--help",
        Some("version") if arguments.len() == 2 => "--version",
        _ => return arguments,
    };
    arguments.remove(1);
    arguments.push(flag.into());
    arguments
}
