//! Numbers that bound a client: how long, how often, how many at once.
//! A number comes as the caller gave it, and leaves as one that holds or as the fault's own words.

use std::time::Duration;

use super::{Settings, take};
use crate::core::error::{Error, Result};

const DEFAULT_MAX_RETRIES: u32 = 4;
const DEFAULT_MAX_CONCURRENCY: usize = 4;
const DEFAULT_MAX_CONNECTIONS: usize = 100;
const DEFAULT_RETRY_BUDGET: u32 = 500;
/// More sockets to one service than a process may commonly have files.
const MOST_CONNECTIONS: i64 = 10_000;
/// More requests in flight than any service would take from one client.
pub const MOST_CONCURRENCY: i64 = 1000;

/// How long a call may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Timeout {
    /// One attempt, from sending it to the end of its answer.
    pub attempt: Duration,
    /// Making a connection, TLS included.
    pub connect: Duration,
    /// One request with all its retries and waits.
    pub total: Duration,
}

impl Default for Timeout {
    fn default() -> Self {
        Self {
            attempt: Duration::from_secs(30),
            connect: Duration::from_secs(5),
            total: Duration::from_secs(120),
        }
    }
}

impl Timeout {
    /// From seconds as a caller gives them.
    ///
    /// # Errors
    /// [`Error::Configuration`] names all of them that are not positive.
    pub fn from_seconds(attempt: f64, connect: f64, total: f64) -> Result<Self> {
        let mut faults = Vec::new();
        let mut seconds = |name: &str, value: f64| {
            positive(name, value).map_err(|fault| faults.push(fault)).unwrap_or_default()
        };
        let timeout = Self {
            attempt: seconds("timeout.attempt", attempt),
            connect: seconds("timeout.connect", connect),
            total: seconds("timeout.total", total),
        };
        if faults.is_empty() { Ok(timeout) } else { Err(Error::Configuration(faults.join("; "))) }
    }

    /// # Errors
    /// Names all of them that are nothing at all, or longer than a year.
    pub fn check(self) -> Result<Self, String> {
        let Self { attempt, connect, total } = self;
        let named = [("attempt", attempt), ("connect", connect), ("total", total)];
        let faults: Vec<String> = named
            .into_iter()
            .filter_map(|(name, time)| positive(&format!("timeout.{name}"), time.as_secs_f64()).err())
            .collect();
        if faults.is_empty() { Ok(self) } else { Err(faults.join("; ")) }
    }
}

/// The argument `timeout`, as given.
#[derive(Debug, Clone, Copy)]
pub enum TimeoutSetting {
    /// Seconds for one attempt.
    Attempt(f64),
    Limits(Timeout),
}

impl TimeoutSetting {
    /// # Errors
    /// The number is not positive.
    pub fn check(self) -> Result<Timeout, String> {
        let seconds = match self {
            Self::Limits(limits) => return limits.check(),
            Self::Attempt(seconds) => seconds,
        };
        let attempt = positive("timeout", seconds)?;
        let Timeout { connect, total, .. } = Timeout::default();
        // Who allows minutes for one attempt does not mean to stop after two.
        Ok(Timeout { attempt, connect: connect.min(attempt), total: total.max(attempt) })
    }
}

impl From<Timeout> for TimeoutSetting {
    fn from(limits: Timeout) -> Self {
        Self::Limits(limits)
    }
}

/// A year: timers and caches end the process, or forget their bound, far beyond it.
const LONGEST: Duration = Duration::from_secs(365 * 86_400);

/// A number of seconds that must be more than 0, and no more than a year.
pub(in crate::core) fn positive(name: &str, seconds: f64) -> Result<Duration, String> {
    match Duration::try_from_secs_f64(seconds) {
        Ok(duration) if !duration.is_zero() && duration <= LONGEST => Ok(duration),
        _ if seconds.is_finite() && seconds * 1e9 >= 1.0 => {
            Err(format!("{name} must be at most 31,536,000 seconds (a year), not {}", told_real(seconds)))
        }
        _ => Err(format!("{name} must be a number of seconds above 0, not {}", told_real(seconds))),
    }
}

