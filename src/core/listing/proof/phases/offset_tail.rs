//! A caller's offset near the end of the list, or behind it: one page, of one moment, holds all that is behind
//! the offset. A second one shows, by the ids that both share, what the service takes an offset for, and that
//! the first had no rows below it. Where `total_count` does not tell that, a third one looks behind.
//! Whatever else it finds, the listing begins anew and is read as usual.

use super::Phase;
use super::sample::{Sample, Shift, judge_shift};
use crate::core::listing::proof::rows::page_view::PageView;
use crate::core::listing::proof::state::ProofState;
use crate::core::listing::proof::transition::{Action, PageRequest, Position, Transition, Verdict};
use crate::core::model::report::{Addressing, Certificate};

/// Of fewer rows half a page is too little to compare: then the second page begins further up.
const ENOUGH: usize = 16;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reading {
    /// From the caller's offset.
    Offset,
    /// From another rank, so that both share rows.
    Again,
    /// Right behind.
    Behind,
}

/// A page, where it should have begun, and what was said with it.
#[derive(Debug)]
struct Read {
    sample: Sample,
    start: u64,
    total: Option<u64>,
    at: i64,
}

/// The phase.
#[derive(Debug)]
pub struct OffsetTail {
    reading: Reading,
    rank: u64,
    first: Option<Read>,
}

/// What follows an answer that fits.
enum Next {
    Ask,
    Leave(Transition),
}

impl OffsetTail {
    pub fn new(offset: u64) -> Self {
        Self { reading: Reading::Offset, rank: offset, first: None }
    }
}

impl Phase for OffsetTail {
    fn name(&self) -> &'static str {
        "offset tail"
    }

    fn next(&mut self, state: &mut ProofState, in_flight: usize) -> Action {
        if in_flight > 0 {
            return Action::Wait;
        }
        let hold = self.reading == Reading::Offset;
        let position = Position::Raw { offset: self.rank, limit: state.rules.limit };
        Action::Ask(PageRequest { hold, peek: !hold, ..PageRequest::at(position) })
    }

    fn take(&mut self, read: &PageView<'_>, state: &mut ProofState) -> Option<Transition> {
        let next = match (self.reading, self.first.take()) {
            (Reading::Offset, _) => self.take_first(read, state),
            (Reading::Again, Some(first)) => self.take_second(first, read, state),
            (Reading::Behind, Some(first)) => {
                let known = |row: &(Option<u128>, _)| first.sample.position(row).is_some();
                let nothing_new = read.short && Sample::of(read).rows.iter().all(known);
                nothing_new.then(|| Next::Leave(prove(&first, state)))
            }
            (_, None) => None,
        };
        match next {
            Some(Next::Ask) => None,
            Some(Next::Leave(transition)) => Some(transition),
            None => {
                state.behind_offset = Some(false);
                Some(Transition::Probe { again: false })
            }
        }
    }
}

impl OffsetTail {
    /// `None`: the list is to be read as usual.
    fn take_first(&mut self, read: &PageView<'_>, state: &mut ProofState) -> Option<Next> {
        let first = Read {
            sample: Sample::of(read),
            start: read.request.start,
            total: read.total,
            at: read.answered_at,
        };
        let (length, limit) = (first.sample.len(), state.limit());
        self.rank = if length == 0 {
            // The end lies above, where the service says so.
            read.total.filter(|total| *total > 0 && *total <= first.start)?.saturating_sub(limit / 2)
        } else {
            let full = !read.short && read.total.is_none();
            if full || read.total.is_some_and(|total| total != read.stop()) {
                return None;
            }
            if !state.rules.tail_proof {
                return Some(Next::Leave(prove(&first, state)));
            }
            let half = length as u64 / 2;
            if length >= ENOUGH { first.start + half } else { first.start.saturating_sub(limit / 2) }
        };
        self.reading = Reading::Again;
        self.first = Some(first);
        Some(Next::Ask)
    }

    fn take_second(&mut self, first: Read, read: &PageView<'_>, state: &mut ProofState) -> Option<Next> {
        let counted = read.total == Some(read.stop());
        let agrees = if first.sample.len() == 0 {
            !read.rows.is_empty() && counted && read.stop() <= first.start
        } else {
            ends_alike(&first, read) && (counted || read.total.or(first.total).is_none())
        };
        if !agrees || !read.short {
            return None;
        }
        if counted {
            return Some(Next::Leave(prove(&first, state)));
        }
        self.rank = read.stop();
        self.reading = Reading::Behind;
        self.first = Some(first);
        Some(Next::Ask)
    }
}

/// Whether both pages end with the same row, and lie to each other as their offsets say.
fn ends_alike(first: &Read, read: &PageView<'_>) -> bool {
    let (second, start) = (Sample::of(read), read.request.start);
    let shift = if start > first.start {
        judge_shift(&first.sample, &second, start - first.start)
    } else {
        judge_shift(&second, &first.sample, first.start - start)
    };
    let known = second.rows.last().is_some_and(|row| first.sample.position(row).is_some());
    shift == Shift::AsAsked { more: false } && known
}

/// What the first page held of the caller's rows is all that there was, at its moment.
fn prove(first: &Read, state: &mut ProofState) -> Transition {
    state.behind_offset = Some(true);
    state.settle_paging(Addressing::Sessions, None);
    Transition::End(Verdict::Proven(Certificate::SinglePage, first.at))
}
