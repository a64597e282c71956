//! A list that fits one page: proven by one page at rank 0, and nothing behind it.
//! It knows no key.

use super::cover::{Region, Span};
use super::ledger::{Ledger, Read};
use super::phase::{Need, Phase, Verdict, Want};
use super::reading::Reading;
use crate::core::listing::report::Certificate;

const TRIES: u32 = 8;
/// An empty head of a list that had sessions is asked for again so often.
const EMPTIES: u32 = 4;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// Is there anything behind rank 0 that the head did not show?
    Beyond,
    Head,
}

/// The phase.
#[derive(Debug)]
pub struct Small {
    stage: Stage,
    /// The reading behind the head agreed with it.
    clear: bool,
    head: Vec<u128>,
    behind: Vec<u128>,
    tries: u32,
    empties: u32,
    excess: u32,
}

impl Small {
    /// `clear`: what lies behind the head was read already, and is nothing.
    pub fn new(clear: bool) -> Self {
        let (head, behind) = (Vec::new(), Vec::new());
        Self { stage: Stage::Head, clear, head, behind, tries: 0, empties: 0, excess: 0 }
    }

    /// The head was just read, and was short.
    pub fn after(read: &Read<'_>) -> Self {
        Self { stage: Stage::Beyond, head: read.ids().collect(), ..Self::new(false) }
    }

    pub fn need(&self, in_flight: usize) -> Need {
        match self.stage {
            _ if in_flight > 0 => Need::Wait,
            // Offset 1 lies behind the head for servers that count sessions and for those that count pages.
            Stage::Beyond => Need::Ask(Want::raw(1, u32::MAX)),
            Stage::Head => Need::Ask(Want::rank(0)),
        }
    }

    pub fn take(&mut self, read: &Read<'_>, ledger: &mut Ledger) -> Option<Need> {
        if self.stage == Stage::Beyond {
            self.take_beyond(read);
            return None;
        }
        self.tries += 1;
        if !read.short {
            return Some(outgrown(read, ledger));
        }
        if read.rows.is_empty() && !ledger.seen.is_empty() && self.empties < EMPTIES {
            self.empties += 1;
            return None;
        }
        self.head = read.ids().collect();
        // What was seen behind must be in the head now: else it sank behind a page that was cut.
        let holds = self.behind.iter().all(|id| self.head.contains(id));
        let excess = read.total.filter(|t| *t > (read.rows.len() as u64).max(ledger.seen.len()));
        if self.clear && holds && excess.is_none() {
            return Some(Need::End(Verdict::Proven(Certificate::SinglePage, read.answered_at)));
        }
        self.excess += u32::from(excess.is_some());
        self.stage = Stage::Beyond;
        (self.tries >= TRIES).then(|| Need::End(self.give_up(excess, ledger)))
    }

    fn take_beyond(&mut self, read: &Read<'_>) {
        self.stage = Stage::Head;
        let first = read.ids().next();
        let nothing_new = read.ids().all(|id| self.head.contains(&id));
        // The head once more: the offset was ignored, or somebody came in front of it.
        let again =
            first.is_some() && first == self.head.first().copied() && read.rows.len() >= self.head.len();
        self.clear = nothing_new && !again;
        self.behind = read.ids().collect();
    }

    fn give_up(&self, excess: Option<u64>, ledger: &Ledger) -> Verdict {
        match excess {
            Some(total) if self.excess > TRIES / 2 => Verdict::Lost(format!(
                "The service counts {total} sessions but shows only {}; ask again later, or narrow the listing",
                ledger.seen.len()
            )),
            _ => Verdict::Unproven("The list changed each time its only page was read again".to_owned()),
        }
    }
}

/// The list has outgrown the page meanwhile.
fn outgrown(read: &Read<'_>, ledger: &mut Ledger) -> Need {
    ledger.begin_epoch(Region::Whole);
    ledger.prove(read.span.map(|span| Span { top: true, ..span }));
    let next = read.stop().saturating_sub(ledger.overlap());
    Need::Go(Phase::Reading(Box::new(Reading::from(next, read.stop()))))
}
