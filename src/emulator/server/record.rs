//! What arrived, and what was answered: a bounded log that users' tests can read.
//! It knows no socket.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use http::request::Parts;
use http::{Method, Version};

/// The oldest records give way beyond these.
const MOST_RECORDS: usize = 20_000;
const MOST_BYTES: usize = 64 << 20;

/// One request, as it arrived.
#[derive(Clone)]
pub struct ReceivedRequest {
    pub method: String,
    /// With its query.
    pub path: String,
    /// Names in lower case, in the order received.
    pub headers: Vec<(String, String)>,
    pub body: String,
    /// `HTTP/1.1` or `HTTP/2.0`.
    pub version: String,
    /// Which connection it came over, counted from 0.
    pub connection: u64,
    /// `None` while there is no answer, and where none was given.
    pub status: Option<u16>,
    /// The kind of fault that the answer was spoilt with.
    pub fault: Option<&'static str>,
    /// Since the emulator started.
    pub received: Duration,
    pub answered: Option<Duration>,
}

/// Shows no header and no body: both may hold secrets.
impl fmt::Debug for ReceivedRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} -> ", self.method, self.path)?;
        match self.status {
            Some(status) => write!(f, "{status}"),
            None => f.write_str("no answer"),
        }
    }
}

/// A record before anyone has asked for it.
struct Entry {
    head: Head,
    body: Box<[u8]>,
    status: Option<u16>,
    fault: Option<&'static str>,
    received: Duration,
    answered: Option<Duration>,
}

/// A request's head in one piece. It is copied: what hyper gives shares the whole read buffer.
struct Head {
    method: Method,
    version: Version,
    connection: u64,
    path: Box<str>,
    /// `name: value`, a line each.
    headers: Box<[u8]>,
}

impl Head {
    fn of(parts: &Parts, connection: u64) -> Self {
        let mut headers = Vec::with_capacity(256);
        for (name, value) in &parts.headers {
            headers.extend_from_slice(name.as_str().as_bytes());
            headers.push(b':');
            headers.extend_from_slice(value.as_bytes());
            headers.push(b'\n');
        }
        Self {
            method: parts.method.clone(),
            version: parts.version,
            connection,
            path: parts.uri.path_and_query().map_or("", http::uri::PathAndQuery::as_str).into(),
            headers: headers.into(),
        }
    }

    fn headers(&self) -> Vec<(String, String)> {
        let text = String::from_utf8_lossy(&self.headers);
        text.lines()
            .filter_map(|line| line.split_once(':'))
            .map(|(n, v)| (n.to_owned(), v.to_owned()))
            .collect()
    }
}

pub(in crate::emulator) struct Log {
    started: Instant,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    entries: VecDeque<Entry>,
    /// The number of the oldest entry.
    first: u64,
    bytes: usize,
}

impl Log {
    pub(in crate::emulator) fn new() -> Self {
        Self { started: Instant::now(), kept: Mutex::new(Kept::default()) }
    }

    /// Notes a request; gives its number, from 0.
    pub(in crate::emulator) fn open(&self, parts: &Parts, connection: u64) -> u64 {
        let received = self.started.elapsed();
        let head = Head::of(parts, connection);
        let entry = Entry { head, body: Box::default(), status: None, fault: None, received, answered: None };
        self.with(|kept| {
            kept.entries.push_back(entry);
            kept.trim();
            kept.first + kept.entries.len() as u64 - 1
        })
    }

    pub(in crate::emulator) fn body(&self, number: u64, body: &[u8]) {
        let copy: Box<[u8]> = body.into();
        self.with(|kept| {
            if let Some(entry) = kept.entry(number) {
                entry.body = copy;
                kept.bytes += body.len();
            }
            kept.trim();
        });
    }

    pub(in crate::emulator) fn close(&self, number: u64, status: Option<u16>, fault: Option<&'static str>) {
        let answered = status.map(|_| self.started.elapsed());
        self.with(|kept| {
            if let Some(entry) = kept.entry(number) {
                (entry.status, entry.fault, entry.answered) = (status, fault, answered);
            }
        });
    }

    /// How many there were, those included that have given way.
    pub(in crate::emulator) fn count(&self) -> u64 {
        self.with(|kept| kept.first + kept.entries.len() as u64)
    }

    /// The number of the latest.
    pub(in crate::emulator) fn latest(&self) -> u64 {
        self.count().saturating_sub(1)
    }

    pub(in crate::emulator) fn read(&self) -> Vec<ReceivedRequest> {
        self.with(|kept| kept.entries.iter().map(Entry::read).collect())
    }

    /// Runs under the lock, which no panic can poison for good: entries are whole at any time.
    fn with<T>(&self, act: impl FnOnce(&mut Kept) -> T) -> T {
        act(&mut self.kept.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Kept {
    fn entry(&mut self, number: u64) -> Option<&mut Entry> {
        let index = number.checked_sub(self.first)?;
        self.entries.get_mut(usize::try_from(index).ok()?)
    }

    fn trim(&mut self) {
        while self.entries.len() > MOST_RECORDS || (self.bytes > MOST_BYTES && self.entries.len() > 1) {
            let Some(oldest) = self.entries.pop_front() else { break };
            self.bytes = self.bytes.saturating_sub(oldest.body.len());
            self.first += 1;
        }
    }
}

impl Entry {
    fn read(&self) -> ReceivedRequest {
        ReceivedRequest {
            method: self.head.method.to_string(),
            path: self.head.path.to_string(),
            headers: self.head.headers(),
            body: String::from_utf8_lossy(&self.body).into_owned(),
            version: format!("{:?}", self.head.version),
            connection: self.head.connection,
            status: self.status,
            fault: self.fault,
            received: self.received,
            answered: self.answered,
        }
    }
}
