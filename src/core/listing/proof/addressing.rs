//! How the server counts offsets, and which request therefore reaches a given rank.
//! It knows no page and no answer.

use serde::{Deserialize, Serialize};

use super::transition::Position;
use crate::core::model::report::Addressing;

/// No list is longer: a guess beyond it is none.
const FAR: u64 = 1 << 48;

/// A request, and the rank at which its answer begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Address {
    pub offset: u64,
    pub limit: u32,
    pub start: u64,
}

/// What is known of the server's paging.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Paging {
    pub addressing: Addressing,
    /// The rows that the server really gives, where it clamps the limit.
    pub limit: u32,
}

impl Paging {
    /// The request for a position; pages that end somewhere go `overlap` beyond it.
    pub fn address(self, position: Position, overlap: u64) -> Address {
        match position {
            Position::Rank(rank) => self.reach(rank.min(FAR)),
            Position::Around(rank) => self.around(rank.min(FAR)),
            Position::Ending(rank) => self.ending(rank.min(FAR), overlap),
            Position::Raw { offset, limit } => {
                Address { offset, limit: limit.min(self.limit), start: offset }
            }
        }
    }

    /// The request whose answer holds rank `rank` and as much as possible behind it.
    pub fn reach(self, rank: u64) -> Address {
        if self.addressing == Addressing::Sessions {
            return Address { offset: rank, limit: self.limit, start: rank };
        }
        self.page_with(rank, |_, end| end)
    }

    /// Where to go on behind rank `stop`: with the overlap asked for, or as much as still makes way.
    pub fn after(self, stop: u64, overlap: u64) -> u64 {
        let makes_way = |rank: &u64| {
            let address = self.reach(*rank);
            address.start + u64::from(address.limit) > stop
        };
        (stop.saturating_sub(overlap)..stop).find(makes_way).unwrap_or(stop)
    }

    /// The request whose answer holds rank `center` as near to its middle as can be.
    pub fn around(self, center: u64) -> Address {
        if self.addressing == Addressing::Sessions {
            return self.reach(center.saturating_sub(u64::from(self.limit / 2)));
        }
        self.page_with(center, |start, end| (center - start).min(end - center))
    }

    /// The request whose answer ends a little behind rank `end`, and begins as early as can be.
    pub fn ending(self, end: u64, behind: u64) -> Address {
        if self.addressing == Addressing::Sessions {
            return self.reach((end + behind).saturating_sub(u64::from(self.limit)));
        }
        self.page_with(end, |start, stop| if stop >= end + behind { end - start + 1 } else { 0 })
    }

    /// The page of whatever size that holds `rank` and is best.
    fn page_with(self, rank: u64, worth: impl Fn(u64, u64) -> u64) -> Address {
        // Pages of another size lie elsewhere: only so can neighbours overlap.
        let sizes = (self.limit / 2).max(2).min(self.limit)..=self.limit;
        let limit = sizes.max_by_key(|size| {
            let start = rank / u64::from(*size) * u64::from(*size);
            worth(start, start + u64::from(*size))
        });
        let limit = limit.unwrap_or(self.limit).max(1);
        let page = rank / u64::from(limit);
        let start = page * u64::from(limit);
        let offset = if self.addressing == Addressing::Pages { page } else { start };
        Address { offset, limit, start }
    }
}
