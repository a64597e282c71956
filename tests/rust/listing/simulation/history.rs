//! One simulated history: which server, which list, which changes, which client. A plain value, so
//! that a failing one can be made smaller.

use blocks_sessions::core::listing::Consistency;
use fastrand::Rng;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Addressing {
    Sessions,
    Pages,
    Floored,
    Ignored,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Total {
    Exact,
    Null,
    PageLength,
    /// As it was so many requests ago.
    Stale(usize),
    Capped(u64),
    /// So many more than there are.
    TooMany(u64),
    Zero,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SortBy {
    Activity,
    Created,
}

/// Which keys the sessions show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Shape {
    /// As on the service's page.
    Page,
    /// As the vendor's front-ends type it.
    Vendor,
    /// Activity is hidden, creation is shown.
    CreatedOnly,
    /// Two keys, the one of which rises where the other one falls.
    Turned,
    /// Two keys, one of which is an hour behind the other: the list is sorted by either.
    Trailing,
    Nothing,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Fault {
    None,
    /// A page that ends early.
    Cut,
    /// A page without rows.
    Empty,
}

#[derive(Debug, Clone)]
pub struct History {
    pub seed: u64,
    pub mode: Consistency,
    pub sessions: usize,
    pub clamp: u32,
    pub addressing: Addressing,
    pub total: Total,
    pub sort_by: SortBy,
    pub ascending: bool,
    pub nulls_first: bool,
    /// Share of sessions without activity, in percent.
    pub nulls: u32,
    /// They are sorted by creation, newest first.
    pub nulls_by_creation: bool,
    pub shape: Shape,
    /// The last session of a trailing list shows in its other field that it was just changed.
    pub stray: bool,
    /// The widest group of equal keys.
    pub tie: usize,
    pub stable_ties: bool,
    /// Seconds between neighbouring groups, at most.
    pub spacing: f64,
    /// Granularity of the keys, microseconds.
    pub grain: i64,
    /// Changes per request, and their kinds.
    pub churn: f64,
    pub inserts: u32,
    pub touches: u32,
    pub deletes: u32,
    /// Per mille per request.
    pub bulk_deletes: u32,
    /// New keys lie up to so many microseconds behind the clock.
    pub lag: i64,
    /// What `answered_at` is off by, and how coarse it is.
    pub clock_error: i64,
    pub clock_grain: i64,
    /// Sessions with a key in the far future.
    pub future: usize,
    /// Seconds per request.
    pub pace: f64,
    /// The list has changed like this for long before the first request.
    pub warm: bool,
    pub fault: Fault,
    pub fault_percent: u32,
    pub in_flight: usize,
    pub offset: u64,
    pub max_items: Option<u64>,
    /// Every so many sessions lack an id; 0: none does.
    pub without_id: usize,
    /// This session has the id of the first one.
    pub twin: Option<u32>,
    /// Percent of the touches that set a key near the head back by a little.
    pub set_back: u32,
    /// The region's bounds, as ranks of the list at the start; beyond its ends there is none.
    pub since_rank: Option<usize>,
    pub until_rank: Option<usize>,
    /// Whether sessions without a key belong to a bounded region.
    pub null_end: bool,
    /// Per mille per answer: the process dies, and another one goes on from what was safe.
    pub crashes: u32,
}

impl History {
    /// A quiet list on the default server.
    pub fn plain(sessions: usize) -> Self {
        Self {
            seed: 1,
            mode: Consistency::Checked,
            sessions,
            clamp: 100,
            addressing: Addressing::Sessions,
            total: Total::Exact,
            sort_by: SortBy::Activity,
            ascending: false,
            nulls_first: false,
            nulls: 0,
            nulls_by_creation: false,
            shape: Shape::Page,
            stray: false,
            tie: 1,
            stable_ties: true,
            spacing: 600.0,
            grain: 1,
            churn: 0.0,
            inserts: 1,
            touches: 1,
            deletes: 1,
            bulk_deletes: 0,
            lag: 0,
            clock_error: 0,
            clock_grain: 1,
            future: 0,
            pace: 0.1,
            warm: false,
            fault: Fault::None,
            fault_percent: 0,
            in_flight: 1,
            offset: 0,
            max_items: None,
            without_id: 0,
            twin: None,
            set_back: 0,
            since_rank: None,
            until_rank: None,
            null_end: false,
            crashes: 0,
        }
    }

    /// One change per request, in a list sorted by last activity.
    pub fn busy(sessions: usize, in_flight: usize, seed: u64) -> Self {
        Self { seed, churn: 1.0, in_flight, ..Self::plain(sessions) }
    }

    /// So many changes a request, each of which takes so many seconds, in a list that has long moved like this.
    pub fn rushing(sessions: usize, churn: f64, pace: f64, seed: u64) -> Self {
        Self { seed, churn, pace, warm: true, ..Self::plain(sessions) }
    }

    /// Whatever the seed says.
    pub fn random(seed: u64) -> Self {
        let r = &mut Rng::with_seed(seed ^ 0x5EED);
        let clamp = if r.u32(..100) < 75 { 100 } else { r.u32(10..100) };
        let mut h = Self { seed, clamp, ..Self::plain(size(r, clamp as usize)) };
        h.nulls_by_creation = seed.is_multiple_of(4);
        h.mode = if r.bool() { Consistency::Strict } else { Consistency::Checked };
        h.addressing = pick(
            r,
            &[
                (82, Addressing::Sessions),
                (8, Addressing::Pages),
                (6, Addressing::Floored),
                (4, Addressing::Ignored),
            ],
        );
        h.total = match r.u32(..100) {
            0..45 => Total::Exact,
            45..65 => Total::Null,
            65..75 => Total::PageLength,
            75..85 => Total::Stale(r.usize(1..8)),
            85..95 => Total::Capped(pick(r, &[(1, 10), (1, 50), (1, 100), (1, 200)])),
            _ => Total::Zero,
        };
        h.list(r);
        h.changes(r);
        h.client(r);
        if h.shape == Shape::Page && seed.is_multiple_of(40) {
            h.shape = Shape::Trailing;
            h.stray = seed.is_multiple_of(80);
        }
        if h.churn > 10.0 {
            // One that grows without end is read without end.
            h.deletes = h.deletes.max(h.inserts);
            h.offset = 0;
        }
        // A list that grows faster than it can be read has no end.
        h.churn = h.churn.min(f64::from(h.clamp) * 0.6);
        h
    }

    fn list(&mut self, r: &mut Rng) {
        self.sort_by = if r.u32(..100) < 70 { SortBy::Activity } else { SortBy::Created };
        self.ascending = r.u32(..100) < 12;
        self.nulls_first = r.bool();
        self.nulls = if r.u32(..100) < 85 { 0 } else { pick(r, &[(3, 3), (2, 20), (1, 60)]) };
        self.shape =
            pick(r, &[(80, Shape::Page), (15, Shape::Vendor), (3, Shape::CreatedOnly), (2, Shape::Nothing)]);
        self.tie = match r.u32(..100) {
            0..50 => 1,
            50..75 => r.usize(2..=10),
            75..90 => r.usize(10..=60),
            _ => r.usize(60..=200),
        };
        self.stable_ties = r.bool();
        self.spacing = pick(r, &[(1, 5.0), (2, 60.0), (3, 600.0), (1, 0.1)]);
        self.grain =
            pick(r, &[(60, 1), (20, 1_000_000), (10, 60_000_000), (5, 3_600_000_000), (5, 86_400_000_000)]);
        self.future = if r.u32(..100) < 3 { r.usize(1..4) } else { 0 };
        self.without_id = if r.u32(..100) < 1 { r.usize(1..50) } else { 0 };
    }

    fn changes(&mut self, r: &mut Rng) {
        self.churn = pick(r, &[(30, 0.0), (18, 0.2), (25, 1.0), (9, 3.0), (5, 10.0), (13, 60.0)]);
        if self.churn > 50.0 {
            self.churn = f64::from(r.u32(1..=60));
            self.warm = r.bool();
        }

        (self.inserts, self.touches, self.deletes) = (r.u32(0..4), r.u32(0..4), r.u32(0..4));
        self.bulk_deletes = if r.u32(..100) < 5 { 30 } else { 0 };
        self.lag = pick(r, &[(2, 0), (1, 1_000_000), (1, 2_900_000)]);
        self.clock_error = pick(r, &[(3, 0), (1, 1_000_000), (1, -1_900_000)]);
        self.clock_grain = pick(r, &[(2, 1), (2, 1_000_000)]);
        self.pace = pick(r, &[(2, 0.001), (5, 0.02), (15, 0.15), (5, 1.0)]);
        self.fault = pick(r, &[(84, Fault::None), (8, Fault::Cut), (8, Fault::Empty)]);
        self.fault_percent = pick(r, &[(1, 2), (2, 5), (1, 10)]);
    }

    fn client(&mut self, r: &mut Rng) {
        self.in_flight = pick(r, &[(40, 1), (20, 4), (20, 8), (10, 16), (10, 0)]);
        if self.in_flight == 0 {
            self.in_flight = r.usize(2..16);
        }
        if r.u32(..100) < 5 {
            self.offset = r.u64(0..=(self.sessions as u64 + 20));
            // Ranks in front of the offset must not shrink, or nobody could say what belongs behind it.
            (self.deletes, self.bulk_deletes) = (0, 0);
            (self.stable_ties, self.ascending, self.nulls) = (true, false, 0);
        }
        if r.u32(..100) < 5 {
            self.max_items = Some(r.u64(0..=(self.sessions as u64 + 20)));
        }
        if r.u32(..100) < 10 {
            self.crashes = pick(r, &[(1, 20), (1, 100), (1, 300)]);
        }
        if r.u32(..100) < 15 && self.offset == 0 {
            let (a, b) = (r.usize(0..=self.sessions), r.usize(0..=self.sessions));
            self.until_rank = Some(a.min(b)).filter(|_| r.u32(..100) < 60);
            self.since_rank = Some(a.max(b)).filter(|_| r.u32(..100) < 70);
            self.null_end = r.bool();
        }
    }

    /// The places of the fields that show the key by which the list is sorted.
    pub fn key_fields(&self) -> &'static [usize] {
        match (self.shape, self.sort_by) {
            (Shape::Nothing, _) | (Shape::CreatedOnly, SortBy::Activity) => &[],
            (_, SortBy::Created) => &[2],
            (Shape::Page, SortBy::Activity) => &[0, 1],
            (Shape::Vendor, SortBy::Activity) => &[3],
            (Shape::Turned | Shape::Trailing, SortBy::Activity) => &[0],
        }
    }

    /// Whether the method promises to prove this one.
    pub fn is_inside(&self) -> bool {
        let limit = f64::from(self.clamp);
        let visible = match self.shape {
            Shape::Page | Shape::Vendor | Shape::Turned | Shape::Trailing => true,
            Shape::CreatedOnly => self.sort_by == SortBy::Created,
            Shape::Nothing => false,
        };
        let nulls = if self.sort_by == SortBy::Activity { self.nulls } else { 0 };
        // In a list that has long moved, all changes of one tick of the keys' clock share a key.
        let stamped = if self.warm && self.grain > 1 { self.stamps() } else { 0.0 };
        let narrow = (self.tie_width() as f64) + stamped < limit / 3.0;
        visible
            && self.addressing != Addressing::Ignored
            && narrow
            && nulls == 0
            && (self.fits_a_page(limit) || self.can_be_climbed(limit))
            && self.churn <= 0.25 + self.length() / 20.0
            && self.bulk_deletes == 0
            && self.fault == Fault::None
            && !self.is_taken_on_trust()
            && self.without_id == 0
    }

    /// How many sessions there are about when the first request is made: one that shrinks has done so for long,
    /// each session having changed three times.
    fn length(&self) -> f64 {
        let kinds = f64::from((self.inserts + self.touches + self.deletes).max(1));
        let grown = (f64::from(self.inserts) - f64::from(self.deletes)) / kinds;
        let warmed = if self.warm && self.churn > 0.0 { 3.0 * grown } else { 0.0 };
        self.sessions as f64 * (1.0 + warmed).max(0.0)
    }

    /// What moves while the list is read fits one page.
    fn fits_a_page(&self, limit: f64) -> bool {
        self.head_rows() < limit * 0.5 && self.churn <= limit / 30.0
    }

    /// It does not, but no more moves between two requests than a page holds.
    fn can_be_climbed(&self, limit: f64) -> bool {
        !self.ascending
            && self.addressing == Addressing::Sessions
            && self.clamp >= 30
            && self.churn <= limit * 0.4
            // One that only shrinks is gone before it is read.
            && self.deletes <= self.inserts + self.touches
            && (self.grain == 1 || self.stamps() + (self.tie_width() as f64) < limit / 3.0)
            && self.future == 0
    }

    /// How many changes get the same key, at least those of one request.
    fn stamps(&self) -> f64 {
        self.churn * (self.grain as f64 / 1e6 / self.pace).max(1.0)
    }

    /// Changes a request, for a page of 100: up to 3, up to 20, up to 40, more.
    pub fn bucket(&self) -> usize {
        let churn = self.churn * 100.0 / f64::from(self.clamp);
        [3.0, 20.0, 40.0].iter().position(|most| churn <= *most).unwrap_or(3)
    }

    /// How many sessions may share a key: groups, and what the clock's granularity makes of them.
    pub fn tie_width(&self) -> usize {
        let per_grain = self.grain as f64 / 1e6 / (self.spacing / 2.0);
        (self.tie as f64 * per_grain.max(1.0)) as usize
    }

    /// How many sessions lie where movers may land, at the start and by what happens in the run.
    fn head_rows(&self) -> f64 {
        let seconds = 8.0 + 2.0 * self.grain as f64 / 1e6;
        let old = seconds / (self.spacing / 2.0) * (self.tie as f64 / 2.0).max(1.0) + self.tie as f64;
        let new = self.churn * seconds / self.pace;
        old + new.min(self.churn * (self.sessions as f64 / f64::from(self.clamp) * 1.4 + 8.0))
            + self.future as f64
    }

    /// By design a short first page is believed where `total_count` bears it out: in "checked" at once, in
    /// "strict" if the page behind rank 0 agrees. A server whose total is the page's own length, and that
    /// clamps or cuts its pages, cannot be told from an honest one by that.
    pub fn is_taken_on_trust(&self) -> bool {
        let counts_the_page = matches!(self.total, Total::PageLength | Total::Zero | Total::Capped(_));
        match self.mode {
            Consistency::Checked | Consistency::Fast => {
                counts_the_page && (self.clamp < 100 || self.fault != Fault::None)
            }
            Consistency::Strict => counts_the_page && self.fault != Fault::None,
        }
    }
}

fn size(r: &mut Rng, limit: usize) -> usize {
    match r.u32(..100) {
        0..6 => r.usize(0..4),
        6..12 => r.usize(4..12),
        12..20 => (limit + r.usize(0..7)).saturating_sub(3),
        20..26 => 97 + r.usize(0..7),
        26..80 => r.usize(1..300),
        80..97 => r.usize(300..700),
        _ => r.usize(700..2000),
    }
}

fn pick<T: Copy>(r: &mut Rng, choices: &[(u32, T)]) -> T {
    let sum: u32 = choices.iter().map(|c| c.0).sum();
    let mut at = r.u32(..sum);
    for (weight, value) in choices {
        if at < *weight {
            return *value;
        }
        at -= weight;
    }
    choices[0].1
}
