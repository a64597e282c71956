//! How many changes a list owes: by the requests that were answered, or by the time that has passed.
//! Pure: it changes nothing, and the time is given.

use super::change::ChangeKind;
use crate::emulator::options::Churn;
use crate::emulator::rng::Rng;

/// No more than this happens at once, however long nobody has asked.
const MOST_AT_ONCE: u32 = 100_000;
const MICROS_PER_SECOND: f64 = 1e6;

/// What one list owes.
#[derive(Default)]
pub(super) struct Owed {
    /// The time up to which it has moved on; microseconds since 1970.
    until: Option<i64>,
    /// Parts of changes, for each kind.
    parts: [f64; 4],
}

/// The rates of the four kinds.
fn rates(churn: Churn) -> [(ChangeKind, f64); 4] {
    [
        (ChangeKind::Inserted, churn.inserts),
        (ChangeKind::Touched, churn.touches),
        (ChangeKind::Deleted, churn.deletes),
        (ChangeKind::Edited, churn.edits),
    ]
}

/// The changes after one request, in a random order.
pub(super) fn after_request(churn: Churn, rng: &mut Rng) -> Vec<ChangeKind> {
    let mut changes = Vec::new();
    // A kind that came later than the others must not change what a seed gives without it.
    let drawn = |(kind, rate): &(ChangeKind, f64)| *kind != ChangeKind::Edited || *rate > 0.0;
    for (kind, rate) in rates(churn).into_iter().filter(drawn) {
        changes.extend((0..rng.times(rate)).map(|_| (rng.next(), kind)));
    }
    in_order(changes)
}

impl Owed {
    /// The changes since the last time, in a random order, and the moments between which they happen.
    pub(super) fn take(&mut self, churn: Churn, now: i64, rng: &mut Rng) -> (Vec<ChangeKind>, i64, i64) {
        let since = self.until.replace(now).unwrap_or(now).min(now);
        #[expect(clippy::cast_precision_loss, reason = "a span of time, which need not be exact")]
        let seconds = (now - since) as f64 / MICROS_PER_SECOND;
        let mut changes = Vec::new();
        for ((kind, rate), part) in rates(churn).into_iter().zip(&mut self.parts) {
            *part = (*part + rate * seconds).min(f64::from(MOST_AT_ONCE));
            let whole = part.floor();
            *part -= whole;
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "bounded above")]
            let count = whole as u32;
            changes.extend((0..count).map(|_| (rng.next(), kind)));
        }
        (in_order(changes), since, now)
    }

    /// Nothing is owed for the time before.
    pub(super) fn settle(&mut self, now: i64) {
        self.until = Some(now);
    }
}

fn in_order(mut changes: Vec<(u64, ChangeKind)>) -> Vec<ChangeKind> {
    changes.sort_unstable_by_key(|(order, _)| *order);
    changes.into_iter().map(|(_, kind)| kind).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_owed_grows_with_the_time_and_nothing_is_lost_between() {
        let churn = Churn { inserts: 2.0, touches: 0.5, per_second: true, ..Churn::default() };
        let (mut owed, mut rng) = (Owed::default(), Rng::new(&[1]));
        owed.settle(0);
        let mut kinds = Vec::new();
        for tenth in 1..=100 {
            kinds.extend(owed.take(churn, tenth * 100_000, &mut rng).0);
        }
        let count = |wanted| kinds.iter().filter(|kind| **kind == wanted).count();
        // Ten seconds; a tenth is no exact float.
        assert!((19..=20).contains(&count(ChangeKind::Inserted)), "{kinds:?}");
        assert!((4..=5).contains(&count(ChangeKind::Touched)), "{kinds:?}");
        assert_eq!(count(ChangeKind::Edited) + count(ChangeKind::Deleted), 0);
        // A clock that is set back owes nothing.
        assert!(owed.take(churn, 0, &mut rng).0.is_empty());
    }
}
