//! One agent's list: which sessions there are, and in which order, highest key first and null keys last.
//! It knows no HTTP and no clock: the time of a change is given.

use std::collections::HashSet;

use serde_json::{Map, Value};

use super::change::{Change, ChangeKind};
use super::contents::{Contents, Given, edit};
use crate::emulator::generate::SessionRef;
use crate::emulator::options::Order;
use crate::emulator::rng::Rng;

pub(in crate::emulator) struct SessionList {
    contents: Contents,
    /// Sessions at the head, the newest last.
    head: Vec<SessionRef>,
    /// Ranks of the base that have left their place, ascending.
    left: Vec<u64>,
    /// Sessions that stand among those of the base, each before a rank of it; in the order of the list.
    placed: Vec<(u64, SessionRef)>,
    /// The highest key so far: no change gets a lower one.
    newest: i64,
    changes: Vec<Change>,
}

/// Where a session is held.
#[derive(Clone, Copy)]
enum Place {
    Head(usize),
    Placed(usize),
    Base { rank: u64, left_before: usize },
}

impl SessionList {
    pub(in crate::emulator) fn new(contents: Contents) -> Self {
        let newest = contents.top().unwrap_or(i64::MIN);
        Self { contents, newest, head: Vec::new(), left: Vec::new(), placed: Vec::new(), changes: Vec::new() }
    }

    pub(in crate::emulator) fn len(&self) -> u64 {
        let (head, placed) = (self.head.len() as u64, self.placed.len() as u64);
        head + placed + self.contents.base_count() - self.left.len() as u64
    }

    pub(in crate::emulator) fn order(&self) -> Order {
        self.contents.order()
    }

    /// Appends so many sessions from a position on, with commas between; gives their number.
    pub(in crate::emulator) fn write(&self, from: u64, count: u64, out: &mut Vec<u8>) -> u64 {
        let mut written = 0;
        for session in self.iter_from(from).take(usize::try_from(count).unwrap_or(usize::MAX)) {
            if written > 0 {
                out.push(b',');
            }
            self.contents.write(session, out);
            written += 1;
        }
        written
    }

