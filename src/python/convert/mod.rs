//! Arguments to core types ([`arguments`]), core values to Python objects, core errors to exceptions.
//! It waits for nothing and makes no request.

pub(super) mod arguments;
pub(super) mod errors;
pub(super) mod event;
mod remembered;
pub(super) mod report;
pub(super) mod repr_data;
pub(super) mod session;
pub(super) mod time;
