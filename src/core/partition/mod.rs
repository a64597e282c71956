//! One listing cut by its sort key, for several machines: parts that are disjoint and whole whenever and however
//! often they are read, and a settling that finds what moved meanwhile.
//!
//! ```text
//!  Planner ── calibration (a Seed), the head's top T, one page at each rank boundary
//!     │         W = min(T, clock) - skew - granularity: nothing lands at or below it any more
//!     ▼
//!  PartitionPlan ── Part 0 ┬ low < key <= W      each a listing of its own: a region, seeded, "strict"
//!     │             Part 1 ┤ low < key <= high     │
//!     │             Part n ┘ key <= high           ▼ PartEvidence, and the ids it yielded
//!     └── settle ── the parts tile (-inf, W] under one order; the head above W is read; what no part yielded
//!                   is yielded: by classes of ids, so that a part read again changes nothing
//! ```
//! A session whose key lies at or below W when the head is read has not moved since the plan: its part yielded it,
//! whenever that was read. One above W is found in the head, unless a part yielded it before it moved.
//!
//! # How it is used
//! [`plan`](read::plan) makes a [`PartitionPlan`]; [`Part::request`](plan::Part) is the listing of a part
//! ([`read`]), [`PartEvidence`] what it came to; [`PartitionPlan::settle`](plan::PartitionPlan) checks the evidence
//! and gives the listing of the head. Plans, parts and evidence are plain values with serde; no secret is in them.
//!
//! # It must not know
//! Engines, Python, files; how a listing is proven.

pub mod plan;
pub mod planner;
pub mod read;
pub mod settle;

pub use plan::{Part, PartEvidence, PartRange, PartitionPlan};
pub use planner::Planner;
pub use settle::{SettleError, class_of};
