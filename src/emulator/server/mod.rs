//! The emulator as a running thing: its own threads, its port, its end.
//! It knows no request: that is `service`'s.

pub(super) mod connection;
pub(super) mod delivery;
pub(super) mod record;

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::time::Duration;

use hyper::service::service_fn;
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio::sync::oneshot;
use tokio::task::JoinSet;

use self::record::ReceivedRequest;
use crate::emulator::faults::Faults;
use crate::emulator::options::{Churn, EmulatorOptions, check_now};
use crate::emulator::service::Service;
use crate::emulator::store::ChangeRefused;
use crate::emulator::store::history::History;

/// Enough to fill two cores; more would only compete with the client under test.
const THREADS: usize = 2;
/// Closing waits no longer than this for the threads to let go of the sockets.
const PATIENCE: Duration = Duration::from_secs(2);

/// The service, in memory, on a real socket, until it is closed or dropped.
pub struct Emulator {
    service: Arc<Service>,
    address: SocketAddr,
    /// A process that was forked off has none of its threads, and must not wait for them.
    process: u32,
    running: Mutex<Option<Running>>,
}

struct Running {
    runtime: Runtime,
    stop: oneshot::Sender<()>,
    stopped: mpsc::Receiver<()>,
}

impl Emulator {
    /// Starts serving; when this returns, the port is open.
    ///
    /// # Errors
    /// `InvalidInput` with a sentence on each wrong option; otherwise what the system says of the
    /// port.
    pub fn start(options: EmulatorOptions) -> io::Result<Self> {
        let (host, port) = (options.host, options.port);
        let invalid = |message| io::Error::new(io::ErrorKind::InvalidInput, message);
        let service = Arc::new(Service::new(options).map_err(invalid)?);
        // Bound outside the runtime, so that this also works within another one.
        let listener = std::net::TcpListener::bind((host, port)).map_err(|error| match error.kind() {
            io::ErrorKind::AddrInUse => {
                let address = SocketAddr::from((host, port));
                io::Error::new(error.kind(), format!("{address}: {error}"))
            }
            _ => error,
        })?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let runtime = crate::threads::start("blocks-emulator", THREADS, 0).map_err(|error| {
            io::Error::new(error.kind(), format!("the emulator could not start its threads: {error}"))
        })?;
        let (stop, stopping) = oneshot::channel();
        let (done, stopped) = mpsc::channel();
        let served = Arc::clone(&service);
        runtime.spawn(async move {
            if let Ok(listener) = TcpListener::from_std(listener) {
                serve(listener, served, stopping).await;
            }
            let _ = done.send(());
        });
        let running = Mutex::new(Some(Running { runtime, stop, stopped }));
        Ok(Self { service, address, process: std::process::id(), running })
    }

    /// The base URL for a client.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The pause before each answer.
    pub fn latency(&self) -> Duration {
        self.service.latency()
    }

    /// Changes the pause before the answers to the requests that arrive from now on.
    ///
    /// # Errors
    /// It is longer than a day.
    pub fn set_latency(&self, latency: Duration) -> Result<(), String> {
        self.service.set_latency(latency)
    }

    /// Causes these faults from now on.
    ///
    /// # Errors
    /// What is wrong with one of them.
    pub fn set_faults(&self, faults: &[Faults]) -> Result<(), String> {
        self.service.set_faults(faults)
    }

