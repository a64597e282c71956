//! Choosing: which sessions (`where=`), which of their fields (`fields=`), and which part of the list (`since=`,
//! `until=`).
//!
//! ```text
//! "status = 'closed' and rating <= 2"
//!    │ sql        the library's parser, with our own words; the place of every fault
//!    │ check      names, types and literals against the fields that are documented; all faults at once
//!    ▼
//! tree::Test ──► condition::Condition  evaluated on the tape, printed back, kept for another process
//!            └─► implied::Implied      what it says of the keys that a list may be sorted by
//! ```
//! Everything here is pure: the clock is read by whoever calls, and no request, page or column is known.
//! What all listing calls take together is a [`Choice`].

mod absent;
mod bound;
mod check;
mod choice;
mod condition;
mod eval;
mod implied;
mod interval;
mod names;
mod path;
mod print;
mod projection;
mod sql;
mod tree;

pub use self::absent::Sightings;
pub use self::bound::{Bound, Moment};
pub use self::choice::{Choice, ChoiceRequest, ChoiceState};
pub use self::condition::Condition;
pub use self::implied::{Implied, KeyRange};
pub use self::path::Path;
pub use self::projection::{Branch, Name, Projection, Source};
pub use self::sql::Fault;
