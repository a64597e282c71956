//! One file a command. A command turns flags into calls of the core, and knows no other command.

pub mod completion;
pub mod config;
pub mod count;
pub mod export;
pub mod list;
pub mod man;
pub mod mask;
pub mod query;
pub mod scan;
pub mod serve;
pub mod sync;
pub mod verify;
pub mod watch;
