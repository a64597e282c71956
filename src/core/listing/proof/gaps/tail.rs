//! The end of the list: a short page without unknown ids, borne out by a second reading.
//! It knows nothing of gaps above.

use super::{GapRepair, Progress, RepairPlan};
use crate::core::listing::proof::evidence::Entry;
use crate::core::listing::proof::keys::coverage::{Gap, Span};
use crate::core::listing::proof::rows::page_view::{Ending, PageView};
use crate::core::listing::proof::rules::EMPTY_PAGES;
use crate::core::listing::proof::state::ProofState;
use crate::core::listing::proof::transition::{Position, Transition, Verdict};

const TRIES: u32 = 40;
/// A total above what was found is believed after so many readings.
const EXCESSES: u32 = 6;

#[derive(Debug, Clone, PartialEq)]
enum Reading {
    /// From inside the lowest page.
    Inside,
    /// Right behind a page that may be the last.
    Behind(Ending),
    /// Behind the end, though the total says that something is there.
    Excess,
}

/// The repair.
#[derive(Debug)]
pub struct Tail {
    gap: Gap,
    /// How far above the end the reading begins.
    back: u64,
    /// A tie that fills a page is walked.
    walk: bool,
    stop: u64,
    reading: Reading,
    empties: u32,
    excesses: u32,
    /// The first total that was above all that was found.
    excess: Option<u64>,
    backoff: u64,
    tries: u32,
}

impl Tail {
    pub fn new(gap: &Gap, up: &Span, back: u64, walk: bool) -> Self {
        Self {
            gap: *gap,
            back: back.saturating_add(u64::from(up.tied)),
            stop: up.stop,
            walk,
            reading: Reading::Inside,
            empties: 0,
            excesses: 0,
            excess: None,
            backoff: 0,
            tries: 0,
        }
    }
}

impl GapRepair for Tail {
    fn first(&self) -> Position {
        Position::Rank(self.stop.saturating_sub(self.back.max(8)))
    }

    fn take(&mut self, read: &PageView<'_>, state: &mut ProofState) -> Progress {
        self.tries += 1;
        if self.tries > TRIES {
            return Progress::Leave(state.give_up("The end of the list could not be found"));
        }
        match self.reading.clone() {
            Reading::Inside => self.inside(read, state),
            Reading::Behind(ending) => Self::behind(read, &ending, state),
            Reading::Excess => self.excess(read, state),
        }
    }
}

impl Tail {
    fn inside(&mut self, read: &PageView<'_>, state: &mut ProofState) -> Progress {
        let Some(span) = read.span else { return self.empty(read, state) };
        state.prove(Some(span));
        let order = self.gap.order;
        let low = self.gap.up.map_or(i64::MAX, |up| order.key(&up.last));
        let lower = order.key(&span.last) < low;
        if !read.short {
            if lower {
                return Progress::Resume(read.stop().saturating_sub(state.overlap()));
            }
            // More than a page of one key: no page reaches from above them to the end.
            if self.walk && order.key(&span.first) == low && self.gap.lo <= low && low <= self.gap.hi {
                return Progress::Replace(RepairPlan::Tie {
                    order,
                    value: low,
                    from: span.start,
                    is_last: false,
                });
            }
            // Pushed down by what was inserted above: follow.
            return self.ask(read.stop().saturating_sub(state.overlap()), Reading::Inside);
        }
        // Newcomers of an ascending list land here: unknown ids say nothing.
        if !order.ascending() && (lower || read.unknown > 0) {
            return Progress::Done;
        }
        self.judge_last(read, span, state)
    }

    /// A short page without unknown ids: is it the last?
    fn judge_last(&mut self, read: &PageView<'_>, span: Span, state: &mut ProofState) -> Progress {
        // A page at rank 0 may have counted only itself.
        let counted = read.total == Some(span.stop) && span.start > 0;
        if counted && !state.short_page_before_end {
            return finish(span, true, state);
        }
        if read.total.is_some_and(|total| total > state.seen.len().max(span.stop)) {
            return self.recheck_total(read, state);
        }
        if state.short_page_before_end && !counted {
            let why = "Short pages came before the end of the list, and no total_count tells where it ends";
            return Progress::Leave(state.give_up(why));
        }
        self.ask(span.stop, Reading::Behind(Ending::of(read, span)))
    }

    fn behind(read: &PageView<'_>, ending: &Ending, state: &mut ProofState) -> Progress {
        if !state.is_end(ending, read) {
            state.prove(read.span);
            return Progress::Done;
        }
        finish(ending.span, false, state)
    }

    /// The total is above all that was found: look behind, look again, and then believe it.
    fn recheck_total(&mut self, read: &PageView<'_>, state: &ProofState) -> Progress {
        self.excesses += 1;
        let total = read.total.unwrap_or_default();
        let first = *self.excess.get_or_insert(total);
        if self.excesses > EXCESSES {
            // A total that falls with the list is one of a while ago: what is behind tells more.
            if let Some(span) = read.span.filter(|_| total < first && !state.short_page_before_end) {
                return self.ask(span.stop, Reading::Behind(Ending::of(read, span)));
            }
            if let Some(verdict) = state.limit_too_small_verdict() {
                return Progress::Leave(Transition::End(verdict));
            }
            return Progress::Leave(Transition::End(Verdict::Lost(format!(
                "The service counts {total} sessions, but its list ends after {}; narrow the listing, or ask the service's operator",
                read.stop()
            ))));
        }
        let again = read.stop().saturating_sub(state.overlap());
        if self.excesses % 2 == 1 {
            self.ask(read.stop(), Reading::Excess)
        } else {
            self.ask(again, Reading::Inside)
        }
    }

    fn excess(&mut self, read: &PageView<'_>, state: &mut ProofState) -> Progress {
        if read.span.is_some() && read.unknown > 0 {
            state.prove(read.span);
            return Progress::Done;
        }
        self.ask(read.request.start.saturating_sub(self.back.max(state.overlap())), Reading::Inside)
    }

    /// Above the place where the end was: the list shrank, or the page is a lie.
    fn empty(&mut self, read: &PageView<'_>, state: &ProofState) -> Progress {
        let start = read.request.start;
        if start == 0 {
            return Progress::Leave(Transition::EmptyPage { calibrated: true });
        }
        if self.empties < EMPTY_PAGES && read.total.is_some_and(|total| total > start) {
            self.empties += 1;
            return self.ask(start, Reading::Inside);
        }
        self.backoff = (self.backoff * 2).max(state.limit() / 2);
        self.ask(start.saturating_sub(self.backoff), Reading::Inside)
    }

    fn ask(&mut self, rank: u64, reading: Reading) -> Progress {
        self.reading = reading;
        Progress::Ask(Position::Rank(rank))
    }
}

fn finish(span: Span, counted: bool, state: &mut ProofState) -> Progress {
    state.record(Entry::End { rank: span.stop, counted });
    state.prove(Some(Span { end: true, ..span }));
    Progress::Done
}
