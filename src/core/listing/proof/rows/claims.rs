//! Which ranks were read, or are being read. A row without an id cannot be told from others: it counts as new
//! where nobody has read before, as in a listing without a proof. It knows no row.

use std::collections::HashMap;

use crate::core::listing::terms::Ticket;

/// Ranks from the first to before the second.
type Ranks = (u64, u64);

/// The ranks, and which request was the first to ask for each.
#[derive(Debug, Default)]
pub struct Claims {
    /// Disjoint, from below.
    asked: Vec<Ranks>,
    due: HashMap<Ticket, Vec<Ranks>>,
}

impl Claims {
    /// A request for these ranks is sent: those that nobody has asked for are its own.
    pub fn ask(&mut self, ticket: Ticket, start: u64, stop: u64) {
        let own = self.open(start, stop);
        if own.is_empty() {
            return;
        }
        self.asked.extend(&own);
        self.tidy();
        self.due.insert(ticket, own);
    }

    /// The answer ends before this rank: the request's own ranks up to there. What it did not reach is open again.
    pub fn answered(&mut self, ticket: Ticket, stop: u64) -> Vec<Ranks> {
        let mut own = self.due.remove(&ticket).unwrap_or_default();
        if let Some((_, last)) = own.last().filter(|(_, last)| *last > stop) {
            self.release(stop, *last, &own);
            for (_, last) in &mut own {
                *last = (*last).min(stop);
            }
            own.retain(|(first, last)| first < last);
        }
        own
    }

    /// The first rank that nobody has asked for.
    pub fn first_open(&self) -> u64 {
        self.asked.first().filter(|(first, _)| *first == 0).map_or(0, |(_, last)| *last)
    }

    fn open(&self, start: u64, stop: u64) -> Vec<Ranks> {
        let (mut open, mut at) = (Vec::new(), start);
        for (first, last) in self.asked.iter().filter(|(first, last)| *last > start && *first < stop) {
            if at < *first {
                open.push((at, *first));
            }
            at = at.max(*last);
        }
        if at < stop {
            open.push((at, stop));
        }
        open
    }

    /// Takes back what is one request's own between two ranks.
    fn release(&mut self, from: u64, to: u64, own: &[Ranks]) {
        for (first, last) in own.iter().map(|(first, last)| ((*first).max(from), (*last).min(to))) {
            if first < last {
                let around = |(a, b): &Ranks| [(*a, (*b).min(first)), ((*a).max(last), *b)];
                self.asked = self.asked.iter().flat_map(around).filter(|(a, b)| a < b).collect();
            }
        }
    }

    fn tidy(&mut self) {
        self.asked.sort_unstable();
        self.asked.dedup_by(|next, before| {
            let meets = next.0 <= before.1;
            if meets {
                before.1 = before.1.max(next.1);
            }
            meets
        });
    }
}

#[cfg(test)]
mod tests {
    use super::Claims;

    #[test]
    fn each_rank_belongs_to_whoever_asked_for_it_first() {
        let mut claims = Claims::default();
        claims.ask(1, 0, 100);
        claims.ask(2, 184, 284);
        claims.ask(3, 92, 192);
        assert_eq!(claims.answered(3, 192), [(100, 184)]);
        assert_eq!(claims.answered(2, 284), [(184, 284)]);
        assert_eq!(claims.answered(1, 100), [(0, 100)]);
        assert_eq!(claims.first_open(), 284);
    }

    #[test]
    fn what_an_answer_did_not_reach_is_open_again() {
        let mut claims = Claims::default();
        claims.ask(1, 0, 100);
        claims.ask(2, 92, 192);
        assert_eq!(claims.answered(1, 30), [(0, 30)]);
        assert_eq!(claims.first_open(), 30);
        claims.ask(3, 30, 130);
        assert_eq!(claims.answered(3, 60), [(30, 60)]);
        assert_eq!(claims.answered(2, 192), [(100, 192)]);
        assert_eq!(claims.first_open(), 60);
    }
}
