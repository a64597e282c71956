//! Regions: which part of the list is wanted, by its sort key, and which keys an epoch has to cover.
//! No page is known here.

use serde::{Deserialize, Serialize};

use super::order::{BOTTOM, DAY, Keys, NULL_HIGH, NULL_LOW, Order, TOP};
use crate::core::model::row_facts::KEY_FIELDS;

/// The part of the list whose sort key lies in `since <= key < until`. Keys are microseconds since 1970;
/// `None` is open. `nulls`: sessions without a key belong to it as well.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Region {
    pub since: Option<i64>,
    pub until: Option<i64>,
    pub nulls: bool,
    /// What a condition implies of each key, by its field: nothing outside can be wanted if the list is sorted
    /// by it. Rows outside are not refused, since the condition is asked of each; they need not be read.
    #[serde(default)]
    pub implied: [Limits; KEY_FIELDS.len()],
}

/// Between which moments one key lies in whatever a condition takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    pub since: Option<i64>,
    pub until: Option<i64>,
    /// Sessions without this key may be taken as well.
    pub nulls: bool,
}

impl Limits {
    pub const NONE: Self = Self { since: None, until: None, nulls: true };

    /// What lies within both.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            since: [self.since, other.since].into_iter().flatten().max(),
            until: [self.until, other.until].into_iter().flatten().min(),
            nulls: self.nulls && other.nulls,
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self::NONE
    }
}

impl Default for Region {
    fn default() -> Self {
        Self::WHOLE
    }
}

impl Region {
    pub const WHOLE: Self =
        Self { since: None, until: None, nulls: true, implied: [Limits::NONE; KEY_FIELDS.len()] };
    /// Only the sessions without a key.
    pub const NULLS: Self = Self { since: Some(i64::MAX), until: Some(i64::MAX), ..Self::WHOLE };

    /// `since <= key < until`; sessions without a key lie outside.
    #[must_use]
    pub fn between(since: Option<i64>, until: Option<i64>) -> Self {
        Self { since, until, nulls: since.is_none() && until.is_none(), ..Self::WHOLE }
    }

    /// What has to be read of a list that is sorted by this field.
    fn limits(&self, field: usize) -> Limits {
        let own = Limits { since: self.since, until: self.until, nulls: self.nulls };
        self.implied.get(field).map_or(own, |implied| own.and(*implied))
    }

    #[must_use]
    pub fn is_whole(&self) -> bool {
        *self == Self::WHOLE
    }

    /// Whether every session belongs to it: what a condition implies refuses none.
    #[must_use]
    pub fn holds_all(&self) -> bool {
        self.since.is_none() && self.until.is_none() && self.nulls
    }

    /// Whether a session with this key belongs to it.
    #[must_use]
    pub fn holds(&self, key: Option<i64>) -> bool {
        let inside = |key: i64| {
            self.since.is_none_or(|since| since <= key) && self.until.is_none_or(|until| key < until)
        };
        key.map_or(self.nulls, inside)
    }

    /// As users read it, with the field that the list is sorted by; `None` for the whole list.
    pub fn text(&self, field: &str) -> Option<String> {
        let limits = self.limits(KEY_FIELDS.iter().position(|name| *name == field)?);
        let moment = |micros: i64| jiff::Timestamp::from_microsecond(micros).ok();
        let since = limits.since.and_then(moment).map(|at| format!("{field} >= {at}"));
        let until = limits.until.and_then(moment).map(|at| format!("{field} < {at}"));
        let bounds = match (since, until) {
            (Some(since), Some(until)) => format!("{since} and {until}"),
            (Some(bound), None) | (None, Some(bound)) => bound,
            (None, None) if limits == Limits::NONE => return None,
            (None, None) => {
                return Some(format!("{field} is {}null", if limits.nulls { "" } else { "not " }));
            }
        };
        Some(if limits.nulls { format!("({bounds}) or {field} is null") } else { bounds })
    }

