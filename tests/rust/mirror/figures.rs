//! What bringing a copy up to date costs, in requests.

use blocks_sessions::core::mirror::{Mode, SyncOptions};
use blocks_sessions::emulator::Emulator;
use serde_json::{Value, json};

use super::{AGENT, sync};
use crate::export::{client, holding, start};
use crate::storage::Folder;

fn fields(value: &Value) -> serde_json::Map<String, Value> {
    value.as_object().unwrap().clone()
}

/// In the hour before, 300 sessions got a message, and 200 are new.
fn change(server: &Emulator) {
    let began = server.now() - 3_600_000_000;
    let moment = |at: i64| jiff::Timestamp::from_microsecond(began + at * 7_000_123).unwrap().to_string();
    for rank in 0..300 {
        let page = server.expected(AGENT, 400 + rank * 7, 1).unwrap();
        let page: Value = serde_json::from_str(&page).unwrap();
        let id = page[0]["session_id"].as_str().unwrap();
        server
            .update(AGENT, id, fields(&json!({"last_message_at": moment(i64::try_from(rank).unwrap())})))
            .unwrap();
    }
    for number in 0..200 {
        let at = moment(300 + number);
        let session = json!({"session_id": format!("new{number}"), "created_at": at, "last_message_at": at});
        server.add(AGENT, session.to_string()).unwrap();
    }
}

/// `BLOCKS_MIRRORED` sets how many sessions there are: the head costs the same.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn five_hundred_changes_cost_at_most_eight_requests() {
    let sessions = std::env::var("BLOCKS_MIRRORED").ok().and_then(|n| n.parse().ok()).unwrap_or(10_000);
    let folder = Folder::new();
    let path = folder.join("support.db");
    let server = start(holding(sessions));
    let client = client(&server.url());
    let full = sync(&client, &path, SyncOptions::default()).await.unwrap();
    assert!(full.complete && full.created == sessions);
    change(&server);
    let before = server.request_count();
    let started = std::time::Instant::now();
    let head =
        sync(&client, &path, SyncOptions { mode: Mode::Head, ..SyncOptions::default() }).await.unwrap();
    let (requests, took) = (server.request_count() - before, started.elapsed());
    println!("\n500 changes of {sessions} sessions: {requests} requests, {took:.2?}");
    assert!(head.complete && (head.created, head.updated) == (200, 300), "{head:?}");
    assert!(requests <= 8, "{requests} requests");
    let quiet =
        sync(&client, &path, SyncOptions { mode: Mode::Head, ..SyncOptions::default() }).await.unwrap();
    assert!(quiet.complete && quiet.requests <= 2 && quiet.created + quiet.updated == 0, "{quiet:?}");
}

/// A page of the head that brackets a known key without its session shows that it is gone.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_head_tells_what_is_gone_where_a_page_would_show_it() {
    let folder = Folder::new();
    let path = folder.join("support.db");
    let server = start(holding(1_000));
    let client = client(&server.url());
    let options = SyncOptions { mode: Mode::Head, ..SyncOptions::default() };
    sync(&client, &path, options).await.unwrap();
    let id = |rank: u64| {
        let page: Value = serde_json::from_str(&server.expected(AGENT, rank, 1).unwrap()).unwrap();
        page[0]["session_id"].as_str().unwrap().to_owned()
    };
    let (near, far, moved) = (id(40), id(700), id(30));
    server.delete(AGENT, &near).unwrap();
    server.delete(AGENT, &far).unwrap();
    let now = jiff::Timestamp::from_microsecond(server.now()).unwrap().to_string();
    server.update(AGENT, &moved, fields(&json!({"last_message_at": now}))).unwrap();
    let head = sync(&client, &path, options).await.unwrap();
    assert_eq!((head.mode, head.vanished, head.updated, head.sessions), ("head", 1, 1, 999), "{head:?}");
    let gone: Vec<_> = super::world::Copy::of(&path).gone();
    assert_eq!(gone, [near]);
    let full = sync(&client, &path, SyncOptions { mode: Mode::Full, ..options }).await.unwrap();
    assert_eq!((full.vanished, full.sessions), (1, 998));
}
