//! What an emulator can be told: plain values, checked once when it starts.
//! It knows no socket.

use std::net::{IpAddr, Ipv4Addr};
use std::str::FromStr;
use std::time::Duration;

use crate::emulator::faults::Faults;

/// Everything that can be set. The default is the page's own service with its 247 sessions.
#[derive(Clone, PartialEq)]
pub struct EmulatorOptions {
    pub host: IpAddr,
    /// 0 takes any free port.
    pub port: u16,
    /// Same seed, same sessions, same changes and same faults.
    pub seed: u64,
    /// The agents and what each holds.
    pub agents: Vec<(String, Sessions)>,
    /// Accepted as `project_key` and, where it is sent, as `x-blocks-key`.
    pub keys: Vec<String>,
    /// The pause before each answer.
    pub latency: Duration,
    /// Whether calls need an `Authorization: Bearer` header.
    pub require_token: bool,
    /// A token that is always good; others are granted for `client_id` and `client_secret`.
    pub token: String,
    pub client_id: String,
    pub client_secret: String,
    /// How long a granted token lives, in seconds; `None` grants for good and says nothing of it.
    pub expires_in: Option<u64>,
    pub order: Order,
    /// No page is longer than this, whatever was asked for.
    pub page_limit: u32,
    pub offset_unit: OffsetUnit,
    pub total_count: TotalCount,
    pub churn: Churn,
    pub faults: Vec<Faults>,
    /// Requests per second; more than that are answered with 429.
    pub rate_limit: Option<f64>,
    /// Where the server's clock starts, in microseconds since 1970: the made sessions end just before it.
    /// `None`: they end in January 2026, and the clock is the machine's.
    pub now: Option<i64>,
    /// The share of sessions whose sort key equals that of the session before.
    pub ties: f64,
    /// The share of sessions whose sort key is null. They come last.
    pub null_keys: f64,
    pub error_style: ErrorStyle,
    /// Marks of made-up personal data, made from this seed, are put into every session and refusal.
    pub plant: Option<u64>,
    /// A larger request body is answered with 413.
    pub max_body: usize,
}

/// What an agent holds.
#[derive(Clone, PartialEq, Eq)]
pub enum Sessions {
    /// So many, made from the seed.
    Count(u64),
    /// Just these JSON objects, in this order, word for word.
    Given(Vec<String>),
}

/// What the list is sorted by, most recent first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Order {
    /// By `last_message_at`: a touched session moves to the head.
    #[default]
    Activity,
    /// By `created_at`: a touched session stays where it is.
    Created,
}

/// What an `offset` of one skips.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OffsetUnit {
    #[default]
    Sessions,
    Pages,
}

/// What `total_count` says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TotalCount {
    #[default]
    Exact,
    Null,
    /// The number of sessions on this very page.
    Page,
}

/// The framework whose validation errors are sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ErrorStyle {
    /// As on the service's page.
    #[default]
    Pydantic1,
    Pydantic2,
}

/// Gives an option the names that users type.
macro_rules! named {
    ($kind:ident: $($variant:ident = $name:literal),+) => {
        impl $kind {
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            #[must_use]
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name),+
                }
            }
        }

        impl FromStr for $kind {
            type Err = String;

            fn from_str(text: &str) -> Result<Self, String> {
                let names = [$($name),+].join(", ");
                let found = Self::ALL.iter().find(|known| known.name() == text).copied();
                found.ok_or_else(|| format!("{text:?} is none of {names}."))
            }
        }
    };
}

named!(Order: Activity = "activity", Created = "created");
named!(OffsetUnit: Sessions = "sessions", Pages = "pages");
named!(TotalCount: Exact = "exact", Null = "null", Page = "page");
named!(ErrorStyle: Pydantic1 = "pydantic1", Pydantic2 = "pydantic2");

/// How many changes happen after each request, or in each second, on average.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Churn {
    /// New sessions at the head of the list.
    pub inserts: f64,
    /// Sessions with a new message.
    pub touches: f64,
    pub deletes: f64,
    /// Sessions of which a field changes without a new message: they stay where they are.
    pub edits: f64,
    /// The numbers are for a second, and not for a request.
    pub per_second: bool,
}

