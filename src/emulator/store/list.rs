//! One agent's list: what it began with, and what has changed since. Memory grows with the
//! changes alone. It knows no HTTP and no clock: the time of a change is given.

use std::collections::{HashMap, HashSet};

use super::change::{Change, ChangeKind};
use crate::emulator::generate::{Events, Recipe, SessionRef, touch_text};
use crate::emulator::options::Order;

/// What the list began with.
pub(in crate::emulator) enum Base {
    Made(Recipe),
    Given(Vec<Given>),
}

/// A session of the user's own.
pub(in crate::emulator) struct Given {
    pub(in crate::emulator) text: String,
    pub(in crate::emulator) id: Option<String>,
}

impl Base {
    fn count(&self) -> u64 {
        match self {
            Self::Made(recipe) => recipe.count(),
            Self::Given(sessions) => sessions.len() as u64,
        }
    }

    /// The key of the first session.
    fn top(&self) -> Option<i64> {
        match self {
            Self::Made(recipe) if recipe.count() > 0 => recipe.key(0),
            _ => None,
        }
    }
}

pub(in crate::emulator) struct SessionList {
    base: Base,
    /// Makes the newcomers, also where the base is the user's own.
    recipe: Recipe,
    order: Order,
    /// Sessions at the head, the newest last.
    head: Vec<SessionRef>,
    /// Ranks of the base that have left their place, ascending.
    left: Vec<u64>,
    /// When each newcomer came.
    births: Vec<i64>,
    touches: HashMap<SessionRef, i64>,
    /// The highest key so far: no change gets a lower one.
    newest: i64,
    changes: Vec<Change>,
}

/// Where a session is held.
#[derive(Clone, Copy)]
enum Place {
    Head(usize),
    Base { rank: u64, left_before: usize },
}

impl SessionList {
    pub(in crate::emulator) fn new(base: Base, recipe: Recipe, order: Order) -> Self {
        let newest = base.top().unwrap_or(i64::MIN);
        Self {
            base,
            recipe,
            order,
            newest,
            head: Vec::new(),
            left: Vec::new(),
            births: Vec::new(),
            touches: HashMap::new(),
            changes: Vec::new(),
        }
    }

    pub(in crate::emulator) fn len(&self) -> u64 {
        self.head.len() as u64 + self.base.count() - self.left.len() as u64
    }

    /// Appends so many sessions from a position on, with commas between; gives their number.
    pub(in crate::emulator) fn write(&self, from: u64, count: u64, out: &mut Vec<u8>) -> u64 {
        let mut written = 0;
        for session in self.iter_from(from).take(usize::try_from(count).unwrap_or(usize::MAX)) {
            if written > 0 {
                out.push(b',');
            }
            self.write_one(session, out);
            written += 1;
        }
        written
    }

    fn write_one(&self, session: SessionRef, out: &mut Vec<u8>) {
        let touched = self.touches.get(&session).copied();
        if let (Base::Given(sessions), Some(rank)) = (&self.base, session.rank()) {
            let given = usize::try_from(rank).ok().and_then(|rank| sessions.get(rank));
            let text = given.map_or("null", |given| given.text.as_str());
            match touched {
                Some(at) => out.extend_from_slice(touch_text(text, at).as_bytes()),
                None => out.extend_from_slice(text.as_bytes()),
            }
            return;
        }
        let born = session.serial().and_then(|serial| self.births.get(serial)).copied();
        self.recipe.write(session, Events { born, touched }, out);
    }