    /// The keys of the region under one order, from above.
    pub fn zones(&self, order: Order) -> Vec<Zone> {
        let limits = self.limits(order.field());
        let (since, until) =
            (limits.since.map(|v| order.of_value(v)), limits.until.map(|v| order.of_value(v)));
        // Keys fall along the list: under an ascending order the greatest key is that of `since`.
        let (lowest, highest) = if order.ascending() {
            (until, since.map(|key| key + 1))
        } else {
            (since.map(|key| key - 1), until)
        };
        let (under, over) = if order.nulls_first() { (BOTTOM, NULL_HIGH) } else { (NULL_LOW, TOP) };
        let values = Zone { lo: lowest.unwrap_or(under), hi: highest.unwrap_or(over) };
        let nulls = if order.nulls_first() {
            Zone { lo: NULL_HIGH - 1, hi: TOP }
        } else {
            Zone { lo: BOTTOM, hi: NULL_LOW + 1 }
        };
        let mut zones = vec![values];
        if limits.nulls {
            zones.push(nulls);
            zones.sort_unstable_by_key(|zone| std::cmp::Reverse(zone.hi));
        }
        merge(zones)
    }
}

/// The keys that an epoch has to cover: `lo < key < hi`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Zone {
    pub lo: i64,
    pub hi: i64,
}

impl Zone {
    pub fn is_empty(self) -> bool {
        self.hi.saturating_sub(1) <= self.lo
    }

    pub fn holds(self, key: i64) -> bool {
        self.lo < key && key < self.hi
    }

    fn both(self, other: Self) -> Self {
        Self { lo: self.lo.max(other.lo), hi: self.hi.min(other.hi) }
    }
}

/// Zones from above, with no empty one, and those that meet joined.
fn merge(zones: Vec<Zone>) -> Vec<Zone> {
    let mut merged: Vec<Zone> = Vec::with_capacity(zones.len());
    for zone in zones.into_iter().filter(|zone| !zone.is_empty()) {
        match merged.last_mut() {
            Some(above) if above.lo < zone.hi => above.lo = above.lo.min(zone.lo),
            _ => merged.push(zone),
        }
    }
    merged
}

/// The top of the list when an epoch began: whatever moves or is born later lands above it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Start {
    pub answered_at: i64,
    pub tops: Keys,
    /// The moment is one of the service's clock.
    pub dated: bool,
}

/// Where sessions land that moved or were born since an epoch began.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Landing {
    pub since: Start,
    pub skew: i64,
}

impl Landing {
    /// The zone under one order, whose keys are coarse by `granularity`.
    pub fn zone(&self, order: Order, granularity: i64) -> Zone {
        let bound = order.of_value(self.bound(order, granularity));
        match (order.ascending(), order.nulls_first()) {
            (false, false) => Zone { lo: bound, hi: TOP },
            // A null never becomes a null: movers land below the nulls.
            (false, true) => Zone { lo: bound, hi: NULL_HIGH },
            (true, false) => Zone { lo: NULL_LOW, hi: bound },
            (true, true) => Zone { lo: BOTTOM, hi: bound },
        }
    }

    /// Nothing lands at or below this value.
    pub fn bound(&self, order: Order, granularity: i64) -> i64 {
        // A key in the future must not hide newcomers, so the clock bounds it as well.
        let top = self.since.tops.get(order.field()).copied().flatten();
        // The top of an ascending list is at its end, and was not seen then.
        let top = top.filter(|_| !order.ascending()).unwrap_or(i64::MAX);
        // Nothing moved for more than a day (keys may be kept in local time): what does so now lands above all.
        let slack = DAY.saturating_add(granularity).saturating_add(self.skew);
        if self.since.dated && top.saturating_add(slack) < self.since.answered_at {
            return top;
        }
        top.min(self.since.answered_at)
            .saturating_sub(self.skew)
            .saturating_sub(granularity)
            .saturating_sub(1)
    }
}

/// What an epoch has to cover: the region, or what of it lies where sessions land.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    pub region: Region,
    pub landing: Option<Landing>,
}

impl Target {
    pub fn zones(&self, order: Order, granularity: i64) -> Vec<Zone> {
        let zones = self.region.zones(order);
        let Some(landing) = self.landing else { return zones };
        let landing = landing.zone(order, granularity);
        zones.into_iter().map(|zone| zone.both(landing)).filter(|zone| !zone.is_empty()).collect()
    }

    /// Everything of a list that has no bounds.
    pub fn is_whole(&self) -> bool {
        self.landing.is_none() && self.region.is_whole()
    }
}
