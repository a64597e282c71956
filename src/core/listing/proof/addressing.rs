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
        self.page_with(want, |_, end| end)
    }

    /// Where to go on behind rank `stop`: with the overlap asked for, or as much as still makes way.
    pub fn after(self, stop: u64, overlap: u64) -> u64 {
        let makes_way = |want: &u64| {
            let reach = self.reach(*want);
            reach.start + u64::from(reach.limit) > stop
        };
        (stop.saturating_sub(overlap)..stop).find(makes_way).unwrap_or(stop)
    }

    /// The request whose answer holds rank `center` as near to its middle as can be.
    pub fn around(self, center: u64) -> Reach {
        if self.counting == Counting::Sessions {
            return self.reach(center.saturating_sub(u64::from(self.limit / 2)));
        }
        self.page_with(center, |start, end| (center - start).min(end - center))
    }

    /// The request whose answer ends a little behind rank `end`, and begins as early as can be.
    pub fn ending(self, end: u64, behind: u64) -> Reach {
        if self.counting == Counting::Sessions {
            return self.reach((end + behind).saturating_sub(u64::from(self.limit)));
        }
        self.page_with(end, |start, stop| if stop >= end + behind { end - start + 1 } else { 0 })
    }

    /// The page of whatever size that holds `want` and is best.
    fn page_with(self, want: u64, worth: impl Fn(u64, u64) -> u64) -> Reach {
        // Pages of another size lie elsewhere: only so can neighbours overlap.
        let sizes = (self.limit / 2).max(2).min(self.limit)..=self.limit;
        let limit = sizes.max_by_key(|size| {
            let start = want / u64::from(*size) * u64::from(*size);
            worth(start, start + u64::from(*size))
        });
        let limit = limit.unwrap_or(self.limit).max(1);
        let page = want / u64::from(limit);
        let start = page * u64::from(limit);
        let offset = if self.counting == Counting::Pages { page } else { start };
        Reach { offset, limit, start }
    }
}
