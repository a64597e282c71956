//! What was probably meant by a flag or a word that a command does not take. Only flags that the command has are
//! named.

use clap::Command;

/// Names that other programs have, the flag that does it here, and how.
const TIPS: [(&[&str], &str, &str); 12] = [
    (
        &["limit", "max", "max-results", "head", "first", "top", "count", "size"],
        "max-items",
        "-n N takes the first N only",
    ),
    (
        &["status", "rating", "tag", "tags", "user", "user-id", "session-id", "filter", "condition", "query"],
        "where",
        "--where chooses by any field, as in --where \"status = 'closed'\"",
    ),
    (
        &["columns", "column", "select", "field"],
        "fields",
        "--fields keeps some, as in --fields session_id,status",
    ),
    (&["after", "from", "start", "begin"], "since", "--since TIME is where a part of the list begins"),
    (&["before", "to", "end"], "until", "--until TIME is where a part of the list ends"),
    (
        &["format", "json", "jsonl", "csv", "table"],
        "output",
        "-o FORMAT says how it is written, as in -o json",
    ),
    (&["json", "jsonl", "csv", "parquet"], "format", "the name of the file says its format, or --format"),
    (&["agent-id", "agent_id"], "agent", "--agent ID says whose sessions"),
    (
        &["url", "host", "endpoint", "api-url", "server"],
        "base-url",
        "--base-url URL says where the service is",
    ),
    (
        &["concurrency", "workers", "threads", "parallel", "jobs"],
        "max-concurrency",
        "--max-concurrency N sends so many requests at once",
    ),
    (&["rate", "rate-limit", "rps"], "max-rps", "--max-rps N sends so many requests a second at most"),
    (&["env", "environment", "config"], "profile", "--profile NAME takes the settings of that name"),
];

/// What was probably meant by a flag, without its dashes.
pub fn of_flag(name: &str, command: &Command) -> Option<&'static str> {
    let has = |long: &str| command.get_arguments().any(|arg| arg.get_long() == Some(long));
    let meant = TIPS.iter().find(|(names, flag, _)| names.contains(&name) && has(flag));
    meant.map(|(.., tip)| *tip)
}

/// What was probably meant by a word that is no flag.
pub fn of_word(word: &str, command: &Command) -> Option<String> {
    let has_places = command.get_positionals().next().is_some();
    let has_agent = command.get_arguments().any(|arg| arg.get_long() == Some("agent"));
    let is_name = !word.contains(char::is_whitespace);
    (has_agent && !has_places && is_name).then(|| format!("an agent is named by a flag: --agent {word}"))
}

/// The command that a line names, as far as it names one.
pub fn command_of<'c>(words: impl Iterator<Item = &'c str>, all: &'c Command) -> &'c Command {
    words.fold(all, |command, word| command.find_subcommand(word).unwrap_or(command))
}
