//! What becomes of a good answer under a fault: another answer, or another way to deliver it.
//! Pure: it touches no socket and waits for nothing.

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::header::{CONTENT_ENCODING, LOCATION, RETRY_AFTER};
use http::{HeaderMap, StatusCode};
use memchr::memmem;

use super::Drawn;
use super::bomb::gzip_bomb;
use super::table::{Act, RetryAfter};
use crate::emulator::answer::{Answer, HTML, JSON};
use crate::emulator::check::Flaw;
use crate::emulator::details;
use crate::emulator::options::ErrorStyle;

/// How an answer goes over the wire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) enum Delivery {
    Whole,
    /// Whole, and then this happens to the connection.
    WholeThen(Cut),
    /// No answer at all: this happens at once.
    Nothing(Cut),
    /// No answer, and the connection stays open.
    Stall,
    /// These bytes of a body of which so many are declared (or chunks, where none are), and then
    /// the connection is cut.
    Part {
        sent: Bytes,
        declared: Option<usize>,
        cut: Cut,
    },
    /// One byte at a time.
    Drip(Duration),
}

/// What happens to a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Cut {
    /// A TCP reset.
    Reset,
    /// An ordinary close.
    Close,
    /// The next request is answered by closing.
    Stale,
    /// No further requests: GOAWAY, or `connection: close`.
    Graceful,
}

pub(in super::super) fn spoil(
    drawn: Drawn,
    good: Answer,
    trace_id: &str,
    now: SystemTime,
) -> (Answer, Delivery) {
    let act = drawn.kind.act;
    match delivery(act, &good) {
        Some(delivery) => (good, delivery),
        None => (other_answer(act, good, drawn.retry_after, trace_id, now), Delivery::Whole),
    }
}

/// For the faults that leave the answer as it is.
fn delivery(act: Act, good: &Answer) -> Option<Delivery> {
    let half = good.body.slice(..good.body.len() / 2);
    Some(match act {
        Act::Reset => Delivery::Nothing(Cut::Reset),
        Act::Close => Delivery::Nothing(Cut::Close),
        Act::ResetInBody => Delivery::Part { sent: half, declared: Some(good.body.len()), cut: Cut::Reset },
        Act::ShortContentLength => {
            Delivery::Part { sent: half, declared: Some(good.body.len()), cut: Cut::Close }
        }
        Act::TruncatedChunked => {
            Delivery::Part { sent: Bytes::from_static(NO_SESSIONS), declared: None, cut: Cut::Close }
        }
        Act::SlowBody => Delivery::Drip(Duration::from_secs(1)),
        Act::Stall => Delivery::Stall,
        Act::IdleClose => Delivery::WholeThen(Cut::Close),
        Act::StaleConnection => Delivery::WholeThen(Cut::Stale),
        Act::GoAway => Delivery::WholeThen(Cut::Graceful),
        _ => return None,
    })
}

const NO_SESSIONS: &[u8] = br#"{"sessions":[],"total_count":0}"#;
/// A host that cannot exist.
const ELSEWHERE: &str = "http://elsewhere.invalid/conversation/sessions";

fn other_answer(act: Act, good: Answer, retry_after: u64, trace_id: &str, now: SystemTime) -> Answer {
    let ok =
        |body: Bytes| Answer { status: StatusCode::OK, content_type: JSON, headers: HeaderMap::new(), body };
    match act {
        Act::Status(code) => status_answer(code, retry_after, trace_id),
        Act::TooMany(form) => too_many(form, retry_after, now),
        Act::Redirect(code) => Answer::proxy(status(code)).with(LOCATION, ELSEWHERE),
        Act::GzipBomb => ok(gzip_bomb()).with(CONTENT_ENCODING, "gzip"),
        Act::WrongContentType => Answer { content_type: "text/plain", ..good },
        Act::Html => Answer::new(
            StatusCode::OK,
            HTML,
            "<!doctype html>\n<title>Maintenance</title>\n<p>Back soon.</p>\n",
        ),
        Act::Empty => ok(Bytes::new()),
        Act::NoContent => Answer::new(StatusCode::NO_CONTENT, "", Bytes::new()),
        Act::TruncatedJson => ok(good.body.slice(..good.body.len() / 2)),
        Act::WrongShape => ok(Bytes::from_static(br#"{"items":[],"count":0}"#)),
        Act::InvalidUtf8 => {
            ok(Bytes::from_static(b"{\"sessions\":[{\"session_id\":\"\xff\xfe\"}],\"total_count\":1}"))
        }
        Act::ByteOrderMark => ok([b"\xef\xbb\xbf", good.body.as_ref()].concat().into()),
        Act::Utf16 => ok(utf16(&good.body)),
        Act::TotalCount(text) => ok(with_total(&good.body, text)),
        Act::DeepNesting => ok(deep()),
        // The faults of delivery leave the answer as it is.
        _ => good,
    }
}

fn status(code: u16) -> StatusCode {
    StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

/// Each status in the shape in which the service, or what stands before it, sends it.
fn status_answer(code: u16, retry_after: u64, trace_id: &str) -> Answer {
    match code {
        400 => Answer::no_tenant(),
        406 => Answer { status: status(code), ..Answer::no_tenant() },
        401 => Answer::detail(status(code), "Token missing"),
        403 => Answer::detail(status(code), "Access denied"),
        404 => Answer::detail(status(code), "Agent or project not found"),
        422 => Answer::json(status(code), details::body(&[Flaw::UnknownAgent], ErrorStyle::Pydantic1)),
        500 => Answer::unhandled(status(code), trace_id),
        503 => Answer::proxy(status(code)).with(RETRY_AFTER, &retry_after.to_string()),
        _ => Answer::proxy(status(code)),
    }
}

fn too_many(form: RetryAfter, seconds: u64, now: SystemTime) -> Answer {
    let answer = Answer::proxy(StatusCode::TOO_MANY_REQUESTS);
    match form {
        RetryAfter::Seconds => answer.with(RETRY_AFTER, &seconds.to_string()),
        // A date has whole seconds: a second more, so that it never lies in the past.
        RetryAfter::Date => {
            let time = now.checked_add(Duration::from_secs(seconds.min(1 << 32) + 1));
            answer.with(RETRY_AFTER, &httpdate::fmt_http_date(time.unwrap_or(SystemTime::UNIX_EPOCH)))
        }
        RetryAfter::Text(text) => answer.with(RETRY_AFTER, text),
        RetryAfter::None => answer,
    }
}

fn utf16(body: &[u8]) -> Bytes {
    let text = String::from_utf8_lossy(body);
    let mark = std::iter::once(0xfeff_u16);
    mark.chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect::<Vec<u8>>().into()
}

/// The same page with another total, which is its last field.
fn with_total(body: &[u8], total: &str) -> Bytes {
    const FIELD: &[u8] = br#","total_count":"#;
    let Some(at) = memmem::rfind(body, FIELD) else { return Bytes::copy_from_slice(body) };
    let (before, _) = body.split_at(at + FIELD.len());
    [before, total.as_bytes(), b"}"].concat().into()
}

fn deep() -> Bytes {
    const LEVELS: usize = 100_000;
    let (open, close) = ("[".repeat(LEVELS), "]".repeat(LEVELS));
    format!(r#"{{"sessions":[{{"session_id":"deep","context":{open}{close}}}],"total_count":1}}"#).into()
}
