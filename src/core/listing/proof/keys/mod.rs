//! Keys and what they prove: the orders that the list may have, the regions to cover, the cover so far.
//! No request is known here; ranks are only carried along as hints.

pub mod coverage;
pub mod density;
pub mod order;
pub mod region;
pub mod sort_orders;
