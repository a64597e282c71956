//! What a victim meets at a call to the system, by strace.

use std::path::PathBuf;
use std::process::{Command, ExitStatus};

use super::victim::Victim;

pub fn has_strace() -> bool {
    let there = Command::new("strace").arg("-V").output().is_ok_and(|output| output.status.success());
    if !there {
        eprintln!("skipped: strace is not installed");
    }
    there
}

/// Something that happens at the `nth` of these calls.
pub struct Met<'a> {
    pub call: &'a str,
    /// In strace's words: `error=EIO`, `signal=SIGKILL`.
    pub what: &'a str,
    pub nth: usize,
    /// Only calls that concern these files count; none are all files.
    pub paths: &'a [PathBuf],
}

impl Met<'_> {
    /// Runs a victim that meets it; how it ended, and what it said on standard error.
    pub fn by(&self, victim: &Victim) -> (ExitStatus, String) {
        let trace = format!("trace={}", self.call);
        let inject = format!("inject={}:{}:when={}", self.call, self.what, self.nth);
        let mut program = vec!["strace", "-f", "-qq", "-o", "/dev/null", "-e", &trace, "-e", &inject];
        for path in self.paths {
            program.extend(["-P", path.to_str().unwrap()]);
        }
        let output = victim.command(&program).output().unwrap();
        (output.status, String::from_utf8_lossy(&output.stderr).into_owned())
    }
}
