//! Plans, driven without a network, and the driver that drives them over one.

mod driver;
mod fast;
mod simulation;
