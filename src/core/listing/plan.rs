//! What a listing asks next: the interface that every plan has.
//! A plan is a pure state machine. It does no I/O, has no clock and knows no client: it is told
//! answers and says what to ask, what to yield and what it can prove.

use serde::{Deserialize, Serialize};

use super::proof::persist::Seed;
use super::saved::SavedProof;
use crate::core::model::report::ListingReport;
use crate::core::model::row_facts::Facts;

/// Names one request of a plan; a plan never uses a ticket twice.
pub type Ticket = u64;

/// What a listing promises.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Consistency {
    /// Proven, or an error.
    Strict,
    /// Proven, or a warning; known losses are an error.
    Checked,
    /// As few requests as there are pages, and no proof.
    Fast,
}

impl Consistency {
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "strict" => Some(Self::Strict),
            "checked" => Some(Self::Checked),
            "fast" => Some(Self::Fast),
            _ => None,
        }
    }

    /// The name as users write it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Strict => "strict",
            Self::Checked => "checked",
            Self::Fast => "fast",
        }
    }
}

/// Which part of the list the caller wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Range {
    /// How many sessions to skip.
    pub offset: u64,
    /// How many sessions to yield at most; `None` for all.
    pub max_items: Option<u64>,
}

/// One request that a plan wants made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ask {
    pub ticket: Ticket,
    /// As it goes over the wire: sessions, or pages where the server counts those.
    pub offset: u64,
    pub limit: u32,
}

/// Rows of one answer that are now the caller's, in the order in which they are to be yielded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    pub ticket: Ticket,
    /// Indices into that answer's rows.
    pub rows: Vec<u32>,
}

/// What is to be done next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Send this request. Only said when there was room for one.
    Ask(Ask),
    /// Hand out these rows. A batch names an answer that was given, and not yet released.
    Yield(Batch),
    /// Nothing more will be yielded from this answer: its memory can be freed.
    Release(Ticket),
    /// Nothing to do until an answer arrives (or there is room to ask).
    Wait,
    /// The listing is at its end; the report says what is known.
    Done,
}

/// The listing contradicts itself: sessions are known to be lost, or nothing can be proven.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inconsistent {
    /// One sentence: what was seen, and what the user can do.
    pub message: String,
}

/// The state machine that decides what a listing asks next.
pub trait Plan: Send {
    /// The next thing to do. `room` tells whether one more request may be sent now.
    ///
    /// # Errors
    /// When the answers so far cannot be those of one whole list. All that was found has been
    /// yielded by then; a later call gives the same error again.
    fn step(&mut self, room: bool) -> Result<Step, Inconsistent>;

    /// Takes the answer to an [`Ask`]. Answers may come in any order.
    fn answer(&mut self, ticket: Ticket, facts: &Facts);

    /// What is known so far.
    fn report(&self) -> &ListingReport;

    /// The proof as it stands when the first `handed` of the yielded rows are safe with the owner, and the
    /// hashes of the ids of those that were not safe before. `None` where no proof is kept.
    fn checkpoint(&mut self, _handed: u64) -> Option<(SavedProof, Vec<u128>)> {
        None
    }

    /// What was learned of the list, for other listings of it.
    fn seed(&self) -> Option<Seed> {
        None
    }
}
