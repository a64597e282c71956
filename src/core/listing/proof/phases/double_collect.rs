//! Where no key explains the order: the list is read twice, and must be the same both times.
//! It reads one page at a time.

use super::Phase;
use crate::core::listing::proof::rows::page_view::PageView;
use crate::core::listing::proof::rules::EMPTY_PAGES;
use crate::core::listing::proof::state::ProofState;
use crate::core::listing::proof::transition::{Action, PageRequest, Transition, Verdict};
use crate::core::model::report::Certificate;

/// Passes over the list.
const PASSES: u32 = 4;
/// A list that grows as fast as it is read is left alone after so many ends.
const ENDINGS: u32 = 12;

/// What one pass found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Pass {
    /// A hash over all ids and keys, in order.
    hash: u128,
    count: u64,
    /// Those of them that the region holds.
    wanted: u64,
    /// Every page went on where the last one had ended.
    whole: bool,
}

/// The phase.
#[derive(Debug)]
pub struct DoubleCollect {
    why: String,
    at: u64,
    pass: Pass,
    before: Option<Pass>,
    passes: u32,
    /// The ids of the last page that the next one repeats.
    edge: Vec<Option<u128>>,
    /// A short page was read; what is behind it?
    ending: bool,
    empties: u32,
    /// Pages of this pass, and how many they may become: a list that grows with every read has no end.
    pages: u64,
    most: Option<u64>,
    /// Readings behind what seemed to be the end.
    endings: u32,
}

impl DoubleCollect {
    pub fn new(why: &str) -> Self {
        Self {
            why: why.to_owned(),
            at: 0,
            pass: Pass { whole: true, ..Pass::default() },
            before: None,
            passes: 0,
            edge: Vec::new(),
            ending: false,
            empties: 0,
            pages: 0,
            most: None,
            endings: 0,
        }
    }
}

impl Phase for DoubleCollect {
    fn name(&self) -> &'static str {
        "double collect"
    }

    fn next(&mut self, state: &mut ProofState, in_flight: usize) -> Action {
        if in_flight > 0 {
            return Action::Wait;
        }
        if state.range.offset > 0 {
            return Action::Leave(Transition::End(Verdict::Unproven(self.why.clone())));
        }
        Action::Ask(PageRequest::rank(self.at))
    }

    fn take(&mut self, read: &PageView<'_>, state: &mut ProofState) -> Option<Transition> {
        if read.rows.is_empty() && self.is_empty_lie(read, state) {
            self.empties += 1;
            return None;
        }
        self.empties = 0;
        self.pages += 1;
        self.endings += u32::from(self.ending);
        // By what was known when it began: what was found since may have come since.
        let most = *self.most.get_or_insert(20 + 4 * state.length() / state.limit());
        if self.endings > ENDINGS || self.pages > most {
            self.pass.whole = false;
            return self.end_pass(read, state);
        }
        let skip = usize::try_from(self.at.saturating_sub(read.request.start)).unwrap_or(usize::MAX);
        let rows = read.rows.get(skip..).unwrap_or_default();
        let (shared, fresh) = rows.split_at(self.edge.len().min(rows.len()));
        self.pass.whole &= shared.iter().map(|r| r.id).eq(self.edge.iter().copied());
        for row in fresh {
            self.pass.add(row.id.unwrap_or(1));
            self.pass.wanted +=
                u64::from(state.holds(&row.keys).unwrap_or_else(|| state.holds_at_last(&row.keys)));
            row.keys.iter().for_each(|key| self.pass.mix(key.map_or(u128::MAX, |k| k.unsigned_abs().into())));
        }
        if fresh.is_empty() && (self.ending || rows.is_empty() || !read.short) {
            // A full page of known rows makes no way: that is no end.
            self.pass.whole &= read.short;
            return self.end_pass(read, state);
        }
        // A short page may be the end: the next reading begins inside it and shows what is behind.
        self.ending = read.short;
        self.at = state.paging.after(read.stop(), state.overlap().min(rows.len() as u64));
        let keep = usize::try_from(read.stop().saturating_sub(self.at)).unwrap_or(usize::MAX).min(rows.len());
        self.edge = rows.iter().skip(rows.len() - keep).map(|r| r.id).collect();
        None
    }
}

impl DoubleCollect {
    fn is_empty_lie(&self, read: &PageView<'_>, state: &ProofState) -> bool {
        let more = read.total.is_some_and(|total| total > read.request.start);
        let known =
            read.request.start < self.pass.count || (read.request.start == 0 && !state.seen.is_empty());
        (more || known) && self.empties < EMPTY_PAGES
    }

    fn end_pass(&mut self, read: &PageView<'_>, state: &ProofState) -> Option<Transition> {
        self.passes += 1;
        let pass = std::mem::replace(&mut self.pass, Pass { whole: true, ..Pass::default() });
        let seen = state.seen.len() + state.waiting();
        let all = (seen.saturating_sub(state.carried)..=seen).contains(&pass.wanted)
            && read.total.is_none_or(|total| total <= pass.count);
        if pass.whole && all && self.before == Some(pass) {
            return Some(Transition::End(Verdict::Proven(Certificate::DoubleCollect, read.answered_at)));
        }
        if pass.whole && self.before == Some(pass) && pass.wanted > seen + state.rows_without_id {
            let why = "The same session_id comes twice in the list";
            return Some(Transition::End(Verdict::Unproven(why.to_owned())));
        }
        self.before = Some(pass);
        self.at = 0;
        self.edge.clear();
        self.ending = false;
        (self.pages, self.most, self.endings) = (0, None, 0);
        (self.passes >= PASSES).then(|| {
            Transition::End(Verdict::Unproven(format!("{}, and it changed between two readings", self.why)))
        })
    }
}

impl Pass {
    fn add(&mut self, id: u128) {
        self.count += 1;
        self.mix(id);
    }

    fn mix(&mut self, value: u128) {
        const ODD: u128 = 0x9E37_79B9_7F4A_7C15_F39C_C060_5CED_C835;
        self.hash = (self.hash ^ value).wrapping_mul(ODD).rotate_left(47);
    }
}
