//! The tape and its reader.

mod property;
mod reader;
mod to_serde;
