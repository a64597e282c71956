//! The emulator's list as its options shape it: order, ties, nulls, clamps, and how it moves.

use std::time::{Duration, Instant};

use blocks_sessions::emulator::{
    ChangeKind, Churn, Emulator, EmulatorOptions, OffsetUnit, Order, Sessions, TotalCount,
};
use serde_json::{Value, json};

use crate::emulator::client::{holding, page, start};

fn truth(server: &Emulator) -> Vec<Value> {
    let text = server.expected("agent_123", 0, u64::MAX).expect("the agent");
    serde_json::from_str::<Value>(&text).expect("JSON").as_array().expect("an array").clone()
}

fn ids(sessions: &[Value]) -> Vec<String> {
    sessions.iter().map(|session| session["session_id"].as_str().expect("an id").to_owned()).collect()
}

/// The keys as numbers, so that fractions of a second compare rightly.
fn keys(sessions: &[Value], field: &str) -> Vec<Option<jiff::Timestamp>> {
    sessions.iter().map(|session| session[field].as_str().map(|text| text.parse().expect("a time"))).collect()
}

fn falls(keys: &[Option<jiff::Timestamp>]) -> bool {
    // None is below every time: nulls come last.
    keys.is_sorted_by(|a, b| a >= b)
}

fn key_field(order: Order) -> &'static str {
    if order == Order::Activity { "last_message_at" } else { "created_at" }
}

#[test]
fn the_list_falls_strictly_in_its_key_and_in_no_other() {
    for order in [Order::Activity, Order::Created] {
        let sessions = truth(&start(EmulatorOptions { order, seed: 3, ..holding(20_000) }));
        let sorted = keys(&sessions, key_field(order));
        assert!(sorted.is_sorted_by(|a, b| a > b), "{order:?}");
        for other in ["created_at", "updated_at", "last_message_at"] {
            assert_eq!(falls(&keys(&sessions, other)), other == key_field(order), "{order:?} by {other}");
        }
    }
}

#[test]
fn so_many_sessions_tie_with_the_one_before() {
    for share in [0.3, 1.0] {
        let sessions = truth(&start(EmulatorOptions { ties: share, ..holding(5000) }));
        let keys = keys(&sessions, "last_message_at");
        assert!(falls(&keys));
        let tied = keys.windows(2).filter(|pair| pair[0] == pair[1]).count();
        #[expect(clippy::cast_precision_loss, reason = "small")]
        let found = tied as f64 / 5000.0;
        assert!((found - share).abs() < 0.03, "{found} of {share}");
        let mut unique = ids(&sessions);
        unique.sort();
        unique.dedup();
        assert_eq!(unique.len(), 5000);
    }
}

#[test]
fn so_many_keys_are_null_and_come_last() {
    for order in [Order::Activity, Order::Created] {
        let sessions = truth(&start(EmulatorOptions { order, null_keys: 0.1, ..holding(1002) }));
        let keys = keys(&sessions, key_field(order));
        assert!(falls(&keys));
        assert_eq!(keys.iter().filter(|key| key.is_none()).count(), 100);
        assert!(sessions.iter().any(|session| session.get(key_field(order)) == Some(&Value::Null)));
        assert!(sessions.iter().any(|session| session.get(key_field(order)).is_none()));
    }
}

#[test]
fn no_page_is_longer_than_its_limit() {
    let server = start(EmulatorOptions { page_limit: 20, ..holding(50) });
    assert_eq!(page(&server, 100, 0).ids().len(), 20);
    assert_eq!(page(&server, 7, 0).ids().len(), 7);
    assert_eq!(page(&server, 100, 40).ids().len(), 10);
    assert_eq!(page(&server, 100, 40).json()["total_count"], json!(50));
}

#[test]
fn an_offset_may_count_pages() {
    let server = start(EmulatorOptions { offset_unit: OffsetUnit::Pages, ..holding(50) });
    let all = ids(&truth(&server));
    assert_eq!(page(&server, 20, 1).ids(), all[20..40]);
    assert_eq!(page(&server, 20, 2).ids(), all[40..]);
    assert_eq!(page(&server, 20, u64::MAX).ids(), Vec::<String>::new());
}

