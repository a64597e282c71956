//! Rows to files: whole, under their name at once, and resumable after any crash.
//!
//! ```text
//! ExportRequest ──▶ Opening ──▶ Store (lock, sink, ids, manifest) ◀── thread of the Writer
//!       │                                                                    ▲
//!       └─▶ Source (listing) ──pages──▶ Rows ──pieces──▶ Job::Write ──────────┤
//!                  └──checkpoint: proof and ids──▶ Job::Commit ───────────────┘
//! ```
//!
//! [`Export`] takes steps: it reads pages, gathers them into pieces and hands them to a thread that
//! compresses, hashes and writes. When [`policy`] says so it asks the listing for a checkpoint and has it
//! committed with the rows that it speaks of: rows, then ids, then the manifest, each on the disk before the
//! next. Whatever moment a crash picks, the last good line of the manifest names a length of each file
//! and a state of the listing that belong together; [`files`] cuts the rest.
//!
//! At the end the whole file gets its name by one rename, the report is written beside it, and the
//! folder goes. Each of these steps may be the last before a crash: see `files::conclude`.
//!
//! A session stands in a file once, though the list moves and runs are killed, because the hashes of all ids
//! that were read are committed with the rows, and nothing that was proven is proven by offset. What
//! an export promises of the list is the listing's business; here no page is asked for and no proof judged.

mod files;
mod fingerprint;
pub mod format;
pub mod policy;
pub mod report;
mod request;
mod rows;
mod rules;
mod sinks;
mod source;
mod task;
mod verify;
mod writer;

pub use self::files::STDOUT;
pub use self::format::EncodingRequest;
pub use self::report::{ExportReport, Summary};
pub use self::request::ExportRequest;
pub use self::rules::Rules;
pub use self::task::{Export, Step};
pub use self::verify::verify;
