//! What each session of one agent says, and the key by which it is sorted: as it was made or given, and as it
//! was changed since. Memory grows with the changes alone. It knows no order and no position.

use std::collections::HashMap;

use serde_json::{Map, Value};

use crate::emulator::generate::{Events, Recipe, SessionRef, touch_text};
use crate::emulator::options::Order;
use crate::emulator::rng::Rng;

/// What the list began with.
pub(in crate::emulator) enum Base {
    Made(Recipe),
    Given(Vec<Given>),
}

/// A session that is kept as text.
pub(in crate::emulator) struct Given {
    text: String,
    id: Option<String>,
    /// `None` where the field of the sort key is absent, null, or no time.
    key: Option<i64>,
}

impl Given {
    /// # Errors
    /// Why the text is no JSON object.
    pub(in crate::emulator) fn read(text: String, order: Order) -> Result<Self, String> {
        /// The rest is only checked to be JSON.
        #[derive(serde::Deserialize)]
        struct Read {
            #[serde(default)]
            session_id: Value,
            #[serde(default)]
            last_message_at: Value,
            #[serde(default)]
            created_at: Value,
        }
        if !text.trim_start().starts_with('{') {
            return Err("it does not begin with a brace".to_owned());
        }
        let read: Read = serde_json::from_str(&text).map_err(|error| error.to_string())?;
        let key = match order {
            Order::Activity => read.last_message_at,
            Order::Created => read.created_at,
        };
        Ok(Self { text, id: read.session_id.as_str().map(str::to_owned), key: key.as_str().and_then(micros) })
    }

    pub(super) fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }
}

/// A time in the ISO 8601 of the service's page, UTC if it names no zone, in microseconds since 1970.
fn micros(text: &str) -> Option<i64> {
    let zoned = text.parse::<jiff::Timestamp>().ok();
    let local = || {
        let civil = text.parse::<jiff::civil::DateTime>().ok()?;
        jiff::tz::Offset::UTC.to_timestamp(civil).ok()
    };
    zoned.or_else(local).map(jiff::Timestamp::as_microsecond)
}

pub(in crate::emulator) struct Contents {
    base: Base,
    /// Makes the newcomers, also where the base is the user's own.
    recipe: Recipe,
    order: Order,
    /// When each newcomer came.
    births: Vec<i64>,
    /// Sessions that were added or changed, and so are kept as text.
    texts: HashMap<SessionRef, Given>,
    touches: HashMap<SessionRef, i64>,
}

impl Contents {
    pub(super) fn new(base: Base, recipe: Recipe, order: Order) -> Self {
        Self { base, recipe, order, births: Vec::new(), texts: HashMap::new(), touches: HashMap::new() }
    }

    pub(super) fn order(&self) -> Order {
        self.order
    }

    /// How many sessions there were in the beginning.
    pub(super) fn base_count(&self) -> u64 {
        match &self.base {
            Base::Made(recipe) => recipe.count(),
            Base::Given(sessions) => sessions.len() as u64,
        }
    }

    /// The key of the first session of the beginning, where it is known to be the highest.
    pub(super) fn top(&self) -> Option<i64> {
        match &self.base {
            Base::Made(recipe) if recipe.count() > 0 => recipe.key(0),
            _ => None,
        }
    }

    /// The first rank whose key was, in the beginning, lower than this one. Ranks with a new key have left
    /// their places.
    pub(super) fn first_below(&self, key: Option<i64>) -> u64 {
        let recipe = match &self.base {
            Base::Made(recipe) => recipe,
            Base::Given(sessions) => {
                let lower = sessions.iter().position(|given| given.key < key);
                return lower.unwrap_or(sessions.len()) as u64;
            }
        };
        let (mut low, mut high) = (0, recipe.count());
        while low < high {
            let middle = u64::midpoint(low, high);
            if recipe.key(middle) < key { high = middle } else { low = middle + 1 }
        }
        low
    }

    pub(super) fn key(&self, session: SessionRef) -> Option<i64> {
        if self.order == Order::Activity
            && let Some(at) = self.touches.get(&session)
        {
            return Some(*at);
        }
        match (self.given(session), session.rank(), session.serial()) {
            (Some(given), ..) => given.key,
            (None, Some(rank), _) => self.recipe.key(rank),
            (None, None, serial) => self.births.get(serial?).copied(),
        }
    }

    pub(super) fn id(&self, session: SessionRef) -> Option<String> {
        match self.given(session) {
            Some(given) => given.id.clone(),
            None => Some(self.recipe.id(session)),
        }
    }

    pub(super) fn has_id(&self, session: SessionRef, id: &str) -> bool {
        match self.given(session) {
            Some(given) => given.id.as_deref() == Some(id),
            None => self.recipe.has_id(session, id),
        }
    }

    /// The text of a session that is kept as one.
    fn given(&self, session: SessionRef) -> Option<&Given> {
        let changed = self.texts.get(&session);
        changed.or_else(|| match (&self.base, session.rank()) {
            (Base::Given(sessions), Some(rank)) => sessions.get(usize::try_from(rank).ok()?),
            _ => None,
        })
    }

    /// Appends the session as JSON.
    pub(super) fn write(&self, session: SessionRef, out: &mut Vec<u8>) {
        let touched = self.touches.get(&session).copied();
        match (self.given(session), touched) {
            (Some(given), Some(at)) => out.extend_from_slice(touch_text(&given.text, at).as_bytes()),
            (Some(given), None) => out.extend_from_slice(given.text.as_bytes()),
            (None, touched) => {
                let born = session.serial().and_then(|serial| self.births.get(serial)).copied();
                self.recipe.write(session, Events { born, touched }, out);
            }
        }
    }

    /// A new session, made from the seed.
    pub(super) fn make(&mut self, at: i64) -> SessionRef {
        let session = SessionRef::later(self.births.len() as u64);
        self.births.push(at);
        session
    }

    /// A new session of the user's own.
    pub(super) fn add(&mut self, given: Given) -> SessionRef {
        let session = self.make(given.key.unwrap_or_default());
        self.texts.insert(session, given);
        session
    }

    pub(super) fn touch(&mut self, session: SessionRef, at: i64) {
        self.touches.insert(session, at);
    }

    /// Changes some of a session's fields; whether its sort key is another one now.
    ///
    /// # Errors
    /// The session is kept as a text that a strict reader cannot read.
    pub(super) fn update(
        &mut self,
        session: SessionRef,
        change: impl FnOnce(&mut Map<String, Value>),
    ) -> Result<bool, String> {
        let before = self.key(session);
        let mut text = Vec::new();
        self.write(session, &mut text);
        let mut fields = serde_json::from_slice(&text).map_err(|error| error.to_string())?;
        change(&mut fields);
        let given = Given::read(Value::Object(fields).to_string(), self.order)?;
        // What a touch added is in the text now.
        self.touches.remove(&session);
        self.texts.insert(session, given);
        Ok(self.key(session) != before)
    }
}

/// Sets one field that says nothing of when: what a person does in a back office, with no new message.
pub(super) fn edit(fields: &mut Map<String, Value>, rng: &mut Rng) {
    let (name, value) = match rng.below(3) {
        0 => {
            let before = fields.get("rating").and_then(Value::as_u64).unwrap_or_default();
            ("rating", Value::from(before % 5 + 1))
        }
        1 => ("resolved", Value::from(fields.get("resolved") != Some(&Value::Bool(true)))),
        _ => {
            let closed = fields.get("status").and_then(Value::as_str) == Some("closed");
            ("status", Value::from(if closed { "abandoned" } else { "closed" }))
        }
    };
    fields.insert(name.to_owned(), value);
}
