//! What is said on standard error: lines, warnings, errors, log lines and the progress bar, one at a time.
//! A stream that is closed or full is no reason to fail: nobody listens there. Names of files and what was sent
//! may stand in every line, so that none is written before it is free of what a terminal would obey.

use std::io::{Write as _, stderr};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use anstyle::{AnsiColor, Style};

use super::exit::{Exit, Failure};
use super::flags::TalkFlags;
use super::progress::Progress;
use super::terminal::{Stream, When};
use crate::cli::output::text::visible;

/// How often a bar is drawn anew.
const REDRAW: Duration = Duration::from_millis(100);
const RED: Style = AnsiColor::Red.on_default().bold();
// Yellow cannot be read on white.
const MAGENTA: Style = AnsiColor::Magenta.on_default().bold();

/// The one who speaks.
#[derive(Debug)]
pub struct Talk {
    stream: Stream,
    quiet: bool,
    verbose: bool,
    json_errors: bool,
    progress: When,
    bar: Mutex<Option<Bar>>,
}

/// A bar on the last line of the terminal.
#[derive(Debug)]
struct Bar {
    progress: Progress,
    drawn: Option<Instant>,
}

impl Talk {
    pub fn new(flags: &TalkFlags, stream: Stream) -> Self {
        Self {
            stream,
            quiet: flags.quiet,
            verbose: flags.verbose,
            json_errors: flags.json_errors,
            progress: flags.progress,
            bar: Mutex::new(None),
        }
    }

    /// One line at the end, or whenever something is worth saying; not with `-q`.
    pub fn say(&self, line: &str) {
        self.write_unless_quiet(&visible(line));
    }

    /// A line that is less than the others.
    pub fn hint(&self, line: &str) {
        self.write_unless_quiet(&self.stream.styled(Style::new().dimmed(), &visible(line)));
    }

    pub fn warn(&self, message: &str) {
        let warning = self.stream.styled(MAGENTA, "warning:");
        self.write_unless_quiet(&format!("{warning} {}", visible(message)));
    }

    /// A line of the log.
    pub fn log(&self, line: &str) {
        self.write(&self.stream.styled(Style::new().dimmed(), &visible(line)));
    }

    /// Why the command failed; also with `-q`.
    pub fn fail(&self, failure: &Failure) {
        self.end_progress();
        if failure.is_quiet() {
            return;
        }
        if self.json_errors {
            self.write(&failure.to_json());
            return;
        }
        let line = match failure.exit {
            // The user's own doing.
            Exit::Interrupted | Exit::Terminated => failure.line(),
            _ => format!("{} {}", self.stream.styled(RED, "error:"), failure.line()),
        };
        self.write(&line);
        if self.verbose {
            failure.details().iter().for_each(|line| self.write(&format!("  {line}")));
        }
    }

    /// Shows a bar from now on, if there is to be one: `rows_here` tells whether rows go to a terminal.
    pub fn begin_progress(&self, what: &'static str, rows_here: bool) {
        let wanted = match self.progress {
            When::Always => true,
            When::Never => false,
            When::Auto => self.stream.rewrites && !rows_here && !self.quiet,
        };
        if wanted {
            *self.bar() = Some(Bar { progress: Progress::new(what), drawn: None });
        }
    }

    /// What was done, of how much, and how much of it is kept where some is not.
    pub fn progress(&self, done: u64, total: Option<u64>, kept: Option<u64>) {
        if let Some(bar) = &mut *self.bar() {
            bar.progress.set(done, total, kept);
            self.draw(bar, false);
        }
    }

    /// Time has passed.
    pub fn tick(&self) {
        if let Some(bar) = &mut *self.bar() {
            self.draw(bar, false);
        }
    }

    /// Takes the bar away.
    pub fn end_progress(&self) {
        if let Some(bar) = self.bar().take() {
            self.erase(&bar);
        }
    }

    fn bar(&self) -> MutexGuard<'_, Option<Bar>> {
        self.bar.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn draw(&self, bar: &mut Bar, now: bool) {
        if !now && bar.drawn.is_some_and(|drawn| drawn.elapsed() < REDRAW) {
            return;
        }
        bar.drawn = Some(Instant::now());
        let line = bar.progress.line(self.stream.width.unwrap_or(80), &self.stream);
        // Without a terminal each state is a line of its own.
        if self.stream.rewrites {
            put(&format!("\r{line}\x1b[K"));
        } else {
            put(&format!("{line}\n"));
        }
    }

    fn erase(&self, bar: &Bar) {
        if bar.drawn.is_some() && self.stream.rewrites {
            put("\r\x1b[K");
        }
    }

    fn write_unless_quiet(&self, line: &str) {
        if !self.quiet {
            self.write(line);
        }
    }

    fn write(&self, line: &str) {
        let mut bar = self.bar();
        if let Some(bar) = &*bar {
            self.erase(bar);
        }
        put(&format!("{line}\n"));
        if let Some(bar) = &mut *bar {
            self.draw(bar, true);
        }
    }
}

/// In one piece, so that no other process writes in between.
fn put(text: &str) {
    let mut stderr = stderr().lock();
    let _ = stderr.write_all(text.as_bytes());
    let _ = stderr.flush();
}
