//! A model of the service: a list that moves, and answers that may lie.

use std::collections::VecDeque;

use blocks_sessions::core::listing::Region;
use blocks_sessions::core::model::row_facts::{Facts, RowFacts};
use fastrand::Rng;

use super::history::{Addressing, Fault, History, Shape, SortBy, Total};

/// Some moment in 2025, in microseconds since 1970.
const BEGIN: i64 = 1_750_000_000_123_456;
/// How long before it two keys that go opposite ways meet.
const TURN: i64 = 500 * 86_400_000_000;
/// How far one key is behind another that goes the same way.
const TRAIL: i64 = 3_600_000_000;
/// How far a key is set back at most, and how near the head its session is.
const BACK: i64 = 2_000_000;
const NEAR: usize = 300;

#[derive(Debug, Clone)]
pub struct Session {
    pub activity: Option<i64>,
    pub created: i64,
    pub born: i64,
    pub died: i64,
    /// When its key changed last.
    pub changed: i64,
    tie: u64,
}

pub struct Service {
    pub history: History,
    pub sessions: Vec<Session>,
    /// The list as it is now.
    pub list: Vec<u32>,
    pub now: i64,
    totals: VecDeque<u64>,
    served: (usize, usize),
    lied: bool,
    pub rng: Rng,
}

impl Service {
    pub fn new(history: &History) -> Self {
        let mut service = Self {
            history: history.clone(),
            sessions: Vec::with_capacity(history.sessions + 64),
            list: Vec::new(),
            now: BEGIN,
            totals: VecDeque::new(),
            served: (0, 0),
            lied: false,
            rng: Rng::with_seed(history.seed),
        };
        service.fill();
        if history.warm && history.churn > 0.0 {
            // Every session has moved three times on average.
            for _ in 0..(3.0 * history.sessions as f64 / history.churn) as usize {
                service.pass_time();
            }
        }
        service
    }

    fn fill(&mut self) {
        let mut key = BEGIN - self.rng.i64(0..60_000_000);
        let mut left = 0;
        for index in 0..self.history.sessions {
            if left == 0 {
                left = if self.rng.bool() { self.history.tie } else { self.rng.usize(1..=self.history.tie) };
                key -= self.rng.i64(1..=(self.history.spacing * 1e6) as i64);
            }
            left -= 1;
            let future = if index < self.history.future { 400 * 86_400_000_000 } else { 0 };
            let value = self.coarse(key + future);
            let null = self.rng.u32(..100) < self.history.nulls;
            // The other field goes its own way, mostly.
            let other = self.rng.i64(0..90_000_000_000);
            let (activity, created) = match self.history.sort_by {
                _ if self.history.shape == Shape::Turned => self.turned(value),
                SortBy::Activity if self.history.shape == Shape::Trailing => (value, value - TRAIL),
                SortBy::Created if self.history.shape == Shape::Trailing => (value + TRAIL, value),
                SortBy::Activity => (value, self.coarse(key - other)),
                SortBy::Created => (self.coarse(BEGIN.min(key + other)).max(value), value),
            };
            let stray = self.history.stray && index + 1 == self.history.sessions;
            let now = self.coarse(BEGIN);
            let (activity, created) = match self.history.sort_by {
                SortBy::Activity if stray => (activity, now),
                SortBy::Created if stray => (now, created),
                _ => (activity, created),
            };
            let activity = Some(activity).filter(|_| !null);
            let tie = self.rng.u32(..);
            let by_creation = activity.is_none() && self.history.nulls_by_creation;
            let tie = if by_creation { (i64::MAX - created) as u64 } else { u64::from(tie) };
            self.add(Session { activity, created, born: i64::MIN, died: i64::MAX, changed: i64::MIN, tie });
        }
        self.list = (0..self.sessions.len() as u32).collect();
        let mut list = std::mem::take(&mut self.list);
        list.sort_by_key(|i| self.place(*i));
        self.list = list;
    }

    /// The list's key, and another one that rises where it falls.
    fn turned(&self, value: i64) -> (i64, i64) {
        let other = 2 * (BEGIN - TURN) - value;
        if self.history.sort_by == SortBy::Activity { (value, other) } else { (other, value) }
    }

