//! Changes by hand and by the clock: where a session comes to stand, what its history says, and what may be
//! set while the emulator runs.

use std::time::{Duration, Instant};

use blocks_sessions::emulator::{
    ChangeKind, ChangeRefused, Churn, Emulator, EmulatorOptions, Faults, Order, Sessions,
};
use serde_json::{Map, Value, json};

use crate::emulator::client::{call, holding, page, start};

const AGENT: &str = "agent_123";

fn truth(server: &Emulator) -> Vec<Value> {
    let text = server.expected(AGENT, 0, u64::MAX).expect("the agent");
    serde_json::from_str::<Value>(&text).expect("JSON").as_array().expect("an array").clone()
}

fn field(session: &Value, name: &str) -> String {
    session[name].as_str().unwrap_or_default().to_owned()
}

/// Times as text of one form, so that they compare as text does.
fn stamp(number: u64) -> String {
    let seconds = i64::try_from(1_700_000_000 + number).unwrap();
    jiff::Timestamp::from_second(seconds).unwrap().to_string()
}

fn fields(values: Value) -> Map<String, Value> {
    serde_json::from_value(values).unwrap()
}

/// The model: pairs of key and id, highest key first, the latest to come last among equals.
#[derive(Default)]
struct Model(Vec<(String, String)>);

impl Model {
    fn put(&mut self, key: String, id: String) {
        let at = self.0.iter().position(|(other, _)| *other < key).unwrap_or(self.0.len());
        self.0.insert(at, (key, id));
    }

    fn take(&mut self, id: &str) {
        self.0.retain(|(_, other)| other != id);
    }

    fn ids(&self) -> Vec<String> {
        self.0.iter().map(|(_, id)| id.clone()).collect()
    }
}

fn model_of(server: &Emulator, key: &str) -> Model {
    Model(truth(server).iter().map(|session| (field(session, key), field(session, "session_id"))).collect())
}

fn given(count: u64) -> Sessions {
    let session = |rank: u64| {
        json!({"session_id": format!("g{rank}"), "last_message_at": stamp(1000 - rank * 10),
               "created_at": stamp(1000 - rank * 10), "message_count": 1})
        .to_string()
    };
    Sessions::Given((0..count).map(session).collect())
}

/// Random changes by hand agree with a model that is too simple to be wrong, over made and given lists.
#[test]
fn changes_by_hand_stand_where_their_keys_belong() {
    for (seed, order, sessions) in [
        (1, Order::Activity, Sessions::Count(60)),
        (2, Order::Created, Sessions::Count(60)),
        (3, Order::Activity, given(40)),
        (4, Order::Created, given(40)),
        (5, Order::Activity, Sessions::Count(0)),
    ] {
        let agents = vec![(AGENT.to_owned(), sessions)];
        // No examples: their texts have times without fractions, as the model's have.
        let now = Some(1_700_001_000_000_000);
        let server = start(EmulatorOptions { order, agents, now, ..Default::default() });
        let key_name = if order == Order::Activity { "last_message_at" } else { "created_at" };
        let mut model = model_of(&server, key_name);
        let mut random = fastrand::Rng::with_seed(seed);
        for step in 0..300 {
            let some = model.0.get(random.usize(0..model.0.len().max(1))).map(|(_, id)| id.clone());
            let key = stamp(random.u64(0..1200));
            match (random.u8(0..4), some) {
                (0, _) | (_, None) => {
                    let id = format!("new{step}");
                    let session = json!({"session_id": id, key_name: key}).to_string();
                    server.add(AGENT, session).unwrap();
                    model.put(key, id);
                }
                (1, Some(id)) => {
                    server.delete(AGENT, &id).unwrap();
                    model.take(&id);
                }
                (2, Some(id)) => {
                    let known = model.0.iter().find(|(_, other)| *other == id).unwrap().0.clone();
                    server.update(AGENT, &id, fields(json!({key_name: key, "rating": step}))).unwrap();
                    if known != key {
                        model.take(&id);
                        model.put(key, id);
                    }
                }
                (_, Some(id)) => server.update(AGENT, &id, fields(json!({"rating": step}))).unwrap(),
            }
            let from = random.usize(0..=model.0.len());
            let found = server.expected(AGENT, from as u64, 7).unwrap();
            let found: Vec<Value> = serde_json::from_str(&found).unwrap();
            let wanted: Vec<String> = model.ids().into_iter().skip(from).take(7).collect();
            let found: Vec<String> = found.iter().map(|session| field(session, "session_id")).collect();
            assert_eq!(found, wanted, "{seed} step {step} from {from}");
        }
        let all: Vec<String> = truth(&server).iter().map(|session| field(session, "session_id")).collect();
        assert_eq!(all, model.ids());
        assert_eq!(server.session_count(AGENT), Some(all.len() as u64));
    }
}