/// A number in as many characters as a reader takes in.
fn told_real(number: f64) -> String {
    let plain = number == 0.0 || !number.is_finite() || (1e-6..1e16).contains(&number.abs());
    if plain { number.to_string() } else { format!("{number:e}") }
}

/// A whole number as the caller gave it: one beyond 64 bits arrives as the last one within.
pub(in crate::core) fn told(number: i64) -> String {
    match number {
        i64::MIN | i64::MAX => "a number beyond 64 bits".to_owned(),
        _ => number.to_string(),
    }
}

/// All of them, of one client.
pub(in crate::core) struct Limits {
    pub timeout: Timeout,
    pub max_retries: u32,
    pub max_concurrency: usize,
    pub max_connections: usize,
    pub max_requests_per_second: Option<f64>,
    pub retry_budget: u32,
    pub cache_ttl: Option<Duration>,
}

impl Limits {
    /// Notes every fault; where there is one, the rest is not worth having.
    pub fn check(settings: &Settings, faults: &mut Vec<String>) -> Self {
        let timeout = settings.timeout.map(TimeoutSetting::check).transpose();
        let retries = settings.max_retries.map(max_retries).transpose();
        let concurrency = settings
            .max_concurrency
            .map(|given| count("max_concurrency", given, MOST_CONCURRENCY))
            .transpose();
        let connections = settings
            .max_connections
            .map(|given| count("max_connections", given, MOST_CONNECTIONS))
            .transpose();
        let rate = settings.max_requests_per_second.map(max_requests_per_second).transpose();
        let budget = settings.retry_budget.map(|given| at_least_none("retry_budget", given)).transpose();
        let ttl = settings.cache_ttl.map(|seconds| positive("cache_ttl", seconds)).transpose();
        Self {
            timeout: take(faults, timeout).flatten().unwrap_or_default(),
            max_retries: take(faults, retries).flatten().unwrap_or(DEFAULT_MAX_RETRIES),
            max_concurrency: take(faults, concurrency).flatten().unwrap_or(DEFAULT_MAX_CONCURRENCY),
            max_connections: take(faults, connections).flatten().unwrap_or(DEFAULT_MAX_CONNECTIONS),
            max_requests_per_second: take(faults, rate).flatten(),
            retry_budget: take(faults, budget).flatten().unwrap_or(DEFAULT_RETRY_BUDGET),
            cache_ttl: take(faults, ttl).flatten(),
        }
    }
}

/// How often a request is tried again; what bounds a large number in truth is the time.
///
/// # Errors
/// The number is negative.
pub fn max_retries(given: i64) -> Result<u32, String> {
    at_least_none("max_retries", given)
}

/// A number that may be as large as it likes, and not negative.
fn at_least_none(name: &str, given: i64) -> Result<u32, String> {
    match given {
        0.. => Ok(u32::try_from(given).unwrap_or(u32::MAX)),
        _ => Err(format!("{name} must be 0 or more, not {}", told(given))),
    }
}

/// A number of things from 1 on.
fn count(name: &str, given: i64, most: i64) -> Result<usize, String> {
    match usize::try_from(given) {
        Ok(number) if (1..=most).contains(&given) => Ok(number),
        _ => Err(format!("{name} must be between 1 and {most}, not {}", told(given))),
    }
}

fn max_requests_per_second(given: f64) -> Result<f64, String> {
    match given {
        rate if (1e-6..=1e6).contains(&rate) => Ok(rate),
        // A wait of more than eleven days between two requests.
        rate if rate > 0.0 && rate < 1e-6 => {
            Err(format!("max_requests_per_second must be at least 0.000001, not {}", told_real(given)))
        }
        _ => {
            let given = told_real(given);
            Err(format!("max_requests_per_second must be a number above 0 and up to 1,000,000, not {given}"))
        }
    }
}
