//! The first page, and how the server counts: by the ids that two pages share.
//! It judges answers only; what is read afterwards is for the other phases.

use super::Phase;
use super::sample::{Sample, Shift, has_more, has_moved, is_shifted_between, judge_shift};
use crate::core::listing::proof::keys::coverage::Span;
use crate::core::listing::proof::keys::order::Order;
use crate::core::listing::proof::rows::page_view::PageView;
use crate::core::listing::proof::rules::LEAST_LIMIT;
use crate::core::listing::proof::state::ProofState;
use crate::core::listing::proof::transition::{Action, PageRequest, Transition, Verdict};
use crate::core::model::report::{Addressing, Certificate};

/// Rounds of probing before the server counts as unreadable.
const ROUNDS: u32 = 9;

/// One round's opinion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Vote {
    Sessions,
    /// The server gives fewer than asked.
    Clamped(u32),
    Floored(Option<u32>),
    FlooredPerhaps,
    Pages(Option<u32>),
    Ignored,
    Unclear,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reading {
    /// Strict: what lies behind rank 0, before the page that may be the whole list.
    Before,
    Head,
    Probe {
        at: u64,
        wide: bool,
    },
    /// The head again, right behind a probe that was not as asked: a list that moves up between the first two
    /// readings moves as far between the last two.
    Between {
        at: u64,
    },
    /// Offset 1: page 1, or almost the same rows?
    One,
    /// A multiple of the limit: the next page, or the first one again?
    Aligned,
}

/// The phase.
#[derive(Debug)]
pub struct Probe {
    reading: Reading,
    before: Option<Sample>,
    head: Option<Sample>,
    middle: Option<Sample>,
    probed_at: usize,
    probes: Vec<Span>,
    votes: Vec<Vote>,
    /// What the last vote rests on.
    doubtful: Option<Sample>,
    rounds: u32,
}

impl Probe {
    pub fn new(before: bool) -> Self {
        Self {
            reading: if before { Reading::Before } else { Reading::Head },
            before: None,
            head: None,
            middle: None,
            probed_at: 0,
            probes: Vec::new(),
            votes: Vec::new(),
            doubtful: None,
            rounds: 0,
        }
    }

    /// Once more, after a head without rows: by itself the next one proves nothing.
    pub fn again() -> Self {
        Self { rounds: 1, ..Self::new(false) }
    }
}

impl Phase for Probe {
    fn name(&self) -> &'static str {
        "probe"
    }

    fn next(&mut self, state: &mut ProofState, in_flight: usize) -> Action {
        if in_flight > 0 {
            return Action::Wait;
        }
        let limit = state.rules.limit;
        let len = self.head.as_ref().map_or(0, Sample::len) as u64;
        // Where ranks are not known yet, an offset of the caller's cannot be told either: look only.
        let peek = state.range.offset > 0;
        Action::Ask(match self.reading {
            Reading::Before => PageRequest { peek: true, ..PageRequest::raw(1, limit) },
            Reading::Head => PageRequest { claims: true, ..PageRequest::raw(0, limit) },
            Reading::Between { .. } => PageRequest { peek, ..PageRequest::raw(0, limit) },
            Reading::Probe { at, .. } => PageRequest { peek, ..PageRequest::raw(at, limit) },
            Reading::One => PageRequest { peek, ..PageRequest::raw(1, limit) },
            Reading::Aligned => {
                PageRequest { peek, ..PageRequest::raw(len, u32::try_from(len).unwrap_or(limit).max(1)) }
            }
        })
    }

    fn take(&mut self, read: &PageView<'_>, state: &mut ProofState) -> Option<Transition> {
        let sample = Sample::of(read);
        state.remember(read);
        match self.reading {
            Reading::Before => {
                self.before = Some(sample);
                self.reading = Reading::Head;
                None
            }
            Reading::Head => self.take_head(read, sample, state),
            Reading::Probe { at, wide } => {
                self.probed_at = usize::try_from(at).unwrap_or(usize::MAX);
                self.middle = Some(sample.clone());
                self.take_probe(at, wide, &sample, state)
            }
            Reading::Between { at } => self.take_between(at, sample, state),
            Reading::One => {
                let vote = self.judge_one(&sample, state);
                self.doubtful = Some(sample);
                self.vote(vote, false, state)
            }
            Reading::Aligned => {
                let vote = self.judge_aligned(&sample, state);
                self.doubtful = Some(sample);
                self.vote(vote, false, state)
            }
        }
    }
}

impl Probe {
    fn take_head(
        &mut self,
        read: &PageView<'_>,
        sample: Sample,
        state: &mut ProofState,
    ) -> Option<Transition> {
        state.begin(read.as_start());
        if self.rounds == 0 && state.range.offset == 0 && self.is_whole_list(read, &sample, state) {
            return Some(Transition::End(Verdict::Proven(Certificate::SinglePage, read.answered_at)));
        }
        let told = !state.extent.is_whole() && !state.may_begin_with_nulls();
        if told && sample.len() > 1 && read.span.is_some_and(|span| state.reaches(&span)) {
            state.prove(read.span);
            return Some(Transition::End(state.proven_at(read.answered_at)));
        }
        if sample.len() == 0 {
            return Some(Transition::EmptyPage { calibrated: false });
        }
        if sample.is_blurred() {
            return Some(self.trust(read, sample, state));
        }
        self.confirm(&sample);
        let len = sample.len() as u64;
        let wide = self.rounds == 0 && !read.short;
        // Usually the next page of the bulk; where that is not clear, half a page further.
        let at = if wide { len - state.overlap() } else { (len / 2).max(1) };
        self.head = Some(sample);
        self.reading = Reading::Probe { at, wide };
        None
    }

