//! All agents and their lists, the pages cut from them, and the changes between two requests.
//! It knows no HTTP.

pub(super) mod change;
pub(super) mod history;
pub(super) mod list;

use std::collections::HashMap;
use std::io::Write as _;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use bytes::Bytes;

use self::change::ChangeKind;
use self::history::History;
use self::list::{Base, Given, SessionList};
use crate::emulator::generate::Recipe;
use crate::emulator::options::{Churn, EmulatorOptions, OffsetUnit, Sessions, TotalCount};
use crate::emulator::rng::Rng;

/// Rendered pages are kept up to this many bytes: enough for 100,000 sessions.
const CACHE_BYTES: usize = 64 << 20;
const CHURN_SALT: u64 = 0xc4a2;

pub(in crate::emulator) struct Store {
    agents: HashMap<String, Mutex<Agent>>,
    seed: u64,
    churn: Churn,
    ties: f64,
    page_limit: u64,
    offset_unit: OffsetUnit,
    total_count: TotalCount,
}

struct Agent {
    list: SessionList,
    pages: PageCache,
}

#[derive(Default)]
struct PageCache {
    pages: HashMap<(u64, u64), Bytes>,
    bytes: usize,
}

impl Store {
    /// # Errors
    /// One sentence, where a session of the user's own is no JSON object.
    pub(in crate::emulator) fn new(options: &EmulatorOptions) -> Result<Self, String> {
        let mut agents = HashMap::new();
        for (index, (name, sessions)) in options.agents.iter().enumerate() {
            let (base, recipe) = base_of(name, index, sessions, options)?;
            let list = SessionList::new(base, recipe, options.order);
            if agents.insert(name.clone(), Mutex::new(Agent { list, pages: PageCache::default() })).is_some()
            {
                return Err(format!("agents: {name:?} is there twice."));
            }
        }
        Ok(Self {
            agents,
            seed: options.seed,
            churn: options.churn,
            ties: options.ties,
            page_limit: u64::from(options.page_limit),
            offset_unit: options.offset_unit,
            total_count: options.total_count,
        })
    }

    fn agent(&self, name: &str) -> Option<MutexGuard<'_, Agent>> {
        // A list is whole between any two statements, so a panic elsewhere spoils nothing.
        self.agents.get(name).map(|agent| agent.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(in crate::emulator) fn knows(&self, agent: &str) -> bool {
        self.agents.contains_key(agent)
    }

    /// The answer to a valid request, cut in one piece; then the list moves on.
    pub(in crate::emulator) fn page(
        &self,
        agent: &str,
        limit: u64,
        offset: u64,
        request: u64,
    ) -> Option<Bytes> {
        let mut agent = self.agent(agent)?;
        let count = limit.min(self.page_limit);
        let from = match self.offset_unit {
            OffsetUnit::Sessions => offset,
            OffsetUnit::Pages => offset.saturating_mul(count),
        };
        if self.churn.is_quiet() {
            return Some(agent.kept_page(from, count, self.total_count));
        }
        let page = render(&agent.list, from, count, self.total_count);
        self.move_on(&mut agent.list, request);
        Some(page)
    }

    fn move_on(&self, list: &mut SessionList, request: u64) {
        let mut rng = Rng::new(&[self.seed, CHURN_SALT, request]);
        let mut changes = Vec::new();
        for (kind, rate) in [
            (ChangeKind::Inserted, self.churn.inserts),
            (ChangeKind::Touched, self.churn.touches),
            (ChangeKind::Deleted, self.churn.deletes),
        ] {
            changes.extend((0..rng.times(rate)).map(|_| (rng.next(), kind)));
        }
        changes.sort_unstable_by_key(|(order, _)| *order);
        for (_, kind) in changes {
            let position = rng.below(list.len());
            let at = list.tick(now_micros(), rng.chance(self.ties));
            match kind {
                ChangeKind::Inserted => list.insert(at, request),
                ChangeKind::Touched => list.touch(position, at, request),
                ChangeKind::Deleted => list.delete(position, request),
            }
        }
    }

    /// The sessions of an agent as they are now: a JSON array.
    pub(in crate::emulator) fn sessions(&self, agent: &str, from: u64, count: u64) -> Option<String> {
        let agent = self.agent(agent)?;
        let mut out = vec![b'['];
        agent.list.write(from, count, &mut out);
        out.push(b']');
        String::from_utf8(out).ok()
    }

    pub(in crate::emulator) fn len(&self, agent: &str) -> Option<u64> {
        self.agent(agent).map(|agent| agent.list.len())
    }

    pub(in crate::emulator) fn history(&self, agent: &str) -> Option<History> {
        self.agent(agent).map(|agent| History::of(&agent.list))
    }

    pub(in crate::emulator) fn forget_history(&self) {
        for agent in self.agents.values() {
            agent.lock().unwrap_or_else(PoisonError::into_inner).list.forget_changes();
        }
    }
}

impl Agent {
    /// A page of a list that does not move: made once.
    fn kept_page(&mut self, from: u64, count: u64, total: TotalCount) -> Bytes {
        if let Some(page) = self.pages.pages.get(&(from, count)) {
            return page.clone();
        }
        let page = render(&self.list, from, count, total);
        if self.pages.bytes + page.len() <= CACHE_BYTES {
            self.pages.bytes += page.len();
            self.pages.pages.insert((from, count), page.clone());
        }
        page
    }
}

fn render(list: &SessionList, from: u64, count: u64, total: TotalCount) -> Bytes {
    let mut out = Vec::with_capacity(512 * usize::try_from(count).unwrap_or_default() + 64);
    out.extend_from_slice(br#"{"sessions":["#);
    let written = list.write(from, count, &mut out);
    // Writing to a vector cannot fail.
    let _ = match total {
        TotalCount::Exact => write!(out, r#"],"total_count":{}}}"#, list.len()),
        TotalCount::Null => write!(out, r#"],"total_count":null}}"#),
        TotalCount::Page => write!(out, r#"],"total_count":{written}}}"#),
    };
    Bytes::from(out)
}

fn base_of(
    name: &str,
    index: usize,
    sessions: &Sessions,
    options: &EmulatorOptions,
) -> Result<(Base, Recipe), String> {
    match sessions {
        Sessions::Count(count) => {
            let recipe = Recipe::new(name, index, *count, options);
            Ok((Base::Made(recipe.clone()), recipe))
        }
        Sessions::Given(texts) => {
            let given: Result<Vec<Given>, String> = texts.iter().enumerate().map(given_of).collect();
            Ok((Base::Given(given?), Recipe::new(name, index, 0, options)))
        }
    }
}

fn given_of((index, text): (usize, &String)) -> Result<Given, String> {
    /// The rest is only checked to be JSON.
    #[derive(serde::Deserialize)]
    struct Named {
        #[serde(default)]
        session_id: serde_json::Value,
    }
    let wrong = |cause: &str| format!("sessions: the one at index {index} is no JSON object: {cause}.");
    if !text.trim_start().starts_with('{') {
        return Err(wrong("it does not begin with a brace"));
    }
    let named: Named = serde_json::from_str(text).map_err(|error| wrong(&error.to_string()))?;
    Ok(Given { text: text.clone(), id: named.session_id.as_str().map(str::to_owned) })
}

fn now_micros() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_micros()).unwrap_or(i64::MAX)
}
