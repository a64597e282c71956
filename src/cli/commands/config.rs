//! `blocks-sessions config`: what is in force, and where each value comes from. No secret is shown.

use std::sync::Arc;

use clap::{Args, Subcommand, ValueEnum};
use serde_json::json;
use url::Url;

use crate::cli::frame::exit::{Exit, Failure, Outcome};
use crate::cli::frame::flags::Shared;
use crate::cli::frame::settings::variable;
use crate::cli::frame::{Command, Frame};
use crate::cli::output::stdout::Stdout;
use crate::cli::output::table::{Cell, Column, Table};
use crate::core::config::profile::{InForce, Kind, Origin, Setting, Value};
use crate::core::config::{Timeout, TimeoutSetting};

/// Show the settings in force, and where each comes from
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  blocks-sessions config show --profile staging
  ${EDITOR:-vi} \"$(blocks-sessions config path)\"")]
pub struct Config {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    Show(Box<Show>),
    Path(Box<Path>),
}

/// Show every setting, its value and where it comes from; secrets as set or not
#[derive(Debug, Args)]
struct Show {
    /// table or json [default: table in a terminal, else json]
    #[arg(long, short, value_enum, value_name = "FORMAT", hide_possible_values = true)]
    output: Option<Form>,
    #[command(flatten)]
    shared: Shared,
}

/// Print where config.toml is, or would be
#[derive(Debug, Args)]
struct Path {
    #[command(flatten)]
    shared: Shared,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Form {
    Table,
    Json,
}

impl Command for Config {
    fn shared(&self) -> &Shared {
        match &self.what {
            What::Show(show) => &show.shared,
            What::Path(path) => &path.shared,
        }
    }

    async fn run(self, frame: Arc<Frame>) -> Outcome {
        let mut stdout = Stdout::open(&frame)?;
        match self.what {
            What::Path(_) => stdout.write(path(&frame)?.as_bytes())?,
            What::Show(show) => stdout.write(&show.text(&frame))?,
        }
        Ok(Exit::Done)
    }
}

fn path(frame: &Frame) -> Result<String, Failure> {
    let profiles = &frame.settings.profiles;
    let Some(path) = &profiles.path else {
        return Err(Failure::usage("there is no folder for settings: set HOME or XDG_CONFIG_HOME"));
    };
    if !profiles.exists {
        frame.talk.hint("(the file does not exist yet)");
    }
    Ok(format!("{}\n", path.display()))
}

impl Show {
    fn text(&self, frame: &Frame) -> Vec<u8> {
        let fitting = if frame.stdout.is_terminal { Form::Table } else { Form::Json };
        match self.output.unwrap_or(fitting) {
            Form::Json => as_json(frame),
            Form::Table => as_table(frame),
        }
    }
}

fn as_json(frame: &Frame) -> Vec<u8> {
    let settings: serde_json::Map<String, serde_json::Value> = frame
        .settings
        .all
        .iter()
        .map(|it| (it.setting.name.to_owned(), json!({ "value": shown(it), "from": source(it) })))
        .collect();
    let path = frame.settings.profiles.path.as_ref().map(|path| path.display().to_string());
    let all = json!({ "path": path, "exists": frame.settings.profiles.exists, "settings": settings });
    format!("{all:#}\n").into_bytes()
}

fn as_table(frame: &Frame) -> Vec<u8> {
    let columns = ["setting", "value", "from"].map(Column::new);
    let mut table = Table::new(columns.into(), frame.stdout);
    let mut text = Vec::new();
    let row = |it: &InForce| {
        let value = shown(it).unwrap_or_else(|| "not set".to_owned());
        vec![Cell::new(it.setting.name), Cell::new(&value), Cell::new(&source(it))]
    };
    table.rows(frame.settings.all.iter().map(row), &mut text);
    table.finish(&mut text);
    text
}

/// `BLOCKS_MASK` replaces whatever else is said.
fn is_forced(it: &InForce) -> bool {
    it.setting.name == "mask" && variable("BLOCKS_MASK").is_some_and(|name| !name.trim().is_empty())
}

fn source(it: &InForce) -> String {
    if is_forced(it) {
        return "BLOCKS_MASK".to_owned();
    }
    match &it.origin {
        Origin::Given => "flag".to_owned(),
        Origin::Profile(name) => format!("profile {name}"),
        Origin::Environment(variable) => (*variable).to_owned(),
        Origin::Default => "default".to_owned(),
    }
}

/// The value as it may be shown; `None` where there is none.
fn shown(it: &InForce) -> Option<String> {
    if is_forced(it) {
        return variable("BLOCKS_MASK");
    }
    let is_secret = matches!(it.setting.kind, Kind::Secret);
    match (&it.value, &it.origin) {
        (Some(value), _) => Some(value_shown(it.setting, value)),
        (None, Origin::Environment(_)) if is_secret => Some("set".to_owned()),
        (None, Origin::Environment(name)) => {
            variable(name).map(|text| value_shown(it.setting, &Value::Text(text)))
        }
        _ if !it.setting.default.is_empty() => Some(it.setting.default.to_owned()),
        _ => is_secret.then(|| "not set".to_owned()),
    }
}

fn value_shown(setting: &Setting, value: &Value) -> String {
    match value {
        Value::Text(text) if setting.kind == Kind::Address => without_credentials(text),
        Value::Text(text) => text.clone(),
        Value::Secret(_) => "set".to_owned(),
        Value::File(file) => format!("set (from {})", file.path.display()),
        Value::Path(path) => path.display().to_string(),
        Value::Integer(number) => number.to_string(),
        Value::Number(number) => number.to_string(),
        Value::Timeout(TimeoutSetting::Attempt(seconds)) => format!("attempt {seconds} s"),
        Value::Timeout(TimeoutSetting::Limits(limits)) => limits_shown(*limits),
        Value::Headers(headers) => {
            let names: Vec<String> = headers.iter().map(|(name, _)| format!("{name}: set")).collect();
            names.join(", ")
        }
    }
}

fn limits_shown(limits: Timeout) -> String {
    let Timeout { attempt, connect, total } = limits;
    let [attempt, connect, total] = [attempt, connect, total].map(|it| it.as_secs_f64());
    format!("attempt {attempt} s, connect {connect} s, total {total} s")
}

/// An address without the user and password that it may hold; what is no address may hold anything.
fn without_credentials(text: &str) -> String {
    match Url::parse(text) {
        Ok(url) if url.username().is_empty() && url.password().is_none() => text.to_owned(),
        Ok(mut url) => {
            let _ = url.set_password(None);
            let _ = url.set_username("***");
            url.to_string()
        }
        Err(_) if text.contains('@') => "set".to_owned(),
        Err(_) => text.to_owned(),
    }
}
