//! Sessions made from a seed and a rank alone: any one of a million is made when it is asked for,
//! and costs no memory before or after. It knows no HTTP and no churn.

mod clock;
mod fields;
mod page;
mod row;
mod words;

use crate::emulator::options::Order;
use crate::emulator::rng::{Rng, mix};
use fields::Frame;

/// One session of an agent: of the list as it began, or one that came later.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct SessionRef(u64);

/// Numbers from here on belong to sessions that came later; ranks stay far below.
const LATER: u64 = 1 << 40;
const FIELD_SALT: u64 = 0xf1e1d;

impl SessionRef {
    pub(super) fn base(rank: u64) -> Self {
        Self(rank)
    }

    pub(super) fn later(serial: u64) -> Self {
        Self(LATER | serial)
    }

    /// The rank in the list as it began.
    pub(super) fn rank(self) -> Option<u64> {
        (self.0 < LATER).then_some(self.0)
    }

    /// The position among those that came later.
    pub(super) fn serial(self) -> Option<usize> {
        self.0.checked_sub(LATER).and_then(|serial| usize::try_from(serial).ok())
    }
}

/// How one agent's sessions are made.
#[derive(Debug, Clone)]
pub(super) struct Recipe {
    seed: u64,
    agent_index: u64,
    /// Escaped for JSON.
    agent: String,
    /// How many of the page's own sessions come first.
    examples: u64,
    count: u64,
    order: Order,
    ties: f64,
    /// Just after the newest session; in seconds since 1970.
    newest: u64,
    /// The first rank whose key is null.
    nulls_from: u64,
}

/// What has happened to a session since it was made. Times in microseconds since 1970.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Events {
    /// When it came, if it was not there from the beginning.
    pub(super) born: Option<i64>,
    pub(super) touched: Option<i64>,
}

impl Recipe {
    pub(super) fn new(
        agent: &str,
        agent_index: usize,
        count: u64,
        options: &crate::emulator::EmulatorOptions,
    ) -> Self {
        // The examples have times of their own, which fit the default clock only.
        let shown = agent == page::AGENT && options.now.is_none();
        let examples = if shown { count.min(page::EXAMPLES.len() as u64) } else { 0 };
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "a share of a count that is far below 2^53"
        )]
        let nulls = ((count - examples) as f64 * options.null_keys).round() as u64;
        Self {
            seed: options.seed,
            agent_index: agent_index as u64,
            agent: escaped(agent),
            examples,
            count,
            order: options.order,
            ties: options.ties,
            newest: options.now.map_or(clock::NEWEST, |now| now.unsigned_abs() / 1_000_000),
            nulls_from: count - nulls,
        }
    }

    pub(super) fn count(&self) -> u64 {
        self.count
    }

    /// The sort key of a session of the beginning.
    pub(super) fn key(&self, rank: u64) -> Option<i64> {
        if let Some(example) = self.example(rank) {
            let seconds = if self.order == Order::Created { example.created } else { example.active };
            return Some(seconds * 1_000_000);
        }
        (rank < self.nulls_from).then(|| self.time(rank))
    }

    fn time(&self, rank: u64) -> i64 {
        let generated = rank - self.examples;
        let leader =
            if self.ties > 0.0 { clock::leader_of(self.seed, generated, self.ties) } else { generated };
        clock::time_of(self.seed, leader, self.newest)
    }

    fn example(&self, rank: u64) -> Option<page::Example> {
        let example = usize::try_from(rank).ok().and_then(|rank| page::EXAMPLES.get(rank)).copied();
        example.filter(|_| rank < self.examples)
    }

    fn number(&self, session: SessionRef) -> u64 {
        mix(mix(self.seed) ^ (self.agent_index << 48) ^ session.0)
    }

    pub(super) fn has_id(&self, session: SessionRef, id: &str) -> bool {
        if let Some(example) = session.rank().and_then(|rank| self.example(rank)) {
            example.id == id
        } else {
            let digits = id.strip_prefix("session_").filter(|digits| digits.len() == 16);
            digits.and_then(|digits| u64::from_str_radix(digits, 16).ok()) == Some(self.number(session))
        }
    }

    pub(super) fn id(&self, session: SessionRef) -> String {
        match session.rank().and_then(|rank| self.example(rank)) {
            Some(example) => example.id.to_owned(),
            None => format!("session_{:016x}", self.number(session)),
        }
    }

    /// Appends the session as JSON.
    pub(super) fn write(&self, session: SessionRef, events: Events, out: &mut Vec<u8>) {
        let example = session.rank().and_then(|rank| self.example(rank));
        match (example, events.touched) {
            (Some(example), None) => out.extend_from_slice(example.text.as_bytes()),
            (Some(example), Some(at)) => out.extend_from_slice(touch_text(example.text, at).as_bytes()),
            (None, _) => self.write_made(session, events, out),
        }
    }

    fn write_made(&self, session: SessionRef, events: Events, out: &mut Vec<u8>) {
        let id = self.number(session);
        let mut rng = Rng::new(&[id, FIELD_SALT]);
        let drawn = rng.between(20, 5400);
        let (created, active) = match (events.born, session.rank()) {
            (None, Some(rank)) => self.times(rank, micros(drawn)),
            (born, _) => (born, born),
        };
        let active = events.touched.or(active);
        // Some sessions are edited after their last message: rated, tagged or closed.
        let edited =
            if rng.percent(10) && session.rank().is_some() { micros(rng.between(60, 86_400)) } else { 0 };
        let updated = events.touched.or(active.or(created).map(|time| time + edited)).unwrap_or_default();
        let lasted = active.zip(created).map_or(0, |(end, start)| (end - start) / 1_000_000);
        let duration = u64::try_from(lasted).unwrap_or_default();
        let touched = events.touched.is_some() || events.born.is_some();
        let frame = Frame { id, agent: &self.agent, created, active, updated, touched, duration };
        fields::write(&frame, &mut rng, out);
    }

    /// When a session of the beginning was made and when its last message came.
    fn times(&self, rank: u64, duration: i64) -> (Option<i64>, Option<i64>) {
        let time = self.time(rank);
        match (self.order, rank < self.nulls_from) {
            (Order::Activity, true) => (Some(time - duration), Some(time)),
            (Order::Activity, false) => (Some(time), None),
            (Order::Created, true) => (Some(time), Some(time + duration)),
            (Order::Created, false) => (None, Some(time)),
        }
    }
}

fn micros(seconds: u64) -> i64 {
    i64::try_from(seconds).unwrap_or_default() * 1_000_000
}

/// The inside of a JSON string.
fn escaped(text: &str) -> String {
    let quoted = serde_json::Value::from(text).to_string();
    quoted.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or_default().to_owned()
}

/// A session that is kept as text, after one more message. Text that holds no object, or that
/// cannot be read by a strict parser, stays as it is.
pub(super) fn touch_text(text: &str, at: i64) -> String {
    let Ok(mut fields) = serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(text) else {
        return text.to_owned();
    };
    let time = jiff::Timestamp::from_microsecond(at).map(|time| time.to_string()).unwrap_or_default();
    fields.insert("status".to_owned(), "active".into());
    fields.insert("updated_at".to_owned(), time.clone().into());
    fields.insert("last_message_at".to_owned(), time.into());
    if let Some(count) = fields.get("message_count").and_then(serde_json::Value::as_u64) {
        fields.insert("message_count".to_owned(), (count + 1).into());
    }
    serde_json::Value::Object(fields).to_string()
}
