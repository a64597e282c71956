//! What is wrong with the line itself: the parser's sentences, but for those that would mislead. A secret that was
//! typed is in none of them, and nothing that a terminal would obey.

use std::ffi::OsString;
use std::io::{Write as _, stderr};

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Command, Error};

use super::exit::Failure;
use super::settings::variable;
use super::terminal::Stream;
use super::tips;
use crate::cli::arguments::{FIXED, colour};
use crate::cli::output::stdout::print;
use crate::cli::output::text::visible;

/// Flags that somebody expects, what they would hold, and where that belongs.
const SECRETS: [(&[&str], &str); 5] = [
    (
        &["project-key", "blocks-key", "api-key", "apikey", "key", "x-blocks-key"],
        "set BLOCKS_PROJECT_KEY, or name a file that holds it in a profile: project_key_file = \"...\"",
    ),
    (
        &["token", "access-token", "bearer", "bearer-token", "auth-token"],
        "set BLOCKS_ACCESS_TOKEN, give --token-file FILE, or name a file that holds it in a profile: \
         access_token_file = \"...\"",
    ),
    (
        &["client-secret", "secret"],
        "set BLOCKS_CLIENT_SECRET, or name a file that holds it in a profile: client_secret_file = \"...\"",
    ),
    (&["mask-key"], "set BLOCKS_MASK_KEY, or give --mask-key-file FILE"),
    (
        &["password", "passwd", "credentials"],
        "the service takes a project key (BLOCKS_PROJECT_KEY), and an access token (BLOCKS_ACCESS_TOKEN) or client \
         credentials (BLOCKS_CLIENT_ID, BLOCKS_CLIENT_SECRET)",
    ),
];
const CLIENT_ID: &str = "--client-id is no flag, since it goes with a secret: set BLOCKS_CLIENT_ID and \
                         BLOCKS_CLIENT_SECRET, or write client_id = \"...\" in a profile";

/// Shows what the parser has to say, help and version too; gives the exit code of the process.
///
/// # Errors
/// Help or the version cannot be written.
pub fn explain(error: Error, arguments: &[OsString], all: &Command) -> Result<u8, Failure> {
    let code = u8::try_from(error.exit_code()).unwrap_or(2);
    let error = match secret(&error) {
        Some(message) => Error::raw(error.kind(), format!("{message}\n")).with_cmd(all),
        None => harmless(with_tip(as_typed(error, arguments, all), arguments, all)),
    };
    if error.use_stderr() && arguments.iter().any(|word| word == "--json-errors") {
        let text = error.render().to_string();
        let message = text.lines().next().unwrap_or_default().trim_start_matches("error: ").to_owned();
        let _ = writeln!(stderr(), "{}", Failure::usage(message).to_json());
        return Ok(code);
    }
    if error.use_stderr() {
        // Nobody listens to a stream that takes nothing.
        let _ = error.print();
    } else {
        help(&error, arguments)?;
    }
    Ok(code)
}

/// Help, the version: on standard output, with examples that are on one line each.
fn help(error: &Error, arguments: &[OsString]) -> Result<(), Failure> {
    let styled = Stream::stdout(colour(arguments), &variable).colour;
    let text = error.render();
    let text = if styled { text.ansi().to_string() } else { text.to_string() };
    print(text.replace(FIXED, " ").as_bytes())
}

/// With what was typed as it may be shown.
fn harmless(mut error: Error) -> Error {
    let shown = error.context().filter_map(|(kind, value)| match value {
        ContextValue::String(text) => Some((kind, ContextValue::String(visible(text)))),
        ContextValue::Strings(texts) => {
            Some((kind, ContextValue::Strings(texts.iter().map(|text| visible(text)).collect())))
        }
        _ => None,
    });
    for (kind, value) in shown.collect::<Vec<_>>() {
        error.insert(kind, value);
    }
    error
}

/// What to do with a secret that somebody wanted to give by a flag.
fn secret(error: &Error) -> Option<String> {
    if error.kind() != ErrorKind::UnknownArgument {
        return None;
    }
    let ContextValue::String(flag) = error.get(ContextKind::InvalidArg)? else { return None };
    // Whatever stands behind the name may be the secret.
    let name = flag.strip_prefix("--")?.split('=').next()?.replace('_', "-").to_lowercase();
    if name == "client-id" {
        return Some(CLIENT_ID.to_owned());
    }
    let (_, instead) = SECRETS.iter().find(|(names, _)| names.contains(&name.as_str()))?;
    Some(format!(
        "--{name} is no flag: other users would see the secret in the list of processes, and the shell would keep \
         it. Instead, {instead}"
    ))
}

/// With what was probably meant by an argument of another name: the parser knows only how names are spelt.
fn with_tip(mut error: Error, arguments: &[OsString], all: &Command) -> Error {
    let Some(ContextValue::String(shown)) = error.get(ContextKind::InvalidArg) else { return error };
    if error.kind() != ErrorKind::UnknownArgument {
        return error;
    }
    let command = tips::command_of(arguments.iter().skip(1).filter_map(|word| word.to_str()), all);
    let tip = match shown.strip_prefix("--") {
        Some(flag) => tips::of_flag(flag.split('=').next().unwrap_or_default(), command).map(str::to_owned),
        None if shown.starts_with('-') => None,
        None => tips::of_word(shown, command),
    };
    if let Some(tip) = tip {
        // Its usage shows the flag that it suggests.
        if error.remove(ContextKind::SuggestedArg).is_some() {
            error.remove(ContextKind::Usage);
        }
        error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![tip.into()]));
    }
    error
}

/// The flag as it was typed: `-n`, where the parser says `--max-items`.
fn as_typed(mut error: Error, arguments: &[OsString], all: &Command) -> Error {
    let Some(ContextValue::String(shown)) = error.get(ContextKind::InvalidArg) else { return error };
    let Some(long) = shown.strip_prefix("--").and_then(|rest| rest.split_whitespace().next()) else {
        return error;
    };
    let typed = |short: char| {
        let short = format!("-{short}");
        let words = arguments.iter().filter_map(|word| word.to_str());
        words.filter(|word| !word.starts_with("--")).any(|word| word.starts_with(&short))
    };
    let shorts = all.get_subcommands().flat_map(Command::get_arguments);
    let mut shorts = shorts.filter(|arg| arg.get_long() == Some(long)).filter_map(clap::Arg::get_short);
    if let Some(short) = shorts.find(|short| typed(*short)) {
        let shown = shown.replacen(&format!("--{long}"), &format!("-{short}"), 1);
        error.insert(ContextKind::InvalidArg, ContextValue::String(shown));
    }
    error
}
