//! The head read from below upward, where no single page can hold all that moves: page by page in the
//! direction in which sessions move, never two in flight. It knows no gap.

use super::Phase;
use crate::core::listing::proof::evidence::Entry;
use crate::core::listing::proof::keys::coverage::Span;
use crate::core::listing::proof::keys::order::{Keys, Order, OrderSet};
use crate::core::listing::proof::rows::page_view::{Ending, PageView};
use crate::core::listing::proof::state::ProofState;
use crate::core::listing::proof::transition::{Action, PageRequest, Position, Transition, Verdict};
use crate::core::model::report::Certificate;

/// Reads in a row that bring the climb no further, and climbs that are begun anew.
const STUCK: u32 = 12;
const CLIMBS: u32 = 3;
/// Rows that two pages of one tie must share in the same order: fewer could agree by chance.
const ANCHORS: usize = 8;

#[expect(clippy::large_enum_variant, reason = "one a climb")]
#[derive(Debug, Clone, PartialEq)]
enum Reading {
    /// For the foot: a page whose last key lies at or below the bound.
    Foot,
    /// Behind a short page that ends above the bound: is it the end of the list?
    Behind(Ending, Step),
    /// For the page above the last one.
    Up,
}

/// The page that the climb has come to.
#[derive(Debug, Clone, PartialEq)]
struct Step {
    span: Span,
    /// The ids from its top, and how many of its first rows share the first key.
    ids: Vec<u128>,
    tied: u64,
}

/// The phase.
#[derive(Debug)]
pub struct Climb {
    reading: Reading,
    /// Where the foot is looked for, and by how much further the next time.
    at: u64,
    stride: u64,
    step: Option<Step>,
    /// When the foot was read: what is there then, and still is at the end, will have been read.
    foot_at: i64,
    /// How far newcomers push the page that was read last from one read to the next.
    shift: u64,
    /// How much further down the next page above is looked for, since the last one was too high.
    lower: u64,
    stuck: u32,
    climbs: u32,
    /// Two pages of one tie were linked by their ids.
    anchored: bool,
}

impl Climb {
    /// `foot`: the rank at which the bound is guessed to lie.
    pub fn new(foot: u64) -> Self {
        Self {
            reading: Reading::Foot,
            at: foot,
            stride: 0,
            step: None,
            foot_at: 0,
            shift: 0,
            lower: 0,
            stuck: 0,
            climbs: 0,
            anchored: false,
        }
    }
}

impl Phase for Climb {
    fn name(&self) -> &'static str {
        "climb"
    }

    fn next(&mut self, state: &mut ProofState, in_flight: usize) -> Action {
        // Of two pages in flight nobody knows which was read first.
        if in_flight > 0 {
            return Action::Wait;
        }
        if state.is_outdated() {
            return Action::Leave(state.start_over());
        }
        Action::Ask(PageRequest::at(match (&self.reading, &self.step) {
            (Reading::Behind(ending, _), _) => Position::Rank(ending.span.stop),
            (Reading::Up, Some(step)) => Position::Ending(self.above(step, state)),
            // Without the rule: whatever page comes first.
            _ if !state.rules.climb_foot => Position::Ending(state.limit()),
            _ => Position::Ending(self.at),
        }))
    }

    fn take(&mut self, read: &PageView<'_>, state: &mut ProofState) -> Option<Transition> {
        if state.went_back {
            let why =
                "A session was seen with an earlier key than before, so that its place cannot be relied on";
            return Some(Transition::End(Verdict::Unproven(why.to_owned())));
        }
        if state.orders.effective().is_empty() {
            return Some(state.give_up("No field that the sessions show explains the order of the list"));
        }
        match self.reading.clone() {
            Reading::Foot => self.find_foot(read, state),
            Reading::Behind(ending, step) => self.look_behind(read, &ending, step, state),
            Reading::Up => self.go_up(read, state),
        }
    }
}

