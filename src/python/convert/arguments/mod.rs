//! What callers pass, to core types. `signature` declares each keyword once; `request`, `listing_request`,
//! `export_request` and `settings` read them. It knows nothing of what a call gives back.

pub(in crate::python) mod argument;
pub(in crate::python) mod choice;
pub(in crate::python) mod detector;
pub(in crate::python) mod export_request;
pub(in crate::python) mod functions;
pub(in crate::python) mod listing_request;
pub(in crate::python) mod mask;
pub(in crate::python) mod request;
pub(in crate::python) mod settings;
pub(in crate::python) mod signature;
pub(in crate::python) mod timeout;
pub(in crate::python) mod token;
pub(in crate::python) mod way;
