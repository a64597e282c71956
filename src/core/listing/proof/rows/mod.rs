//! Rows on their way through the proof: a page as it was read, the ids seen, the rows that go out.
//! No key is compared here.

pub mod claims;
pub mod handed;
pub mod id_set;
pub mod page_view;
pub mod reorder_buffer;
