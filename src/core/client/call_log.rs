//! The lines that a call writes into the log. Whatever they quote is free of secrets already, and where nobody
//! listens they cost nothing.
//!
//! A line is a template and its values: whoever groups lines does so by the template, and whoever files them has
//! agent, offset, attempt, status, request id and elapsed time as values of their own.

use std::time::Duration;

use log::kv::Value;
use log::{Level, Record};

use crate::core::LOG;

/// The name under which a line's template is among its values.
pub const TEMPLATE: &str = "template";
/// The values that every line about a request has, some of them none.
pub const EXTRA: [&str; 6] = ["agent", "offset", "attempt", "status", "request_id", "elapsed"];

/// What every line about a request begins with, and what is known of its latest attempt.
#[derive(Clone, Copy)]
pub struct Line<'c> {
    pub method: &'c str,
    pub path: &'c str,
    pub agent: Option<&'c str>,
    pub offset: Option<i64>,
    pub attempt: u32,
    pub status: Option<u16>,
    pub request_id: Option<&'c str>,
    pub elapsed: Option<Duration>,
}

impl Line<'_> {
    /// One attempt and what came of it, which is only put into words where somebody listens.
    pub fn attempt(self, outcome: impl FnOnce() -> String) {
        if log::log_enabled!(target: LOG, Level::Debug) {
            let ms = format!("{:.1}", self.elapsed.unwrap_or_default().as_secs_f64() * 1e3);
            let (outcome, attempt) = (outcome(), self.attempt.to_string());
            let told = [("outcome", &*outcome), ("ms", &ms), ("attempts", &attempt)];
            self.tell(Level::Debug, " -> %(outcome)s in %(ms)s ms (attempt %(attempts)s)", &told);
        }
    }

    pub fn retry(self, reason: &str, retry: u32, most: u32, after: Duration) {
        let wait = format!("{:.2}", after.as_secs_f64());
        let (retry, most) = (retry.to_string(), most.to_string());
        let told = [("reason", reason), ("retry", &retry), ("most", &most), ("wait", &wait)];
        self.tell(Level::Warn, ": %(reason)s; retry %(retry)s of %(most)s in %(wait)s s", &told);
    }

    pub fn again_at_once(self) {
        self.tell(Level::Debug, ": the connection was stale; sending again at once", &[]);
    }

    pub fn renewal(self) {
        self.tell(Level::Warn, ": the access token was refused (401); getting another", &[]);
    }

    pub fn not_retried(self, why: &str) {
        self.tell(Level::Warn, ": %(reason)s", &[("reason", why)]);
    }

    /// The service sent a `total_count` that cannot be one.
    pub fn strange_count(self, note: &str) {
        self.tell(Level::Warn, ": %(reason)s", &[("reason", note)]);
    }

    fn tell(self, level: Level, words: &str, told: &[(&str, &str)]) {
        if !log::log_enabled!(target: LOG, level) {
            return;
        }
        let offset = self.offset.map(|offset| offset.to_string());
        let begin =
            if offset.is_some() { "%(method)s %(path)s offset=%(at)s" } else { "%(method)s %(path)s" };
        let template = format!("{begin}{words}");
        let mut texts = vec![("method", self.method), ("path", self.path)];
        texts.extend(offset.iter().map(|offset| ("at", offset.as_str())));
        texts.extend_from_slice(told);
        let text = filled(&template, &texts);
        let mut values: Vec<(&str, Value<'_>)> = vec![(TEMPLATE, template.as_str().into())];
        values.extend(texts.iter().map(|(name, text)| (*name, Value::from(*text))));
        values.extend(self.extra());
        let values = values.as_slice();
        let arguments = format_args!("{text}");
        let record = Record::builder()
            .args(arguments)
            .level(level)
            .target(LOG)
            .file_static(Some(file!()))
            .line(Some(line!()))
            .key_values(&values)
            .build();
        log::logger().log(&record);
    }

    fn extra(&self) -> [(&str, Value<'_>); 6] {
        let none = Value::null();
        let [agent, offset, attempt, status, request_id, elapsed] = EXTRA;
        [
            (agent, self.agent.map_or_else(|| none.clone(), Value::from)),
            (offset, self.offset.map_or_else(|| none.clone(), Value::from)),
            (attempt, Value::from(self.attempt)),
            (status, self.status.map_or_else(|| none.clone(), Value::from)),
            (request_id, self.request_id.map_or_else(|| none.clone(), Value::from)),
            (elapsed, self.elapsed.map_or_else(|| none.clone(), |elapsed| elapsed.as_secs_f64().into())),
        ]
    }
}

/// A template with its values in their places. A value is never taken for a place.
fn filled(template: &str, values: &[(&str, &str)]) -> String {
    let mut parts = template.split("%(");
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (name, rest) = part.split_once(")s").unwrap_or((part, ""));
        let value = values.iter().find(|(known, _)| *known == name).map_or("", |(_, value)| *value);
        text.push_str(value);
        text.push_str(rest);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::filled;

    #[test]
    fn a_value_is_no_template() {
        assert_eq!(filled("%(a)s, %(b)s.", &[("a", "%(b)s"), ("b", "100%")]), "%(b)s, 100%.");
        assert_eq!(filled("nothing %(c)s", &[]), "nothing ");
    }
}
