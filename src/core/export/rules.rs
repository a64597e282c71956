//! What makes an export survive a crash, as values that a test can switch off: each must then be missed.

/// All of them hold, but in tests that show what they are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rules {
    /// What a crash left behind the committed length is cut off.
    pub cut_data: bool,
    /// The ids of committed sessions are known again, so that none of them is written twice.
    pub restore_ids: bool,
    /// Rows are on the disk before the manifest says so.
    pub data_first: bool,
    /// Commit after so many rows at the latest, for tests with few.
    pub commit_rows: Option<u64>,
}

impl Default for Rules {
    fn default() -> Self {
        Self { cut_data: true, restore_ids: true, data_first: true, commit_rows: None }
    }
}
