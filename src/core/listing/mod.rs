//! Many requests, one list: what the caller wants ([`request`]), what to ask next ([`plan`]), doing
//! it ([`driver`]), and what is known at the end ([`report`]).

pub mod driver;
pub mod fast;
pub mod page;
pub mod plan;
pub mod proof;
pub mod report;
pub mod request;

pub use driver::Listing;
pub use request::{Consistency, ListingRequest};
