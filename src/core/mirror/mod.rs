//! A local copy of one agent's list, in SQLite, and the feed of what changed in it.
//!
//! | | |
//! |---|---|
//! | [`sync`] | one run in steps that may be given up at any moment |
//! | `run` | what it does: which part to read ([`mode`]), pages into the file |
//! | `run::end` | what that proved, and what has to be read after it ([`report`]) |
//! | `target` | what is copied, of which list: refused before a file is made |
//! | `pass`, `tops` | one reading of the list: what waits to be stored, what it says for the next run |
//! | `unfinished` | a run that was cut off, so that the next one goes on with it |
//! | `file` | what makes a file a mirror: its header, tables and parameters; who may write |
//! | `file::writer` | the only code that writes: rows, their changes and what the next run must know share a transaction |
//! | `file::rows`, `file::gone` | what enters the file, and what leaves it |
//! | `file::columns` | a session as the columns of [`schema`](crate::core::arrow::schema), in SQLite's types |
//! | [`reader`], [`query`] | rows, changes and any SQL, read-only, from a connection of its own for each call |
//! | [`verify()`] | what the file holds against what its runs noted |
//! | [`watch`] | changes as they come, over a file or from memory |
//!
//! It promises: a file that is whole after any crash, a bound that only a proven run moves, sessions called
//! vanished by a proven run alone, and no connection that outlives a call. It must not know Python, and
//! not what else writes files.

mod file;
pub mod mode;
mod pass;
pub mod query;
pub mod reader;
pub mod report;
mod run;
mod state;
pub mod sync;
mod target;
mod tops;
mod unfinished;
mod verify;
pub mod watch;

pub use self::mode::{Mode, SyncOptions, Vanished};
pub use self::reader::Mirror;
pub use self::report::SyncReport;
pub use self::verify::verify;