impl Climb {
    fn find_foot(&mut self, read: &PageView<'_>, state: &mut ProofState) -> Option<Transition> {
        let Some(span) = read.span else { return self.look_higher(read, state) };
        let step = step_of(read, span, state.orders.effective());
        if is_foot(read, &span, state) || !state.rules.climb_foot {
            return self.stand_on(step, read.answered_at, state);
        }
        if read.short {
            self.reading = Reading::Behind(Ending::of(read, span), step);
            return None;
        }
        self.stuck += 1;
        self.stride = (self.stride * 2).max(state.limit() - state.overlap());
        self.at = read.stop() + self.stride;
        (self.stuck > 4 * STUCK).then(|| state.give_up(&self.why(state)))
    }

    /// Behind the end of the list.
    fn look_higher(&mut self, read: &PageView<'_>, state: &ProofState) -> Option<Transition> {
        self.stuck += 1;
        if read.request.start == 0 && self.stuck > STUCK {
            return Some(Transition::EmptyPage { calibrated: true });
        }
        self.stride = (self.stride / 2).max(state.limit() / 2);
        self.at = read.request.start.saturating_sub(self.stride);
        (self.stuck > 4 * STUCK).then(|| state.give_up(&self.why(state)))
    }

    fn look_behind(
        &mut self,
        read: &PageView<'_>,
        ending: &Ending,
        step: Step,
        state: &mut ProofState,
    ) -> Option<Transition> {
        self.reading = Reading::Foot;
        if state.is_end(ending, read) && !state.short_page_before_end {
            return self.stand_on(step, ending.at, state);
        }
        self.find_foot(read, state)
    }

    fn stand_on(&mut self, step: Step, at: i64, state: &mut ProofState) -> Option<Transition> {
        self.foot_at = at;
        self.stuck = 0;
        self.reading = Reading::Up;
        self.rise(step, state)
    }

    fn rise(&mut self, step: Step, state: &mut ProofState) -> Option<Transition> {
        let top = step.span.top;
        let orders = state.orders.effective();
        let meets = |head: &Span| orders.all(|o| o.key(&head.last) < o.key(&step.span.first));
        let top = top || state.early_head.as_ref().is_some_and(meets);
        self.step = Some(step);
        self.lower = 0;
        if !top {
            return None;
        }
        if self.anchored {
            state.record(Entry::Anchored);
        }
        state.climbed = true;
        let anchored = state.evidence.anchored;
        let kind = if anchored { Certificate::AnchorChain } else { Certificate::KeyClimb };
        Some(Transition::End(Verdict::Proven(kind, self.foot_at)))
    }

    /// Where the page above should end.
    fn above(&self, step: &Step, state: &ProofState) -> u64 {
        let pushed = self.shift + self.lower + self.shift.isqrt();
        // A tie that fills half a page is linked by ids: that needs more of them.
        let tied = if step.tied * 2 > state.limit() { state.limit() / 4 } else { step.tied };
        step.span.start + tied + pushed
    }

    fn go_up(&mut self, read: &PageView<'_>, state: &mut ProofState) -> Option<Transition> {
        let step = self.step.take()?;
        let orders = state.orders.effective();
        let above = read.span.map(|span| step_of(read, span, orders));
        let met = above.as_ref().and_then(|above| meet(read, above, &step, orders, state));
        let (Some(above), Some((rank, linked))) = (above.clone(), met) else {
            // Where the list ends with one tie, nothing crosses a foot of that alone: a page that begins above is another.
            let higher = |above: &Step| orders.all(|o| o.key(&above.span.first) > o.key(&step.span.first));
            if let Some(above) = above.filter(|above| is_foot(read, &above.span, state) && higher(above)) {
                return self.stand_on(above, read.answered_at, state);
            }
            return self.miss(read, step, state);
        };
        self.anchored |= linked;
        // Changes come unevenly: half of what is known is of the last step.
        let pushed = rank.saturating_sub(step.span.start);
        self.shift = if self.shift == 0 { pushed } else { (self.shift + pushed).div_ceil(2) };
        let higher = orders.all(|o| o.key(&above.span.first) >= o.key(&step.span.first));
        if above.span.top || (rank > read.request.start && higher) {
            self.stuck = 0;
            return self.rise(above, state);
        }
        self.step = Some(Step { span: Span { start: rank, ..step.span }, ..step });
        self.stay(0, state)
    }

