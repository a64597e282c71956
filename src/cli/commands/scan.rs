//! `blocks-sessions mask scan`: whether files hold personal data, and where. It shows no value.

use std::path::PathBuf;
use std::sync::Arc;

use clap::{Args, ValueEnum};

use super::mask::{STDIN, as_json, read};
use crate::cli::frame::exit::{Exit, Failure, Outcome};
use crate::cli::frame::flags::Shared;
use crate::cli::frame::input::stdin;
use crate::cli::frame::terminal::Stream;
use crate::cli::frame::{Frame, apart};
use crate::cli::output::stdout::Stdout;
use crate::cli::output::table::{Cell, Column, Table};
use crate::cli::output::text::width;
use crate::core::mask::Mask;
use crate::core::mask::policy::PolicySpec;
use crate::core::mask::pseudonym::MaskKey;
use crate::core::model::counted::{counted, grouped};
use crate::core::scan::{Finder, ScanError, ScanReport, StreamFormat, scan_path, scan_stream};

/// Look through files for personal data; ends with 3 where there is any
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  blocks-sessions mask scan exports/ --values customers.txt
  blocks-sessions list --mask gdpr | blocks-sessions mask scan - -o jsonl")]
pub struct Scan {
    /// Files and folders: JSON, JSON Lines, CSV, Parquet, mirrors, text; also in .gz and .zst; - is standard input
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Values to look for as well, one a line
    #[arg(long, value_name = "FILE")]
    values: Option<PathBuf>,
    /// What standard input is: json, jsonl, csv, tsv or text [default: as it begins]
    #[arg(long, value_enum, value_name = "FORMAT", hide_possible_values = true)]
    format: Option<StreamFormat>,
    /// table (sums by file and field), jsonl (a finding a line) or json [default: table in a terminal, else jsonl]
    #[arg(long, short, value_enum, value_name = "FORMAT", hide_possible_values = true)]
    output: Option<Form>,
    /// The report as JSON
    #[arg(long, hide = true, conflicts_with = "output")]
    json: bool,
    #[command(flatten)]
    shared: Shared,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Form {
    Table,
    Jsonl,
    Json,
}

impl ValueEnum for StreamFormat {
    fn value_variants<'a>() -> &'a [Self] {
        &[Self::Json, Self::JsonLines, Self::Csv, Self::Tsv, Self::Text]
    }

    fn to_possible_value(&self) -> Option<clap::builder::PossibleValue> {
        let name = match self {
            Self::Json => "json",
            Self::JsonLines => "jsonl",
            Self::Csv => "csv",
            Self::Tsv => "tsv",
            Self::Text => "text",
        };
        Some(clap::builder::PossibleValue::new(name))
    }
}

impl Scan {
    pub fn shared(&self) -> &Shared {
        &self.shared
    }

    pub async fn run(self, frame: &Arc<Frame>) -> Outcome {
        let report = self.report(frame).await?;
        let fitting = if frame.stdout.is_terminal { Form::Table } else { Form::Jsonl };
        let form = if self.json { Form::Json } else { self.output.unwrap_or(fitting) };
        let text = match form {
            Form::Table => as_table(&report, frame),
            Form::Jsonl => as_lines(&report).into_bytes(),
            Form::Json => as_json(&report)?.into_bytes(),
        };
        Stdout::open(frame)?.write(&text)?;
        let looked = format!("{}, {}", counted(report.files, "file"), counted(report.rows, "row"));
        if report.is_clean() {
            frame.talk.say(&format!("nothing found in {looked}"));
            return Ok(Exit::Done);
        }
        let kinds = report.kinds.iter().map(|(kind, count)| format!("{kind} {}", grouped(*count)));
        frame.talk.say(&format!("found in {looked}: {}", kinds.collect::<Vec<_>>().join(", ")));
        if report.more > 0 && form != Form::Table {
            let (listed, more) = (report.findings.len() as u64, grouped(report.more));
            frame.talk.warn(&format!("the first {} are listed, and {more} more are not", grouped(listed)));
        }
        Ok(Exit::Unproven)
    }

    async fn report(&self, frame: &Frame) -> Result<ScanReport, Failure> {
        let is_stream = |path: &PathBuf| path.as_os_str() == STDIN;
        let streams = self.paths.iter().filter(|path| is_stream(path)).count();
        if self.format.is_some() && streams == 0 {
            return Err(Failure::usage("--format is of standard input (-): what a file is, its name says"));
        }
        if streams + usize::from(self.values.as_ref().is_some_and(is_stream)) > 1 {
            return Err(Failure::usage("standard input (-) can be read once only"));
        }
        let values = match &self.values {
            Some(path) => read(frame, path).await?.lines().map(str::to_owned).collect(),
            None => Vec::new(),
        };
        let policy = PolicySpec { preset: "none".to_owned(), ..PolicySpec::default() };
        let mask = MaskKey::ephemeral().and_then(|key| Mask::new(policy, key, Vec::new()));
        let finder = mask.and_then(|mask| Finder::new(mask, &values)).map_err(Failure::usage)?;
        if self.paths.iter().any(is_stream) {
            frame.begin_input();
        }
        let (paths, format) = (self.paths.clone(), self.format);
        let scanned = apart(move || scan(&paths, format, &finder)).await?;
        scanned.map_err(|error| Failure::usage(error.to_string()))
    }
}

fn scan(paths: &[PathBuf], format: Option<StreamFormat>, finder: &Finder) -> Result<ScanReport, ScanError> {
    let mut report = ScanReport::default();
    for path in paths {
        if path.as_os_str() == STDIN {
            let name = "standard input";
            let input = stdin().map_err(|error| ScanError { path: name.into(), why: error.to_string() })?;
            scan_stream(name, Box::new(input), format, finder, &mut report)?;
        } else {
            scan_path(path, finder, &mut report)?;
        }
    }
    Ok(report)
}

/// Sums by file, field and kind.
fn as_table(report: &ScanReport, frame: &Frame) -> Vec<u8> {
    let right = |name: &str| Column { right: true, ..Column::new(name) };
    let columns =
        vec![Column::new("file"), Column::new("field"), Column::new("kind"), right("found"), right("rows")];
    let mut table = Table::new(columns, frame.stdout);
    let mut text = Vec::new();
    let rows = report.groups.iter().map(|(group, found)| {
        let file = short(&group.file, frame.stdout);
        let texts = [&file, &group.column, &group.kind].map(|text| Cell::new(text));
        let numbers = [found.count, found.rows].map(|number| Cell::new(&grouped(number)));
        texts.into_iter().chain(numbers).collect()
    });
    table.rows(rows, &mut text);
    table.finish(&mut text);
    text
}

/// A path of which a terminal that is too narrow shows the end: files of one folder begin alike.
fn short(path: &str, stream: Stream) -> String {
    let Some(most) = stream.width.map(|columns| columns / 3).filter(|most| width(path) > *most) else {
        return path.to_owned();
    };
    let ends = path.char_indices().filter(|(_, letter)| matches!(letter, '/' | '\\'));
    let mut ends = ends.filter_map(|(at, _)| path.get(at..)).filter(|end| width(end) < most);
    let end = ends.next().or_else(|| path.rsplit(['/', '\\']).next()).unwrap_or(path);
    format!("{}{end}", stream.ellipsis())
}

/// A finding a line.
fn as_lines(report: &ScanReport) -> String {
    let line = |finding| serde_json::to_string(finding).unwrap_or_default() + "\n";
    report.findings.iter().map(line).collect()
}
