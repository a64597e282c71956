//! What is known of one run of a mirror. Plain data; times are microseconds since 1970.

use crate::core::model::report::ListingReport;

/// One run.
#[derive(Debug, Clone, Default)]
pub struct SyncReport {
    /// `"full"` or `"head"`: what was read last.
    pub mode: &'static str,
    pub created: u64,
    pub updated: u64,
    pub vanished: u64,
    pub returned: u64,
    pub unchanged: u64,
    /// Rows that name no session, and could not be stored.
    pub without_id: u64,
    /// What was read is proven whole, and nothing of it had to be left out.
    pub complete: bool,
    /// Nothing that moved by then, or was new with a message, is missing.
    pub proven_at: Option<i64>,
    /// Nothing is there that was gone by then, and nothing changed without moving.
    pub deletions_proven_at: Option<i64>,
    /// Of all that was read.
    pub requests: u64,
    /// The number of the latest change.
    pub seq: i64,
    /// Live sessions in the copy.
    pub sessions: u64,
    pub warnings: Vec<String>,
    /// What is known of the last listing.
    pub listing: ListingReport,
}

/// What happened to the rows of a run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    pub created: u64,
    pub updated: u64,
    pub vanished: u64,
    pub returned: u64,
    pub unchanged: u64,
    pub without_id: u64,
}

impl SyncReport {
    pub fn count(&mut self, counts: Counts) {
        self.created += counts.created;
        self.updated += counts.updated;
        self.vanished += counts.vanished;
        self.returned += counts.returned;
        self.unchanged += counts.unchanged;
        self.without_id += counts.without_id;
    }
}
