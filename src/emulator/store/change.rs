//! One change of a list: what, to which session, after which request. It knows no list.

use crate::emulator::generate::SessionRef;

/// What happened to a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeKind {
    Inserted,
    /// Its sort key changed, or it got a new message.
    Touched,
    /// A field changed, and the session stayed where it is.
    Edited,
    Deleted,
}

impl ChangeKind {
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Inserted => "inserted",
            Self::Touched => "touched",
            Self::Edited => "edited",
            Self::Deleted => "deleted",
        }
    }
}

#[derive(Debug, Clone, Copy)]
pub(in crate::emulator) struct Change {
    pub(in crate::emulator) kind: ChangeKind,
    pub(in crate::emulator) session: SessionRef,
    /// The request after whose answer it happened, counted from 0.
    pub(in crate::emulator) request: u64,
}
