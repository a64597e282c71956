//! The oracle: what a whole and correct listing of a moving list must have found.
//! It knows no HTTP.

use std::collections::HashSet;

use super::change::{Change, ChangeKind};
use super::list::SessionList;
use crate::emulator::generate::SessionRef;

/// One change, by the session's id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    pub request: u64,
    pub kind: ChangeKind,
    pub session_id: String,
}

/// What became of the sessions of one agent since the emulator started (or since its history was
/// forgotten).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct History {
    /// Those that were there all the time: the ones that a listing must not miss.
    pub existed_throughout: Vec<String>,
    /// In the order in which it happened.
    pub events: Vec<Event>,
}

impl History {
    pub(in crate::emulator) fn of(list: &SessionList) -> Self {
        // An id is never used again, so who is there and did not come meanwhile was always there.
        let came: HashSet<SessionRef> = list
            .changes()
            .iter()
            .filter(|change| change.kind == ChangeKind::Inserted)
            .map(|change| change.session)
            .collect();
        let event = |change: &Change| {
            let session_id = list.id(change.session)?;
            Some(Event { request: change.request, kind: change.kind, session_id })
        };
        Self {
            existed_throughout: list.ids(&came),
            events: list.changes().iter().filter_map(event).collect(),
        }
    }

    /// The ids to which this happened, in the order in which it happened.
    pub fn ids(&self, kind: ChangeKind) -> impl Iterator<Item = &str> {
        self.events.iter().filter(move |event| event.kind == kind).map(|event| event.session_id.as_str())
    }
}