    /// The sessions in the order of the list.
    fn iter_from(&self, from: u64) -> impl Iterator<Item = SessionRef> + '_ {
        let skip = usize::try_from(from).unwrap_or(usize::MAX).min(self.head.len());
        let head = self.head.iter().rev().skip(skip).copied();
        let body = match self.place(from.max(self.head.len() as u64)) {
            Some(Place::Placed(index)) => {
                let rank = self.placed.get(index).map_or(0, |(before, _)| *before);
                Body { list: self, rank, left: self.left_before(rank), placed: index }
            }
            Some(Place::Base { rank, left_before }) => {
                Body { list: self, rank, left: left_before, placed: self.placed_before(rank) }
            }
            _ => Body {
                list: self,
                rank: self.contents.base_count(),
                left: self.left.len(),
                placed: self.placed.len(),
            },
        };
        head.chain(body)
    }

    fn place(&self, position: u64) -> Option<Place> {
        let held = self.head.len() as u64;
        if position >= self.len() {
            return None;
        }
        if position < held {
            return usize::try_from(held - 1 - position).ok().map(Place::Head);
        }
        let position = position - held;
        // Each of the placed stands behind those placed before it, and the ranks that stayed before it.
        let standing = |index: usize| {
            let before = self.placed.get(index).map_or(0, |(before, _)| *before);
            index as u64 + before - self.left_before(before) as u64
        };
        let (mut low, mut high) = (0, self.placed.len());
        while low < high {
            let middle = usize::midpoint(low, high);
            if standing(middle) < position { low = middle + 1 } else { high = middle }
        }
        if low < self.placed.len() && standing(low) == position {
            return Some(Place::Placed(low));
        }
        let (rank, left_before) = self.base_rank(position - low as u64);
        Some(Place::Base { rank, left_before })
    }

    fn left_before(&self, rank: u64) -> usize {
        self.left.partition_point(|left| *left < rank)
    }

    /// How many of the placed stand before this rank.
    fn placed_before(&self, rank: u64) -> usize {
        self.placed.partition_point(|(before, _)| *before <= rank)
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
        let session = self.contents.make(at);
        self.head.push(session);
        self.note(ChangeKind::Inserted, session, request);
    }

    /// A session of the user's own, where its key belongs.
    pub(in crate::emulator) fn add(&mut self, given: Given, request: u64) {
        let session = self.contents.add(given);
        self.put(session);
        self.note(ChangeKind::Inserted, session, request);
    }

    /// Puts a session where its key belongs; among equal keys, last.
    fn put(&mut self, session: SessionRef) {
        let key = self.contents.key(session);
        self.newest = self.newest.max(key.unwrap_or(i64::MIN));
        let in_head = self.head.partition_point(|other| self.contents.key(*other) < key);
        if in_head > 0 {
            self.head.insert(in_head, session);
            return;
        }
        let rank = self.contents.first_below(key);
        let index = self.placed.partition_point(|(before, other)| {
            *before < rank || (*before == rank && self.contents.key(*other) >= key)
        });
        self.placed.insert(index, (rank, session));
    }

    /// A new message in the session at this position.
    pub(in crate::emulator) fn touch(&mut self, position: u64, at: i64, request: u64) {
        let Some(place) = self.place(position) else { return };
        let session = match self.order() {
            Order::Activity => {
                let session = self.take(place);
                self.head.push(session);
                session
            }
            Order::Created => match self.at(place) {
                Some(session) => session,
                None => return,
            },
        };
        self.contents.touch(session, at);
        self.note(ChangeKind::Touched, session, request);
    }

    /// A field of the session at this position changes, and it stays where it is.
    pub(in crate::emulator) fn edit(&mut self, position: u64, rng: &mut Rng, request: u64) {
        let session = self.place(position).and_then(|place| self.at(place));
        if let Some(session) = session
            && self.contents.update(session, |fields| edit(fields, rng)).is_ok()
        {
            self.note(ChangeKind::Edited, session, request);
        }
    }

    /// Fields of the session at this position change; it moves if its key does.
    ///
    /// # Errors
    /// The session's text cannot be read.
    pub(in crate::emulator) fn update(
        &mut self,
        position: u64,
        fields: Map<String, Value>,
        request: u64,
    ) -> Result<(), String> {
        let Some(place) = self.place(position) else { return Ok(()) };
        let Some(session) = self.at(place) else { return Ok(()) };
        let moved = self.contents.update(session, |known| known.extend(fields))?;
        if moved {
            self.take(place);
            self.put(session);
        }
        self.note(if moved { ChangeKind::Touched } else { ChangeKind::Edited }, session, request);
        Ok(())
    }

    pub(in crate::emulator) fn delete(&mut self, position: u64, request: u64) {
        let Some(place) = self.place(position) else { return };
        let session = self.take(place);
        self.note(ChangeKind::Deleted, session, request);
    }

    fn at(&self, place: Place) -> Option<SessionRef> {
        match place {
            Place::Head(index) => self.head.get(index).copied(),
            Place::Placed(index) => self.placed.get(index).map(|(_, session)| *session),
            Place::Base { rank, .. } => Some(SessionRef::base(rank)),
        }
    }

    fn take(&mut self, place: Place) -> SessionRef {
        match place {
            Place::Head(index) => self.head.remove(index),
            Place::Placed(index) => self.placed.remove(index).1,
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

    /// The position of the session with this id.
    pub(in crate::emulator) fn find(&self, id: &str) -> Option<u64> {
        let position = self.iter_from(0).position(|session| self.contents.has_id(session, id))?;
        u64::try_from(position).ok()
    }

    /// The ids of those in the list, but for the ones left out. Sessions without an id have none.
    pub(in crate::emulator) fn ids(&self, without: &HashSet<SessionRef>) -> Vec<String> {
        self.iter_from(0)
            .filter(|session| !without.contains(session))
            .filter_map(|session| self.id(session))
            .collect()
    }

    pub(in crate::emulator) fn id(&self, session: SessionRef) -> Option<String> {
        self.contents.id(session)
    }
}

/// The list behind its head, from some place on: the base's ranks that stayed, with the placed between.
struct Body<'l> {
    list: &'l SessionList,
    rank: u64,
    /// The next of `left` and of `placed`.
    left: usize,
    placed: usize,
}

impl Iterator for Body<'_> {
    type Item = SessionRef;

    fn next(&mut self) -> Option<SessionRef> {
        loop {
            if let Some((before, session)) = self.list.placed.get(self.placed)
                && *before <= self.rank
            {
                self.placed += 1;
                return Some(*session);
            }
            if self.rank >= self.list.contents.base_count() {
                return None;
            }
            let rank = self.rank;
            self.rank += 1;
            if self.list.left.get(self.left) == Some(&rank) {
                self.left += 1;
            } else {
                return Some(SessionRef::base(rank));
            }
        }
    }
}