    /// Its rows cannot be told apart, so that no other page can show how the service reads `offset`: it is taken
    /// to read it as documented.
    fn trust(&mut self, read: &PageView<'_>, sample: Sample, state: &mut ProofState) -> Transition {
        let given = u32::try_from(sample.len()).unwrap_or(u32::MAX);
        let clamped = read.short && read.total.is_some_and(|total| total > u64::from(given));
        self.head = Some(sample);
        self.decide(if clamped { Vote::Clamped(given) } else { Vote::Sessions }, true, state)
    }

    /// A head that was read later tells a list that moves from a strange server: what an ignored offset gave
    /// is in it as well, and what page 1 gave is not.
    fn confirm(&mut self, later: &Sample) {
        let (Some(vote), Some(doubtful)) = (self.votes.last_mut(), self.doubtful.take()) else { return };
        let shared = later.shifts(&doubtful).len();
        let refuted = match vote {
            Vote::Ignored => shared * 2 < doubtful.len(),
            // Behind rank 1 there would be as many rows as in the head.
            Vote::Pages(_) => shared * 4 > doubtful.len() && doubtful.len() * 2 > later.len(),
            _ => false,
        };
        if refuted {
            *vote = Vote::Unclear;
        }
    }

    /// A first page that is shorter than asked and equals `total_count` is the whole list.
    fn is_whole_list(&self, read: &PageView<'_>, head: &Sample, state: &ProofState) -> bool {
        let counted = read.total == Some(head.len() as u64);
        if state.rules.trust_total && counted {
            return true;
        }
        let short = (head.len() as u64) < u64::from(state.rules.limit);
        // A server that clamps the limit and counts only the page looks the same, but for what lies
        // behind rank 0. That was read first: what it did not show cannot have sunk behind since.
        let nothing_behind =
            self.before.as_ref().is_none_or(|b| head.rows.get(1..).unwrap_or_default() == b.rows);
        // Newcomers of an ascending list would land behind.
        let orders = state.orders.effective();
        let descends = self.before.is_none() || orders.is_empty() || !orders.all(Order::ascending);
        counted && short && nothing_behind && descends
    }

    fn take_probe(
        &mut self,
        at: u64,
        wide: bool,
        probe: &Sample,
        state: &mut ProofState,
    ) -> Option<Transition> {
        let head = self.head.as_ref()?;
        match judge_shift(head, probe, at) {
            Shift::AsAsked { more } => {
                self.probes.extend(probe.span);
                let vote = as_asked(head, probe, more, state.rules.limit);
                self.vote(vote, true, state)
            }
            Shift::Same | Shift::Unclear if self.rounds > 0 && has_moved(head, probe) => {
                self.reading = Reading::Between { at };
                None
            }
            Shift::Same => {
                self.reading = Reading::Aligned;
                None
            }
            Shift::Apart if wide => {
                self.reading = Reading::Probe { at: (head.len() as u64 / 2).max(1), wide: false };
                None
            }
            Shift::Apart => {
                self.reading = Reading::One;
                None
            }
            Shift::Unclear => self.vote(Vote::Unclear, false, state),
        }
    }

    fn take_between(&mut self, at: u64, later: Sample, state: &mut ProofState) -> Option<Transition> {
        let (head, probe) = (self.head.replace(later)?, self.middle.as_ref()?);
        let later = self.head.as_ref()?;
        if is_shifted_between(&head, probe, later, at) {
            self.probes.extend(probe.span);
            let more = has_more(&head, probe, self.probed_at);
            let vote = as_asked(&head, probe, more, state.rules.limit);
            return self.vote(vote, true, state);
        }
        self.reading = Reading::Aligned;
        None
    }

    fn judge_one(&self, one: &Sample, state: &ProofState) -> Vote {
        let Some(head) = &self.head else { return Vote::Unclear };
        let short = (head.len() as u64) < u64::from(state.rules.limit);
        if one.len() > 0 && head.is_mostly_in(one) {
            return Vote::Unclear;
        }
        if one.len() > 0 {
            return Vote::Pages(self.clamp(state));
        }
        // Neither page 1 nor rank 1 has anything: the list fits a page. If that page is full, only page
        // numbers explain it.
        match self.middle.as_ref().is_none_or(|p| p.len() == 0) {
            true if short => Vote::Sessions,
            true => Vote::Pages(None),
            false => Vote::Unclear,
        }
    }