#[test]
fn the_total_may_be_null_or_the_pages_length() {
    let total = |total_count, limit, offset| {
        page(&start(EmulatorOptions { total_count, ..holding(50) }), limit, offset).json()["total_count"]
            .clone()
    };
    assert_eq!(total(TotalCount::Exact, 20, 40), json!(50));
    assert_eq!(total(TotalCount::Null, 20, 40), Value::Null);
    assert_eq!(total(TotalCount::Page, 20, 40), json!(10));
}

#[test]
fn latency_holds_each_answer_back_and_can_change() {
    let server = start(EmulatorOptions { latency: Duration::from_millis(60), ..holding(5) });
    let before = Instant::now();
    page(&server, 1, 0);
    assert!(before.elapsed() >= Duration::from_millis(60));
    assert_eq!((server.in_flight(), server.peak_in_flight()), (0, 1));
    server.set_latency(Duration::from_secs(600)).unwrap();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            crate::emulator::client::try_call(&server, "POST", "/conversation/sessions", &[], b"{}")
        });
        while server.in_flight() == 0 {
            std::thread::sleep(Duration::from_millis(2));
        }
        // Closing does not wait for the request.
        server.close();
    });
}

#[test]
fn too_many_requests_are_told_to_wait() {
    let server = start(EmulatorOptions { rate_limit: Some(0.001), ..holding(5) });
    assert_eq!(page(&server, 1, 0).status, 200);
    let refused = page(&server, 1, 0);
    assert_eq!(refused.status, 429);
    let wait: u64 = refused.header("retry-after").expect("a wait").parse().expect("seconds");
    assert!((900..=1000).contains(&wait), "{wait}");
    let server = start(EmulatorOptions { rate_limit: Some(3.0), ..holding(5) });
    let statuses: Vec<u16> = (0..4).map(|_| page(&server, 1, 0).status).collect();
    assert_eq!(statuses, [200, 200, 200, 429]);
}

/// The list as its history tells it, by a model that is too simple to be wrong.
fn replay(mut list: Vec<String>, server: &Emulator, order: Order) -> Vec<String> {
    for event in server.history("agent_123").expect("the agent").events {
        let at = list.iter().position(|id| *id == event.session_id);
        match (event.kind, at) {
            (ChangeKind::Inserted, None) => list.insert(0, event.session_id),
            (ChangeKind::Touched, Some(at)) if order == Order::Activity => {
                let id = list.remove(at);
                list.insert(0, id);
            }
            (ChangeKind::Touched, Some(_)) => {}
            (ChangeKind::Deleted, Some(at)) => {
                list.remove(at);
            }
            (kind, at) => panic!("{kind:?} at {at:?}"),
        }
    }
    list
}

#[test]
fn a_moving_list_is_what_its_history_says() {
    for order in [Order::Activity, Order::Created] {
        for (seed, churn) in [
            Churn { inserts: 1.0, touches: 1.0, deletes: 1.0, ..Churn::default() },
            Churn { inserts: 0.2, touches: 3.0, deletes: 2.5, ..Churn::default() },
            Churn { inserts: 0.0, touches: 0.0, deletes: 9.0, ..Churn::default() },
        ]
        .into_iter()
        .enumerate()
        {
            let seed = seed as u64;
            let beginning = ids(&truth(&start(EmulatorOptions { order, seed, ..holding(400) })));
            let server = start(EmulatorOptions { order, seed, churn, ..holding(400) });
            for step in 0..60 {
                let now = ids(&truth(&server));
                assert_eq!(now, replay(beginning.clone(), &server, order), "{order:?} {churn:?} step {step}");
                let (from, to) = (now.len().min(step * 7), now.len().min(step * 7 + 30));
                // The page is cut before the list moves on.
                assert_eq!(page(&server, 30, step as u64 * 7).ids(), now[from..to]);
                assert!(falls(&keys(&truth(&server), key_field(order))));
            }
            let gone_or_come = |kind| server.history("agent_123").unwrap().ids(kind).count();
            assert_eq!(gone_or_come(ChangeKind::Inserted) > 0, churn.inserts > 0.0);
            assert!(gone_or_come(ChangeKind::Deleted) > 0);
        }
    }
}

