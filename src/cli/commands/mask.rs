//! `blocks-sessions mask`: keys, what a mask does to a session, pseudonyms of a value, and whether files
//! hold personal data. It shows no value.

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::{Args, Subcommand};

use super::scan::Scan;
use crate::cli::frame::exit::{Exit, Failure, Outcome};
use crate::cli::frame::flags::Shared;
use crate::cli::frame::input::stdin;
use crate::cli::frame::settings::variable;
use crate::cli::frame::values::kept_file;
use crate::cli::frame::{Command, Frame, apart};
use crate::cli::output::stdout::Stdout;
use crate::core::config::{MaskKeys, MaskSetting, resolve_mask};
use crate::core::mask::Mask as CoreMask;
use crate::core::mask::pseudonym::MaskKey;
use crate::core::model::page_body::PageBody;

/// What stands for standard input.
pub(super) const STDIN: &str = "-";

/// Make keys for pseudonyms, explain masks, find personal data
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  blocks-sessions mask keygen --file ~/.config/blocks-sessions/mask.key
  blocks-sessions mask scan exports/")]
pub struct Mask {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    Keygen(Box<Keygen>),
    Explain(Box<Explain>),
    Token(Box<Token>),
    Scan(Box<Scan>),
}

/// Print a new key, as BLOCKS_MASK_KEY wants it
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  export BLOCKS_MASK_KEY=\"$(blocks-sessions mask keygen)\"
  blocks-sessions mask keygen --file mask.key")]
struct Keygen {
    /// Write it to a new file that only you can read, instead
    #[arg(long, value_name = "FILE", value_parser = kept_file())]
    file: Option<PathBuf>,
    #[command(flatten)]
    shared: Shared,
}

/// Show what a mask does to sessions: every path, its treatment, counts; never a value
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  blocks-sessions mask explain session.json
  blocks-sessions mask explain --mask policy.toml page.json")]
struct Explain {
    /// JSON: a session, a list of sessions, or a page of the service; - reads standard input
    file: PathBuf,
    /// The report as JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    shared: Shared,
}

/// Print the pseudonyms of a value, one for each key, for requests about access and erasure
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  blocks-sessions mask token email jane@example.com --previous-key-file old.key
  echo jane@example.com | blocks-sessions mask token email -")]
struct Token {
    /// email, phone, user, session, name, ip or value
    kind: String,
    /// The value, however it is spelled; - reads it where no list of processes shows it
    value: String,
    /// A key of before, whose pseudonym is printed too
    #[arg(long, value_name = "FILE", value_parser = kept_file())]
    previous_key_file: Vec<PathBuf>,
    #[command(flatten)]
    shared: Shared,
}

impl Command for Mask {
    fn shared(&self) -> &Shared {
        match &self.what {
            What::Keygen(it) => &it.shared,
            What::Explain(it) => &it.shared,
            What::Token(it) => &it.shared,
            What::Scan(it) => it.shared(),
        }
    }

    async fn run(self, frame: Arc<Frame>) -> Outcome {
        match self.what {
            What::Keygen(it) => it.run(&frame),
            What::Explain(it) => it.run(&frame).await,
            What::Token(it) => it.run(&frame).await,
            What::Scan(it) => it.run(&frame).await,
        }
    }
}

impl Keygen {
    fn run(self, frame: &Arc<Frame>) -> Outcome {
        let key = MaskKey::generate().map_err(Failure::usage)?;
        match &self.file {
            Some(path) => {
                let told = |error: std::io::Error| match error.kind() {
                    std::io::ErrorKind::AlreadyExists => Failure::usage(format!(
                        "{} exists, and a key that is lost cannot be made again: choose another name",
                        path.display()
                    )),
                    _ => Failure::usage(format!("{}: {error}", path.display())),
                };
                key.save(path).map_err(told)?;
                frame.talk.say(&format!("key {} is in {}", key.id(), path.display()));
            }
            None => Stdout::open(frame)?.write(format!("{}\n", key.expose()).as_bytes())?,
        }
        Ok(Exit::Done)
    }
}