    fn add(&mut self, session: Session) -> u32 {
        self.sessions.push(session);
        self.sessions.len() as u32 - 1
    }

    fn coarse(&self, key: i64) -> i64 {
        key.div_euclid(self.history.grain) * self.history.grain
    }

    /// Where a session stands: smaller comes first.
    fn place(&self, index: u32) -> (i64, u64) {
        let s = &self.sessions[index as usize];
        let value = match self.history.sort_by {
            SortBy::Activity => s.activity,
            SortBy::Created => Some(s.created),
        };
        let key = match value {
            None if self.history.nulls_first => i64::MIN,
            None => i64::MAX,
            Some(v) if self.history.ascending => v,
            Some(v) => -v,
        };
        (key, s.tie)
    }

    fn enter(&mut self, index: u32) {
        let place = self.place(index);
        let at = if self.history.stable_ties {
            self.list.partition_point(|i| self.place(*i) < place)
        } else {
            self.list.partition_point(|i| self.place(*i).0 < place.0)
        };
        self.list.insert(at, index);
    }

    /// Time passes, and the list changes.
    pub fn pass_time(&mut self) {
        self.now += (self.history.pace * 2e6 * self.rng.f64()) as i64 + 1;
        let whole = self.history.churn.floor();
        let more = self.rng.f64() < self.history.churn - whole;
        let kinds = self.history.inserts + self.history.touches + self.history.deletes;
        for _ in 0..(whole as u32 + u32::from(more)) {
            if kinds == 0 {
                break;
            }
            let kind = self.rng.u32(..kinds);
            if kind < self.history.inserts {
                self.insert();
            } else if kind < self.history.inserts + self.history.touches {
                self.touch();
            } else {
                self.delete();
            }
        }
        if self.history.bulk_deletes > 0 && self.rng.u32(..1000) < self.history.bulk_deletes {
            let share = self.rng.f64() * self.rng.f64();
            for _ in 0..(self.list.len() as f64 * share) as usize {
                self.delete();
            }
        }
        self.totals.push_back(self.list.len() as u64);
        if self.totals.len() > 16 {
            self.totals.pop_front();
        }
    }

    fn stamp(&mut self) -> i64 {
        let lag = if self.history.lag > 0 { self.rng.i64(0..self.history.lag) } else { 0 };
        self.coarse(self.now - lag)
    }

    fn insert(&mut self) {
        let key = self.stamp();
        let null = self.rng.u32(..100) < self.history.nulls;
        let activity = Some(key).filter(|_| !null);
        let tie = self.rng.u32(..);
        let index = self.add(Session {
            activity,
            created: key,
            born: self.now,
            died: i64::MAX,
            changed: i64::MIN,
            tie: tie.into(),
        });
        self.enter(index);
    }

    fn touch(&mut self) {
        if self.list.is_empty() {
            return;
        }
        let back = self.history.set_back > 0 && self.rng.u32(..100) < self.history.set_back;
        let among = if back { self.list.len().min(NEAR) } else { self.list.len() };
        let at = self.rng.usize(..among);
        let index = self.list[at];
        let key = self.stamp();
        let session = &mut self.sessions[index as usize];
        session.activity = match session.activity {
            Some(old) if back => Some(old - self.rng.i64(1..BACK)),
            old => Some(old.map_or(key, |old| old.max(key))),
        };
        session.changed = self.now;
        if self.history.sort_by == SortBy::Activity {
            self.list.remove(at);
            self.enter(index);
        }
    }

    fn delete(&mut self) {
        if self.list.is_empty() {
            return;
        }
        let at = self.rng.usize(..self.list.len());
        let index = self.list.remove(at);
        self.sessions[index as usize].died = self.now;
    }

