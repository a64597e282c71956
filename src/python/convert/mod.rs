//! Arguments to core types, core values to Python objects, core errors to exceptions.
//! It waits for nothing and makes no request.

pub(super) mod argument;
pub(super) mod choice;
pub(super) mod detector;
pub(super) mod errors;
pub(super) mod export_request;
pub(super) mod listing_request;
pub(super) mod mask;
pub(super) mod report;
pub(super) mod repr_data;
pub(super) mod request;
pub(super) mod session;
pub(super) mod settings;
pub(super) mod signature;
pub(super) mod time;
pub(super) mod timeout;
pub(super) mod token;