#[test]
fn what_was_done_by_hand_is_history_and_in_the_next_page() {
    let server = start(holding(30));
    let first = page(&server, 100, 0).ids();
    server.update(AGENT, &first[5], fields(json!({"rating": 2, "new": null}))).unwrap();
    server.update(AGENT, &first[6], fields(json!({"last_message_at": "2026-02-01T00:00:00Z"}))).unwrap();
    server.add(AGENT, json!({"session_id": "mine", "last_message_at": null}).to_string()).unwrap();
    server.delete(AGENT, &first[7]).unwrap();
    let after = page(&server, 100, 0);
    let mut wanted = first.clone();
    wanted.retain(|id| ![&first[6], &first[7]].contains(&id));
    wanted.insert(0, first[6].clone());
    wanted.push("mine".to_owned());
    assert_eq!(after.ids(), wanted);
    let edited = &after.sessions()[6];
    assert_eq!((edited["rating"].clone(), edited.get("new")), (json!(2), Some(&Value::Null)));
    let events: Vec<_> = server
        .history(AGENT)
        .unwrap()
        .events
        .into_iter()
        .map(|event| (event.kind, event.session_id))
        .collect();
    let wanted = [
        (ChangeKind::Edited, first[5].clone()),
        (ChangeKind::Touched, first[6].clone()),
        (ChangeKind::Inserted, "mine".to_owned()),
        (ChangeKind::Deleted, first[7].clone()),
    ];
    assert_eq!(events, wanted);
    // It comes again: another session as far as "throughout" is concerned.
    server.add(AGENT, json!({"session_id": first[7]}).to_string()).unwrap();
    assert!(!server.history(AGENT).unwrap().existed_throughout.contains(&first[7]));
}

#[test]
fn what_cannot_be_changed_is_said() {
    let server = start(holding(3));
    let known = page(&server, 1, 0).ids().remove(0);
    let invalid = |session: &str| match server.add(AGENT, session.to_owned()) {
        Err(ChangeRefused::Invalid(why)) => why,
        other => panic!("{other:?}"),
    };
    assert!(invalid("[]").contains("brace"));
    assert!(invalid("{").contains("EOF"));
    assert!(invalid(&json!({"session_id": known}).to_string()).contains("update()"));
    assert_eq!(server.delete(AGENT, "nobody"), Err(ChangeRefused::NoSession));
    assert_eq!(server.delete("nobody", &known), Err(ChangeRefused::NoAgent));
    assert_eq!(server.update(AGENT, "nobody", Map::new()), Err(ChangeRefused::NoSession));
    assert_eq!(server.history(AGENT).unwrap().events, []);
}

/// A rating that somebody gives in a back office: the row says something else, and nothing moves.
#[test]
fn silent_edits_change_a_row_and_move_none() {
    let churn = Churn { edits: 3.0, ..Churn::default() };
    let server = start(EmulatorOptions { churn, ..holding(200) });
    let before = truth(&server);
    for _ in 0..20 {
        page(&server, 10, 0);
    }
    let after = truth(&server);
    let events = server.history(AGENT).unwrap().events;
    assert_eq!(events.len(), 60);
    assert!(events.iter().all(|event| event.kind == ChangeKind::Edited));
    for (before, after) in before.iter().zip(&after) {
        assert_eq!(before["session_id"], after["session_id"]);
        assert_eq!(before["updated_at"], after["updated_at"]);
        let edited = events.iter().any(|event| event.session_id == before["session_id"]);
        // Two edits of one field may undo each other; what was not edited stays as it was.
        assert!(edited || before == after, "{before} {after}");
    }
    assert!(before.iter().zip(&after).filter(|(before, after)| before != after).count() > 30);
}

#[test]
fn the_list_may_move_by_the_clock() {
    let churn = Churn { inserts: 500.0, per_second: true, ..Churn::default() };
    let server = start(EmulatorOptions { churn, ..holding(10) });
    let until = Instant::now() + Duration::from_secs(20);
    let mut count = 10;
    while count < 30 && Instant::now() < until {
        let now = server.session_count(AGENT).unwrap();
        assert!(now >= count);
        count = now;
        std::thread::sleep(Duration::from_millis(5));
    }
    assert!(count >= 30, "nobody asked for a page, and it moved: {count}");
    server.set_churn(Churn::default()).unwrap();
    let still = server.session_count(AGENT);
    std::thread::sleep(Duration::from_millis(20));
    assert_eq!(server.session_count(AGENT), still);
    let stamps: Vec<String> =
        truth(&server).iter().map(|session| field(session, "last_message_at")).collect();
    let times: Vec<jiff::Timestamp> = stamps.iter().map(|stamp| stamp.parse().unwrap()).collect();
    assert!(times.is_sorted_by(|a, b| a > b));
}

