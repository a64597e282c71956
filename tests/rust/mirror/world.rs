//! A list that is moved by hand, with all that was ever true of it, and what a mirror says of the same.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use blocks_sessions::emulator::{Emulator, EmulatorOptions, Sessions};
use fastrand::Rng;
use rusqlite::Connection;
use serde_json::{Map, Value, json};

use super::AGENT;

/// What each session said, from which move on; `None`: it is gone.
type Versions = Vec<(usize, Option<Value>)>;

/// The list, and its past.
pub struct World {
    pub server: Emulator,
    /// How many moves there were.
    pub moves: usize,
    versions: HashMap<String, Versions>,
    live: Vec<String>,
    rng: Rng,
}

fn moment(micros: i64) -> String {
    jiff::Timestamp::from_microsecond(micros).unwrap().to_string()
}

impl World {
    pub fn new(sessions: usize, seed: u64) -> Self {
        let now = jiff::Timestamp::now().as_microsecond();
        let session = |rank: usize| {
            let key = moment(now - 3_600_000_000 - i64::try_from(rank).unwrap() * 7_000_000);
            let (created, id) = (moment(now - 90_000_000_000), format!("s{rank}"));
            json!({"session_id": id, "created_at": created, "last_message_at": key, "message_count": 1})
        };
        let made: Vec<Value> = (0..sessions).map(session).collect();
        let given = made.iter().map(Value::to_string).collect();
        let agents = vec![(AGENT.to_owned(), Sessions::Given(given))];
        let server = Emulator::start(EmulatorOptions { agents, ..Default::default() }).unwrap();
        let mut world =
            Self { server, moves: 0, versions: HashMap::new(), live: Vec::new(), rng: Rng::with_seed(seed) };
        for session in made {
            let id = session["session_id"].as_str().unwrap().to_owned();
            world.versions.insert(id.clone(), vec![(0, Some(session))]);
            world.live.push(id);
        }
        world
    }

    /// One session is new, has a new message, is edited in place, or goes. It is noted before it happens: what is
    /// read meanwhile may be either.
    pub fn change(&mut self) {
        self.moves += 1;
        let now = moment(self.server.now());
        let dice = self.rng.u32(..100);
        if dice < 20 || self.live.is_empty() {
            let id = format!("n{}", self.moves);
            let session =
                json!({"session_id": id, "created_at": now, "last_message_at": now, "message_count": 0});
            self.note(&id, Some(session.clone()));
            self.live.push(id);
            self.server.add(AGENT, session.to_string()).unwrap();
            return;
        }
        let at = self.rng.usize(..self.live.len());
        if dice < 35 {
            let id = self.live.swap_remove(at);
            self.note(&id, None);
            return self.server.delete(AGENT, &id).unwrap();
        }
        let id = self.live[at].clone();
        let fields = if dice < 80 {
            json!({"last_message_at": now, "message_count": self.moves})
        } else {
            json!({"feedback": format!("edited {}", self.moves)})
        };
        let fields: Map<String, Value> = fields.as_object().unwrap().clone();
        let mut session = self.now(&id).unwrap().clone();
        session.as_object_mut().unwrap().extend(fields.clone());
        self.note(&id, Some(session));
        self.server.update(AGENT, &id, fields).unwrap();
    }

    fn note(&mut self, id: &str, version: Option<Value>) {
        self.versions.entry(id.to_owned()).or_default().push((self.moves, version));
    }

    fn now(&self, id: &str) -> Option<&Value> {
        self.versions[id].last()?.1.as_ref()
    }

    /// What a session said at a move.
    pub fn at(&self, id: &str, moved: usize) -> Option<&Value> {
        let versions = self.versions.get(id)?;
        versions.iter().rev().find(|(since, _)| *since <= moved)?.1.as_ref()
    }

    /// Whether a session said this at some time between two moves.
    pub fn said(&self, id: &str, text: &Value, from: usize, to: usize) -> bool {
        let Some(versions) = self.versions.get(id) else { return false };
        let until = |at: usize| versions.get(at + 1).map_or(usize::MAX, |(next, _)| *next);
        let mut all = versions.iter().enumerate();
        all.any(|(at, (since, version))| *since <= to && until(at) > from && version.as_ref() == Some(text))
    }

    /// Sessions that were there all the time.
    pub fn throughout(&self, from: usize, to: usize) -> Vec<&str> {
        let there = |(id, versions): (&String, &Versions)| {
            let gone =
                versions.iter().any(|(since, version)| (from..=to).contains(since) && version.is_none());
            self.at(id, from).is_some() && !gone
        };
        self.versions.iter().filter(|entry| there(*entry)).map(|(id, _)| id.as_str()).collect()
    }

    /// The list as it is.
    pub fn live(&self) -> BTreeMap<String, Value> {
        self.live.iter().map(|id| (id.clone(), self.now(id).unwrap().clone())).collect()
    }
}

/// What a mirror's file says.
pub struct Copy(Connection);

impl Copy {
    pub fn of(path: &Path) -> Self {
        Self(Connection::open(path).unwrap())
    }

    fn texts(&self, sql: &str) -> Vec<(String, Value)> {
        let mut statement = self.0.prepare(sql).unwrap();
        let row = |row: &rusqlite::Row<'_>| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?));
        let found = statement.query_map([], row).unwrap().map(Result::unwrap);
        found.map(|(id, raw)| (id, super::json(&raw))).collect()
    }

    pub fn live(&self) -> BTreeMap<String, Value> {
        self.texts("select session_id, raw from live").into_iter().collect()
    }

    /// What the changes come to, from the first on.
    pub fn folded(&self) -> BTreeMap<String, Value> {
        let mut sessions = BTreeMap::new();
        for (id, after) in self.texts("select session_id, coalesce(after, 'null') from changes order by seq")
        {
            if after.is_null() { drop(sessions.remove(&id)) } else { drop(sessions.insert(id, after)) }
        }
        sessions
    }

    /// What vanished last.
    pub fn gone(&self) -> Vec<String> {
        let vanished = "select session_id, raw from sessions where vanished_at is not null";
        self.texts(vanished).into_iter().map(|(id, _)| id).collect()
    }

    pub fn number(&self, sql: &str) -> i64 {
        self.0.query_row(sql, [], |row| row.get(0)).unwrap()
    }

    pub fn vanished(&self) -> i64 {
        self.number("select count(*) from sessions where vanished_at is not null")
    }

    /// What the next run will know.
    pub fn state(&self) -> Value {
        let text: Option<String> = self
            .0
            .query_row("select max(value) from meta where key = 'state'", [], |row| row.get(0))
            .unwrap();
        text.map_or(Value::Null, |text| super::json(&text))
    }

    pub fn is_sound(&self) -> bool {
        self.0.query_row("pragma integrity_check", [], |row| row.get::<_, String>(0)).unwrap() == "ok"
    }
}
