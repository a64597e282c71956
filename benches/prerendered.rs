//! A server that is never what is measured: all its sessions are rendered before it listens, and an answer
//! is a cut from that text. A tool of the comparison, no part of the package: it checks and proves nothing.
//!
//! `prerendered SESSIONS uniform|mixed [LATENCY_MS]` prints its address. Any GET is answered with the number
//! of requests for sessions so far.

#![expect(clippy::print_stdout, reason = "the comparison reads the address")]
#![expect(clippy::indexing_slicing, reason = "a bench may")]

mod sessions;

use std::cell::Cell;
use std::collections::VecDeque;
use std::convert::Infallible;
use std::error::Error;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;

use blocks_sessions::emulator::{Emulator, EmulatorOptions, Sessions};
use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderValue};
use http::{Method, Request, Response};
use http_body_util::BodyExt as _;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

const AGENT: &str = "agent_123";
const MOST: usize = 100;

/// All sessions as one text, with commas between, and where each begins.
struct List {
    text: Bytes,
    starts: Vec<usize>,
    tail: Bytes,
    latency: Duration,
    asked: Cell<u64>,
}

#[derive(serde::Deserialize)]
struct Wanted {
    limit: usize,
    offset: usize,
}

/// The pieces of an answer, which are written in one go without being joined before.
struct Pieces(VecDeque<Bytes>);

fn main() -> Result<(), Fault> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (count, kind) = (arguments.first().ok_or("how many sessions?")?, arguments.get(1));
    let latency = arguments.get(2).map_or(Ok(0), |latency| latency.parse())?;
    let list = Rc::new(List::new(count.parse()?, kind.map(String::as_str), Duration::from_millis(latency))?);
    // One thread: it is idle most of the time, and leaves the other cores to the client.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    tokio::task::LocalSet::new().block_on(&runtime, serve(list))
}

async fn serve(list: Rc<List>) -> Result<(), Fault> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    println!("http://{}", listener.local_addr()?);
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let list = Rc::clone(&list);
        let answer = service_fn(move |request| Rc::clone(&list).answer(request));
        tokio::task::spawn_local(async move {
            // A client that goes away is no fault.
            let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), answer).await;
        });
    }
}

impl List {
    fn new(count: usize, kind: Option<&str>, latency: Duration) -> Result<Self, Fault> {
        let mut text = String::with_capacity(count * 520);
        let mut starts = Vec::with_capacity(count + 1);
        let mut write = source(count, kind)?;
        for place in 0..count {
            starts.push(text.len());
            write(place, &mut text);
            text.push(',');
        }
        starts.push(text.len());
        let tail = Bytes::from(format!(r#"],"total_count":{count}}}"#));
        Ok(Self { text: Bytes::from(text), starts, tail, latency, asked: Cell::new(0) })
    }

    fn page(&self, wanted: &Wanted) -> Pieces {
        let last = self.starts.len() - 1;
        let from = wanted.offset.min(last);
        let to = (from + wanted.limit.min(MOST)).min(last);
        // Without the comma behind the last one.
        let end = self.starts[to].saturating_sub(usize::from(to > from));
        let cut = self.text.slice(self.starts[from].min(end)..end);
        Pieces([Bytes::from_static(br#"{"sessions":["#), cut, self.tail.clone()].into())
    }

    async fn answer(self: Rc<Self>, request: Request<Incoming>) -> Result<Response<Pieces>, Fault> {
        if request.method() == Method::GET {
            return Ok(Response::new(Pieces([Bytes::from(self.asked.get().to_string())].into())));
        }
        let wanted: Wanted = serde_json::from_slice(&request.into_body().collect().await?.to_bytes())?;
        self.asked.set(self.asked.get() + 1);
        if !self.latency.is_zero() {
            tokio::time::sleep(self.latency).await;
        }
        let mut response = Response::new(self.page(&wanted));
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        Ok(response)
    }
}

type Fault = Box<dyn Error + Send + Sync>;
type Write = Box<dyn FnMut(usize, &mut String)>;

/// What writes one session: our own, all alike, or the emulator's, no two alike.
fn source(count: usize, kind: Option<&str>) -> Result<Write, Fault> {
    match kind {
        Some("uniform") => Ok(Box::new(sessions::write)),
        Some("mixed") => {
            let agents = vec![(AGENT.to_owned(), Sessions::Count(count as u64))];
            let emulator = Emulator::start(EmulatorOptions { agents, ..EmulatorOptions::default() })?;
            Ok(Box::new(move |place, out| {
                let one = emulator.expected(AGENT, place as u64, 1).unwrap_or_default();
                out.push_str(one.trim_start_matches('[').trim_end_matches(']'));
            }))
        }
        _ => Err("uniform or mixed?".into()),
    }
}

impl Body for Pieces {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(self.0.pop_front().map(|piece| Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.0.iter().map(|piece| piece.len() as u64).sum())
    }
}
