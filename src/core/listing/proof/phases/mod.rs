//! The phases of a proving listing, one a file, each with its own data. A phase says what it wants read,
//! takes the answers, and says as plain data where the listing goes on; it builds no other phase.

pub(super) mod bulk_scan;
pub(super) mod climb;
pub(super) mod double_collect;
pub(super) mod head_recheck;
pub(super) mod offset_tail;
pub(super) mod probe;
pub(super) mod sample;
pub(super) mod single_page;

use std::fmt::Debug;

use super::rows::page_view::{InFlight, PageView};
use super::state::ProofState;
use super::transition::{Action, Transition};

/// One phase.
pub trait Phase: Debug + Send {
    /// Its name, for a trace.
    fn name(&self) -> &'static str;

    /// What it wants now, while so many answers are due.
    fn next(&mut self, state: &mut ProofState, in_flight: usize) -> Action;

    /// The request that it wanted was sent.
    fn asked(&mut self, _request: &InFlight, _state: &ProofState) {}

    /// Takes an answer. `Some` ends the phase.
    fn take(&mut self, read: &PageView<'_>, state: &mut ProofState) -> Option<Transition>;
}
