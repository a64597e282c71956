//! Ten thousand moves and fifty runs, some of them cut off: what the copy says is what was true.

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use blocks_sessions::core::mirror::sync::Step;
use blocks_sessions::core::mirror::{Mode, SyncOptions, SyncReport};
use blocks_sessions::emulator::Faults;
use fastrand::Rng;

use super::world::{Copy, World};
use super::{open, sync};
use crate::export::client;
use crate::storage::Folder;

const SESSIONS: usize = 900;
const RUNS: usize = 50;
/// Moves before each run, and at most so many while it reads.
const MOVES: usize = 100;

type Shared = Arc<Mutex<World>>;

fn options(mode: Mode) -> SyncOptions {
    SyncOptions { mode, commit_rows: Some(100), ..SyncOptions::default() }
}

/// The list moves with every request, until it has moved so often.
async fn stir(world: Shared, mut left: usize) {
    let mut known = world.lock().unwrap().server.request_count();
    while left > 0 {
        known = catch_up(&mut world.lock().unwrap(), known, &mut left);
        tokio::time::sleep(Duration::from_micros(300)).await;
    }
    // A future that does not end: the run does.
    std::future::pending::<()>().await;
}

/// Moves for each request since so many; how many there are now.
fn catch_up(world: &mut World, known: u64, left: &mut usize) -> u64 {
    let now = world.server.request_count();
    for _ in 0..(usize::try_from(now - known).unwrap() * 8).min(*left) {
        world.change();
        *left -= 1;
    }
    now
}

async fn requests(world: Shared, count: u64) {
    let until = world.lock().unwrap().server.request_count() + count;
    while world.lock().unwrap().server.request_count() < until {
        tokio::time::sleep(Duration::from_micros(300)).await;
    }
}

/// One run; `None` where it was cut off after so many requests, or failed.
async fn run(world: &Shared, path: &Path, mode: Mode, moves: usize, cut: Option<u64>) -> Option<SyncReport> {
    let url = world.lock().unwrap().server.url();
    let mut sync = open(&client(&url), path, options(mode)).unwrap();
    let cut = async {
        match cut {
            Some(count) => requests(world.clone(), count).await,
            None => std::future::pending().await,
        }
    };
    tokio::pin!(cut);
    let stirred = stir(world.clone(), moves);
    tokio::pin!(stirred);
    loop {
        tokio::select! {
            biased;
            () = &mut cut => return None,
            () = &mut stirred => {}
            step = sync.step() => match step {
                Ok(Step::Done(report)) => return Some(*report),
                Ok(Step::More(..)) => {}
                Err(_) => return None,
            },
        }
    }
}

/// What must hold after a run that began at one move and ended at another.
fn judge(
    world: &World,
    copy: &Copy,
    report: Option<&SyncReport>,
    from: usize,
    known: (i64, &serde_json::Value),
) {
    let live = copy.live();
    assert!(copy.is_sound());
    assert_eq!(copy.folded(), live, "the changes come to something else");
    let Some(report) = report.filter(|report| report.complete) else {
        assert_eq!(copy.vanished(), known.0, "something vanished without a proof");
        assert_eq!(&copy.state()["bound"], &known.1["bound"], "the bound moved without a proof");
        return;
    };
    for id in world.throughout(from, world.moves) {
        let stored = live.get(id).unwrap_or_else(|| panic!("{} lacks {id}: {report:?}", report.mode));
        let key = |session: &serde_json::Value| session["last_message_at"].as_str().unwrap().to_owned();
        let then = key(world.at(id, from).unwrap());
        assert!(key(stored) >= then, "{}: {id} moved, and the copy does not know", report.mode);
    }
    if report.mode == "full" {
        for (id, session) in &live {
            assert!(world.said(id, session, from, world.moves), "{id} never said so: {session}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_copy_says_what_was_true_whatever_moves_and_whatever_is_cut_off() {
    let folder = Folder::new();
    let path = folder.join("support.db");
    let world: Shared = Arc::new(Mutex::new(World::new(SESSIONS, 1)));
    let mut rng = Rng::with_seed(2);
    let (mut complete, mut cut_off, mut resumed) = (0, 0, 0);
    // At which move the run began that is gone on with, and how many there were by then.
    let (mut since, mut runs) = (0, 0);
    for number in 0..RUNS {
        let begun = {
            let mut world = world.lock().unwrap();
            (0..MOVES).for_each(|_| world.change());
            world.moves
        };
        let known = path.exists().then(|| Copy::of(&path)).map(|copy| (copy.vanished(), copy.state()));
        let known = known.unwrap_or((0, serde_json::Value::Null));
        let mode = if number % 3 == 2 { Mode::Head } else { Mode::Full };
        let quiet = number % 5 == 4;
        let cut = (!quiet && rng.u32(..100) < 45).then(|| rng.u64(1..12));
        // Some fail: what they read stays, and proves nothing.
        let rate = if number % 7 == 3 { 0.15 } else { 0.0 };
        let refusals = Faults { rate, kinds: vec!["status_403".to_owned()], ..Faults::default() };
        world.lock().unwrap().server.set_faults(&[refusals]).unwrap();
        let report = run(&world, &path, mode, if quiet { 0 } else { MOVES }, cut).await;
        let mut world = world.lock().unwrap();
        // Whoever was cut off may still be at its last transaction.
        drop(open(&client(&world.server.url()), &path, options(mode)).unwrap());
        let copy = Copy::of(&path);
        let begins = copy.number("select count(*) from syncs");
        if begins > runs {
            since = begun;
        } else {
            resumed += 1;
        }
        judge(&world, &copy, report.as_ref(), since, (known.0, &known.1));
        let is_whole = report.as_ref().is_some_and(|report| report.complete);
        if is_whole && quiet && mode == Mode::Full && begins > runs {
            assert_eq!(copy.live(), world.live(), "nothing moved meanwhile");
        }
        runs = begins;
        (complete, cut_off) = (complete + usize::from(is_whole), cut_off + usize::from(report.is_none()));
        while world.moves < begun + MOVES {
            world.change();
        }
    }
    let moves = world.lock().unwrap().moves;
    let url = world.lock().unwrap().server.url();
    println!(
        "\nmirror: {moves} moves, {RUNS} runs, {complete} proven, {cut_off} cut off, {resumed} gone on with"
    );
    assert!(moves >= 10_000 && complete > RUNS / 3 && cut_off > RUNS / 8 && resumed > 2);
    world.lock().unwrap().server.set_faults(&[]).unwrap();
    // At rest, all that was read is what there is.
    for _ in 0..2 {
        assert!(sync(&client(&url), &path, options(Mode::Full)).await.unwrap().complete);
    }
    assert_eq!(Copy::of(&path).live(), world.lock().unwrap().live());
}
