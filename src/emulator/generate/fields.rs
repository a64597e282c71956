//! What a generated session says of itself, drawn from its own dice.
//! It knows no list: its place and its times are given.

use super::row::Row;
use super::words;
use crate::emulator::rng::Dice;

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

pub(super) fn write(frame: &Frame<'_>, dice: &mut Dice, out: &mut Vec<u8>) {
    let mut row = Row::open(out);
    let status = if frame.touched { "active" } else { draw_status(dice) };
    core(&mut row, frame, status, dice);
    metrics(&mut row, frame, dice);
    person(&mut row, dice);
    circumstances(&mut row, dice);
    quality(&mut row, status, dice);
    business(&mut row, dice);
    if dice.percent(4) {
        row.append(dice.one_of(&words::UNKNOWN));
    }
    row.close();
}

fn draw_status(dice: &mut Dice) -> &'static str {
    match dice.below(100) {
        0..60 => "closed",
        60..75 => "abandoned",
        75..90 => "idle",
        _ => "active",
    }
}

fn core(row: &mut Row<'_>, frame: &Frame<'_>, status: &str, dice: &mut Dice) {
    row.joined("session_id", format_args!("session_{:016x}", frame.id));
    row.text("agent_id", frame.agent);
    row.joined("widget_id", format_args!("widget_{}", dice.between(450, 459)));
    if dice.percent(70) {
        row.joined("user_id", format_args!("user_{}", dice.below(100_000)));
    }
    row.text("status", status);
    // Where a time is not known, half of the services say so and half leave it out.
    let say_null = dice.percent(50);
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

fn metrics(row: &mut Row<'_>, frame: &Frame<'_>, dice: &mut Dice) {
    let (from_user, from_agent) = (dice.between(1, 20), dice.between(1, 22));
    let silent = frame.active.is_none();
    row.number("message_count", if silent { 0 } else { from_user + from_agent });
    row.number("duration_seconds", frame.duration);
    if dice.percent(18) && !silent {
        row.decimal("response_time_avg", dice.between(40, 1200));
        row.number("user_messages", from_user);
        row.number("agent_messages", from_agent);
    }
}

fn person(row: &mut Row<'_>, dice: &mut Dice) {
    if dice.percent(70) {
        let (first, first_ascii) = dice.one_of(&words::FIRST_NAMES);
        let (last, last_ascii) = dice.one_of(&words::LAST_NAMES);
        let (phone, place) = (dice.below(10_000), dice.one_of(&words::PLACES));
        let (with_phone, with_place) = (dice.percent(20), dice.percent(50));
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
    if dice.percent(6) {
        row.text("user_agent", dice.one_of(&words::USER_AGENTS));
    }
    if dice.percent(15) {
        row.joined("ip_address", format_args!("203.0.113.{}", dice.below(256)));
    }
    if dice.percent(12) {
        row.text("location", dice.one_of(&words::PLACES));
    }
}

fn circumstances(row: &mut Row<'_>, dice: &mut Dice) {
    if dice.percent(90) {
        let mut aside = dice.clone();
        row.object("metadata", |metadata| describe_visit(metadata, &mut aside));
        *dice = aside;
    }
    if dice.percent(85) {
        let (count, from) = (dice.below(4), dice.below(words::TAGS.len() as u64));
        let skip = usize::try_from(from).unwrap_or_default();
        let take = usize::try_from(count).unwrap_or_default();
        row.texts("tags", words::TAGS.iter().cycle().skip(skip).take(take).copied());
    }
    if dice.percent(7) {
        row.raw("context", dice.one_of(&words::CONTEXTS));
    }
}

fn describe_visit(metadata: &mut Row<'_>, dice: &mut Dice) {
    metadata.text("source", dice.one_of(&words::SOURCES));
    if dice.percent(30) {
        metadata.joined("page_url", format_args!("https://example.com/{}", dice.one_of(&words::PAGES)));
    }
    if dice.percent(60) {
        metadata.text("device", dice.one_of(&words::DEVICES));
        metadata.text("browser", dice.one_of(&words::BROWSERS));
    }
    if dice.percent(8) {
        metadata.text("referrer", dice.one_of(&words::REFERRERS));
    }
    if dice.percent(15) {
        metadata.text("campaign", dice.one_of(&words::CAMPAIGNS));
    }
}

fn quality(row: &mut Row<'_>, status: &str, dice: &mut Dice) {
    let (ratings, rated) = words::opinion(status);
    let rating = dice.one_of(&ratings);
    if dice.percent(rated) {
        row.number("rating", rating);
        if dice.percent(35) {
            let said = words::FEEDBACK
                .get(usize::try_from(rating - 1).unwrap_or_default())
                .copied()
                .unwrap_or_default();
            row.text("feedback", dice.one_of(&said));
        }
    } else if dice.percent(20) {
        row.raw("rating", "null");
    }
    if dice.percent(80) {
        row.flag("resolved", status == "closed" && rating > 2);
    }
    if dice.percent(12) {
        row.flag("escalated", rating < 3);
    }
    if dice.percent(15) {
        row.text("sentiment", dice.one_of(&words::SENTIMENTS));
    }
}

fn business(row: &mut Row<'_>, dice: &mut Dice) {
    if dice.percent(12) {
        row.number("lead_score", dice.below(101));
    }
    if dice.percent(12) {
        let bought = dice.percent(30);
        row.flag("conversion", bought);
        if bought {
            row.decimal("revenue", dice.between(990, 250_000));
        }
    }
}
