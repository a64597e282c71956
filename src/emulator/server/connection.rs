//! One connection: serves requests over it, and can break it in the ways a network can.
//! It knows no request and no session.

use std::io;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use http::{Request, Response};
use hyper::body::{Body, Incoming};
use hyper::service::Service;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::{mpsc, oneshot};

use crate::emulator::faults::plan::Cut;

/// A hold on a connection, for those who serve requests over it.
#[derive(Clone)]
pub(in crate::emulator) struct Connection {
    pub(in crate::emulator) number: u64,
    cuts: mpsc::UnboundedSender<(Cut, oneshot::Sender<()>)>,
    stale: Arc<AtomicBool>,
}

impl Connection {
    pub(in crate::emulator) fn cut(&self, cut: Cut) {
        drop(self.order(cut));
    }

    /// Comes back when it is done, so that what is sent next comes after it.
    pub(in crate::emulator) async fn cut_first(&self, cut: Cut) {
        // An error means that nobody is left to do it.
        let _ = self.order(cut).await;
    }

    fn order(&self, cut: Cut) -> oneshot::Receiver<()> {
        let (done, doing) = oneshot::channel();
        if cut == Cut::Stale {
            self.stale.store(true, Ordering::Release);
        } else {
            // A connection that is gone needs no cut.
            let _ = self.cuts.send((cut, done));
        }
        doing
    }

    /// Whether the next request is to find the connection closed.
    pub(in crate::emulator) fn is_stale(&self) -> bool {
        self.stale.load(Ordering::Acquire)
    }
}

/// The socket, which resets instead of closing if told so.
struct Socket {
    stream: TcpStream,
    reset: Arc<AtomicBool>,
}

/// Serves a connection until either side is done with it, or a fault cuts it.
pub(in crate::emulator) async fn serve<S, B>(
    stream: TcpStream,
    number: u64,
    service: impl FnOnce(Connection) -> S,
) where
    S: Service<Request<Incoming>, Response = Response<B>>,
    S::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    S::Future: Send + 'static,
    B: Body + Send + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    // Without it, the last packet of a page may wait for an acknowledgement.
    let _ = stream.set_nodelay(true);
    let (cuts, mut orders) = mpsc::unbounded_channel();
    let reset = Arc::new(AtomicBool::new(false));
    let connection = Connection { number, cuts, stale: Arc::default() };
    let socket = Socket { stream, reset: Arc::clone(&reset) };
    let builder = auto::Builder::new(TokioExecutor::new());
    let mut connection = pin!(builder.serve_connection(TokioIo::new(socket), service(connection)));
    loop {
        tokio::select! {
            // A client that goes away in mid-request is no fault of ours.
            _ = connection.as_mut() => return,
            order = orders.recv() => match order {
                Some((Cut::Graceful, done)) => {
                    connection.as_mut().graceful_shutdown();
                    let _ = done.send(());
                }
                Some((Cut::Reset, _)) => return reset.store(true, Ordering::Release),
                Some((Cut::Close | Cut::Stale, _)) | None => return,
            },
        }
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        if self.reset.load(Ordering::Acquire) {
            let _ = self.stream.set_zero_linger();
        }
    }
}

impl AsyncRead for Socket {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Socket {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}
