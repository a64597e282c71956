//! What stays of a place, a browser and a time where little may: a country, a family, a day.

use super::countries::is_country;
use crate::core::mask::kind::Kind;
use crate::core::model::time::parse_timestamp;

const MICROS_PER_DAY: i64 = 86_400_000_000;
const SECONDS_PER_DAY: i64 = 86_400;

/// The families of what sends requests, the more special before those whose names it bears too.
const FAMILIES: [(&str, &str); 34] = [
    ("edg/", "Edge"),
    ("edge/", "Edge"),
    ("edga/", "Edge"),
    ("edgios/", "Edge"),
    ("opr/", "Opera"),
    ("opera", "Opera"),
    ("samsungbrowser", "Samsung Internet"),
    ("yabrowser", "Yandex"),
    ("vivaldi", "Vivaldi"),
    ("duckduckgo", "DuckDuckGo"),
    ("brave", "Brave"),
    ("ucbrowser", "UC Browser"),
    ("googlebot", "Googlebot"),
    ("bingbot", "Bingbot"),
    ("headlesschrome", "Headless Chrome"),
    ("fxios", "Firefox"),
    ("firefox", "Firefox"),
    ("crios", "Chrome"),
    ("chromium", "Chromium"),
    ("electron", "Electron"),
    ("chrome", "Chrome"),
    ("mobile safari", "Mobile Safari"),
    ("android", "Android"),
    ("safari", "Safari"),
    ("trident", "Internet Explorer"),
    ("msie", "Internet Explorer"),
    ("curl", "curl"),
    ("wget", "Wget"),
    ("postman", "Postman"),
    ("python", "Python"),
    ("okhttp", "okhttp"),
    ("java", "Java"),
    ("dart", "Dart"),
    ("cfnetwork", "CFNetwork"),
];

/// Writes what stays; nothing, and `false`, where nothing can.
pub(super) fn write(field: &str, text: &str, out: &mut String) -> bool {
    if let Some(day) = day(text) {
        out.push_str(&day);
        return true;
    }
    if field.contains("agent") || field.contains("browser") {
        out.push_str(family(text));
        return true;
    }
    if let Some(country) = country(text) {
        out.push_str(country);
        return true;
    }
    false
}

/// The kind whose placeholder stands where nothing stays.
pub(super) fn kind(field: &str, own: Kind) -> Kind {
    let place = ["location", "city", "address", "region", "country", "place", "street"];
    if own == Kind::Value && place.iter().any(|word| field.contains(word)) { Kind::Location } else { own }
}

/// The country that ends `Zürich, CH`, or that the text is.
fn country(text: &str) -> Option<&str> {
    let last = text.rsplit([',', ';', '/', '|', '\n']).next().unwrap_or(text).trim();
    let last = last.trim_matches(['(', ')', '.', ' ']);
    is_country(last).then_some(last)
}

/// The day of a timestamp, in UTC; a date is one already.
fn day(text: &str) -> Option<String> {
    let micros = parse_timestamp(text)?.micros;
    let seconds = micros.div_euclid(MICROS_PER_DAY) * SECONDS_PER_DAY;
    let moment = jiff::Timestamp::from_second(seconds).ok()?;
    Some(jiff::tz::Offset::UTC.to_datetime(moment).date().to_string())
}

/// Seconds or milliseconds since 1970 at the beginning of their day.
pub(in crate::core::mask) fn day_of_number(digits: &str) -> Option<i64> {
    let number: i64 = digits.parse().ok()?;
    let per_day = match number {
        100_000_000..10_000_000_000 => SECONDS_PER_DAY,
        100_000_000_000..10_000_000_000_000 => SECONDS_PER_DAY * 1_000,
        _ => return None,
    };
    Some(number - number.rem_euclid(per_day))
}

fn family(agent: &str) -> &'static str {
    let agent = agent.to_ascii_lowercase();
    FAMILIES.iter().find(|(sign, _)| agent.contains(sign)).map_or("Other", |(_, family)| family)
}
