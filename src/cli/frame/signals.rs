//! Ctrl-C and SIGTERM. The first one stops the command where it waits, which drops its requests and lets
//! it keep what it has; the second ends the process where it stands.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::runtime::Runtime;
use tokio::sync::{Notify, oneshot};

use super::Frame;
use super::exit::{Exit, Failure, Outcome};
use crate::threads::{self, Load};

/// How long a command that was stopped may take to put things in order: it may be writing to somebody who
/// does not read.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long a write to standard output that nobody reads holds up the end.
const STALLED: Duration = Duration::from_millis(500);
const TICK: Duration = Duration::from_millis(100);

/// Runs a command on a thread of its own, where it may block, and looks for signals meanwhile.
pub fn run<F>(frame: &Arc<Frame>, load: Load, command: F) -> Outcome
where
    F: Future<Output = Outcome> + Send + 'static,
{
    let runtime = runtime(load)?;
    let stop = Arc::new(Notify::new());
    let (tell, told) = oneshot::channel();
    let (handle, stopped) = (runtime.handle().clone(), stop.clone());
    let work = move || {
        let ended = handle.block_on(async {
            tokio::select! {
                biased;
                () = stopped.notified() => None,
                outcome = command => Some(outcome),
            }
        });
        let _ = tell.send(ended);
    };
    let spawned = std::thread::Builder::new().name("blocks-command".to_owned()).spawn(work);
    spawned.map_err(|error| cannot("start a thread", &error))?;
    let outcome = runtime.block_on(watch(frame, &stop, told));
    // A look-up of a name may take as long as it likes.
    runtime.shutdown_background();
    outcome
}

/// With room for the command's own thread, and for one that reads or writes files.
fn runtime(load: Load) -> Result<Runtime, Failure> {
    threads::start("blocks-cli", threads::workers(load), 2).map_err(|error| {
        let message = format!(
            "the command could not start its threads ({error}); raise the limit of this user or container \
             (ulimit -u), or end other programs"
        );
        Failure::new(Exit::Failed, "ConfigurationError", message)
    })
}

fn cannot(what: &str, error: &std::io::Error) -> Failure {
    Failure::new(Exit::Failed, "OSError", format!("cannot {what}: {error}"))
}

/// Until the command has ended, or a signal has ended it.
async fn watch(frame: &Frame, stop: &Notify, told: oneshot::Receiver<Option<Outcome>>) -> Outcome {
    let mut signals = Signals::listen().map_err(|error| cannot("listen for Ctrl-C", &error))?;
    let mut ticks = tokio::time::interval(TICK);
    tokio::pin!(told);
    let exit = loop {
        tokio::select! {
            biased;
            ended = &mut told => return ended.ok().flatten().unwrap_or_else(lost),
            exit = signals.next() => break exit,
            _ = ticks.tick() => frame.talk.tick(),
        }
    };
    stop.notify_one();
    let patience = if frame.is_writing() { STALLED } else { PATIENCE };
    tokio::select! {
        _ = &mut told => {}
        again = signals.next() => {
            frame.talk.end_progress();
            std::process::exit(i32::from(again as u8));
        }
        () = tokio::time::sleep(patience) => {}
    }
    Err(Failure::new(exit, "KeyboardInterrupt", frame.interrupted(exit)))
}

/// The command's thread ended without a word.
fn lost() -> Outcome {
    Err(Failure::new(Exit::Failed, "SessionsError", "the command broke off; please report this"))
}

/// Whether Ctrl-C is not for us.
static LEFT: AtomicBool = AtomicBool::new(false);

/// A shell that starts a process in the background has it ignore Ctrl-C, and so it shall stay.
pub fn leave_interrupt(left: bool) {
    LEFT.store(left, Ordering::Relaxed);
}

#[cfg(unix)]
struct Signals(Option<tokio::signal::unix::Signal>, tokio::signal::unix::Signal);

#[cfg(unix)]
impl Signals {
    fn listen() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        let interrupt =
            (!LEFT.load(Ordering::Relaxed)).then(|| signal(SignalKind::interrupt())).transpose()?;
        Ok(Self(interrupt, signal(SignalKind::terminate())?))
    }

    async fn next(&mut self) -> Exit {
        let Self(interrupt, terminate) = self;
        let Some(interrupt) = interrupt else {
            terminate.recv().await;
            return Exit::Terminated;
        };
        tokio::select! {
            _ = interrupt.recv() => Exit::Interrupted,
            _ = terminate.recv() => Exit::Terminated,
        }
    }
}

#[cfg(windows)]
struct Signals(tokio::signal::windows::CtrlC);

#[cfg(windows)]
impl Signals {
    fn listen() -> std::io::Result<Self> {
        Ok(Self(tokio::signal::windows::ctrl_c()?))
    }

    async fn next(&mut self) -> Exit {
        self.0.recv().await;
        Exit::Interrupted
    }
}
