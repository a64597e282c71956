//! What all commands share, so that a command holds only what is its own.
//!
//! | file | what it does |
//! |---|---|
//! | `flags`, `values` | the flags that commands share, and what stands behind a flag |
//! | `usage`, `tips` | what is wrong with the line itself |
//! | `settings` | flags over profiles, environment and defaults |
//! | `terminal`, `input` | what the two output streams are: width, colours; standard input |
//! | `talk`, `progress`, `log` | everything that is said on standard error |
//! | `signals` | Ctrl-C and SIGTERM |
//! | `exit`, `words` | exit codes, and errors as users read them |

pub mod exit;
pub mod flags;
pub mod input;
pub mod log;
mod progress;
pub mod settings;
pub(super) mod signals;
pub mod talk;
pub mod terminal;
mod tips;
pub mod usage;
pub mod values;
mod words;

use std::future::Future;
use std::io::IsTerminal as _;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use self::exit::{Exit, Failure, Outcome};
use self::flags::Shared;
use self::settings::{InForceSettings, variable};
use self::talk::Talk;
use self::terminal::Stream;
use crate::core::client::Client;
use crate::core::config::profile::Origin;
use crate::threads::Load;

/// A command that the frame can run.
pub trait Command: Send + 'static {
    /// Its shared flags.
    fn shared(&self) -> &Shared;

    /// What it keeps busy while answers are read.
    fn load(&self) -> Load {
        Load::Caller
    }

    /// Does it. Dropping the future stops it: what was begun stays whole. It may block, as writing does.
    fn run(self, frame: Arc<Frame>) -> impl Future<Output = Outcome> + Send;
}

/// What a command gets.
pub struct Frame {
    pub settings: InForceSettings,
    pub stdout: Stream,
    pub talk: Arc<Talk>,
    /// What a user who stopped the command can do next.
    on_interrupt: Mutex<String>,
    /// Standard output is being written to, which blocks while nobody reads.
    writing: AtomicBool,
}

impl Frame {
    /// A client, with the settings in force.
    ///
    /// # Errors
    /// A key or the agent is missing, or a setting is wrong.
    pub fn client(&self) -> Result<Client, Failure> {
        let config = self.settings.config_with_agent()?;
        if config.mask.is_none() && self.settings.origin("mask_key_file") == Some(&Origin::Given) {
            return Err(Failure::usage(
                "--mask-key-file holds the key of a mask, and there is none: add --mask gdpr, say",
            ));
        }
        Ok(Client::new(config)?)
    }

    /// What is to be said if the command is stopped from now on: one sentence without its end.
    pub fn on_interrupt(&self, sentence: impl Into<String>) {
        *self.on_interrupt.lock().unwrap_or_else(PoisonError::into_inner) = sentence.into();
    }

    fn interrupted(&self, exit: Exit) -> String {
        let how = if exit == Exit::Terminated { "terminated" } else { "interrupted" };
        let next = self.on_interrupt.lock().unwrap_or_else(PoisonError::into_inner);
        if next.is_empty() { how.to_owned() } else { format!("{how}: {next}") }
    }

    /// Tells somebody at a terminal what is waited for.
    pub fn begin_input(&self) {
        if std::io::stdin().is_terminal() {
            self.talk.hint("reading standard input; Ctrl-D ends it");
        }
    }

    /// Notes that a write to standard output begins or has ended.
    pub fn note_writing(&self, writing: bool) {
        self.writing.store(writing, Ordering::Relaxed);
    }

    fn is_writing(&self) -> bool {
        self.writing.load(Ordering::Relaxed)
    }
}

/// Does what blocks on a thread of its own, so that it keeps no Ctrl-C waiting: long looks at files, and standard
/// input that nobody writes to. It begins at once.
///
/// # Errors
/// It broke off, which is a fault of ours.
pub fn apart<T: Send + 'static>(
    act: impl FnOnce() -> T + Send + 'static,
) -> impl Future<Output = Result<T, Failure>> + Send {
    let acting = tokio::task::spawn_blocking(act);
    async {
        acting.await.map_err(|error| {
            let message = format!("the command broke off: {error}; please report this");
            Failure::new(Exit::Failed, "SessionsError", message)
        })
    }
}

/// Runs a command within the frame; gives the exit code of the process.
pub fn run<C: Command>(command: C) -> u8 {
    let flags = command.shared().clone();
    let stderr = Stream::stderr(flags.talk.color, &variable);
    let talk = Arc::new(Talk::new(&flags.talk, stderr));
    if flags.talk.verbose {
        log::listen(&talk);
    }
    let outcome = framed(command, &flags, &talk);
    match outcome {
        Ok(exit) => {
            talk.end_progress();
            exit as u8
        }
        Err(failure) => {
            talk.fail(&failure);
            failure.exit as u8
        }
    }
}

fn framed<C: Command>(command: C, flags: &Shared, talk: &Arc<Talk>) -> Outcome {
    let settings = InForceSettings::read(&flags.connection)?;
    settings.profiles.warnings.iter().for_each(|warning| talk.warn(warning));
    let frame = Arc::new(Frame {
        settings,
        stdout: Stream::stdout(flags.talk.color, &variable),
        talk: talk.clone(),
        on_interrupt: Mutex::new(String::new()),
        writing: AtomicBool::new(false),
    });
    signals::run(&frame, command.load(), command.run(frame.clone()))
}
