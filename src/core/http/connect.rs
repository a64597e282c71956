//! What happens each time the pool wants another connection: the call's own time to connect, and the bound on
//! how many there are. It knows no request but by the scope in which one is sent.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use tower_layer::Layer;
use tower_service::Service;

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// How long a request waits for a connection that another one gives back, once there are as many as there
/// may be. A server may have closed some of them unseen, so this wait has an end.
const GIVE_BACK: Duration = Duration::from_millis(50);

tokio::task_local! {
    /// Of the request being sent: how long making a connection may take.
    static TIME_TO_CONNECT: Duration;
}

/// Sends within a scope that tells the connector how long connecting may take.
pub(super) async fn connecting_within<T>(time: Duration, send: impl Future<Output = T>) -> T {
    TIME_TO_CONNECT.scope(time, send).await
}

/// Connections as far as this side knows of them: opened, and not seen to end.
#[derive(Debug)]
pub(super) struct Connections {
    most: usize,
    open: AtomicUsize,
}

impl Connections {
    pub fn new(most: usize) -> Self {
        Self { most, open: AtomicUsize::new(0) }
    }

    fn try_open(&self) -> bool {
        let one_more = |open: usize| (open < self.most).then_some(open + 1);
        self.open.fetch_update(Ordering::AcqRel, Ordering::Acquire, one_more).is_ok()
    }

    /// One has ended.
    pub fn ended(&self) {
        let one_less = |open: usize| open.checked_sub(1);
        let _none_known = self.open.fetch_update(Ordering::AcqRel, Ordering::Acquire, one_less);
    }

    /// All of them have been idle for longer than the pool keeps them.
    pub fn all_ended(&self) {
        self.open.store(0, Ordering::Release);
    }

    /// Waits until one may be opened; `false` if it is not needed any more.
    ///
    /// The pool starts connecting while it also waits for an idle connection. Where an idle one comes first,
    /// it goes on connecting in a task of its own, which is outside the request's scope.
    async fn may_open(&self) -> bool {
        if self.try_open() {
            return true;
        }
        tokio::time::sleep(GIVE_BACK).await;
        let needed = TIME_TO_CONNECT.try_with(|_| ()).is_ok();
        if needed {
            // One of those that are counted has ended unseen: this one takes its place.
            self.try_open();
        }
        needed
    }
}

/// The layer around the pool's connector.
#[derive(Clone)]
pub(super) struct ConnectLayer(pub Arc<Connections>);

impl<S> Layer<S> for ConnectLayer {
    type Service = Connector<S>;

    fn layer(&self, inner: S) -> Connector<S> {
        Connector { inner, connections: self.0.clone() }
    }
}

#[derive(Clone)]
pub(super) struct Connector<S> {
    inner: S,
    connections: Arc<Connections>,
}

impl<S, R> Service<R> for Connector<S>
where
    S: Service<R, Error = BoxError> + Clone + Send + 'static,
    S::Future: Send,
    S::Response: Send,
    R: Send + 'static,
{
    type Response = S::Response;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<S::Response, BoxError>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, place: R) -> Self::Future {
        let time = TIME_TO_CONNECT.try_with(|time| *time).unwrap_or(Duration::MAX);
        let connections = self.connections.clone();
        // The service that was polled ready is the one to call.
        let ready = self.inner.clone();
        let mut inner = std::mem::replace(&mut self.inner, ready);
        Box::pin(async move {
            if !connections.may_open().await {
                return Err("another connection became free first".into());
            }
            let opened = Opening { connections: &connections, done: false };
            let connected = tokio::time::timeout(time, inner.call(place)).await;
            opened.end(connected.unwrap_or_else(|_| Err(io::Error::from(io::ErrorKind::TimedOut).into())))
        })
    }
}

/// Counted as open already; takes itself back where no connection comes of it.
struct Opening<'c> {
    connections: &'c Connections,
    done: bool,
}

impl Opening<'_> {
    fn end<T>(mut self, connected: Result<T, BoxError>) -> Result<T, BoxError> {
        self.done = connected.is_ok();
        connected
    }
}

impl Drop for Opening<'_> {
    fn drop(&mut self) {
        if !self.done {
            self.connections.ended();
        }
    }
}
