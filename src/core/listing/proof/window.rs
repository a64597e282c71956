//! How the server counts offsets, and which request therefore reaches a given rank.
//! It knows no page and no answer.

/// How the server reads `offset`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counting {
    Sessions,
    /// As page numbers of the limit's size.
    Pages,
    /// As sessions, rounded down to a multiple of the limit.
    Floored,
}

/// A request, and the rank at which its answer begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reach {
    pub offset: u64,
    pub limit: u32,
    pub start: u64,
}

/// What is known of the server's addressing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    pub counting: Counting,
    /// The rows that the server really gives, where it clamps the limit.
    pub limit: u32,
}

impl Window {
    /// The request whose answer holds rank `want` and as much as possible behind it.
    pub fn reach(self, want: u64) -> Reach {
        if self.counting == Counting::Sessions {
            return Reach { offset: want, limit: self.limit, start: want };
        }
        // Pages of another size lie elsewhere: only so can neighbours overlap.
        let sizes = (self.limit / 2).max(2).min(self.limit)..=self.limit;
        let limit = sizes.max_by_key(|size| (want / u64::from(*size) + 1) * u64::from(*size));
        let limit = limit.unwrap_or(self.limit).max(1);
        let page = want / u64::from(limit);
        let start = page * u64::from(limit);
        let offset = if self.counting == Counting::Pages { page } else { start };
        Reach { offset, limit, start }
    }
}
