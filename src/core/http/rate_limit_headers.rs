//! What a server says about how fast it may be asked: `Retry-After` and the rate limit headers.
//! Pure: the only clock that counts is the answer's own `Date`, where it has one.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http::{HeaderMap, header};

/// A reset above this many seconds is a moment, not a span.
const MOMENT_FROM: f64 = 1e9;
/// A reset above this is a moment in milliseconds.
const MILLIS_FROM: f64 = 1e11;

/// How long the server wants to be left alone; nonsense is nothing.
pub fn wait(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let now = date(headers).unwrap_or(now);
    retry_after(headers, now).or_else(|| exhausted(headers, now))
}

/// How long the server wants to be left alone after an answer that it still gave.
pub fn wait_after_success(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let now = date(headers).unwrap_or(now);
    exhausted(headers, now).filter(|wait| !wait.is_zero())
}

/// When the server answered, by its own clock.
pub fn date(headers: &HeaderMap) -> Option<SystemTime> {
    httpdate::parse_http_date(headers.get(header::DATE)?.to_str().ok()?).ok()
}

fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let text = headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim();
    if let Some(seconds) = number(text) {
        return span(seconds);
    }
    let moment = httpdate::parse_http_date(text).ok()?;
    Some(moment.duration_since(now).unwrap_or_default())
}

/// Until when nothing remains of the rate that the server allows, in any of three spellings.
fn exhausted(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    structured(headers)
        .or_else(|| spelled(headers, "ratelimit-remaining", "ratelimit-reset", now))
        .or_else(|| spelled(headers, "x-ratelimit-remaining", "x-ratelimit-reset", now))
}

/// `RateLimit: "default";r=0;t=30`, or in its older form `limit=10, remaining=0, reset=30`.
fn structured(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get("ratelimit")?.to_str().ok()?;
    // The newer form has one item for each policy; the older is one policy, with commas inside.
    if text.contains(';') { text.split(',').filter_map(used_up).max() } else { used_up(text) }
}

/// One policy: how long until there is something left again.
fn used_up(policy: &str) -> Option<Duration> {
    let parameter = |names: [&str; 2]| {
        policy.split([';', ',']).find_map(|part| {
            let (name, value) = part.split_once('=')?;
            names.contains(&name.trim()).then(|| number(value.trim())).flatten()
        })
    };
    let remaining = parameter(["r", "remaining"])?;
    if remaining > 0.0 { None } else { span(parameter(["t", "reset"])?) }
}

fn spelled(headers: &HeaderMap, remaining: &str, reset: &str, now: SystemTime) -> Option<Duration> {
    let value = |name: &str| number(headers.get(name)?.to_str().ok()?.trim());
    if value(remaining)? > 0.0 {
        return None;
    }
    let reset = value(reset)?;
    if reset < MOMENT_FROM {
        return span(reset);
    }
    let moment = if reset < MILLIS_FROM { reset } else { reset / 1000.0 };
    let now = now.duration_since(UNIX_EPOCH).ok()?.as_secs_f64();
    span((moment - now).max(0.0))
}

fn number(text: &str) -> Option<f64> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    text.parse().ok().filter(|_| plain)
}

fn span(seconds: f64) -> Option<Duration> {
    Duration::try_from_secs_f64(seconds).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    type Row<'a> = (&'a [(&'a str, &'a str)], Option<f64>);

    const DATE: &str = "Mon, 12 Jan 2026 08:30:00 GMT";
    const EPOCH: u64 = 1_768_206_600;

    fn waits(pairs: &[(&'static str, &str)]) -> Option<f64> {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.insert(*name, value.parse().unwrap());
        }
        // Our own clock is a day off.
        wait(&headers, UNIX_EPOCH + Duration::from_secs(EPOCH + 86_400)).map(|wait| wait.as_secs_f64())
    }

    #[test]
    fn retry_after_in_every_form() {
        let cases = [
            ("7", Some(7.0)),
            ("0", Some(0.0)),
            ("1.5", Some(1.5)),
            (" 3 ", Some(3.0)),
            ("-1", None),
            ("soon", None),
            ("inf", None),
            ("1e3", None),
            ("", None),
            ("1000000000", Some(1e9)),
            ("99999999999999999999999", None),
            ("Mon, 12 Jan 2026 08:30:20 GMT", Some(20.0)),
            ("Mon, 12 Jan 2026 08:29:00 GMT", Some(0.0)),
        ];
        for (value, expected) in cases {
            assert_eq!(waits(&[("date", DATE), ("retry-after", value)]), expected, "{value}");
        }
    }

    #[test]
    fn without_a_date_our_own_clock_is_all_there_is() {
        let next_day = "Tue, 13 Jan 2026 08:30:05 GMT";
        assert_eq!(waits(&[("retry-after", next_day)]), Some(5.0));
    }

    #[test]
    fn rate_limits_in_every_form() {
        let moment = (EPOCH + 9).to_string();
        let millis = format!("{}000", EPOCH + 9);
        let (moment, millis) = (moment.as_str(), millis.as_str());
        let cases: [Row<'_>; 10] = [
            (&[("ratelimit", "\"default\";r=0;t=30")], Some(30.0)),
            (&[("ratelimit", "\"default\";r=1;t=30")], None),
            (&[("ratelimit", "\"day\";r=9;t=999, \"burst\";r=0;t=2, \"hour\";r=0;t=7")], Some(7.0)),
            (&[("ratelimit", "limit=10, remaining=0, reset=4")], Some(4.0)),
            (&[("ratelimit-remaining", "0"), ("ratelimit-reset", "6")], Some(6.0)),
            (&[("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "6")], Some(6.0)),
            (&[("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", moment)], Some(9.0)),
            (&[("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", millis)], Some(9.0)),
            (&[("x-ratelimit-remaining", "3"), ("x-ratelimit-reset", "6")], None),
            (&[("x-ratelimit-remaining", "0")], None),
        ];
        for (pairs, expected) in cases {
            let mut all = vec![("date", DATE)];
            for (name, value) in pairs {
                all.push((name, value));
            }
            let mut headers = HeaderMap::new();
            for (name, value) in &all {
                headers
                    .insert(http::HeaderName::from_bytes(name.as_bytes()).unwrap(), value.parse().unwrap());
            }
            let found = wait(&headers, UNIX_EPOCH).map(|wait| wait.as_secs_f64());
            assert_eq!(found, expected, "{pairs:?}");
        }
    }

    #[test]
    fn retry_after_goes_first() {
        let both = [("retry-after", "2"), ("ratelimit-remaining", "0"), ("ratelimit-reset", "9")];
        assert_eq!(waits(&both), Some(2.0));
    }
}
