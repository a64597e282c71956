//! What a listing asks next: the interface that every plan has.
//! A plan is a pure state machine. It does no I/O, has no clock and knows no client: it is told
//! answers and says what to ask, what to yield and what it can prove.

use super::proof::persist::{Origin, Seed};
use super::saved::SavedProof;
pub use super::terms::{Ask, Batch, Consistency, Inconsistent, Range, Step, Ticket};
use crate::core::model::report::ListingReport;
use crate::core::model::row_facts::Facts;

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

    /// The list as it was when the listing began.
    fn origin(&self) -> Option<Origin> {
        None
    }
}
