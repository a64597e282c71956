//! The service in memory, over real sockets.

mod change;
mod client;
mod faults;
mod list;
mod page;
mod refusals;
