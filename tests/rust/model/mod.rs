//! What the service speaks of.

mod page_body;