    /// The sessions in the order of the list.
    fn iter_from(&self, from: u64) -> impl Iterator<Item = SessionRef> + '_ {
        let skip = usize::try_from(from).unwrap_or(usize::MAX).min(self.head.len());
        let head = self.head.iter().rev().skip(skip).copied();
        let (start, left_before) = match self.place(from.max(self.head.len() as u64)) {
            Some(Place::Base { rank, left_before }) => (rank, left_before),
            _ => (self.base.count(), self.left.len()),
        };
        let mut left = self.left.iter().skip(left_before).peekable();
        let stay = (start..self.base.count()).filter(move |rank| left.next_if_eq(&rank).is_none());
        head.chain(stay.map(SessionRef::base))
    }

    fn place(&self, position: u64) -> Option<Place> {
        let held = self.head.len() as u64;
        if position >= self.len() {
            None
        } else if position < held {
            usize::try_from(held - 1 - position).ok().map(Place::Head)
        } else {
            let (rank, left_before) = self.base_rank(position - held);
            Some(Place::Base { rank, left_before })
        }
    }

    /// The rank of the base session that stands at this position among those still there.
    /// `left[i] - i` sessions stand before the i-th gap, and that never falls with i.
    fn base_rank(&self, position: u64) -> (u64, usize) {
        let (mut low, mut high) = (0, self.left.len());
        while low < high {
            let middle = usize::midpoint(low, high);
            let gap = self.left.get(middle).copied().unwrap_or(u64::MAX);
            if gap - middle as u64 <= position { low = middle + 1 } else { high = middle }
        }
        (position + low as u64, low)
    }

    /// A new session at the head.
    pub(in crate::emulator) fn insert(&mut self, at: i64, request: u64) {
        let session = SessionRef::later(self.births.len() as u64);
        self.births.push(at);
        self.head.push(session);
        self.note(ChangeKind::Inserted, session, request);
    }

    /// A new message in the session at this position.
    pub(in crate::emulator) fn touch(&mut self, position: u64, at: i64, request: u64) {
        let Some(place) = self.place(position) else { return };
        let session = match (self.order, place) {
            (Order::Activity, place) => {
                let session = self.take(place);
                self.head.push(session);
                session
            }
            (Order::Created, Place::Head(index)) => match self.head.get(index) {
                Some(session) => *session,
                None => return,
            },
            (Order::Created, Place::Base { rank, .. }) => SessionRef::base(rank),
        };
        self.touches.insert(session, at);
        self.note(ChangeKind::Touched, session, request);
    }

    pub(in crate::emulator) fn delete(&mut self, position: u64, request: u64) {
        let Some(place) = self.place(position) else { return };
        let session = self.take(place);
        self.touches.remove(&session);
        self.note(ChangeKind::Deleted, session, request);
    }

    fn take(&mut self, place: Place) -> SessionRef {
        match place {
            Place::Head(index) => self.head.remove(index),
            Place::Base { rank, left_before } => {
                self.left.insert(left_before, rank);
                SessionRef::base(rank)
            }
        }
    }

    /// The key for a change at `now`: always above all others, or, where ties are wanted, equal
    /// to the last one.
    pub(in crate::emulator) fn tick(&mut self, now: i64, tie: bool) -> i64 {
        if !(tie && self.newest > i64::MIN) {
            self.newest = now.max(self.newest.saturating_add(1));
        }
        self.newest
    }

    fn note(&mut self, kind: ChangeKind, session: SessionRef, request: u64) {
        self.changes.push(Change { kind, session, request });
    }

    pub(in crate::emulator) fn changes(&self) -> &[Change] {
        &self.changes
    }

    pub(in crate::emulator) fn forget_changes(&mut self) {
        self.changes.clear();
    }

    /// The ids of those in the list, but for the ones left out. Sessions without an id have none.
    pub(in crate::emulator) fn ids(&self, without: &HashSet<SessionRef>) -> Vec<String> {
        self.iter_from(0)
            .filter(|session| !without.contains(session))
            .filter_map(|session| self.id(session))
            .collect()
    }

    pub(in crate::emulator) fn id(&self, session: SessionRef) -> Option<String> {
        match (&self.base, session.rank().map(usize::try_from)) {
            (Base::Given(sessions), Some(Ok(rank))) => sessions.get(rank).and_then(|given| given.id.clone()),
            _ => Some(self.recipe.id(session)),
        }
    }
}
