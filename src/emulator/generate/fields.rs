//! What a generated session says of itself, drawn from its own rng.
//! It knows no list: its place and its times are given.

use super::row::Row;
use super::words;
use crate::emulator::rng::Rng;

/// What is settled about a session before its fields are drawn. Times in microseconds since 1970.
pub(super) struct Frame<'a> {
    pub(super) id: u64,
    /// Escaped for JSON.
    pub(super) agent: &'a str,
    pub(super) created: Option<i64>,
    pub(super) active: Option<i64>,
    pub(super) updated: i64,
    /// A session with a new message is active, whatever it was before.
    pub(super) touched: bool,
    pub(super) duration: u64,
}

pub(super) fn write(frame: &Frame<'_>, rng: &mut Rng, out: &mut Vec<u8>) {
    let mut row = Row::open(out);
    let status = if frame.touched { "active" } else { draw_status(rng) };
    core(&mut row, frame, status, rng);
    metrics(&mut row, frame, rng);
    person(&mut row, rng);
    circumstances(&mut row, rng);
    quality(&mut row, status, rng);
    business(&mut row, rng);
    if rng.percent(4) {
        row.append(rng.one_of(&words::UNKNOWN));
    }
    row.close();
}

fn draw_status(rng: &mut Rng) -> &'static str {
    match rng.below(100) {
        0..60 => "closed",
        60..75 => "abandoned",
        75..90 => "idle",
        _ => "active",
    }
}

fn core(row: &mut Row<'_>, frame: &Frame<'_>, status: &str, rng: &mut Rng) {
    row.joined("session_id", format_args!("session_{:016x}", frame.id));
    row.text("agent_id", frame.agent);
    row.joined("widget_id", format_args!("widget_{}", rng.between(450, 459)));
    if rng.percent(70) {
        row.joined("user_id", format_args!("user_{}", rng.below(100_000)));
    }
    row.text("status", status);
    // Where a time is not known, half of the services say so and half leave it out.
    let say_null = rng.percent(50);
    for (key, time) in [
        ("created_at", frame.created),
        ("updated_at", Some(frame.updated)),
        ("last_message_at", frame.active),
        ("closed_at", Some(frame.updated).filter(|_| status == "closed")),
    ] {
        if time.is_some() || (say_null && key != "closed_at") {
            row.time(key, time);
        }
    }
}

fn metrics(row: &mut Row<'_>, frame: &Frame<'_>, rng: &mut Rng) {
    let (from_user, from_agent) = (rng.between(1, 20), rng.between(1, 22));
    let silent = frame.active.is_none();
    row.number("message_count", if silent { 0 } else { from_user + from_agent });
    row.number("duration_seconds", frame.duration);
    if rng.percent(18) && !silent {
        row.decimal("response_time_avg", rng.between(40, 1200));
        row.number("user_messages", from_user);
        row.number("agent_messages", from_agent);
    }
}

fn person(row: &mut Row<'_>, rng: &mut Rng) {
    if rng.percent(70) {
        let (first, first_ascii) = rng.one_of(&words::FIRST_NAMES);
        let (last, last_ascii) = rng.one_of(&words::LAST_NAMES);
        let (phone, place) = (rng.below(10_000), rng.one_of(&words::PLACES));
        let (with_phone, with_place) = (rng.percent(20), rng.percent(50));
        row.object("user_info", |info| {
            info.joined("name", format_args!("{first} {last}"));
            info.joined("email", format_args!("{first_ascii}.{last_ascii}@example.com"));
            if with_phone {
                info.joined("phone", format_args!("+1-555-01{:02}-{:02}", phone / 100, phone % 100));
            }
            if with_place {
                info.text("location", place);
            }
        });
    }
    if rng.percent(6) {
        row.text("user_agent", rng.one_of(&words::USER_AGENTS));
    }
    if rng.percent(15) {
        row.joined("ip_address", format_args!("203.0.113.{}", rng.below(256)));
    }
    if rng.percent(12) {
        row.text("location", rng.one_of(&words::PLACES));
    }
}

fn circumstances(row: &mut Row<'_>, rng: &mut Rng) {
    if rng.percent(90) {
        let mut aside = rng.clone();
        row.object("metadata", |metadata| describe_visit(metadata, &mut aside));
        *rng = aside;
    }
    if rng.percent(85) {
        let (count, from) = (rng.below(4), rng.below(words::TAGS.len() as u64));
        let skip = usize::try_from(from).unwrap_or_default();
        let take = usize::try_from(count).unwrap_or_default();
        row.texts("tags", words::TAGS.iter().cycle().skip(skip).take(take).copied());
    }
    if rng.percent(7) {
        row.raw("context", rng.one_of(&words::CONTEXTS));
    }
}

fn describe_visit(metadata: &mut Row<'_>, rng: &mut Rng) {
    metadata.text("source", rng.one_of(&words::SOURCES));
    if rng.percent(30) {
        metadata.joined("page_url", format_args!("https://example.com/{}", rng.one_of(&words::PAGES)));
    }
    if rng.percent(60) {
        metadata.text("device", rng.one_of(&words::DEVICES));
        metadata.text("browser", rng.one_of(&words::BROWSERS));
    }
    if rng.percent(8) {
        metadata.text("referrer", rng.one_of(&words::REFERRERS));
    }
    if rng.percent(15) {
        metadata.text("campaign", rng.one_of(&words::CAMPAIGNS));
    }
}

fn quality(row: &mut Row<'_>, status: &str, rng: &mut Rng) {
    let (ratings, rated) = words::opinion(status);
    let rating = rng.one_of(&ratings);
    if rng.percent(rated) {
        row.number("rating", rating);
        if rng.percent(35) {
            let said = words::FEEDBACK
                .get(usize::try_from(rating - 1).unwrap_or_default())
                .copied()
                .unwrap_or_default();
            row.text("feedback", rng.one_of(&said));
        }
    } else if rng.percent(20) {
        row.raw("rating", "null");
    }
    if rng.percent(80) {
        row.flag("resolved", status == "closed" && rating > 2);
    }
    if rng.percent(12) {
        row.flag("escalated", rating < 3);
    }
    if rng.percent(15) {
        row.text("sentiment", rng.one_of(&words::SENTIMENTS));
    }
}

fn business(row: &mut Row<'_>, rng: &mut Rng) {
    if rng.percent(12) {
        row.number("lead_score", rng.below(101));
    }
    if rng.percent(12) {
        let bought = rng.percent(30);
        row.flag("conversion", bought);
        if bought {
            row.decimal("revenue", rng.between(990, 250_000));
        }
    }
}