    /// Lets the lists move like this from now on.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn set_churn(&self, churn: Churn) -> Result<(), String> {
        churn.check().map_or(Ok(()), Err)?;
        self.service.store.set_churn(churn);
        Ok(())
    }

    /// Allows so many requests a second from now on; `None`: any number.
    ///
    /// # Errors
    /// It is out of range.
    pub fn set_rate_limit(&self, per_second: Option<f64>) -> Result<(), String> {
        self.service.set_rate_limit(per_second)
    }

    /// Each kind and mark that was planted in what was sent so far.
    pub fn marks(&self) -> Vec<(String, String)> {
        self.service.marks()
    }

    /// The server's clock, in microseconds since 1970.
    pub fn now(&self) -> i64 {
        self.service.clock.now()
    }

    /// Sets the server's clock, which runs on from there.
    ///
    /// # Errors
    /// The moment is out of range.
    pub fn set_now(&self, now: i64) -> Result<(), String> {
        check_now(now).map_or(Ok(()), Err)?;
        self.service.clock.set(now);
        Ok(())
    }

    /// Adds a session, given as the text of a JSON object, where its sort key belongs.
    ///
    /// # Errors
    /// There is no such agent, the text is no JSON object, or there is a session of its id.
    pub fn add(&self, agent: &str, session: String) -> Result<(), ChangeRefused> {
        self.service.store.add(agent, session, self.service.log.latest())
    }

    /// Changes fields of a session, which moves if its sort key does.
    ///
    /// # Errors
    /// There is no such agent or session.
    pub fn update(
        &self,
        agent: &str,
        id: &str,
        fields: serde_json::Map<String, serde_json::Value>,
    ) -> Result<(), ChangeRefused> {
        self.service.store.update(agent, id, fields, self.service.log.latest())
    }

    /// # Errors
    /// There is no such agent or session.
    pub fn delete(&self, agent: &str, id: &str) -> Result<(), ChangeRefused> {
        self.service.store.delete(agent, id, self.service.log.latest())
    }

    /// Accepts this token from now on, for so many seconds or until tokens are revoked.
    pub fn accept_token(&self, token: String, expires_in: Option<u64>) {
        self.service.tokens.accept(token, expires_in);
    }

    /// What arrived, the oldest first; of very many, the latest.
    pub fn requests(&self) -> Vec<ReceivedRequest> {
        self.service.log.read()
    }

    /// How many requests arrived in all.
    pub fn request_count(&self) -> u64 {
        self.service.log.count()
    }

    /// How many requests are being answered.
    pub fn in_flight(&self) -> u64 {
        self.service.gauge.now()
    }

    /// How many were being answered at the same time, at most.
    pub fn peak_in_flight(&self) -> u64 {
        self.service.gauge.peak()
    }

    /// What became of the sessions of this agent; `None` if there is no such agent.
    pub fn history(&self, agent: &str) -> Option<History> {
        self.service.store.history(agent, self.service.log.count())
    }

    /// Begins the history anew: `existed_throughout` then counts from now.
    pub fn forget_history(&self) {
        self.service.store.forget_history();
    }

    /// The truth: an agent's sessions as they are now, as the text of a JSON array, from a
    /// position on, at most so many. `None` if there is no such agent.
    pub fn expected(&self, agent: &str, from: u64, count: u64) -> Option<String> {
        self.service.store.sessions(agent, from, count, self.service.log.count())
    }

    /// How many sessions an agent has now.
    pub fn session_count(&self, agent: &str) -> Option<u64> {
        self.service.store.len(agent, self.service.log.count())
    }

    /// From now on no token that exists is good; new ones can be had.
    pub fn revoke_tokens(&self) {
        self.service.tokens.revoke();
    }

    /// Ends it: closes the port and all connections. What was recorded can still be read.
    pub fn close(&self) {
        let running = self.running.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(Running { runtime, stop, stopped }) = running else { return };
        if std::process::id() != self.process {
            // The threads stayed in the parent; dropping what they use would wait for them.
            std::mem::forget((runtime, stop, stopped));
            return;
        }
        let _ = stop.send(());
        let _ = stopped.recv_timeout(PATIENCE);
        // Unlike a plain drop this neither waits nor minds being inside another runtime.
        runtime.shutdown_background();
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        self.close();
    }
}

/// Accepts until told to stop; then every connection is dropped before this returns.
async fn serve(listener: TcpListener, service: Arc<Service>, mut stop: oneshot::Receiver<()>) {
    let mut connections = JoinSet::new();
    let mut number = 0;
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    connections.spawn(serve_connection(stream, number, Arc::clone(&service)));
                    number += 1;
                }
                // Out of file descriptors, most likely: they come back.
                Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
            },
            Some(_) = connections.join_next() => {}
            _ = &mut stop => break,
        }
    }
    drop(listener);
    connections.shutdown().await;
}

async fn serve_connection(stream: TcpStream, number: u64, service: Arc<Service>) {
    connection::serve(stream, number, |connection| {
        service_fn(move |request| Arc::clone(&service).handle(request, connection.clone()))
    })
    .await;
}
