//! Puts an answer on the connection, whole or as a fault wants it. It knows no session.

use std::convert::Infallible;
use std::future::Future as _;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderValue};
use http::{Response, StatusCode};
use hyper::body::{Body, Frame, SizeHint};
use tokio::time::{Sleep, sleep};

use super::connection::Connection;
use crate::emulator::answer::Answer;
use crate::emulator::faults::plan::{Cut, Delivery};

/// Long enough for what was written to reach the other side of a loopback socket.
const SETTLE: Duration = Duration::from_millis(25);

/// How many requests are being answered, and how many there were at most.
#[derive(Default)]
pub(in crate::emulator) struct Gauge {
    now: AtomicU64,
    peak: AtomicU64,
}

impl Gauge {
    pub(in crate::emulator) fn enter(self: &Arc<Self>) -> InFlight {
        let now = self.now.fetch_add(1, Ordering::AcqRel) + 1;
        self.peak.fetch_max(now, Ordering::AcqRel);
        InFlight(Arc::clone(self))
    }

    pub(in crate::emulator) fn now(&self) -> u64 {
        self.now.load(Ordering::Acquire)
    }

    pub(in crate::emulator) fn peak(&self) -> u64 {
        self.peak.load(Ordering::Acquire)
    }
}

/// Counts as one request in flight until it is dropped.
pub(in crate::emulator) struct InFlight(Arc<Gauge>);

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.now.fetch_sub(1, Ordering::AcqRel);
    }
}

/// The body of an answer on its way.
pub(in crate::emulator) struct AnswerBody {
    script: Script,
    connection: Connection,
    /// Held until the body has gone out.
    _in_flight: InFlight,
}

enum Script {
    Whole(Option<Bytes>, Option<Cut>),
    Part(Option<Bytes>, Cut, Option<Pin<Box<Sleep>>>),
    Drip { rest: Bytes, pause: Duration, sleep: Option<Pin<Box<Sleep>>> },
    Silence,
}

/// The response for an answer; never comes back where there is to be none.
pub(in crate::emulator) async fn deliver(
    answer: Answer,
    delivery: Delivery,
    connection: Connection,
    in_flight: InFlight,
) -> Result<Response<AnswerBody>, Infallible> {
    let whole = answer.body.len();
    let (script, declared) = match delivery {
        Delivery::Whole => (Script::Whole(Some(answer.body), None), Some(whole)),
        Delivery::WholeThen(cut @ Cut::Close) => (Script::Whole(Some(answer.body), Some(cut)), Some(whole)),
        Delivery::WholeThen(cut) => {
            connection.cut_first(cut).await;
            (Script::Whole(Some(answer.body), None), Some(whole))
        }
        Delivery::Part { sent, declared, cut } => (Script::Part(Some(sent), cut, None), declared),
        Delivery::Drip(pause) => (Script::Drip { rest: answer.body, pause, sleep: None }, Some(whole)),
        Delivery::Nothing(cut) => {
            connection.cut(cut);
            std::future::pending().await
        }
        Delivery::Stall => std::future::pending().await,
    };
    let mut response = Response::new(AnswerBody { script, connection, _in_flight: in_flight });
    *response.status_mut() = answer.status;
    let headers = response.headers_mut();
    *headers = answer.headers;
    if !answer.content_type.is_empty() {
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(answer.content_type));
    }
    if let Some(length) = declared.filter(|_| answer.status != StatusCode::NO_CONTENT) {
        headers.insert(CONTENT_LENGTH, length.into());
    }
    Ok(response)
}

impl Body for AnswerBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let this = &mut *self;
        match &mut this.script {
            Script::Whole(body, _) => Poll::Ready(body.take().map(|body| Ok(Frame::data(body)))),
            Script::Part(sent, cut, settle) => {
                if let Some(sent) = sent.take() {
                    return Poll::Ready(Some(Ok(Frame::data(sent))));
                }
                // What was sent is flushed while this waits.
                ready!(settle.get_or_insert_with(|| Box::pin(sleep(SETTLE))).as_mut().poll(cx));
                this.connection.cut(*cut);
                this.script = Script::Silence;
                Poll::Pending
            }
            Script::Drip { rest, pause, sleep: waiting } => {
                if let Some(sleep) = waiting {
                    ready!(sleep.as_mut().poll(cx));
                }
                *waiting = Some(Box::pin(sleep(*pause)));
                let byte = rest.split_to(rest.len().min(1));
                Poll::Ready((!byte.is_empty()).then(|| Ok(Frame::data(byte))))
            }
            Script::Silence => Poll::Pending,
        }
    }

    fn is_end_stream(&self) -> bool {
        matches!(self.script, Script::Whole(None, _))
    }

    fn size_hint(&self) -> SizeHint {
        match &self.script {
            Script::Whole(body, _) => SizeHint::with_exact(body.as_ref().map_or(0, |body| body.len() as u64)),
            _ => SizeHint::default(),
        }
    }
}

/// A body that has gone out may be the last thing that its connection does.
impl Drop for AnswerBody {
    fn drop(&mut self) {
        if let (Script::Whole(_, Some(cut)), Ok(runtime)) =
            (&self.script, tokio::runtime::Handle::try_current())
        {
            let (connection, cut) = (self.connection.clone(), *cut);
            runtime.spawn(async move {
                sleep(SETTLE).await;
                connection.cut(cut);
            });
        }
    }
}
