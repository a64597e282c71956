//! Many requests, one list: what the caller wants ([`request`]), what to ask next ([`plan`]), doing
//! it ([`driver`]), and cutting what came into the caller's pages ([`rechunk`]).
//!
//! # What stands on it
//! A [`ListingRequest`] says all that a listing can be; its defaults are a whole list in `"checked"`.
//!
//! - **A part of the list**: `region: Region::between(since, until)` (microseconds since 1970, `since <= key <
//!   until` on the key that the list is sorted by, whichever that proves to be; `None` is open). `nulls: true`
//!   adds the sessions without a key, `Region::NULLS` is those alone. With `until` early enough nothing can land
//!   in the region, and the head is not read. `report.region` and `report.order` say what it came to.
//! - **Known already**: [`Listing::seed`] of one listing is the `seed` of another over the same list: orders,
//!   paging and the list's top need not be found out again. `Seed::rank` is a hint where the region begins.
//! - **Going on after a crash**: with `keep_proof: true`, [`Listing::checkpoint`] gives a [`Checkpoint`] for the
//!   pages that [`Listing::next_page`] has returned: make their rows safe, then `ids` (append them), then
//!   `proof` (it replaces the last one). Later, `resume: Some(Resume { proof, ids, id_key })` with *all* ids so
//!   far goes on: rows that are safe are not handed out again, and the certificate is that of one listing.
//!   With `proof: None` the rows are kept and a new proof begins over them. Pages read but not handed out are
//!   read again. Rows handed out after the checkpoint come again: cut them off.
//! - **Shares**: `class` hands out the sessions of one class of ids only, and `keep_ids` keeps their hashes, under
//!   the `id_key` of `resume`, for [`Listing::ids`].
//! - **Seen again**: with `again: true`, sessions that are seen again with a later key are handed out again, for
//!   whoever keeps the newest version of each.
//!
//! # It must not know
//! Files, databases, Python; how one request is made reliable (that is `client`).

pub mod bounds;
pub mod count;
pub mod driver;
pub mod fast;
pub mod plan;
pub mod proof;
pub mod rechunk;
pub mod request;
pub mod row_filter;
pub mod saved;
pub mod shortcut;
pub mod terms;

pub use driver::Listing;
pub use proof::keys::region::Region;
pub use proof::persist::{Origin, Seed};
pub use request::ListingRequest;
pub use saved::{Checkpoint, Resume, ResumeError, SavedProof};
pub use terms::Consistency;
