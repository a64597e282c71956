//! All agents and their lists, the pages cut from them, and the changes between two requests.
//! It knows no HTTP.

pub(super) mod change;
mod churn;
mod contents;
pub(super) mod history;
mod list;

use std::collections::HashMap;
use std::io::Write as _;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use serde_json::{Map, Value};

use self::change::ChangeKind;
use self::churn::Owed;
use self::contents::{Base, Contents, Given};
use self::history::History;
use self::list::SessionList;
use crate::emulator::clock::Clock;
use crate::emulator::generate::Recipe;
use crate::emulator::options::{Churn, EmulatorOptions, OffsetUnit, Order, Sessions, TotalCount};
use crate::emulator::rng::Rng;

/// Rendered pages are kept up to this many bytes: enough for 100,000 sessions.
const CACHE_BYTES: usize = 64 << 20;
const CHURN_SALT: u64 = 0xc4a2;

pub(in crate::emulator) struct Store {
    agents: HashMap<String, Mutex<Agent>>,
    clock: Arc<Clock>,
    seed: u64,
    churn: Mutex<Churn>,
    ties: f64,
    page_limit: u64,
    offset_unit: OffsetUnit,
    total_count: TotalCount,
}

struct Agent {
    list: SessionList,
    pages: PageCache,
    owed: Owed,
}

#[derive(Default)]
struct PageCache {
    pages: HashMap<(u64, u64), Bytes>,
    bytes: usize,
}

/// Why a change by hand was not made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChangeRefused {
    NoAgent,
    NoSession,
    /// What is wrong with the session, in words.
    Invalid(String),
}

impl Store {
    /// # Errors
    /// One sentence, where a session of the user's own is no JSON object.
    pub(in crate::emulator) fn new(options: &EmulatorOptions, clock: Arc<Clock>) -> Result<Self, String> {
        let mut agents = HashMap::new();
        for (index, (name, sessions)) in options.agents.iter().enumerate() {
            let list = SessionList::new(contents(name, index, sessions, options)?);
            let agent = Agent { list, pages: PageCache::default(), owed: Owed::default() };
            if agents.insert(name.clone(), Mutex::new(agent)).is_some() {
                return Err(format!("agents: {name:?} is there twice."));
            }
        }
        let store = Self {
            agents,
            clock,
            seed: options.seed,
            churn: Mutex::new(Churn::default()),
            ties: options.ties,
            page_limit: u64::from(options.page_limit),
            offset_unit: options.offset_unit,
            total_count: options.total_count,
        };
        store.set_churn(options.churn);
        Ok(store)
    }

