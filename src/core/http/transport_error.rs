//! What went wrong between us and the service, told from the types of the errors below.
//! Pure: it reads an error's chain of sources, and knows no socket and no request.

use std::error::Error as StdError;
use std::io;

use super::certificate_error::{HANDSHAKE_CUT, certificate, handshake};

/// What kind of thing went wrong with one attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TransportErrorKind {
    Refused,
    Unreachable,
    Dns,
    ConnectTimeout,
    /// Nobody to trust: the certificate does not bear the host out.
    Certificate,
    /// The server wants another certificate of ours, or one at all.
    ClientCertificate,
    Tls,
    /// The proxy wants other credentials.
    ProxyCredentials,
    /// The proxy would not make the connection.
    Proxy,
    /// The connection ended before any part of an answer came.
    Closed,
    /// The server sent GOAWAY, or refused the stream, before it took the request: it never saw it.
    GoAway,
    Reset,
    /// The answer ended before its end.
    Truncated,
    /// The answer's compression is broken.
    Encoding,
    /// What came is not HTTP.
    Protocol,
    /// What came is HTTP, and breaks its rules.
    Malformed,
    /// The answer's head is larger than any that is read.
    HeadTooLarge,
    /// There is no file descriptor left for another connection.
    NoDescriptors,
    /// There is no memory left for the answer.
    Memory,
    /// No whole answer within one attempt's time.
    AttemptTimeout,
    /// No whole answer within the whole call's time.
    TotalTimeout,
    Other,
}

/// One failed attempt.
#[derive(Debug, Clone)]
pub struct TransportError {
    pub kind: TransportErrorKind,
    /// What happened, in a few words.
    pub words: String,
    /// The port by which we talked to the server, where there was a connection and it ended.
    pub local_port: Option<u16>,
}

impl TransportError {
    pub fn new(kind: TransportErrorKind, words: impl Into<String>) -> Self {
        Self { kind, words: words.into(), local_port: None }
    }

    /// Tells from the error's sources what happened.
    pub fn of(error: &reqwest::Error) -> Self {
        let chain = chain(error);
        let kind = kind(error, &chain);
        // One stream of many may break while its connection lives: that is no stale connection.
        let lives = find::<h2::Error>(&chain).is_some_and(h2::Error::is_reset);
        let local_port = chain.iter().filter(|_| !lives).find_map(|link| local_port(*link));
        Self { kind, words: words(kind, &chain), local_port }
    }
}

/// What a server says of a client's certificate.
fn is_of_certificate(alert: rustls::AlertDescription) -> bool {
    use rustls::AlertDescription as Alert;
    matches!(
        alert,
        Alert::CertificateRequired
            | Alert::NoCertificate
            | Alert::BadCertificate
            | Alert::UnsupportedCertificate
            | Alert::CertificateRevoked
            | Alert::CertificateExpired
            | Alert::CertificateUnknown
            | Alert::UnknownCA
            // Of another authority of the same name: its signature cannot be checked.
            | Alert::DecryptError
    )
}

/// EMFILE and ENFILE, or what Windows calls it.
fn is_out_of_descriptors(error: &io::Error) -> bool {
    let codes: &[i32] = if cfg!(windows) { &[10_024] } else { &[24, 23] };
    error.raw_os_error().is_some_and(|code| codes.contains(&code))
}

type Link<'e> = &'e (dyn StdError + 'static);

/// The error and everything below it, also what an `io::Error` carries inside.
fn chain(error: &reqwest::Error) -> Vec<Link<'_>> {
    let mut links: Vec<Link<'_>> = Vec::new();
    let mut next: Option<Link<'_>> = Some(error);
    while let Some(link) = next {
        links.push(link);
        let inner = link.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        next = match inner {
            Some(inner) => Some(inner),
            None => link.source(),
        };
        if links.len() > 32 {
            break;
        }
    }
    links
}

