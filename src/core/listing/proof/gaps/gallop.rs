//! Closes a gap between two spans: reads where its keys must be now, and follows the drift by key.
//! It knows nothing of the ends of the list.

use super::{GapRepair, Progress, RepairPlan};
use crate::core::listing::proof::keys::coverage::{Gap, Span};
use crate::core::listing::proof::rows::page_view::PageView;
use crate::core::listing::proof::state::ProofState;
use crate::core::listing::proof::transition::Position;

const TRIES: u32 = 60;
/// Reads before sessions of one key are linked by their ids, though a page may hold them all.
const PATIENCE: u32 = 3;

/// The repair.
#[derive(Debug)]
pub struct Gallop {
    gap: Gap,
    /// Where it was looked for first, without the drift known then.
    guess: u64,
    /// Where it looks now.
    at: u64,
    found: Option<u64>,
    step: u64,
    /// Whether the last step went down the list.
    down: Option<bool>,
    /// A page was read that begins right above the first of the sessions that share a key.
    fitted: bool,
    /// The steps have changed their direction.
    turned: bool,
    tries: u32,
}

impl Gallop {
    pub fn new(gap: &Gap, drift: i64, state: &ProofState) -> Self {
        let limit = state.limit();
        let half = limit / 2;
        let guess = match (gap.up, gap.down) {
            // Sessions of one key: from a little above the first of them.
            (Some(up), Some(_)) if gap.lo == gap.hi => {
                (up.stop + half).saturating_sub(u64::from(up.tied) + state.overlap())
            }
            (Some(up), Some(down)) => up.stop.midpoint(down.start),
            (None, Some(down)) => (down.start + 2 * state.overlap()).saturating_sub(half),
            (Some(up), None) => (up.stop + half).saturating_sub(state.overlap()),
            (None, None) => state.range.offset + half,
        };
        // Above all that is known: there is nothing to drift from.
        let at = if gap.up.is_none() { guess } else { guess.saturating_add_signed(drift) };
        let step = limit.saturating_sub(2 * state.overlap()).max(1);
        Self { at, gap: *gap, guess, found: None, step, down: None, fitted: false, turned: false, tries: 0 }
    }
}

impl GapRepair for Gallop {
    fn first(&self) -> Position {
        Position::Around(self.at)
    }

    fn drift(&self) -> Option<i64> {
        let found = i64::try_from(self.found?).ok()?;
        (self.guess > 0).then(|| found - i64::try_from(self.guess).unwrap_or(found))
    }

    fn take(&mut self, read: &PageView<'_>, state: &mut ProofState) -> Progress {
        self.tries += 1;
        if self.tries > TRIES {
            return Progress::Leave(state.give_up("The list moves faster than it can be read"));
        }
        let start = read.request.start;
        let Some(mut span) = read.span else {
            if start == 0 {
                return Progress::Done;
            }
            self.down = None;
            return self.look(self.at.saturating_sub(self.step));
        };
        span.top |= state.range.offset > 0 && start <= state.range.offset && self.gap.up.is_none();
        state.prove(Some(span));
        let order = self.gap.order;
        let (hi, lo) = (span.hi(order), span.lo(order));
        if hi == lo && self.gap.lo <= hi && hi <= self.gap.hi && !read.short {
            return Progress::Replace(RepairPlan::Tie { order, value: hi, from: start, is_last: true });
        }
        let below = hi <= self.gap.lo;
        let above = lo >= self.gap.hi;
        if !above && !below {
            self.found = Some(self.at);
            return Progress::Done;
        }
        // A page that may hold them does not meet them, in a list that moves.
        if self.tries >= PATIENCE && state.bridge(&self.gap, state.limit() / 2) {
            return Progress::Done;
        }
        if let Some(progress) = self.take_tie(&span, state) {
            return progress;
        }
        if below && span.top || (above && span.end) {
            return Progress::Done;
        }
        self.move_on(above, state)
    }
}

impl Gallop {
    /// The page begins above the sessions of one key and ends among them: they are about as many as a page holds.
    fn take_tie(&mut self, span: &Span, state: &ProofState) -> Option<Progress> {
        let (order, tied) = (self.gap.order, u64::from(span.tied));
        let begins = span.hi(order) > self.gap.hi && span.lo(order) == self.gap.hi;
        if self.gap.lo < self.gap.hi || !begins || tied + 2 * state.overlap() < state.limit() {
            return None;
        }
        let start = span.stop.saturating_sub(tied);
        if std::mem::replace(&mut self.fitted, true) {
            let (value, from) = (self.gap.hi, start);
            return Some(Progress::Replace(RepairPlan::Tie { order, value, from, is_last: true }));
        }
        // The one page that may hold all of them begins right above the first.
        Some(self.look((start + state.limit() / 2).saturating_sub(1)))
    }

    /// Steps grow while they go one way; once they have turned, they halve: the place lies in between.
    fn move_on(&mut self, down: bool, state: &ProofState) -> Progress {
        let turns = self.down.is_some_and(|before| before != down);
        self.turned |= turns;
        self.step = match self.down {
            None => self.step,
            Some(_) if self.turned => self.step / 2,
            Some(_) => self.step.saturating_mul(2),
        };
        self.down = Some(down);
        if self.step == 0 {
            return self.narrow(state);
        }
        self.look(if down { self.at.saturating_add(self.step) } else { self.at.saturating_sub(self.step) })
    }

    /// No page of this size holds the gap: it is a tie about as wide as a page, or the list moved on.
    fn narrow(&mut self, state: &ProofState) -> Progress {
        if self.gap.lo == self.gap.hi {
            let from = self.at.saturating_sub(state.limit() / 2);
            let (order, value) = (self.gap.order, self.gap.hi);
            return Progress::Replace(RepairPlan::Tie { order, value, from, is_last: true });
        }
        (self.step, self.turned, self.down) = (state.overlap(), false, None);
        self.look(self.at)
    }

    fn look(&mut self, at: u64) -> Progress {
        self.at = at;
        Progress::Ask(Position::Around(at))
    }
}
