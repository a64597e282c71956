//! A local copy of one agent's list, in SQLite, and the feed of what changed in it.
//!
//! | | |
//! |---|---|
//! | [`sync`] | one run: which part to read ([`mode`]), pages into the file, what is known at the end ([`report`]) |
//! | `target` | what is copied, of which list: refused before a file is made |
//! | `pass` | one reading of the list: what waits to be stored, what it says for the next run |
//! | `unfinished` | a run that was cut off, so that the next one goes on with it |
//! | `writer` | the only code that writes: rows, their changes and what the next run must know share a transaction |
//! | `rows`, `gone` | what enters the file, and what leaves it |
//! | `columns` | a session as the columns of [`schema`](crate::core::arrow::schema), in SQLite's types |
//! | `file` | what makes a file a mirror: its header, tables and parameters; who may write |
//! | [`reader`] | rows, changes and any SQL, read-only, from a connection of its own for each call |
//! | [`verify()`] | what the file holds against what its runs noted |
//! | [`watch`] | changes as they come, over a file or from memory |
//!
//! It promises: a file that is whole after any crash, a bound that only a proven run moves, sessions called
//! vanished by a proven run alone, and no connection that outlives a call. It must not know Python, and
//! not what else writes files.

mod columns;
mod file;
mod gone;
pub mod mode;
mod pass;
pub mod reader;
pub mod report;
mod rows;
mod same;
mod state;
pub mod sync;
mod target;
mod unfinished;
mod verify;
pub mod watch;
mod writer;

pub use self::mode::{Mode, SyncOptions, Vanished};
pub use self::reader::Mirror;
pub use self::report::SyncReport;
pub use self::verify::verify;
