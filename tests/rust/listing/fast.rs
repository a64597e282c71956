//! The fast plan, told answers by hand: what it asks, what it yields, and what it refuses.

use blocks_sessions::core::listing::fast::FastPlan;
use blocks_sessions::core::listing::plan::{Ask, Plan, Range, Step};
use blocks_sessions::core::listing::proof::keys::region::Region;
use blocks_sessions::core::model::row_facts::{Facts, KEY_FIELDS, RowFacts};

/// A list that never moves, and how its server misbehaves.
struct Server {
    ids: Vec<u128>,
    keys: fn(u128) -> [Option<i64>; 4],
    total: fn(&[u128]) -> Option<u64>,
    most: usize,
}

impl Server {
    fn of(count: u128) -> Self {
        Self {
            ids: (0..count).collect(),
            keys: |_| [None; 4],
            total: |ids| Some(ids.len() as u64),
            most: 100,
        }
    }

    fn answer(&self, ask: Ask) -> Facts {
        let rows = self.ids.iter().skip(usize::try_from(ask.offset).unwrap());
        let rows = rows.take(self.most.min(ask.limit as usize));
        Facts {
            rows: rows.map(|id| RowFacts { id: Some(*id), keys: (self.keys)(*id) }).collect(),
            total_count: (self.total)(&self.ids),
            answered_at: 0,
            dated: true,
        }
    }

    /// Reads the list with so many requests at once, answered last come first served.
    fn read(&self, mut plan: FastPlan, width: usize) -> Read {
        let (mut open, mut given) = (Vec::<Ask>::new(), std::collections::HashMap::new());
        let mut read = Read::default();
        loop {
            match plan.step(open.len() < width) {
                Ok(Step::Ask(ask)) => {
                    read.asked.push((ask.offset, ask.limit));
                    open.push(ask);
                }
                Ok(Step::Yield(batch)) => {
                    let facts: &Facts = &given[&batch.ticket];
                    read.ids.extend(batch.rows.iter().map(|row| facts.rows[*row as usize].id.unwrap()));
                }
                Ok(Step::Release(ticket)) => assert!(given.remove(&ticket).is_some()),
                Ok(Step::Wait) => {
                    let ask = open.pop().expect("a plan waits only for answers");
                    let facts = self.answer(ask);
                    plan.answer(ask.ticket, &facts);
                    given.insert(ask.ticket, facts);
                }
                Ok(Step::Done) => return read,
                Err(contradiction) => {
                    assert_eq!(plan.step(true), Err(contradiction.clone()));
                    read.refused = Some(contradiction.message);
                    return read;
                }
            }
        }
    }
}

#[derive(Default)]
struct Read {
    ids: Vec<u128>,
    asked: Vec<(u64, u32)>,
    refused: Option<String>,
}

fn all(page_size: u32) -> FastPlan {
    FastPlan::new(Range::default(), page_size)
}

#[test]
fn a_quiet_list_is_read_whole_in_order_with_one_request_a_page() {
    for count in [0, 1, 99, 100, 101, 247, 1_000] {
        for page_size in [1, 7, 50, 99, 100] {
            for width in [1, 2, 4, 16] {
                let read = Server::of(count).read(all(page_size), width);
                assert_eq!(read.ids, (0..count).collect::<Vec<_>>());
                let pages = usize::try_from(count).unwrap().div_ceil(page_size as usize).max(1);
                assert_eq!(read.asked.len(), pages, "{count} in pages of {page_size}, {width} at once");
                assert_eq!(read.refused, None);
            }
        }
    }
}

#[test]
fn without_a_total_a_short_page_is_the_end() {
    for count in [0, 99, 100, 247] {
        let server = Server { total: |_| None, ..Server::of(count) };
        let read = server.read(all(100), 4);
        assert_eq!(read.ids.len() as u128, count);
        assert_eq!(read.asked.len() as u128, count / 100 + 1);
    }
}

#[test]
fn a_total_below_what_was_read_is_none() {
    let server = Server { total: |_| Some(0), ..Server::of(247) };
    let read = server.read(all(100), 4);
    assert_eq!((read.ids.len(), read.refused), (247, None));
}

