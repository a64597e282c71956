//! The end of the list: a short page without unknown ids, borne out by a second reading.
//! It knows nothing of gaps above.

use super::Next;
use crate::core::listing::proof::coverage::{Gap, Span};
use crate::core::listing::proof::page_view::{Ending, PageView};
use crate::core::listing::proof::phases::bulk_scan::give_up;
use crate::core::listing::proof::phases::{Action, Position, Verdict};
use crate::core::listing::proof::state::ProofState;

const TRIES: u32 = 40;
/// An empty page where `total_count` says that rows are: asked for again so often.
const EMPTIES: u32 = 3;
/// A total above what was found is believed after so many readings.
const EXCESSES: u32 = 6;

#[derive(Debug, Clone, PartialEq)]
enum Stage {
    /// From inside the lowest page.
    Inside,
    /// Right behind a page that may be the last.
    Behind(Ending),
    /// Behind the end, though the total says that something is there.
    Excess,
}

/// The errand.
#[derive(Debug)]
pub struct Tail {
    pub want: Option<Position>,
    gap: Gap,
    /// How far above the end the reading begins.
    back: u64,
    stop: u64,
    stage: Stage,
    empties: u32,
    excesses: u32,
    backoff: u64,
    tries: u32,
}

impl Tail {
    pub fn new(gap: &Gap, up: &Span, back: u64) -> Self {
        Self {
            want: None,
            gap: *gap,
            back: back + u64::from(up.tied),
            stop: up.stop,
            stage: Stage::Inside,
            empties: 0,
            excesses: 0,
            backoff: 0,
            tries: 0,
        }
        .starting()
    }

    fn starting(mut self) -> Self {
        self.want = Some(Position::Rank(self.stop.saturating_sub(self.back.max(8))));
        self
    }

    pub fn take(&mut self, read: &PageView<'_>, state: &mut ProofState) -> Next {
        self.tries += 1;
        if self.tries > TRIES {
            return Next::Go(give_up(state, "The end of the list could not be found"));
        }
        match self.stage.clone() {
            Stage::Inside => self.inside(read, state),
            Stage::Behind(ending) => Self::behind(read, &ending, state),
            Stage::Excess => self.excess(read, state),
        }
    }

    fn inside(&mut self, read: &PageView<'_>, state: &mut ProofState) -> Next {
        let Some(span) = read.span else { return self.empty(read, state) };
        state.prove(Some(span));
        let order = self.gap.order;
        let low = self.gap.up.map_or(i64::MAX, |up| order.key(&up.last));
        let lower = order.key(&span.last) < low;
        if !read.short {
            if lower {
                return Next::Resume(read.stop().saturating_sub(state.overlap()));
            }
            // Pushed down by what was inserted above: follow.
            return self.ask(read.stop().saturating_sub(state.overlap()), Stage::Inside);
        }
        // Newcomers of an ascending list land here: unknown ids say nothing.
        if !order.ascending() && (lower || read.unknown > 0) {
            return Next::Done;
        }
        self.judge_last(read, span, state)
    }

    /// A short page without unknown ids: is it the last?
    fn judge_last(&mut self, read: &PageView<'_>, span: Span, state: &mut ProofState) -> Next {
        // A page at rank 0 may have counted only itself.
        if read.total == Some(span.stop) && span.start > 0 {
            state.total_held = true;
            return finish(span, state);
        }
        if read.total.is_some_and(|total| total > state.seen.len().max(span.stop)) {
            return self.doubt(read, state);
        }
        if state.short_page_lied {
            return Next::Go(give_up(
                state,
                "Short pages came before the end of the list, and no total_count tells where it ends",
            ));
        }
        self.ask(span.stop, Stage::Behind(Ending::of(read, span)))
    }

    fn behind(read: &PageView<'_>, ending: &Ending, state: &mut ProofState) -> Next {
        if !state.is_end(ending, read) {
            state.prove(read.span);
            return Next::Done;
        }
        finish(ending.span, state)
    }

    /// The total is above all that was found: look behind, look again, and then believe it.
    fn doubt(&mut self, read: &PageView<'_>, state: &ProofState) -> Next {
        self.excesses += 1;
        if self.excesses > EXCESSES {
            let total = read.total.unwrap_or_default();
            if let Some(verdict) = state.limit_too_small_verdict() {
                return Next::Go(Action::End(verdict));
            }
            return Next::Go(Action::End(Verdict::Lost(format!(
                "The service counts {total} sessions, but its list ends after {}; narrow the listing, or ask the service's operator",
                read.stop()
            ))));
        }
        let again = read.stop().saturating_sub(state.overlap());
        if self.excesses % 2 == 1 {
            self.ask(read.stop(), Stage::Excess)
        } else {
            self.ask(again, Stage::Inside)
        }
    }

    fn excess(&mut self, read: &PageView<'_>, state: &mut ProofState) -> Next {
        if read.span.is_some() && read.unknown > 0 {
            state.prove(read.span);
            return Next::Done;
        }
        self.ask(read.request.start.saturating_sub(self.back.max(state.overlap())), Stage::Inside)
    }

    /// Above the place where the end was: the list shrank, or the page is a lie.
    fn empty(&mut self, read: &PageView<'_>, state: &ProofState) -> Next {
        let start = read.request.start;
        if start == 0 {
            return Next::Go(Action::Go(crate::core::listing::proof::phases::Phase::SinglePage(Box::new(
                crate::core::listing::proof::phases::single_page::SinglePage::empty(true),
            ))));
        }
        if self.empties < EMPTIES && read.total.is_some_and(|total| total > start) {
            self.empties += 1;
            return self.ask(start, Stage::Inside);
        }
        self.backoff = (self.backoff * 2).max(state.limit() / 2);
        self.ask(start.saturating_sub(self.backoff), Stage::Inside)
    }

    fn ask(&mut self, rank: u64, stage: Stage) -> Next {
        self.stage = stage;
        self.want = Some(Position::Rank(rank));
        Next::More
    }
}

fn finish(span: Span, state: &mut ProofState) -> Next {
    state.end_rank = span.stop;
    state.prove(Some(Span { end: true, ..span }));
    Next::Done
}
