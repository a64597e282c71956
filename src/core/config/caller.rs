//! Who makes a call, for a token source that wants to know. The core hands it on, and knows nothing of it.

use std::any::Any;
use std::fmt;
use std::future::Future;
use std::sync::Arc;

tokio::task_local! {
    static CURRENT: Caller;
}

/// Whatever a caller wants to find again when a token is asked for on its behalf.
#[derive(Clone, Default)]
pub struct Caller(Option<Arc<dyn Any + Send + Sync>>);

impl Caller {
    #[must_use]
    pub fn new(known: impl Any + Send + Sync) -> Self {
        Self(Some(Arc::new(known)))
    }

    /// Of the call for which a token is asked here and now.
    #[must_use]
    pub fn current() -> Self {
        CURRENT.try_with(Self::clone).unwrap_or_default()
    }

    #[must_use]
    pub fn get<T: Any>(&self) -> Option<&T> {
        self.0.as_ref()?.downcast_ref()
    }

    /// Asks for a token on behalf of this caller.
    pub(in crate::core) async fn scope<F: Future>(&self, asking: F) -> F::Output {
        CURRENT.scope(self.clone(), asking).await
    }
}

impl fmt::Debug for Caller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Caller(..)")
    }
}