    fn agent(&self, name: &str) -> Option<MutexGuard<'_, Agent>> {
        self.agents.get(name).map(lock)
    }

    fn churn(&self) -> Churn {
        *lock(&self.churn)
    }

    /// From now on the lists move like this.
    pub(in crate::emulator) fn set_churn(&self, churn: Churn) {
        *lock(&self.churn) = churn;
        let now = self.clock.now();
        for agent in self.agents.values() {
            let mut agent = lock(agent);
            agent.owed.settle(now);
            // Pages are kept while nothing moves; those from before it did are not the list's any more.
            agent.pages = PageCache::default();
        }
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
        let churn = self.churn();
        let mut agent = self.caught_up(agent, request)?;
        let count = limit.min(self.page_limit);
        let from = match self.offset_unit {
            OffsetUnit::Sessions => offset,
            OffsetUnit::Pages => offset.saturating_mul(count),
        };
        if churn.is_quiet() {
            return Some(agent.kept_page(from, count, self.total_count));
        }
        let page = render(&agent.list, from, count, self.total_count);
        if !churn.per_second {
            let mut rng = Rng::new(&[self.seed, CHURN_SALT, request]);
            for kind in churn::after_request(churn, &mut rng) {
                let now = self.clock.now();
                self.change(&mut agent.list, kind, now, request, &mut rng);
            }
        }
        Some(page)
    }

    /// An agent whose list has moved on to this moment.
    fn caught_up(&self, agent: &str, request: u64) -> Option<MutexGuard<'_, Agent>> {
        let churn = self.churn();
        let mut agent = self.agent(agent)?;
        if churn.per_second && !churn.is_quiet() {
            let now = self.clock.now();
            let mut rng = Rng::new(&[self.seed, CHURN_SALT, now.unsigned_abs()]);
            let (changes, from, to) = agent.owed.take(churn, now, &mut rng);
            let step = (to - from) / i64::try_from(changes.len()).unwrap_or(i64::MAX).max(1);
            let mut at = from;
            // Those before this request happened after the one before it.
            let after = request.saturating_sub(1);
            for kind in changes {
                at += step;
                self.change(&mut agent.list, kind, at, after, &mut rng);
            }
        }
        Some(agent)
    }

    fn change(&self, list: &mut SessionList, kind: ChangeKind, now: i64, request: u64, rng: &mut Rng) {
        let position = rng.below(list.len());
        let tie = rng.chance(self.ties);
        match kind {
            ChangeKind::Inserted => {
                let at = list.tick(now, tie);
                list.insert(at, request);
            }
            ChangeKind::Touched => {
                let at = list.tick(now, tie);
                list.touch(position, at, request);
            }
            ChangeKind::Edited => list.edit(position, rng, request),
            ChangeKind::Deleted => list.delete(position, request),
        }
    }

    /// Adds a session, given as JSON, where its sort key belongs.
    pub(in crate::emulator) fn add(
        &self,
        agent: &str,
        session: String,
        request: u64,
    ) -> Result<(), ChangeRefused> {
        self.by_hand(agent, request, |list| {
            let given = Given::read(session, list.order()).map_err(ChangeRefused::Invalid)?;
            if let Some(id) = given.id()
                && list.find(id).is_some()
            {
                let known = format!("there is a session {id:?} already; change it with update()");
                return Err(ChangeRefused::Invalid(known));
            }
            list.add(given, request);
            Ok(())
        })
    }

    /// Changes fields of a session, which moves if its sort key does.
    pub(in crate::emulator) fn update(
        &self,
        agent: &str,
        id: &str,
        fields: Map<String, Value>,
        request: u64,
    ) -> Result<(), ChangeRefused> {
        self.by_hand(agent, request, |list| {
            let position = list.find(id).ok_or(ChangeRefused::NoSession)?;
            list.update(position, fields, request).map_err(ChangeRefused::Invalid)
        })
    }

    pub(in crate::emulator) fn delete(
        &self,
        agent: &str,
        id: &str,
        request: u64,
    ) -> Result<(), ChangeRefused> {
        self.by_hand(agent, request, |list| {
            let position = list.find(id).ok_or(ChangeRefused::NoSession)?;
            list.delete(position, request);
            Ok(())
        })
    }

    fn by_hand(
        &self,
        agent: &str,
        request: u64,
        change: impl FnOnce(&mut SessionList) -> Result<(), ChangeRefused>,
    ) -> Result<(), ChangeRefused> {
        let mut agent = self.caught_up(agent, request).ok_or(ChangeRefused::NoAgent)?;
        agent.pages = PageCache::default();
        change(&mut agent.list)
    }

    /// The sessions of an agent as they are now: a JSON array.
    pub(in crate::emulator) fn sessions(
        &self,
        agent: &str,
        from: u64,
        count: u64,
        request: u64,
    ) -> Option<String> {
        let agent = self.caught_up(agent, request)?;
        let mut out = vec![b'['];
        agent.list.write(from, count, &mut out);
        out.push(b']');
        String::from_utf8(out).ok()
    }

    pub(in crate::emulator) fn len(&self, agent: &str, request: u64) -> Option<u64> {
        self.caught_up(agent, request).map(|agent| agent.list.len())
    }

    pub(in crate::emulator) fn history(&self, agent: &str, request: u64) -> Option<History> {
        self.caught_up(agent, request).map(|agent| History::of(&agent.list))
    }

    pub(in crate::emulator) fn forget_history(&self) {
        self.agents.values().for_each(|agent| lock(agent).list.forget_changes());
    }
}

/// A list is whole between any two statements, so a panic elsewhere spoils nothing.
fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
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

fn contents(
    name: &str,
    index: usize,
    sessions: &Sessions,
    options: &EmulatorOptions,
) -> Result<Contents, String> {
    let (base, recipe) = match sessions {
        Sessions::Count(count) => {
            let recipe = Recipe::new(name, index, *count, options);
            (Base::Made(recipe.clone()), recipe)
        }
        Sessions::Given(texts) => {
            let given: Result<Vec<Given>, String> =
                texts.iter().enumerate().map(|(row, text)| given(row, text, options.order)).collect();
            (Base::Given(given?), Recipe::new(name, index, 0, options))
        }
    };
    Ok(Contents::new(base, recipe, options.order))
}

fn given(row: usize, text: &str, order: Order) -> Result<Given, String> {
    Given::read(text.to_owned(), order)
        .map_err(|cause| format!("sessions: the one at index {row} is no JSON object: {cause}."))
}
