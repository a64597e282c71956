//! The rules that the proof rests on, as values, so that a test can take one away and see the
//! listing fail. It knows no page.

/// Pages of fewer sessions cannot well overlap and make way: a server that gives less is not coped with.
pub const LEAST_LIMIT: u32 = 3;

/// An empty page where there should be rows is asked for again so often.
pub const EMPTY_PAGES: u32 = 3;
/// So often the head of a list that had sessions.
pub const EMPTY_HEADS: u32 = 4;

/// The switchable rules. The default is what users get.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each rule is one switch")]
pub struct Rules {
    /// What every request asks for: a small page could not overlap and make way.
    pub limit: u32,
    /// Sessions that neighbouring pages share, so that a few changes in between open no gap.
    pub overlap: u32,
    /// How far a new key may lie behind the service's clock, in microseconds.
    pub skew: i64,
    /// Rounds over the head before a list counts as one that never settles.
    pub max_epochs: u32,
    /// Read the head again at the end: whatever moved while reading is there.
    pub head_recheck: bool,
    /// Neighbours must cross, not touch: a tie at the seam can be reshuffled between two reads.
    pub cross: bool,
    /// A short page is the end only if a second reading bears it out.
    pub tail_proof: bool,
    /// Take `total_count` at its word. It may be capped, stale or the page's length: off.
    pub trust_total: bool,
    /// A head that no page can hold is read from below upward.
    pub climb: bool,
    /// A page of the climb crosses the one below; touching it would not do.
    pub climb_cross: bool,
    /// The climb begins at a page that reaches down to the bound.
    pub climb_foot: bool,
    /// Each page of the climb is asked for when the one below it was read, and not before.
    pub climb_alone: bool,
    /// A saved proof is gone on with together with the ids that its owner kept.
    pub restore_ids: bool,
    /// Where several orders fit, the head is proven under each: sessions may land at either end.
    pub all_orders: bool,
    /// A bounded region begins where a page crosses its bound, not where an offset seems to lie.
    pub bound_by_key: bool,
    /// Where two fields may be the key and do not agree on what a bound holds, the whole list is read.
    pub widen: bool,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            limit: 100,
            overlap: 8,
            skew: 5_000_000,
            max_epochs: 12,
            head_recheck: true,
            cross: true,
            tail_proof: true,
            trust_total: false,
            climb: true,
            climb_cross: true,
            climb_foot: true,
            climb_alone: true,
            restore_ids: true,
            all_orders: true,
            bound_by_key: true,
            widen: true,
        }
    }
}
