//! The list's top key when a run began, where the list begins with sessions that have none: its first session does not
//! tell it then. It makes no request.

use crate::core::model::page_body::PageBody;
use crate::core::model::row_facts::{CREATED_AT, KEY_FIELDS};

/// No service stamps what moves with a time that is further behind its own: one in local time, without a zone.
const LAG: i64 = 86_400_000_000;

type Keys = [Option<i64>; KEY_FIELDS.len()];

/// What the answers of a run show of it.
#[derive(Debug, Default)]
pub struct Tops {
    /// When the first answer came, and the keys of its first session.
    first: Option<(i64, Keys)>,
    settled: Keys,
}

impl Tops {
    /// Takes an answer, which came at that time of the service's clock. `head`: it does not begin where the list does.
    pub fn look(&mut self, answer: &PageBody, answered_at: i64, head: bool) {
        let Some(keys) = answer.keys(0) else { return };
        let (began, first) = *self.first.get_or_insert((answered_at, keys));
        let unknown = |place: usize| place != CREATED_AT && (head || first.get(place) == Some(&None));
        let places: Vec<usize> = (0..KEY_FIELDS.len()).filter(|place| unknown(*place)).collect();
        if places.is_empty() {
            return;
        }
        for row in 0..answer.len() {
            let keys = answer.keys(row).unwrap_or_default();
            for place in &places {
                let key = keys.get(*place).copied().flatten().filter(|key| *key < began.saturating_sub(LAG));
                if let Some(settled) = self.settled.get_mut(*place) {
                    *settled = key.max(*settled);
                }
            }
        }
    }

    /// A key that was the list's when the run began, and not above its top: whoever has one so old has not moved since,
    /// or its key would be the time of that.
    pub fn settled(&self, place: usize) -> Option<i64> {
        self.settled.get(place).copied().flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = LAG;

    fn answer(keys: &[Option<i64>]) -> PageBody {
        let session = |key: &Option<i64>| {
            let key = key.map(|micros| jiff::Timestamp::from_microsecond(micros).unwrap().to_string());
            serde_json::json!({"session_id": "s", "created_at": "2026-01-01T00:00:00Z", "last_message_at": key})
        };
        let sessions: Vec<_> = keys.iter().map(session).collect();
        PageBody::parse(serde_json::json!({"sessions": sessions}).to_string().into()).unwrap()
    }

    #[test]
    fn a_list_that_begins_with_a_key_is_not_looked_through() {
        let mut tops = Tops::default();
        tops.look(&answer(&[Some(9 * DAY), Some(DAY)]), 10 * DAY, false);
        assert_eq!(tops.settled(0), None);
        tops.look(&answer(&[Some(9 * DAY), Some(DAY)]), 10 * DAY, true);
        assert_eq!(tops.settled(0), Some(DAY));
    }

    #[test]
    fn the_highest_key_that_is_older_than_any_lag_is_below_the_top() {
        let mut tops = Tops::default();
        tops.look(&answer(&[None, None]), 10 * DAY, false);
        assert_eq!(tops.settled(0), None);
        // The clock is that of the first answer: what moved since has a later key.
        tops.look(&answer(&[None, Some(10 * DAY), Some(9 * DAY + 1)]), 11 * DAY, false);
        assert_eq!(tops.settled(0), None);
        tops.look(&answer(&[Some(9 * DAY - 7), Some(3 * DAY)]), 11 * DAY, false);
        tops.look(&answer(&[Some(2 * DAY)]), 11 * DAY, false);
        assert_eq!((tops.settled(0), tops.settled(CREATED_AT)), (Some(9 * DAY - 7), None));
    }
}