    fn judge_aligned(&self, next: &Sample, state: &ProofState) -> Vote {
        let Some(head) = &self.head else { return Vote::Unclear };
        if head.shifts(next).len() * 2 < head.len() {
            // An empty answer may be a lie, where the offset is ignored in truth.
            return if next.len() > 0 { Vote::Floored(self.clamp(state)) } else { Vote::FlooredPerhaps };
        }
        Vote::Ignored
    }

    fn clamp(&self, state: &ProofState) -> Option<u32> {
        let len = self.head.as_ref().and_then(|h| u32::try_from(h.len()).ok())?;
        (len < state.rules.limit).then_some(len)
    }

    /// Any verdict but the expected one needs a second vote: a busy list can look like anything once.
    fn vote(&mut self, vote: Vote, as_asked: bool, state: &mut ProofState) -> Option<Transition> {
        self.votes.push(vote);
        let kind = |v: &&Vote| std::mem::discriminant(*v) == std::mem::discriminant(&vote);
        let alike = self.votes.iter().filter(kind).count();
        let equal = self.votes.iter().filter(|v| **v == vote).count();
        let expected = as_asked && vote == Vote::Sessions && self.votes.len() == 1;
        // Sizes that keep differing are those of a list that grows, not of a clamp.
        let weak = vote == Vote::FlooredPerhaps || (vote == Vote::Sessions && !as_asked);
        let needed = if weak { 3 } else { 2 };
        if vote != Vote::Unclear && (expected || equal >= needed || alike >= 4) {
            return Some(self.decide(vote, equal >= 2, state));
        }
        self.rounds += 1;
        if self.rounds >= ROUNDS {
            return Some(Transition::End(Verdict::Lost(
                "The answers do not show how the service reads `offset`; read a shorter list, or use consistency=\"fast\""
                    .to_owned(),
            )));
        }
        self.reading = Reading::Head;
        None
    }

    fn decide(&self, vote: Vote, agreed: bool, state: &mut ProofState) -> Transition {
        let (addressing, clamp) = match vote {
            Vote::Clamped(size) => (Addressing::Sessions, Some(size)),
            Vote::Floored(size) => (Addressing::Floored, size),
            Vote::FlooredPerhaps => (Addressing::Floored, None),
            Vote::Pages(size) => (Addressing::Pages, size),
            Vote::Ignored => return Transition::End(self.ignored(state)),
            Vote::Sessions | Vote::Unclear => (Addressing::Sessions, None),
        };
        // A list of a few sessions that grows looks like a clamp, too.
        state.limit_too_small = clamp.filter(|size| agreed && *size < LEAST_LIMIT);
        state.settle_paging(addressing, clamp.filter(|size| agreed && *size >= LEAST_LIMIT));
        self.proceed(addressing, state)
    }

    fn ignored(&self, state: &ProofState) -> Verdict {
        let len = self.head.as_ref().map_or(0, Sample::len) as u64;
        let message = "The service ignores `offset`: every request gives the first page again, so the list cannot be read on".to_owned();
        let more = len >= state.limit() || state.report.total_count_last.is_some_and(|t| t > len);
        if more { Verdict::Lost(message) } else { Verdict::Unproven(message) }
    }

    /// On to reading, from behind what is known already.
    fn proceed(&self, addressing: Addressing, state: &mut ProofState) -> Transition {
        let Some(head) = &self.head else { return Transition::Probe { again: true } };
        let short = (head.len() as u64) < state.limit();
        let more = self.middle.as_ref().is_some_and(|p| has_more(head, p, self.probed_at));
        if short && !more {
            return Transition::SinglePage { head: head.rows.iter().filter_map(|r| r.0).collect() };
        }
        let known = head.len() as u64;
        if state.range.offset > 0 {
            return Transition::BulkScan { from: state.range.offset, known, at_end: false };
        }
        // Rows without an id went out of the first page alone: where the others lay was not known.
        if state.some_lack_an_id && state.region.is_whole() {
            return Transition::BulkScan {
                from: known.saturating_sub(state.overlap()),
                known,
                at_end: false,
            };
        }
        let probes = if addressing == Addressing::Sessions { self.probes.as_slice() } else { &[] };
        let (mut stop, mut below) = (0, false);
        for span in head.span.iter().chain(probes) {
            let span = Span { short: span.stop - span.start < state.limit(), ..*span };
            // A bounded region ends where it ends.
            below |= state.is_below(&span);
            state.prove(Some(span));
            stop = stop.max(span.stop);
        }
        let short = probes.last().is_some_and(|p| p.stop - p.start < state.limit());
        let remote = state.gaps().first().is_some_and(ProofState::is_remote);
        let at_end = short || below || remote;
        Transition::BulkScan { from: stop.saturating_sub(state.overlap()), known: stop, at_end }
    }
}

/// The vote where a probe lies as its offset says: whether the service gives fewer than asked.
fn as_asked(head: &Sample, probe: &Sample, more: bool, limit: u32) -> Vote {
    let given = u32::try_from(head.len().max(probe.len())).unwrap_or(limit);
    let short = (head.len() as u64) < u64::from(limit);
    if short && more && given < limit { Vote::Clamped(given) } else { Vote::Sessions }
}