#[test]
fn a_clock_of_its_own_dates_sessions_changes_and_answers() {
    let now = 1_900_000_000_000_000;
    let churn = Churn { touches: 1.0, ..Churn::default() };
    let server = start(EmulatorOptions { now: Some(now), churn, ..holding(50) });
    let newest = page(&server, 1, 0);
    let at = |text: &str| text.parse::<jiff::Timestamp>().unwrap().as_microsecond();
    let made = at(&field(&newest.sessions()[0], "last_message_at"));
    assert!(made < now && now - made < 120_000_000, "{made}");
    let date = httpdate::parse_http_date(newest.header("date").unwrap()).unwrap();
    let since = date.duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    assert!((1_900_000_000..1_900_000_060).contains(&since), "{since}");
    let touched = at(&field(&page(&server, 1, 0).sessions()[0], "last_message_at"));
    assert!(touched >= now && touched < now + 60_000_000);
    server.set_now(now + 86_400_000_000).unwrap();
    page(&server, 1, 0);
    assert!(at(&field(&truth(&server)[0], "last_message_at")) >= now + 86_400_000_000);
    assert!(server.now() >= now + 86_400_000_000);
    assert!(server.set_now(0).unwrap_err().contains("2000 to 9998"));
}

#[test]
fn how_it_behaves_can_change_while_it_runs() {
    let server = start(holding(3));
    assert_eq!(page(&server, 1, 0).status, 200);
    let all = |kind: &str| Faults { rate: 1.0, kinds: vec![kind.to_owned()], retry_after: 1 };
    server.set_faults(&[all("status_500")]).unwrap();
    assert_eq!(page(&server, 1, 0).status, 500);
    assert!(server.set_faults(&[all("nonsense")]).unwrap_err().contains("nonsense"));
    assert_eq!(page(&server, 1, 0).status, 500, "what was wrong changed nothing");
    server.set_faults(&[]).unwrap();
    server.set_rate_limit(Some(0.001)).unwrap();
    assert_eq!((page(&server, 1, 0).status, page(&server, 1, 0).status), (200, 429));
    server.set_rate_limit(None).unwrap();
    assert_eq!((page(&server, 1, 0).status, page(&server, 1, 0).status), (200, 200));
    assert!(server.set_churn(Churn { edits: f64::NAN, ..Churn::default() }).is_err());
    assert!(server.set_latency(Duration::MAX).unwrap_err().contains("latency"));
}

#[test]
fn numbers_beyond_reason_are_refused_and_never_taken_for_no_limit() {
    let refused = |options: EmulatorOptions| match Emulator::start(options) {
        Err(error) => error.to_string(),
        Ok(_) => panic!("it started"),
    };
    for rate in [0.0, -1.0, 1e-7, 1e-300, 1e7, f64::NAN, f64::INFINITY] {
        assert!(refused(EmulatorOptions { rate_limit: Some(rate), ..holding(1) }).contains("rate_limit"));
    }
    assert!(refused(EmulatorOptions { latency: Duration::MAX, ..holding(1) }).contains("latency"));
    assert!(refused(EmulatorOptions { now: Some(i64::MAX), ..holding(1) }).contains("now"));
    for edits in [-1.0, 1e9, f64::INFINITY] {
        let churn = Churn { edits, per_second: true, ..Churn::default() };
        assert!(refused(EmulatorOptions { churn, ..holding(1) }).contains("a second"));
    }
}

#[test]
fn a_token_of_the_callers_own_is_accepted_until_all_are_revoked() {
    let server = start(EmulatorOptions { require_token: true, ..holding(3) });
    let status = |token: &str| {
        let bearer = format!("Bearer {token}");
        let headers = [("content-type", "application/json"), ("authorization", bearer.as_str())];
        let body = r#"{"agent_id":"agent_123","project_key":"demo-key"}"#;
        call(&server, "POST", "/conversation/sessions", &headers, body.as_bytes()).status
    };
    assert_eq!(status("mine"), 401);
    server.accept_token("mine".to_owned(), None);
    server.accept_token("short".to_owned(), Some(0));
    assert_eq!((status("mine"), status("short"), status("demo-token")), (200, 401, 200));
    server.revoke_tokens();
    assert_eq!(status("mine"), 401);
}
