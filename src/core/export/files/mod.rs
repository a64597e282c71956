//! What lies on the disk while an export is made: the names, the manifest, the ids, and the order in which
//! they are opened, committed and taken away. It asks for no page, and knows no format but by its sink.
//!
//! [`Opening`] looks what is there and gives a [`Store`]; the store commits, and at the end `conclude` renames
//! and clears. All of it blocks.

mod conclude;
mod ids;
mod manifest;
mod open;
mod store;
mod target;

pub use self::manifest::{DataState, PartState};
pub use self::open::{Opened, Opening, Start};
pub use self::store::{Progress, Store};
pub use self::target::{STDOUT, Target};
