//! The ids that were read, as 128-bit hashes, in a table that grows piece by piece.
//! It knows nothing of pages.

use hashbrown::HashTable;
use hashbrown::hash_table::Entry;

/// Tables that grow one at a time: growing one big table would hold old and new at once.
const SHARDS: usize = 64;

/// A set of 128-bit hashes. 64 bits would not do: a collision would drop a session.
#[derive(Debug)]
pub struct IdSet {
    shards: Vec<HashTable<u128>>,
    len: u64,
}

impl Default for IdSet {
    fn default() -> Self {
        Self { shards: std::iter::repeat_with(HashTable::new).take(SHARDS).collect(), len: 0 }
    }
}

impl IdSet {
    /// Adds an id; `true` if it is new.
    pub fn insert(&mut self, id: u128) -> bool {
        let Some(shard) = self.shards.get_mut(shard_of(id)) else { return false };
        let Entry::Vacant(place) = shard.entry(slot_of(id), |other| *other == id, |other| slot_of(*other))
        else {
            return false;
        };
        place.insert(id);
        self.len += 1;
        true
    }

    pub fn contains(&self, id: u128) -> bool {
        self.shards.get(shard_of(id)).is_some_and(|s| s.find(slot_of(id), |other| *other == id).is_some())
    }

    pub fn len(&self) -> u64 {
        self.len
    }

    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Bytes held by the tables.
    pub fn allocated(&self) -> usize {
        self.shards.iter().map(|s| s.allocation_size() + size_of::<HashTable<u128>>()).sum()
    }
}

/// The shard and the slot take different bits, or every shard would be filled at few places.
fn shard_of(id: u128) -> usize {
    usize::try_from(id >> 122).unwrap_or(0) % SHARDS
}

fn slot_of(id: u128) -> u64 {
    u64::try_from(id & u128::from(u64::MAX)).unwrap_or(0)
}