impl Churn {
    pub(super) fn is_quiet(self) -> bool {
        [self.inserts, self.touches, self.deletes, self.edits].iter().all(|rate| *rate <= 0.0)
    }

    /// What is wrong with it, in one sentence.
    pub(super) fn check(self) -> Option<String> {
        let rates = [self.inserts, self.touches, self.deletes, self.edits];
        let fit = rates.iter().all(|rate| (0.0..=10_000.0).contains(rate));
        let unit = if self.per_second { "second" } else { "request" };
        (!fit).then(|| {
            format!("churn: each of inserts, touches, deletes and edits must be from 0 to 10,000 a {unit}.")
        })
    }
}

impl Default for EmulatorOptions {
    fn default() -> Self {
        Self {
            host: IpAddr::V4(Ipv4Addr::LOCALHOST),
            port: 0,
            seed: 0,
            agents: vec![("agent_123".to_owned(), Sessions::Count(247))],
            keys: vec!["demo-key".to_owned(), "YOUR_PROJECT_KEY".to_owned()],
            latency: Duration::ZERO,
            require_token: false,
            token: "demo-token".to_owned(),
            client_id: "demo-client".to_owned(),
            client_secret: "demo-secret".to_owned(),
            expires_in: Some(3600),
            order: Order::default(),
            page_limit: 100,
            offset_unit: OffsetUnit::default(),
            total_count: TotalCount::default(),
            churn: Churn::default(),
            faults: Vec::new(),
            rate_limit: None,
            now: None,
            ties: 0.0,
            null_keys: 0.0,
            error_style: ErrorStyle::default(),
            plant: None,
            max_body: 1 << 20,
        }
    }
}

impl EmulatorOptions {
    /// What cannot be done, in one sentence for each fault.
    pub(super) fn check(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        wrong.extend(self.churn.check());
        wrong.extend(self.now.and_then(check_now));
        wrong.extend(check_latency(self.latency));
        for (name, share) in [("ties", self.ties), ("null_keys", self.null_keys)] {
            if !(0.0..=1.0).contains(&share) {
                wrong
                    .push(format!("{name}: {share} is no share of the sessions; give a number from 0 to 1."));
            }
        }
        if !(1..=100).contains(&self.page_limit) {
            wrong.push(format!("page_limit: {} is not from 1 to 100.", self.page_limit));
        }
        wrong.extend(self.rate_limit.and_then(check_rate_limit));
        wrong.extend(self.check_agents());
        wrong.extend(self.faults.iter().filter_map(Faults::check));
        wrong
    }

    fn check_agents(&self) -> Option<String> {
        let too_many = |held: &Sessions| matches!(held, Sessions::Count(count) if *count > MOST_SESSIONS);
        let unnamed = self.agents.iter().any(|(name, _)| name.is_empty());
        if self.agents.len() > MOST_AGENTS || self.agents.iter().any(|(_, held)| too_many(held)) {
            Some(format!("agents: at most {MOST_AGENTS} agents of at most {MOST_SESSIONS} sessions each."))
        } else if unnamed {
            Some("agents: the name of an agent must not be empty.".to_owned())
        } else {
            None
        }
    }
}

/// Not so low that the wait for the next request could not be told.
const RATES: std::ops::RangeInclusive<f64> = 1e-6..=1e6;

pub(super) fn check_rate_limit(rate: f64) -> Option<String> {
    (!RATES.contains(&rate))
        .then(|| "rate_limit: give requests per second, from 0.000001 to 1,000,000.".to_owned())
}

pub(super) fn check_latency(latency: Duration) -> Option<String> {
    (latency > MOST_LATENCY).then(|| "latency: give seconds from 0 to 86,400, a day.".to_owned())
}

pub(super) fn check_now(now: i64) -> Option<String> {
    (!NOW.contains(&now)).then(|| "now: give a moment of the years 2000 to 9998.".to_owned())
}

const MOST_LATENCY: Duration = Duration::from_secs(86_400);
/// In microseconds since 1970. The oldest of the most sessions is thirty years before.
const NOW: std::ops::Range<i64> = 946_684_800_000_000..253_370_764_800_000_000;

/// Ids stay unique, and times stay after 1970, up to these.
const MOST_AGENTS: usize = 10_000;
const MOST_SESSIONS: u64 = 10_000_000;
