//! Plans, driven without a network.

mod fast;
mod simulation;
