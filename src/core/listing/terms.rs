//! The words in which a plan and its driver speak: what is asked, what is handed out, and how it may end.
//! Plain data; nothing here decides anything.

use serde::{Deserialize, Serialize};

pub use crate::core::model::consistency::Consistency;

/// Names one request of a plan; a plan never uses a ticket twice.
pub type Ticket = u64;

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