/// The mask in force: of the flags, a profile or the environment; the preset `gdpr` where there is none.
fn in_force(frame: &Frame) -> Result<Arc<CoreMask>, Failure> {
    let settings = crate::core::config::profile::settings(&frame.settings.all)?;
    let given = settings.mask.unwrap_or_else(|| MaskSetting::Named("gdpr".to_owned()));
    // What the environment says replaces nothing that was asked for here: it is what is in force already.
    let keys = MaskKeys { file: settings.mask_key_file.as_deref(), ephemeral: None };
    let mask = resolve_mask(Some(given), &keys, &variable).map_err(Failure::usage)?;
    mask.ok_or_else(|| Failure::usage("there is no mask"))
}

impl Explain {
    async fn run(self, frame: &Arc<Frame>) -> Outcome {
        let mask = in_force(frame)?;
        let text = read(frame, &self.file).await?;
        let page = page(&text).ok_or_else(|| {
            Failure::usage(format!(
                "{} is no JSON of a session, of sessions or of a page",
                self.file.display()
            ))
        })?;
        let masked = mask.apply(&page).await.map_err(|error| Failure::usage(error.to_string()))?;
        let mut report = mask.report();
        masked.tally.add_to(&mut report, 0..masked.body.len());
        let shown = if self.json { as_json(&report)? } else { format!("{report}\n") };
        Stdout::open(frame)?.write(shown.as_bytes())?;
        Ok(Exit::Done)
    }
}

pub(super) fn as_json(report: &impl serde::Serialize) -> Result<String, Failure> {
    let text = serde_json::to_string_pretty(report).map_err(|error| Failure::usage(error.to_string()))?;
    Ok(text + "\n")
}

/// The text of a file, or of standard input.
pub(super) async fn read(frame: &Frame, path: &Path) -> Result<String, Failure> {
    if path.as_os_str() == STDIN {
        frame.begin_input();
    }
    let path = path.to_owned();
    apart(move || read_here(&path)).await?
}

fn read_here(path: &Path) -> Result<String, Failure> {
    if path.as_os_str() == STDIN {
        let mut text = String::new();
        let read = stdin().and_then(|mut input| input.read_to_string(&mut text));
        read.map_err(|error| Failure::usage(format!("standard input: {error}")))?;
        return Ok(text);
    }
    let told = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::NotFound => Failure::usage(format!("{} does not exist", path.display())),
        _ => Failure::usage(format!("{}: {error}", path.display())),
    };
    std::fs::read_to_string(path).map_err(told)
}

/// A page of what is a page, a list of sessions, one session, or one a line.
fn page(text: &str) -> Option<PageBody> {
    let parse = |text: String| PageBody::parse(text.into()).ok();
    let text = text.trim();
    if let Some(page) = parse(text.to_owned()) {
        return Some(page);
    }
    let rows = match text.strip_prefix('[') {
        Some(_) => text.to_owned(),
        None => parse(format!("{{\"sessions\":[{text}]}}")).map_or_else(
            || {
                format!(
                    "[{}]",
                    text.lines().filter(|line| !line.trim().is_empty()).collect::<Vec<_>>().join(",")
                )
            },
            |_| format!("[{text}]"),
        ),
    };
    parse(format!("{{\"sessions\":{rows}}}"))
}

impl Token {
    async fn run(self, frame: &Arc<Frame>) -> Outcome {
        let mask = in_force(frame)?;
        if mask.key().is_ephemeral() {
            return Err(Failure::credentials(
                "no mask key: set BLOCKS_MASK_KEY or give --mask-key-file FILE; `blocks-sessions mask keygen` makes one",
            ));
        }
        let previous: Result<Vec<MaskKey>, String> =
            self.previous_key_file.iter().map(|path| MaskKey::from_file(path)).collect();
        let policy = mask.policy().spec().clone();
        let mask = CoreMask::new(policy, mask.key().clone(), previous.map_err(Failure::usage)?);
        let value = match self.value.as_str() {
            STDIN => read(frame, Path::new(STDIN)).await?.trim_end().to_owned(),
            _ => self.value,
        };
        if value.is_empty() {
            return Err(Failure::usage("there is no value: give one, or a text on standard input"));
        }
        let tokens = mask.and_then(|mask| mask.tokens(&self.kind, &value)).map_err(Failure::usage)?;
        Stdout::open(frame)?.write(format!("{}\n", tokens.join("\n")).as_bytes())?;
        Ok(Exit::Done)
    }
}
