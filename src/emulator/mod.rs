//! The service, in memory, over real sockets: for demos, for users' tests and for ours.
//!
//! A request passes [`server`] (threads and port), [`wire`] (one connection), [`service`] (routes
//! and checks) and [`world`] (the lists), and comes back as an [`answer`] by way of [`faults`]
//! and [`delivery`]. Nothing here knows Python, and nothing knows the client that it is to test.

mod answer;
mod change;
mod check;
mod delivery;
mod details;
mod dice;
mod faults;
mod generate;
mod history;
mod list;
mod options;
mod record;
mod server;
mod service;
mod tokens;
mod wire;
mod world;

pub use change::ChangeKind;
pub use faults::{FaultGroup, FaultKind, Faults, fault_kinds};
pub use history::{Event, History};
pub use options::{Churn, EmulatorOptions, ErrorStyle, OffsetUnit, Order, Sessions, TotalCount};
pub use record::ReceivedRequest;
pub use server::Emulator;
