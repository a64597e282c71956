//! The file of format 1, as it was written once: read, brought up to date and gone on with for good.

use std::path::{Path, PathBuf};

use blocks_sessions::core::mirror::{Mirror, Mode, SyncOptions};
use blocks_sessions::emulator::{Emulator, EmulatorOptions, Sessions};
use rusqlite::Connection;
use serde_json::{Value, json};

use super::world::Copy;
use super::{AGENT, sync};
use crate::export::client;
use crate::storage::Folder;

/// 350 sessions that do not move.
fn sessions() -> Vec<Value> {
    let moment = |at: i64| jiff::Timestamp::from_microsecond(1_768_000_000_123_456 - at * 7_000_000).unwrap();
    let session = |rank: i64| {
        json!({"session_id": format!("s{rank}"), "created_at": moment(rank + 1_000).to_string(),
               "last_message_at": moment(rank).to_string(), "message_count": rank, "tags": ["a", "b"]})
    };
    (0..350).map(session).collect()
}

fn serving(sessions: &[Value]) -> Emulator {
    let given = Sessions::Given(sessions.iter().map(Value::to_string).collect());
    Emulator::start(EmulatorOptions { agents: vec![(AGENT.to_owned(), given)], ..Default::default() })
        .unwrap()
}

/// A copy of the fixture, told that another address serves the same list.
fn fixture(folder: &Path, name: &str, server: &Emulator) -> PathBuf {
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/rust/mirror/fixtures").join(name);
    let path = folder.join("support.db");
    std::fs::copy(from, &path).unwrap();
    let connection = Connection::open(&path).unwrap();
    let known: String = connection
        .query_row("select value from meta where key = 'parameters'", [], |row| row.get(0))
        .unwrap();
    let mut known = super::json(&known);
    known["base_url"] = Value::from(format!("{}/", server.url().trim_end_matches('/')));
    connection.execute("update meta set value = ?1 where key = 'parameters'", [known.to_string()]).unwrap();
    path
}

#[tokio::test]
async fn a_file_of_format_1_is_kept_up_for_good() {
    let folder = Folder::new();
    let mut all = sessions();
    let (kept, server) = (all.len(), serving(&all));
    let path = fixture(folder.path(), "format_1.db", &server);
    assert_eq!(Mirror::open(&path).unwrap().count(false).unwrap(), kept as u64);
    let head = sync(&client(&server.url()), &path, SyncOptions::default()).await.unwrap();
    // Both keys of these sessions fall along the list, so that all of it is read.
    assert_eq!((head.created, head.updated, head.vanished, head.sessions), (0, 0, 0, 350), "{head:?}");
    drop(server);
    all[200]["message_count"] = Value::from(9_999);
    all.remove(100);
    let server = serving(&all);
    let path = fixture(folder.path(), "format_1.db", &server);
    let options = SyncOptions { mode: Mode::Full, ..SyncOptions::default() };
    let full = sync(&client(&server.url()), &path, options).await.unwrap();
    assert_eq!((full.updated, full.vanished, full.unchanged), (1, 1, 348), "{full:?}");
    let copy = Copy::of(&path);
    assert_eq!(copy.live(), copy.folded());
    assert!(copy.is_sound());
}

/// A run that was cut off, as that format keeps it: 250 of 350 sessions are stored.
#[tokio::test]
async fn a_run_that_was_cut_off_in_format_1_is_gone_on_with() {
    let folder = Folder::new();
    let server = serving(&sessions());
    let path = fixture(folder.path(), "format_1_cut_off.db", &server);
    let connection = Connection::open(&path).unwrap();
    let stored: i64 = connection.query_row("select count(*) from sessions", [], |row| row.get(0)).unwrap();
    // It is gone on with for an hour.
    let unfinished: String = connection
        .query_row("select value from meta where key = 'unfinished'", [], |row| row.get(0))
        .unwrap();
    let mut unfinished = super::json(&unfinished);
    unfinished["began"] = Value::from(jiff::Timestamp::now().as_microsecond() - 1_000_000);
    connection
        .execute("update meta set value = ?1 where key = 'unfinished'", [unfinished.to_string()])
        .unwrap();
    drop(connection);
    let full = sync(&client(&server.url()), &path, SyncOptions::default()).await.unwrap();
    assert!(full.complete && full.mode == "full" && stored >= 200, "{full:?}");
    assert_eq!((full.created + u64::try_from(stored).unwrap(), full.sessions), (350, 350));
    assert!(server.request_count() <= 5, "{} requests", server.request_count());
    let copy = Copy::of(&path);
    assert_eq!(copy.number("select count(*) from syncs"), 1);
    assert_eq!(copy.number("select count(*) from meta where key glob 'unfinished*'"), 0);
    assert_eq!(copy.live(), copy.folded());
}

/// What is written to make the fixtures; a new format gets new ones, and these stay.
#[tokio::test]
#[ignore = "writes the fixtures of a new format"]
async fn write_fixtures() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/rust/mirror/fixtures");
    std::fs::create_dir_all(&folder).unwrap();
    let server = serving(&sessions());
    sync(&client(&server.url()), &folder.join("format_1.db"), SyncOptions::default()).await.unwrap();
    let options = SyncOptions { commit_rows: Some(100), ..SyncOptions::default() };
    let mut cut_off =
        super::open(&client(&server.url()), &folder.join("format_1_cut_off.db"), options).unwrap();
    for _ in 0..2 {
        cut_off.step().await.unwrap();
    }
}