#[test]
fn the_oracle_knows_who_was_there_all_the_time() {
    let churn = Churn { inserts: 2.0, touches: 2.0, deletes: 2.0, ..Churn::default() };
    let server = start(EmulatorOptions { churn, ..holding(300) });
    let first = ids(&truth(&server));
    for _ in 0..20 {
        page(&server, 100, 0);
    }
    let last = ids(&truth(&server));
    let history = server.history("agent_123").unwrap();
    let mut wanted: Vec<String> = first.into_iter().filter(|id| last.contains(id)).collect();
    let mut found = history.existed_throughout.clone();
    wanted.sort();
    found.sort();
    assert_eq!(found, wanted);
    assert!(found.len() < 300 && found.len() > 200);
    server.forget_history();
    let anew = server.history("agent_123").unwrap();
    assert_eq!((anew.existed_throughout, anew.events), (last, vec![]));
    assert!(server.history("nobody").is_none());
}

#[test]
fn a_touched_session_says_so() {
    for (agents, order) in [
        (Sessions::Count(1), Order::Activity),
        (
            Sessions::Given(vec![r#"{"session_id":"x","message_count":15,"kept":1e400}"#.to_owned()]),
            Order::Created,
        ),
    ] {
        let churn = Churn { touches: 1.0, ..Churn::default() };
        let agents = vec![("agent_123".to_owned(), agents)];
        let server = start(EmulatorOptions { order, churn, agents, ..Default::default() });
        let before = page(&server, 1, 0).sessions();
        let after = page(&server, 1, 0).sessions();
        assert_eq!(after[0]["session_id"], before[0]["session_id"]);
        assert_eq!(after[0]["message_count"], json!(16));
        assert_eq!(after[0]["updated_at"], after[0]["last_message_at"]);
        assert_eq!(after[0]["kept"].to_string(), before[0]["kept"].to_string());
        let at: jiff::Timestamp = after[0]["updated_at"].as_str().unwrap().parse().unwrap();
        assert!(jiff::Timestamp::now().duration_since(at).as_secs() < 60);
    }
}

#[test]
fn the_same_seed_makes_the_same_changes() {
    let run = |seed| {
        let churn = Churn { inserts: 1.5, touches: 1.5, deletes: 0.5, ..Churn::default() };
        let server = start(EmulatorOptions { seed, churn, ..holding(200) });
        for _ in 0..20 {
            page(&server, 10, 0);
        }
        server.history("agent_123").unwrap().events
    };
    assert_eq!(run(1), run(1));
    assert_ne!(run(1), run(2));
}

#[test]
fn a_list_may_run_empty_and_fill_again() {
    let churn = Churn { inserts: 1.0, touches: 2.0, deletes: 5.0, ..Churn::default() };
    let server = start(EmulatorOptions { churn, ..holding(10) });
    for _ in 0..20 {
        assert_eq!(page(&server, 100, 0).status, 200);
    }
    assert!(server.session_count("agent_123").unwrap() <= 1);
}

#[test]
fn ties_hold_for_newcomers_too() {
    let churn = Churn { inserts: 10.0, ..Churn::default() };
    let server = start(EmulatorOptions { churn, ties: 0.5, ..holding(10) });
    for _ in 0..20 {
        page(&server, 1, 0);
    }
    let sessions = truth(&server);
    let keys = keys(&sessions, "last_message_at");
    assert!(falls(&keys));
    let tied = keys.windows(2).filter(|pair| pair[0] == pair[1]).count();
    assert!((60..=140).contains(&tied), "{tied} of 200");
}
