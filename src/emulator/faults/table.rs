//! The table of all kinds of fault: name, group, act, and what a user reads about it.
//! It does nothing.

use FaultGroup::{Body, Connection};

/// One kind of fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FaultKind {
    pub name: &'static str,
    pub group: FaultGroup,
    /// Passes by itself: a client that tries again soon gets over it.
    pub transient: bool,
    /// What happens, in a few words.
    pub what: &'static str,
    pub(super) act: Act,
}

/// Which kinds belong together. A group's name stands for all of its kinds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultGroup {
    Connection,
    Body,
    Status,
    RateLimit,
    Redirect,
    /// Over all groups: the kinds that pass by themselves.
    Transient,
    All,
}

impl FaultGroup {
    pub const ALL: [Self; 7] = [
        Self::Connection,
        Self::Body,
        Self::Status,
        Self::RateLimit,
        Self::Redirect,
        Self::Transient,
        Self::All,
    ];

    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Connection => "connection",
            Self::Body => "body",
            Self::Status => "status",
            Self::RateLimit => "rate_limit",
            Self::Redirect => "redirect",
            Self::Transient => "transient",
            Self::All => "all",
        }
    }

    fn holds(self, kind: &FaultKind) -> bool {
        match self {
            Self::All => true,
            Self::Transient => kind.transient,
            group => kind.group == group,
        }
    }
}

/// What is done to an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Act {
    Reset,
    Close,
    ResetInBody,
    ShortContentLength,
    TruncatedChunked,
    SlowBody,
    Stall,
    IdleClose,
    StaleConnection,
    GoAway,
    GzipBomb,
    WrongContentType,
    Html,
    Empty,
    NoContent,
    TruncatedJson,
    WrongShape,
    InvalidUtf8,
    ByteOrderMark,
    Utf16,
    TotalCount(&'static str),
    DeepNesting,
    Status(u16),
    TooMany(RetryAfter),
    Redirect(u16),
}

/// The forms in which a server says when to come back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RetryAfter {
    Seconds,
    Date,
    Text(&'static str),
    None,
}

/// Every kind there is.
#[must_use]
pub fn fault_kinds() -> &'static [FaultKind] {
    &KINDS
}

/// The kinds that this name stands for; none if nothing has that name.
pub(super) fn named(name: &str) -> Vec<&'static FaultKind> {
    match FaultGroup::ALL.iter().find(|group| group.name() == name) {
        Some(group) => KINDS.iter().filter(|kind| group.holds(kind)).collect(),
        None => KINDS.iter().filter(|kind| kind.name == name).collect(),
    }
}

const fn kind(group: FaultGroup, name: &'static str, act: Act, what: &'static str) -> FaultKind {
    FaultKind { name, group, transient: false, what, act }
}

const fn transient(mut kind: FaultKind) -> FaultKind {
    kind.transient = true;
    kind
}

const fn status(name: &'static str, code: u16, what: &'static str) -> FaultKind {
    kind(FaultGroup::Status, name, Act::Status(code), what)
}

const fn redirect(name: &'static str, code: u16) -> FaultKind {
    kind(FaultGroup::Redirect, name, Act::Redirect(code), "sent on to another host")
}

const fn too_many(name: &'static str, form: RetryAfter, what: &'static str) -> FaultKind {
    kind(FaultGroup::RateLimit, name, Act::TooMany(form), what)
}