    /// More came meanwhile than was expected: the place lies further down.
    fn miss(&mut self, read: &PageView<'_>, step: Step, state: &mut ProofState) -> Option<Transition> {
        // A tie whose order changes will not be linked the next time either.
        self.stuck += if step.tied * 2 > state.limit() { STUCK / 4 } else { 0 };
        let least = read.stop().saturating_sub(step.span.start + step.tied);
        self.shift = self.shift.max(least.min(state.limit()));
        self.step = Some(step);
        self.stay(if read.rows.is_empty() { 0 } else { state.limit() / 2 }, state)
    }

    /// No way was made.
    fn stay(&mut self, lower: u64, state: &ProofState) -> Option<Transition> {
        self.stuck += 1;
        self.lower = if lower == 0 { 0 } else { self.lower + lower };
        if self.stuck <= STUCK {
            return None;
        }
        self.climbs += 1;
        let (tied, why) = (self.is_tied(state), self.why(state));
        (self.stuck, self.lower, self.shift) = (0, 0, 0);
        self.anchored = false;
        self.reading = Reading::Foot;
        if self.climbs < CLIMBS {
            return None;
        }
        Some(if tied { state.give_up(&why) } else { Transition::End(Verdict::Unproven(why)) })
    }

    fn is_tied(&self, state: &ProofState) -> bool {
        self.step.as_ref().is_some_and(|step| step.tied * 2 > state.limit())
    }

    /// The true reason.
    fn why(&self, state: &ProofState) -> String {
        if self.is_tied(state) {
            let tied = self.step.as_ref().map_or(0, |step| step.tied);
            return format!(
                "{tied} or more sessions share one timestamp, and their order does not tell them apart"
            );
        }
        "The list changes faster than it can be read; try again at a quieter time".to_owned()
    }
}

/// Whether a page reaches down to the bound, or to the end of the list.
fn is_foot(read: &PageView<'_>, span: &Span, state: &ProofState) -> bool {
    let counted = read.short && read.total == Some(span.stop) && span.start > 0;
    state.is_below(span) || counted
}

fn step_of(read: &PageView<'_>, span: Span, orders: OrderSet) -> Step {
    let same =
        |o: Order| read.rows.iter().take_while(|row| o.key(&row.keys) == o.key(&span.first)).count() as u64;
    let tied = orders.iter().map(same).max().unwrap_or(1);
    Step { span, ids: read.ids().collect(), tied }
}

/// The rank at which the lower page begins now, if the upper one goes on where it begins: by keys that cross,
/// or (`true`) by ids within a tie.
fn meet(
    read: &PageView<'_>,
    above: &Step,
    below: &Step,
    orders: OrderSet,
    state: &ProofState,
) -> Option<(u64, bool)> {
    let frontier = |o: Order| o.key(&below.span.first);
    let crosses = |o: Order| {
        let last = o.key(&above.span.last);
        if state.rules.climb_cross { last < frontier(o) } else { last <= frontier(o) }
    };
    if orders.all(crosses) {
        let upper = |keys: &Keys| !orders.all(|o| o.key(keys) < frontier(o));
        let higher = read.rows.iter().take_while(|row| upper(&row.keys)).count() as u64;
        return Some(((read.request.start + higher).saturating_sub(below.tied), false));
    }
    let from = above.ids.iter().position(|id| Some(id) == below.ids.first())?;
    let shared = above.ids.get(from..)?;
    let enough = shared.len() >= ANCHORS.min(usize::try_from(state.limit() / 4).unwrap_or(ANCHORS)).max(4);
    // The whole lower page at the upper one's end is as good: nothing lies between.
    let all = shared.len() == below.ids.len();
    ((enough || all) && below.ids.starts_with(shared)).then_some((read.request.start + from as u64, true))
}
