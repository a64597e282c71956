//! Sessions to measure with: all of the same fields and types, so that every reader can take them,
//! compact as the service writes them, about 500 bytes each, the most recent first.

use std::fmt::Write as _;

/// The last activity of the first session; each further one is older.
const NEWEST: i64 = 1_768_226_400;

/// The session at this place of the list, written behind what is there.
pub fn write(place: usize, out: &mut String) {
    let n = u32::try_from(place).unwrap_or(u32::MAX);
    let seconds = n.wrapping_mul(7) % 5000;
    let active = NEWEST - i64::from(n) * 37;
    let (created, active) = (time(active - i64::from(seconds)), time(active));
    let status = ["active", "idle", "closed", "abandoned"][place % 4];
    let browser = ["Chrome", "Firefox", "Safari"][place % 3];
    let _ = write!(
        out,
        r#"{{"session_id":"session_{n:08x}","agent_id":"agent_123","widget_id":"widget_456","user_id":"user_{n}","status":"{status}","created_at":"{created}","updated_at":"{active}","last_message_at":"{active}","message_count":{count},"duration_seconds":{seconds},"user_info":{{"name":"User {n}","email":"user{n}@example.com"}},"metadata":{{"source":"website","page_url":"https://example.com/support","browser":"{browser}"}},"tags":["support","billing"],"rating":{rating},"response_time_avg":{average}.25,"resolved":{resolved}}}"#,
        count = n % 40,
        rating = n % 5 + 1,
        average = n % 9,
        resolved = n % 3 > 0,
    );
}

fn time(seconds: i64) -> jiff::Timestamp {
    jiff::Timestamp::from_second(seconds).unwrap_or_default()
}
