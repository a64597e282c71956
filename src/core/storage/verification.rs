//! What a check of a file found, whichever room knows the file.

/// What was found of a file that is checked against what was noted when it was written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verification {
    /// Sessions in it.
    pub rows: u64,
    /// One sentence each, about the file and naming no session; none if it is what it should be.
    pub findings: Vec<String>,
}

impl Verification {
    pub fn find(&mut self, finding: impl Into<String>) {
        self.findings.push(finding.into());
    }
}
