//! What a proof needs to know of each session: a hash of its id, and the keys by which a list may be
//! sorted. Plain data, read off the tape once a page; it knows neither the page nor the listing.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::OnceLock;

use serde::{Deserialize, Serialize};

/// What a listing has to know of one session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RowFacts {
    /// A 128-bit hash of `session_id`; `None` if the session has none.
    pub id: Option<u128>,
    /// The candidate sort keys in microseconds since 1970, in the order of [`KEY_FIELDS`].
    pub keys: [Option<i64>; KEY_FIELDS.len()],
}

/// The fields by which a service may sort its list.
pub const KEY_FIELDS: [&str; 4] = ["last_message_at", "updated_at", "created_at", "last_entry_date"];

/// Where `created_at` stands among them, and `last_entry_date`.
pub const CREATED_AT: usize = 2;
pub const LAST_ENTRY_DATE: usize = 3;

/// A share of all sessions, by a hash of their ids: whoever settles one is to yield no session of another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct IdClass {
    pub classes: u32,
    pub class: u32,
}

impl IdClass {
    /// The class that an id belongs to, of so many.
    #[must_use]
    pub fn of(id: u128, classes: u32) -> u32 {
        u32::try_from(id % u128::from(classes.max(1))).unwrap_or(0)
    }

    /// Whether a session belongs to it; one without an id belongs to the first.
    #[must_use]
    pub fn holds(self, id: Option<u128>) -> bool {
        id.map_or(0, |id| Self::of(id, self.classes)) == self.class
    }
}

/// What a listing has to know of one answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    pub rows: Vec<RowFacts>,
    /// `None` where the service sent none, or nonsense.
    pub total_count: Option<u64>,
    /// The service's clock when it answered (its `Date`), else ours; microseconds since 1970.
    pub answered_at: i64,
    /// That is the service's clock, and not ours.
    pub dated: bool,
}

/// The key under which session ids are hashed. Hashes are kept beside a saved proof, so that its owner
/// keeps the key as well.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct IdKey(pub u64, pub u64);

impl IdKey {
    #[must_use]
    pub fn random() -> Self {
        let random = || RandomState::new().build_hasher().finish();
        Self(random(), random())
    }

    /// The key of listings that outlive no process.
    #[must_use]
    pub fn of_process() -> Self {
        static KEY: OnceLock<IdKey> = OnceLock::new();
        *KEY.get_or_init(Self::random)
    }
}
