//! A raw server that does to each request exactly what its script says, and remembers what it saw.
//! It speaks no more HTTP than it takes to know where a request ends.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

/// What to do when a request has arrived.
#[derive(Clone)]
pub enum Act {
    /// Write this and keep the connection.
    Answer(Vec<u8>),
    /// Write this and close the connection.
    AnswerAndClose(Vec<u8>),
    /// Write this and reset the connection.
    AnswerAndReset(Vec<u8>),
    /// Write this byte by byte, one in so many milliseconds.
    Drip(Vec<u8>, u64),
    /// Wait so many milliseconds, then answer.
    Delay(u64, Vec<u8>),
    /// Never answer.
    Silence,
}

/// One request as it arrived.
#[derive(Clone, Debug)]
pub struct Received {
    /// Request line and headers, as sent.
    pub head: String,
    pub body: Vec<u8>,
    /// On which connection, counted from 0.
    pub connection: usize,
}

impl Received {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().skip(1).find_map(|line| {
            let (found, value) = line.split_once(':')?;
            found.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }
}

#[derive(Clone)]
pub struct Scripted {
    pub address: SocketAddr,
    seen: Arc<Mutex<Vec<Received>>>,
    answered: Arc<AtomicUsize>,
}

impl Scripted {
    /// Acts on the n-th request by the n-th act; the last act stands for all that follow.
    pub async fn start(acts: Vec<Act>) -> Self {
        Self::answering(move |seen| acts.get(seen.len() - 1).or(acts.last()).cloned().unwrap()).await
    }

    /// Acts as told, from all that was seen so far, the request at hand included.
    pub async fn answering(act: impl Fn(&[Received]) -> Act + Send + Sync + 'static) -> Self {
        let (server, listener) = Self::listening().await;
        let (answered, seen, act) = (server.answered.clone(), server.seen.clone(), Arc::new(act));
        tokio::spawn(async move {
            for connection in 0.. {
                let Ok((stream, _)) = listener.accept().await else { break };
                stream.set_nodelay(true).unwrap();
                tokio::spawn(serve(stream, connection, seen.clone(), answered.clone(), act.clone()));
            }
        });
        server
    }

    /// The same over TLS.
    pub async fn start_tls(tls: rustls::ServerConfig, acts: Vec<Act>) -> Self {
        let (server, listener) = Self::listening().await;
        let (answered, seen) = (server.answered.clone(), server.seen.clone());
        let acceptor = TlsAcceptor::from(Arc::new(tls));
        let act =
            Arc::new(move |seen: &[Received]| acts.get(seen.len() - 1).or(acts.last()).cloned().unwrap());
        tokio::spawn(async move {
            for connection in 0.. {
                let Ok((stream, _)) = listener.accept().await else { break };
                let (seen, answered) = (seen.clone(), answered.clone());
                let (act, acceptor) = (act.clone(), acceptor.clone());
                tokio::spawn(async move {
                    if let Ok(stream) = acceptor.accept(stream).await {
                        serve(stream, connection, seen, answered, act).await;
                    }
                });
            }
        });
        server
    }

    async fn listening() -> (Self, TcpListener) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        (Self { address, seen: Arc::default(), answered: Arc::default() }, listener)
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn seen(&self) -> Vec<Received> {
        self.seen.lock().unwrap().clone()
    }

    /// How many requests wait for their answer.
    pub fn under_way(&self) -> usize {
        self.count().saturating_sub(self.answered.load(Ordering::SeqCst))
    }

    pub fn count(&self) -> usize {
        self.seen.lock().unwrap().len()
    }
}

/// A connection of either kind.
trait Wire: AsyncRead + AsyncWrite + Unpin {
    fn reset_on_close(&self);
}

impl Wire for TcpStream {
    fn reset_on_close(&self) {
        self.set_zero_linger().unwrap_or_default();
    }
}

impl Wire for TlsStream<TcpStream> {
    fn reset_on_close(&self) {
        self.get_ref().0.reset_on_close();
    }
}

async fn serve(
    mut stream: impl Wire,
    connection: usize,
    seen: Arc<Mutex<Vec<Received>>>,
    answered: Arc<AtomicUsize>,
    act: Arc<impl Fn(&[Received]) -> Act>,
) {
    while let Some((head, body)) = read_request(&mut stream).await {
        let act = {
            let mut seen = seen.lock().unwrap();
            seen.push(Received { head, body, connection });
            act(&seen)
        };
        match act {
            Act::Answer(bytes) => stream.write_all(&bytes).await.unwrap_or_default(),
            Act::AnswerAndClose(bytes) => {
                stream.write_all(&bytes).await.unwrap_or_default();
                return stream.shutdown().await.unwrap_or_default();
            }
            Act::AnswerAndReset(bytes) => {
                stream.write_all(&bytes).await.unwrap_or_default();
                // Let what was written arrive before the reset overtakes it.
                tokio::time::sleep(Duration::from_millis(50)).await;
                return stream.reset_on_close();
            }
            Act::Drip(bytes, millis) => {
                for byte in bytes {
                    if stream.write_all(&[byte]).await.is_err() {
                        return;
                    }
                    tokio::time::sleep(Duration::from_millis(millis)).await;
                }
            }
            Act::Delay(millis, bytes) => {
                tokio::time::sleep(Duration::from_millis(millis)).await;
                stream.write_all(&bytes).await.unwrap_or_default();
            }
            Act::Silence => std::future::pending().await,
        }
        answered.fetch_add(1, Ordering::SeqCst);
    }
}

/// One request, head and body; nothing if the connection ends first.
pub async fn read_request(stream: &mut (impl AsyncRead + AsyncWrite + Unpin)) -> Option<(String, Vec<u8>)> {
    let mut bytes = Vec::new();
    let head_end = loop {
        if let Some(at) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break at + 4;
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    };
    let body = bytes.split_off(head_end);
    let head = String::from_utf8_lossy(&bytes).into_owned();
    let length = head
        .lines()
        .find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length:")?.trim().parse().ok())
        .unwrap_or(0);
    let mut body = body;
    while body.len() < length {
        if stream.read_buf(&mut body).await.ok()? == 0 {
            return None;
        }
    }
    Some((head, body))
}

/// A whole answer, its length included.
pub fn answer(status: &str, headers: &[(&str, &str)], body: impl AsRef<[u8]>) -> Vec<u8> {
    let body = body.as_ref();
    let mut bytes = format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\n", body.len()).into_bytes();
    for (name, value) in headers {
        bytes.extend_from_slice(format!("{name}: {value}\r\n").as_bytes());
    }
    bytes.extend_from_slice(b"\r\n");
    bytes.extend_from_slice(body);
    bytes
}

/// A page of one session.
pub const PAGE: &str = r#"{"sessions":[{"session_id":"s1","status":"active"}],"total_count":1}"#;

/// The answer with that page.
pub fn page() -> Vec<u8> {
    answer("200 OK", &[("content-type", "application/json")], PAGE)
}
