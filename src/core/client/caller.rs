//! On whose behalf something is done: whoever tells log lines and events, or calls a function for a token, may want
//! to do it as the caller would. What it is, only the bindings know.

use std::any::Any;
use std::sync::Arc;

/// A caller.
pub type Caller = Arc<dyn Any + Send + Sync>;

tokio::task_local! {
    static CALLER: Caller;
}

/// Does something on behalf of a caller, on whichever threads it runs. A task that it spawns is to be given
/// [`current`] anew.
pub async fn on_behalf<T>(caller: Option<Caller>, work: impl Future<Output = T>) -> T {
    match caller {
        Some(caller) => CALLER.scope(caller, work).await,
        None => work.await,
    }
}

/// On whose behalf this runs, if somebody said so.
pub fn current() -> Option<Caller> {
    CALLER.try_with(Clone::clone).ok()
}
