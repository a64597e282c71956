//! Many requests, one list: what the caller wants ([`request`]), what to ask next ([`plan`]), doing
//! it ([`driver`]), and cutting what came into the caller's pages ([`rechunk`]).

pub mod driver;
pub mod fast;
pub mod plan;
pub mod proof;
pub mod rechunk;
pub mod request;
pub mod sieve;

pub use driver::Listing;
pub use plan::Consistency;
pub use request::ListingRequest;
