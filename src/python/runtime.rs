//! The one door between Python and the runtime: waiting, signals, process ids.
//! No other code detaches from the interpreter, blocks, or asks in which process it is.

use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwapOption;
use pyo3::prelude::*;
use pyo3_async_runtimes::{TaskLocals, generic};
use tokio::runtime::{Builder, Runtime};
use tokio::task::{JoinError, JoinHandle};

use super::errors::to_python_error;
use super::logging;
use crate::core::error::{Error, Result};

/// How often a waiting call looks for signals: Ctrl-C answers within a tenth of a second.
const SIGNAL_CHECK: Duration = Duration::from_millis(50);

/// The runtime of one process.
struct Process {
    id: u32,
    /// Leaked: a runtime inherited by a forked child has no threads, and would hang when dropped.
    runtime: &'static Runtime,
}

/// The latest process's runtime. A lock-free cell, since a lock may be held by a thread that does
/// not exist in a forked child.
static PROCESS: ArcSwapOption<Process> = ArcSwapOption::const_empty();

/// This process's runtime, made when first asked for.
pub fn runtime() -> PyResult<&'static Runtime> {
    let id = std::process::id();
    if let Some(process) = &*PROCESS.load()
        && process.id == id
    {
        return Ok(process.runtime);
    }
    let runtime: &'static Runtime = Box::leak(Box::new(build().map_err(|error| to_python_error(&error))?));
    // What the parent left is forgotten, never dropped.
    if let Some(inherited) = PROCESS.swap(Some(Arc::new(Process { id, runtime }))) {
        std::mem::forget(inherited);
    }
    Ok(runtime)
}

fn build() -> Result<Runtime> {
    Builder::new_multi_thread()
        .worker_threads(2)
        .thread_name("blocks-sessions")
        .enable_all()
        .build()
        .map_err(|error| Error::Configuration(format!("the client could not start its threads: {error}")))
}

/// Drives a future on the caller's own thread, detached from the interpreter, and looks for signals
/// meanwhile. A signal handler that raises (Ctrl-C) drops the future, which aborts its requests.
///
/// # Errors
/// The future's own error as its Python exception, or what a signal handler raised.
pub fn wait<T: Send>(py: Python<'_>, future: impl Future<Output = Result<T>> + Send) -> PyResult<T> {
    let runtime = runtime()?;
    logging::look(py);
    let mut future = pin!(future);
    loop {
        if let Some(output) = py.detach(|| drive(runtime, future.as_mut())) {
            return output.map_err(|error| to_python_error(&error));
        }
        // Outside the runtime: a handler may use a client itself.
        py.check_signals()?;
    }
}

/// A future as an awaitable of the running event loop. Cancelling the awaitable drops the future,
/// which aborts its requests.
///
/// # Errors
/// No event loop runs. The awaitable raises the future's own error as its Python exception.
pub fn spawn<T>(
    py: Python<'_>,
    future: impl Future<Output = Result<T>> + Send + 'static,
) -> PyResult<Bound<'_, PyAny>>
where
    T: for<'py> IntoPyObject<'py> + Send + 'static,
{
    runtime()?;
    logging::look(py);
    generic::future_into_py::<Tasks, _, T>(py, async {
        future.await.map_err(|error| to_python_error(&error))
    })
}

/// This process's runtime, as `pyo3_async_runtimes` wants it.
struct Tasks;

tokio::task_local! {
    static LOCALS: TaskLocals;
}

impl generic::Runtime for Tasks {
    type JoinError = Ended;
    type JoinHandle = Pin<Box<dyn Future<Output = Result<(), Ended>> + Send>>;

    fn spawn<F: Future<Output = ()> + Send + 'static>(future: F) -> Self::JoinHandle {
        joined(runtime().map(|runtime| runtime.spawn(future)))
    }

    fn spawn_blocking<F: FnOnce() + Send + 'static>(act: F) -> Self::JoinHandle {
        joined(runtime().map(|runtime| runtime.spawn_blocking(act)))
    }
}

impl generic::ContextExt for Tasks {
    fn scope<F, R>(locals: TaskLocals, future: F) -> Pin<Box<dyn Future<Output = R> + Send>>
    where
        F: Future<Output = R> + Send + 'static,
    {
        Box::pin(LOCALS.scope(locals, future))
    }

    fn get_task_locals() -> Option<TaskLocals> {
        LOCALS.try_with(TaskLocals::clone).ok()
    }
}

/// Why a task ended early.
struct Ended(Option<JoinError>);

impl generic::JoinError for Ended {
    fn is_panic(&self) -> bool {
        self.0.as_ref().is_some_and(JoinError::is_panic)
    }

    fn into_panic(self) -> Box<dyn std::any::Any + Send + 'static> {
        self.0.map_or_else(|| Box::new("no runtime") as _, JoinError::into_panic)
    }
}

fn joined(task: PyResult<JoinHandle<()>>) -> Pin<Box<dyn Future<Output = Result<(), Ended>> + Send>> {
    Box::pin(async { task.map_err(|_| Ended(None))?.await.map_err(|error| Ended(Some(error))) })
}

/// The output, or `None` if it takes longer than the next look for signals.
fn drive<T>(runtime: &Runtime, future: Pin<&mut impl Future<Output = T>>) -> Option<T> {
    runtime.block_on(async { tokio::time::timeout(SIGNAL_CHECK, future).await.ok() })
}