    /// The region that the history's ranks name, by the key of the list as it is at the start.
    pub fn region(&self) -> Region {
        let history = &self.history;
        let key = |rank: usize| {
            let s = &self.sessions[*self.list.get(rank)? as usize];
            if history.sort_by == SortBy::Activity { s.activity } else { Some(s.created) }
        };
        let (mut since, mut until) = (history.since_rank.and_then(key), history.until_rank.and_then(key));
        if history.ascending {
            (since, until) = (until, since);
        }
        let region = Region::between(since, until);
        Region { nulls: region.nulls || history.null_end, ..region }
    }

    /// Answers one request, at this moment.
    pub fn serve(&mut self, offset: u64, limit: u32) -> Facts {
        let limit = limit.min(self.history.clamp) as usize;
        let start = match self.history.addressing {
            Addressing::Sessions => offset as usize,
            Addressing::Pages => offset as usize * limit,
            Addressing::Floored => offset as usize / limit * limit,
            Addressing::Ignored => 0,
        };
        let start = start.min(self.list.len());
        let mut stop = (start + limit).min(self.list.len());
        if !self.history.stable_ties {
            self.shuffle_ties(start, stop);
        }
        let lies = self.history.fault != Fault::None
            && stop > start
            && !self.lied
            && self.rng.u32(..100) < self.history.fault_percent;
        self.lied = lies;
        if lies {
            stop = if self.history.fault == Fault::Empty { start } else { self.rng.usize(start + 1..=stop) };
        }
        self.served = (start, stop);
        let rows: Vec<RowFacts> = self.list[start..stop].iter().map(|i| self.row(*i)).collect();
        let total_count = self.total(rows.len() as u64);
        let answered_at = self.now + self.history.clock_error;
        let answered_at = answered_at.div_euclid(self.history.clock_grain) * self.history.clock_grain;
        Facts { rows, total_count, answered_at, dated: true }
    }

    /// The sessions of the last answer.
    pub fn last_rows(&self) -> &[u32] {
        &self.list[self.served.0..self.served.1]
    }

    fn total(&self, rows: u64) -> Option<u64> {
        let exact = self.list.len() as u64;
        match self.history.total {
            Total::Exact => Some(exact),
            Total::Null => None,
            Total::PageLength => Some(rows),
            Total::Stale(ago) => {
                Some(self.totals.iter().rev().nth(ago).or(self.totals.front()).copied().unwrap_or(exact))
            }
            Total::Capped(cap) => Some(exact.min(cap)),
            Total::TooMany(more) => Some(exact + more),
            Total::Zero => Some(0),
        }
    }

    /// Equal keys come in any order, from read to read.
    fn shuffle_ties(&mut self, start: usize, stop: usize) {
        if start >= stop {
            return;
        }
        let key = |s: &Self, at: usize| s.place(s.list[at]).0;
        let (first, last) = (key(self, start), key(self, stop - 1));
        let from = self.list.partition_point(|i| self.place(*i).0 < first);
        let to = self.list.partition_point(|i| self.place(*i).0 <= last);
        let mut at = from;
        while at < to {
            let value = key(self, at);
            let mut end = at + 1;
            while end < to && key(self, end) == value {
                end += 1;
            }
            if end - at > 1 {
                self.rng.shuffle(&mut self.list[at..end]);
            }
            at = end;
        }
    }

    pub fn row(&self, index: u32) -> RowFacts {
        let s = &self.sessions[index as usize];
        let keys = match self.history.shape {
            Shape::Page => [s.activity, s.activity, Some(s.created), None],
            Shape::Vendor => [None, None, Some(s.created), s.activity],
            Shape::CreatedOnly => [None, None, Some(s.created), None],
            Shape::Turned | Shape::Trailing => [s.activity, None, Some(s.created), None],
            Shape::Nothing => [None; 4],
        };
        let every = self.history.without_id;
        let id = (every == 0 || !(index as usize).is_multiple_of(every)).then(|| id_of(index));
        let id = id.map(|id| if self.history.twin == Some(index) { id_of(0) } else { id });
        RowFacts { id, keys }
    }
}

pub fn id_of(index: u32) -> u128 {
    let mix = |seed: u64| {
        let x = seed.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        x ^ (x >> 31)
    };
    u128::from(mix(u64::from(index))) << 64 | u128::from(mix(u64::from(index) + (1 << 40)))
}
