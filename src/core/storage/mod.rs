//! What files and databases share: who may write, what is on the disk for certain, and what a
//! manifest says.
//!
//! | | promise |
//! |---|---|
//! | [`FileLock`] | one writer for a path: among processes by a POSIX record lock (which a `fork` does not inherit, and which is free the moment its holder dies), within the process by a registry |
//! | [`AppendFile`] | a file that grows; cut to its committed length when it is opened again |
//! | [`Journal`] | lines of `crc32 {json}`, each on the disk before `append` returns; the last good one counts |
//! | [`durable`] | private files (mode `0600`), folders fsynced, renames that survive a power cut, whole files replaced at once |
//!
//! A commit is made of these in one order: rows to an `AppendFile`, [`AppendFile::sync`], the line
//! that names its new length to the `Journal`. A crash between any two steps leaves a file that is longer
//! than its last good line says, and the next run cuts it.
//!
//! After an `fsync` that failed nothing of that file may be taken for written: the kernel drops the pages
//! that it could not write and reports it once. So a failure here ends the run that meets it, without
//! another commit; the next run begins at the last good line.
//!
//! Everything here blocks, and is called from threads that may. It knows no listing, no format of
//! an export and no database. All failures are [`Error::Storage`](crate::core::error::Error::Storage).

mod append_file;
pub mod durable;
mod journal;
mod lock;
mod registry;
mod verification;

pub use self::append_file::AppendFile;
pub use self::journal::{Journal, Recovered};
pub use self::lock::FileLock;
pub use self::verification::Verification;