fn find<'e, T: StdError + 'static>(chain: &[Link<'e>]) -> Option<&'e T> {
    chain.iter().find_map(|link| link.downcast_ref::<T>())
}

fn kind(error: &reqwest::Error, chain: &[Link<'_>]) -> TransportErrorKind {
    if let Some(tls) = find::<rustls::Error>(chain) {
        return match tls {
            rustls::Error::InvalidCertificate(_) => TransportErrorKind::Certificate,
            rustls::Error::AlertReceived(alert) if is_of_certificate(*alert) => {
                TransportErrorKind::ClientCertificate
            }
            _ => TransportErrorKind::Tls,
        };
    }
    if chain.iter().any(|link| link.downcast_ref::<io::Error>().is_some_and(is_out_of_descriptors)) {
        return TransportErrorKind::NoDescriptors;
    }
    if error.is_dns() {
        return TransportErrorKind::Dns;
    }
    if error.is_connect() {
        return connect_kind(error, chain);
    }
    if let Some(h2) = find::<h2::Error>(chain) {
        return h2_kind(h2);
    }
    let kinds = chain.iter().filter_map(|link| hyper_kind(link.downcast_ref::<hyper::Error>()?));
    // A request that was given up with its connection says below why that had ended.
    let told = |above, below| if above == TransportErrorKind::Closed { below } else { above };
    if let Some(kind) = kinds.reduce(told) {
        return kind;
    }
    match chain.iter().rev().find_map(|link| io_kind(link.downcast_ref::<io::Error>()?)) {
        // What HTTP itself could not read is its chunks, and not what is packed in them.
        Some(TransportErrorKind::Encoding) if find::<hyper::Error>(chain).is_some() => {
            return TransportErrorKind::Malformed;
        }
        Some(kind) => return kind,
        None => {}
    }
    if error.is_decode() { TransportErrorKind::Encoding } else { TransportErrorKind::Other }
}

/// No connection was made.
fn connect_kind(error: &reqwest::Error, chain: &[Link<'_>]) -> TransportErrorKind {
    if error.is_timeout() {
        return TransportErrorKind::ConnectTimeout;
    }
    if let Some(kind) = proxy_kind(chain) {
        return kind;
    }
    // The library wraps some errors in others of its own, of no kind.
    let kinds = chain.iter().filter_map(|link| link.downcast_ref::<io::Error>()).map(io::Error::kind);
    match kinds.reduce(|kind, below| if below == io::ErrorKind::Other { kind } else { below }) {
        Some(io::ErrorKind::ConnectionRefused) => TransportErrorKind::Refused,
        Some(io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe) => TransportErrorKind::Reset,
        Some(io::ErrorKind::TimedOut) => TransportErrorKind::ConnectTimeout,
        Some(io::ErrorKind::UnexpectedEof) => TransportErrorKind::Tls,
        Some(_) => TransportErrorKind::Unreachable,
        None => TransportErrorKind::Other,
    }
}

/// The errors of proxies have no public types; they are known by their own words.
fn proxy_kind(chain: &[Link<'_>]) -> Option<TransportErrorKind> {
    let of_proxy = |said: &String| said.starts_with(TUNNEL) || said.starts_with(SOCKS);
    let said = chain.iter().map(ToString::to_string).find(of_proxy)?;
    match said.trim_start_matches(TUNNEL).trim_start_matches(SOCKS) {
        "proxy authorization required" | "credentials not accepted" => {
            Some(TransportErrorKind::ProxyCredentials)
        }
        // Of a SOCKS proxy nothing more is told.
        NO_CONNECTION if said.starts_with(SOCKS) => Some(TransportErrorKind::Unreachable),
        NO_CONNECTION => None,
        _ => Some(TransportErrorKind::Proxy),
    }
}

const TUNNEL: &str = "tunnel error: ";
const SOCKS: &str = "SOCKS error: ";
const NO_CONNECTION: &str = "failed to create underlying connection";

fn h2_kind(error: &h2::Error) -> TransportErrorKind {
    let going = error.is_go_away() && error.reason() == Some(h2::Reason::NO_ERROR);
    let refused = error.reason() == Some(h2::Reason::REFUSED_STREAM);
    if error.is_remote() && (going || refused) {
        TransportErrorKind::GoAway
    } else if let Some(io) = error.get_io() {
        io_kind(io).unwrap_or(TransportErrorKind::Closed)
    } else if error.is_reset() || error.is_go_away() {
        TransportErrorKind::Reset
    } else {
        TransportErrorKind::Protocol
    }
}

/// Faults of which the library tells the kind in its words only: an answer whose first line is none of HTTP's,
/// and one that came before anything was asked.
const NO_HTTP: &str = "invalid HTTP version";
const SPOKE_FIRST: &str = "received unexpected message";

fn hyper_kind(error: &hyper::Error) -> Option<TransportErrorKind> {
    if error.is_incomplete_message() || error.is_canceled() || error.is_closed() {
        Some(TransportErrorKind::Closed)
    } else if error.is_parse_too_large() {
        Some(TransportErrorKind::HeadTooLarge)
    } else if error.is_parse() {
        let is_none = error.to_string().starts_with(NO_HTTP);
        Some(if is_none { TransportErrorKind::Protocol } else { TransportErrorKind::Malformed })
    } else if error.to_string().starts_with(SPOKE_FIRST) {
        Some(TransportErrorKind::Protocol)
    } else if error.is_timeout() {
        Some(TransportErrorKind::AttemptTimeout)
    } else {
        None
    }
}

fn io_kind(error: &io::Error) -> Option<TransportErrorKind> {
    match error.kind() {
        io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionAborted | io::ErrorKind::BrokenPipe => {
            Some(TransportErrorKind::Reset)
        }
        io::ErrorKind::UnexpectedEof => Some(TransportErrorKind::Truncated),
        io::ErrorKind::TimedOut => Some(TransportErrorKind::AttemptTimeout),
        io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput => Some(TransportErrorKind::Encoding),
        _ => None,
    }
}

fn local_port(link: Link<'_>) -> Option<u16> {
    let info = link.downcast_ref::<hyper_util::client::legacy::Error>()?.connect_info()?;
    let mut extras = http::Extensions::new();
    info.get_extras(&mut extras);
    extras.get::<hyper_util::client::legacy::connect::HttpInfo>().map(|info| info.local_addr().port())
}

fn words(kind: TransportErrorKind, chain: &[Link<'_>]) -> String {
    let deepest = chain.last().map(ToString::to_string).unwrap_or_default();
    match kind {
        TransportErrorKind::Refused => "connection refused".into(),
        TransportErrorKind::ConnectTimeout => "no connection in time".into(),
        TransportErrorKind::Closed => "the server closed the connection without an answer".into(),
        TransportErrorKind::GoAway => "the server is closing the connection (GOAWAY)".into(),
        TransportErrorKind::Reset => "the connection was reset".into(),
        TransportErrorKind::Truncated => "the answer ended before its end".into(),
        TransportErrorKind::ProxyCredentials => "the proxy wants credentials".into(),
        TransportErrorKind::HeadTooLarge => "it has too many header lines, or too long ones".into(),
        TransportErrorKind::NoDescriptors => "too many open files".into(),
        TransportErrorKind::Unreachable if deepest.ends_with(NO_CONNECTION) => "nothing answers there".into(),
        TransportErrorKind::Certificate => find::<rustls::Error>(chain).map_or(deepest, certificate),
        TransportErrorKind::Tls => find(chain).map_or_else(|| HANDSHAKE_CUT.into(), handshake),
        TransportErrorKind::Protocol if deepest.starts_with(SPOKE_FIRST) => {
            "it spoke before it was asked".into()
        }
        TransportErrorKind::Malformed => deepest.trim_end_matches(" parsed").into(),
        TransportErrorKind::Proxy => match deepest.trim_start_matches(TUNNEL) {
            "unsuccessful" => "it refused to".into(),
            other => other.into(),
        },
        TransportErrorKind::AttemptTimeout | TransportErrorKind::TotalTimeout => {
            "no whole answer in time".into()
        }
        TransportErrorKind::Encoding => format!("the answer's compression is broken ({deepest})"),
        _ => deepest,
    }
}
