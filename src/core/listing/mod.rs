//! Many requests, one list: what to ask next ([`plan`]), doing it ([`driver`]), and what is known
//! at the end ([`report`]).

pub mod driver;
pub mod fast;
pub mod plan;
pub mod proof;
pub mod report;