#[test]
fn a_total_that_is_not_reached_is_refused() {
    for (count, page_size) in [(247, 100), (0, 100), (200, 100)] {
        let server = Server { total: |ids| Some(ids.len() as u64 + 150), ..Server::of(count) };
        let read = server.read(all(page_size), 4);
        assert_eq!(read.ids.len() as u128, count);
        assert!(read.refused.expect("sessions are missing").contains("total_count says"));
    }
}

#[test]
fn a_clamped_limit_is_refused() {
    let read = Server { most: 20, ..Server::of(247) }.read(all(100), 4);
    assert_eq!(read.ids.len(), 20);
    assert!(read.refused.expect("sessions are missing").contains("page_size=20"));
    let scant =
        |most| Server { most, ..Server::of(247) }.read(all(100), 4).refused.expect("sessions are missing");
    assert!(scant(3).contains("checked") && scant(3).contains("page_size=3"));
    assert!(!scant(2).contains("checked") && scant(2).contains("page_size=2"));
}

#[test]
fn a_page_that_repeats_is_refused() {
    let mut server = Server::of(150);
    let first: Vec<u128> = server.ids[..100].to_vec();
    server.ids.splice(100..100, first);
    let read = server.read(all(100), 4);
    assert_eq!(read.ids, (0..100).collect::<Vec<_>>());
    assert!(read.refused.expect("a page was repeated").contains("offset=100"));
}

#[test]
fn repeats_are_not_yielded_twice() {
    let mut server = Server::of(150);
    server.ids.insert(100, 99);
    let read = server.read(all(100), 4);
    assert_eq!(read.ids, (0..150).collect::<Vec<_>>());
    assert_eq!(read.refused, None);
}

#[test]
fn a_part_of_the_list() {
    let part = |offset, max_items| FastPlan::new(Range { offset, max_items }, 100);
    let server = Server::of(247);
    assert_eq!(server.read(part(240, None), 4).ids, (240..247).collect::<Vec<_>>());
    assert_eq!(server.read(part(500, None), 4).ids, Vec::<u128>::new());
    let few = server.read(part(10, Some(3)), 4);
    assert_eq!((few.ids, few.asked), ((10..13).collect(), vec![(10, 3)]));
    let more = server.read(part(0, Some(150)), 4);
    assert_eq!((more.ids.len(), more.asked), (150, vec![(0, 100), (100, 50)]));
    assert_eq!(server.read(part(0, Some(0)), 4).asked, Vec::new());
}

/// 250 sessions without activity, then 300 by their activity; both by creation.
fn nulls_first(id: u128) -> [Option<i64>; 4] {
    let id = i64::try_from(id).unwrap();
    let created = if id < 250 { 10_000 - id } else { 20_000 - 10 * id };
    let active = (id >= 250).then_some(30_000 - 10 * id);
    let at = |field: &str| match field {
        "created_at" => Some(created),
        "last_message_at" => active,
        _ => None,
    };
    KEY_FIELDS.map(at)
}

#[test]
fn bounds_are_about_activity_where_a_list_begins_with_sessions_without_any() {
    // Sessions 300 to 399 by their activity; by creation it would be none, and the sessions of the first pages others.
    let region = Region::between(Some(30_000 - 10 * 399), Some(30_000 - 10 * 299));
    for width in [1, 2, 4] {
        let server = Server { keys: nulls_first, ..Server::of(550) };
        let read = server.read(all(100).bounded(region), width);
        assert_eq!(read.refused, None);
        assert_eq!(read.ids, (300..400).collect::<Vec<_>>());
        assert_eq!(read.asked.iter().filter(|asked| **asked == (450, 100)).count(), 1, "one look at the end");
    }
}

#[test]
fn bounds_are_about_creation_where_no_session_has_activity() {
    let region = Region::between(Some(9_850), Some(9_951));
    let server = Server { keys: nulls_first, ..Server::of(250) };
    let read = server.read(all(100).bounded(region), 2);
    assert_eq!(read.refused, None);
    assert_eq!(read.ids, (50..151).collect::<Vec<_>>());
}
