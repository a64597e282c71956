//! How a command ends: the exit codes, and the one line that says why.
//! The line is the exception's own sentence, free of whatever a terminal would obey.

use std::io;

use serde_json::{Map, json};

use super::words::{in_flags, of_flags};
use crate::cli::output::text::visible;
use crate::core::config::profile::ProfileError;
use crate::core::error::{Error, StatusError, StatusKind, StorageKind};

/// The exit codes of all commands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Done, and proven unless that was not asked for.
    Done = 0,
    Failed = 1,
    /// A flag, an argument, a condition or a setting is wrong.
    Usage = 2,
    /// Done, but unproven or known to be incomplete; or a check found something.
    Unproven = 3,
    /// A key or token is missing or refused.
    Credentials = 4,
    /// The target is locked, or was made by something else.
    Conflict = 5,
    /// By Ctrl-C.
    Interrupted = 130,
    /// By SIGTERM.
    Terminated = 143,
}

/// What a command comes to.
pub type Outcome = Result<Exit, Failure>;

/// Why a command did not come to its end.
#[derive(Debug, Clone)]
pub struct Failure {
    pub exit: Exit,
    /// The class of the exception that it would be in Python.
    pub class: &'static str,
    /// Empty where there is nothing to be said.
    message: String,
    hint: Option<String>,
    status_code: Option<u16>,
    request_id: Option<String>,
    attempts: Option<u32>,
    causes: Vec<String>,
}

impl Failure {
    pub fn new(exit: Exit, class: &'static str, message: impl Into<String>) -> Self {
        Self {
            exit,
            class,
            message: message.into(),
            hint: None,
            status_code: None,
            request_id: None,
            attempts: None,
            causes: Vec::new(),
        }
    }

    /// A wrong flag, argument or setting.
    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(Exit::Usage, "ConfigurationError", message)
    }

    /// The reader of our output has gone: no failure, and nothing to be said.
    fn quiet() -> Self {
        Self::new(Exit::Done, "", "")
    }

    /// A key is missing.
    pub fn credentials(message: impl Into<String>) -> Self {
        Self::new(Exit::Credentials, "ConfigurationError", message)
    }

    pub fn is_quiet(&self) -> bool {
        self.message.is_empty()
    }

    /// The one line: what happened, and what to do.
    pub fn line(&self) -> String {
        let hint = self.hint.as_ref().map(|hint| format!(". {hint}")).unwrap_or_default();
        visible(&format!("{}{hint}", self.message.trim_end_matches('.')))
    }

    /// What `-v` adds, line by line.
    pub fn details(&self) -> Vec<String> {
        let mut lines = Vec::new();
        if let Some(attempts) = self.attempts.filter(|attempts| *attempts > 0) {
            lines.push(format!("attempts: {attempts}"));
        }
        if let Some(id) = &self.request_id {
            lines.push(format!("request id: {}", visible(id)));
        }
        let numbered = self.causes.iter().enumerate();
        lines.extend(numbered.map(|(at, cause)| format!("attempt {}: {}", at + 1, visible(cause))));
        lines
    }

    /// All of it as one JSON object.
    pub fn to_json(&self) -> String {
        let mut object = Map::new();
        object.insert("error".into(), json!(self.class));
        object.insert("message".into(), json!(self.message));
        object.insert("hint".into(), json!(self.hint));
        object.insert("exit_code".into(), json!(self.exit as u8));
        object.insert("status_code".into(), json!(self.status_code));
        object.insert("request_id".into(), json!(self.request_id));
        object.insert("attempts".into(), json!(self.attempts));
        object.insert("causes".into(), json!(self.causes));
        serde_json::Value::Object(object).to_string()
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let message = match &error {
            Error::Configuration(_) | Error::Storage(_) => in_flags(&error.to_string()),
            // Our own check of what the flags say.
            Error::Status(status) if status.status_code.is_none() => of_flags(&error.to_string()),
            // What the service said is left as it is.
            _ => error.to_string(),
        };
        let failure = Self::new(exit_of(&error), error.class_name(), message);
        match error {
            Error::Connection(fault) | Error::Timeout(fault) => {
                Self { attempts: Some(fault.attempts), causes: fault.causes, ..failure }
            }
            Error::InvalidResponse(answer) => Self {
                status_code: answer.status_code,
                request_id: answer.request_id,
                attempts: Some(answer.attempts),
                ..failure
            },
            Error::Status(status) => Self {
                hint: status.hint.map(str::to_owned),
                status_code: status.status_code,
                request_id: status.request_id,
                attempts: Some(status.attempts),
                ..failure
            },
            _ => failure,
        }
    }
}

fn exit_of(error: &Error) -> Exit {
    match error {
        Error::Configuration(_) => Exit::Usage,
        Error::Incomplete { .. } => Exit::Unproven,
        Error::Storage(fault) => match fault.kind {
            StorageKind::Failed => Exit::Failed,
            StorageKind::Conflict | StorageKind::Locked => Exit::Conflict,
        },
        Error::Status(status) if status.hint == Some(StatusError::CHECK_KEYS) => Exit::Credentials,
        Error::Status(status) => match (status.kind, status.status_code) {
            (
                StatusKind::Authentication
                | StatusKind::PermissionDenied
                | StatusKind::InvalidProjectKey
                | StatusKind::AccessDenied,
                _,
            ) => Exit::Credentials,
            // Our own check, before any request.
            (_, None) => Exit::Usage,
            _ => Exit::Failed,
        },
        Error::Connection(_)
        | Error::Timeout(_)
        | Error::InvalidResponse(_)
        | Error::Memory(_)
        | Error::Callback(_) => Exit::Failed,
    }
}

impl From<ProfileError> for Failure {
    fn from(error: ProfileError) -> Self {
        match error {
            ProfileError::Choice(message) => Self::usage(message),
            ProfileError::Secret(message) => Self::credentials(message),
        }
    }
}

/// Standard output cannot be written. A closed pipe is a reader that has seen enough.
impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::quiet(),
            _ => Self::new(Exit::Failed, "OSError", format!("cannot write to standard output: {error}")),
        }
    }
}
