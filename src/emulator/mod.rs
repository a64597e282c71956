//! The service, in memory, over real sockets: for demos, for users' tests and for ours.
//!
//! A request passes `server` (threads and port), `server::connection` (one connection), `service` (routes
//! and checks) and `store` (the lists), and comes back as an `answer` by way of `faults`
//! and `server::delivery`. Nothing here knows Python, and nothing knows the client that it is to test.

mod answer;
mod check;
mod details;
mod faults;
mod generate;
mod options;
mod rng;
mod server;
mod service;
mod store;
mod tokens;

pub use faults::{FaultGroup, FaultKind, Faults, fault_kinds};
pub use options::{Churn, EmulatorOptions, ErrorStyle, OffsetUnit, Order, Sessions, TotalCount};
pub use server::Emulator;
pub use server::record::ReceivedRequest;
pub use store::change::ChangeKind;
pub use store::history::{Event, History};
