//! What was done, session by session: a few numbers for each value, made into a report for the
//! sessions that are handed on. It holds no value.

use super::kind::Kind;

/// What was done to one value, packed: two bits for what it was, the rest for where or which.
type Event = u32;

const SHIFT: u32 = 30;
const TREATED: u32 = 0;
const UNMASKABLE: u32 = 1;
const FOUND: u32 = 2;
const REST: u32 = (1 << SHIFT) - 1;

/// One thing that was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Done {
    /// A value of this path was treated as the path says.
    Treated(u32),
    /// A value of this path could not be masked, and was dropped.
    Unmaskable(u32),
    /// Something of the kind with this index was found.
    Found(usize),
}

/// What was done to the sessions of a page, in order.
#[derive(Debug, Clone, Default)]
pub(super) struct Tally {
    events: Vec<Event>,
    /// Where each session's events end.
    ends: Vec<usize>,
}

impl Tally {
    pub(super) fn treated(&mut self, path: u32) {
        self.events.push((TREATED << SHIFT) | (path & REST));
    }

    pub(super) fn unmaskable(&mut self, path: u32) {
        self.events.push((UNMASKABLE << SHIFT) | (path & REST));
    }

    pub(super) fn found(&mut self, kind: Kind) {
        let index = u32::try_from(kind.index()).unwrap_or(REST);
        self.events.push((FOUND << SHIFT) | (index & REST));
    }

    /// Takes over what another found.
    pub(super) fn take(&mut self, other: &mut Self) {
        self.events.append(&mut other.events);
    }

    /// The indexes of the kinds that were found.
    pub(super) fn kinds(&self) -> impl Iterator<Item = usize> + '_ {
        self.events.iter().filter(|event| **event >> SHIFT == FOUND).map(|event| (event & REST) as usize)
    }

    /// How much there is, to come back to.
    pub(super) fn mark(&self) -> usize {
        self.events.len()
    }

    /// Forgets what came after a mark: it was dropped with what it lay in.
    pub(super) fn rewind(&mut self, mark: usize) {
        self.events.truncate(mark);
    }

    pub(super) fn end_session(&mut self) {
        self.ends.push(self.events.len());
    }

    /// What was done to one session.
    pub(super) fn session(&self, row: usize) -> impl Iterator<Item = Done> + '_ {
        let start = row.checked_sub(1).map_or(Some(0), |before| self.ends.get(before).copied());
        let range = start.zip(self.ends.get(row).copied()).map_or(0..0, |(start, end)| start..end);
        self.events.get(range).unwrap_or_default().iter().map(|event| match event >> SHIFT {
            TREATED => Done::Treated(event & REST),
            UNMASKABLE => Done::Unmaskable(event & REST),
            _ => Done::Found((event & REST) as usize),
        })
    }

    pub(super) fn memory(&self) -> usize {
        self.events.capacity() * size_of::<Event>() + self.ends.capacity() * size_of::<usize>()
    }
}