const KINDS: [FaultKind; 55] = [
    transient(kind(Connection, "reset", Act::Reset, "the connection is reset before any answer")),
    transient(kind(Connection, "close", Act::Close, "the connection is closed without an answer")),
    transient(kind(
        Connection,
        "reset_in_body",
        Act::ResetInBody,
        "the connection is reset in the middle of the body",
    )),
    transient(kind(
        Connection,
        "short_content_length",
        Act::ShortContentLength,
        "half of the declared body, then the connection is closed",
    )),
    transient(kind(
        Connection,
        "truncated_chunked",
        Act::TruncatedChunked,
        "a chunked body whose beginning is a whole answer of no sessions, closed before its last chunk",
    )),
    kind(Connection, "slow_body", Act::SlowBody, "one byte of the body a second"),
    kind(Connection, "stall", Act::Stall, "no answer at all, on an open connection"),
    transient(kind(
        Connection,
        "idle_close",
        Act::IdleClose,
        "a good answer, then the idle connection is closed",
    )),
    transient(kind(
        Connection,
        "stale_connection",
        Act::StaleConnection,
        "a good answer, but the next request over this connection is answered by closing it",
    )),
    transient(kind(
        Connection,
        "goaway",
        Act::GoAway,
        "a good answer, and over HTTP/2 a GOAWAY (over HTTP/1.1 the connection is closed after it)",
    )),
    kind(Body, "gzip_bomb", Act::GzipBomb, "a megabyte of gzip that unpacks to a gigabyte"),
    kind(Body, "wrong_content_type", Act::WrongContentType, "a good answer that is called text/plain"),
    kind(Body, "html_200", Act::Html, "a page of HTML with status 200"),
    kind(Body, "empty_200", Act::Empty, "no body with status 200"),
    kind(Body, "no_content", Act::NoContent, "204"),
    kind(Body, "truncated_json", Act::TruncatedJson, "the first half of the JSON, sent as if it were whole"),
    kind(Body, "wrong_shape", Act::WrongShape, "JSON that has no sessions"),
    kind(Body, "invalid_utf8", Act::InvalidUtf8, "a text that is not UTF-8"),
    kind(Body, "bom", Act::ByteOrderMark, "a good answer after a byte order mark"),
    kind(Body, "utf16", Act::Utf16, "a good answer in UTF-16"),
    kind(
        Body,
        "huge_total_count",
        Act::TotalCount("340282366920938463463374607431768211456"),
        "a total_count beyond 64 bits",
    ),
    kind(Body, "negative_total_count", Act::TotalCount("-1"), "a total_count below zero"),
    kind(Body, "not_a_number", Act::TotalCount("NaN"), "a total_count that is NaN, which is no JSON"),
    kind(Body, "deep_nesting", Act::DeepNesting, "a session that is nested 100,000 levels deep"),
    status("status_400", 400, "the tenant check refuses"),
    status("status_401", 401, "token missing"),
    status("status_403", 403, "access denied"),
    status("status_404", 404, "not found"),
    status("status_406", 406, "the tenant check refuses"),
    status("status_422", 422, "the page's own example of a refusal"),
    transient(status("status_408", 408, "request timeout")),
    status("status_413", 413, "too large for the proxy"),
    transient(status("status_425", 425, "too early")),
    transient(status("status_500", 500, "an unhandled exception")),
    status("status_501", 501, "not implemented"),
    transient(status("status_502", 502, "a bad gateway")),
    transient(status("status_503", 503, "unavailable, with Retry-After")),
    transient(status("status_504", 504, "a gateway timeout")),
    transient(status("status_520", 520, "an edge proxy's unknown error")),
    transient(status("status_521", 521, "an edge proxy finds the server down")),
    transient(status("status_522", 522, "an edge proxy's connection timed out")),
    transient(status("status_523", 523, "an edge proxy finds no way to the server")),
    transient(status("status_524", 524, "an edge proxy's wait timed out")),
    transient(status("status_529", 529, "overloaded")),
    transient(too_many("status_429", RetryAfter::Seconds, "Retry-After in seconds")),
    transient(too_many("status_429_bare", RetryAfter::None, "429 without Retry-After")),
    too_many("status_429_date", RetryAfter::Date, "Retry-After as a date"),
    too_many("status_429_garbage", RetryAfter::Text("soon"), "Retry-After: soon"),
    too_many("status_429_negative", RetryAfter::Text("-1"), "Retry-After: -1"),
    too_many("status_429_huge", RetryAfter::Text("1000000000"), "Retry-After: 1000000000"),
    redirect("redirect_301", 301),
    redirect("redirect_302", 302),
    redirect("redirect_303", 303),
    redirect("redirect_307", 307),
    redirect("redirect_308", 308),
];
