//! The service, in memory, over real sockets: for demos, for users' tests and for ours.
//!
//! | step of a request | where |
//! |---|---|
//! | a socket is accepted, a connection served | `server`, `server::connection` |
//! | route, quota, tenant, token, body: what is refused and in which order | `service`, `check`, `tokens` |
//! | a page is cut from an agent's list, and the list moves on | `store`, over sessions made by `generate` |
//! | the answer, good or refused, as a value | `answer`, `details` |
//! | a fault spoils it | `faults` |
//! | it goes over the wire, whole or broken | `server::delivery` |
//!
//! It promises the statuses and bodies of the service's own page; the same seed gives the same sessions,
//! changes and faults; `store::history` tells what a whole listing must have found. It must not know Python or
//! the core, which it is there to test.

mod answer;
mod check;
mod clock;
mod details;
mod faults;
mod generate;
mod options;
mod plant;
mod rng;
mod server;
mod service;
mod store;
mod tokens;

pub use faults::{FaultGroup, FaultKind, Faults, fault_kinds};
pub use options::{Churn, EmulatorOptions, ErrorStyle, OffsetUnit, Order, Sessions, TotalCount};
pub use server::Emulator;
pub use server::record::ReceivedRequest;
pub use store::ChangeRefused;
pub use store::change::ChangeKind;
pub use store::history::{Event, History};
