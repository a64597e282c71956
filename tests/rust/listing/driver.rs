//! The driver over real sockets: whoever reads is told, whatever becomes of the requests.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use blocks_sessions::core::client::Client;
use blocks_sessions::core::config::{Observer, ObserverSetting, RequestEvent, Settings};
use blocks_sessions::core::error::Error;
use blocks_sessions::core::filter::ChoiceRequest;
use blocks_sessions::core::listing::{Listing, ListingRequest};
use blocks_sessions::emulator::{Emulator, EmulatorOptions, Sessions};

const PATIENCE: Duration = Duration::from_secs(20);

fn start(count: u64) -> Emulator {
    let agents = vec![("agent_123".into(), Sessions::Count(count))];
    Emulator::start(EmulatorOptions { agents, ..Default::default() }).unwrap()
}

fn client(server: &Emulator, observer: Option<Arc<dyn Observer>>) -> Client {
    let settings = Settings {
        project_key: Some("demo-key".into()),
        agent_id: Some("agent_123".into()),
        base_url: Some(server.url()),
        observer: observer.map(ObserverSetting),
        ..Settings::default()
    };
    Client::new(settings.resolve(&|_| None).unwrap()).unwrap()
}

/// Panics at the answer of that number: the task of the request ends without one.
struct Panicking(AtomicU32, u32);

impl Observer for Panicking {
    fn listens(&self) -> bool {
        true
    }

    fn observe(&self, _: RequestEvent) {
        assert!(self.0.fetch_add(1, Ordering::Relaxed) != self.1, "on purpose");
    }
}

async fn rest(listing: &Listing) -> usize {
    let mut count = 0;
    while let Some(page) = listing.next_page().await.unwrap() {
        count += page.len();
    }
    count
}

/// It was waited for, and nobody will ever answer it.
#[tokio::test(flavor = "multi_thread")]
async fn a_request_whose_task_panics_is_an_error_and_is_sent_again() {
    let server = start(2_000);
    for at in [0, 1, 7] {
        let observer = Arc::new(Panicking(AtomicU32::new(0), at));
        let listing = ListingRequest::default().start(client(&server, Some(observer)), true).unwrap();
        let mut count = 0;
        let error = loop {
            match tokio::time::timeout(PATIENCE, listing.next_page()).await.expect("nobody waits for ever") {
                Ok(Some(page)) => count += page.len(),
                Ok(None) => panic!("a lost request is not the end of the list"),
                Err(error) => break error,
            }
        };
        assert!(matches!(&error, Error::Connection(lost) if lost.message.contains("was lost")), "{error:?}");
        let more = tokio::time::timeout(PATIENCE, rest(&listing)).await.expect("the next call goes on");
        assert_eq!(count + more, 2_000);
        assert!(listing.report().complete);
    }
}

/// A page is handed to one of them; the others are not forgotten.
#[tokio::test(flavor = "multi_thread")]
async fn several_readers_share_a_list() {
    let server = start(3_000);
    for round in 0..20 {
        let concurrency = Some(1 + round % 5);
        let request = ListingRequest { max_concurrency: concurrency, ..ListingRequest::default() };
        let listing = request.start(client(&server, None), round % 2 == 0).unwrap();
        let readers: Vec<_> = (0..8)
            .map(|_| {
                let listing = listing.clone();
                tokio::spawn(async move { rest(&listing).await })
            })
            .collect();
        let mut count = 0;
        for reader in readers {
            count += tokio::time::timeout(PATIENCE, reader).await.expect("nobody waits for ever").unwrap();
        }
        assert_eq!(count, 3_000);
        assert!(listing.report().complete);
    }
}

/// A call that is given up at any moment takes nothing with it.
#[tokio::test(flavor = "multi_thread")]
async fn calls_that_are_dropped_lose_nothing() {
    let server = start(3_000);
    for micros in [0, 50, 200, 1_000] {
        let listing = ListingRequest::default().start(client(&server, None), true).unwrap();
        let (mut count, mut dropped) = (0, 0);
        loop {
            match tokio::time::timeout(Duration::from_micros(micros), listing.next_page()).await {
                Ok(Ok(Some(page))) => count += page.len(),
                Ok(Ok(None)) => break,
                Ok(Err(error)) => panic!("{error:?}"),
                Err(_) => dropped += 1,
            }
            assert!(dropped < 1_000_000, "it never ends");
        }
        assert_eq!(count, 3_000);
        assert!(listing.report().complete);
    }
}

/// What arrives while somebody looks at the state, or waits to, is not forgotten.
#[tokio::test(flavor = "multi_thread")]
async fn looks_at_the_state_take_no_news_from_those_who_read() {
    let server = start(1_000);
    for micros in [1, 5, 20, 50].repeat(25) {
        let choice = ChoiceRequest { condition: Some("agent_id is null".into()), ..ChoiceRequest::default() };
        let request = ListingRequest { choice, max_concurrency: Some(2), ..ListingRequest::default() };
        let listing = request.start(client(&server, None), true).unwrap();
        let reader = tokio::spawn({
            let listing = listing.clone();
            async move { rest(&listing).await }
        });
        let begun = Instant::now();
        while !reader.is_finished() {
            assert!(begun.elapsed() < PATIENCE, "nobody waits for ever");
            // Some are dropped in the queue, some with the state.
            let looked = tokio::time::timeout(Duration::from_micros(micros), listing.checkpoint());
            drop(looked.await);
            drop(listing.ids().await);
            if listing.report().filtered == 1_000 {
                break;
            }
        }
        assert_eq!(tokio::time::timeout(PATIENCE, reader).await.expect("it is told of the end").unwrap(), 0);
    }
}

/// Where nothing is kept, the reader is not woken for each page: the list is read on without it.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_left_out_is_read_while_the_reader_sleeps() {
    let server = start(10_000);
    let choice =
        ChoiceRequest { condition: Some("status = 'no such status'".into()), ..ChoiceRequest::default() };
    let listing =
        ListingRequest { choice, ..ListingRequest::default() }.start(client(&server, None), true).unwrap();
    let (mut next, mut polls) = (Box::pin(listing.next_page()), 0);
    let counted = std::future::poll_fn(|context| {
        polls += 1;
        next.as_mut().poll(context)
    });
    let page = tokio::time::timeout(PATIENCE, counted).await.expect("it is woken at the end").unwrap();
    assert!(page.is_none());
    drop(next);
    assert_eq!(listing.report().filtered, 10_000);
    // Each time that it finds the state taken is one more, and more than the few of the beginning and the end are not
    // its own doing.
    assert!(polls <= 10, "woken {polls} times for some hundred pages");
}

/// Whoever takes all is woken for a batch, and not for the few sessions that a condition takes of each page.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_condition_takes_is_handed_out_in_batches() {
    let server = start(10_000);
    let pages = async |in_batches| {
        let choice = ChoiceRequest { condition: Some("rating = 1".into()), ..ChoiceRequest::default() };
        let request = ListingRequest { choice, in_batches, ..ListingRequest::default() };
        let listing = request.start(client(&server, None), true).unwrap();
        let mut sizes = Vec::new();
        while let Some(page) = listing.next_page().await.unwrap() {
            sizes.push(page.len());
        }
        sizes
    };
    let (one_by_one, in_batches) = (pages(false).await, pages(true).await);
    let all: usize = one_by_one.iter().sum();
    assert!(all > 100 && all == in_batches.iter().sum::<usize>(), "{all}");
    // Full pages, and what sixteen answers had of it where that is less.
    assert!(in_batches.len() <= all / 100 + 10_000 / 92 / 16 + 2, "{in_batches:?} {one_by_one:?}");
}

/// The last news is told however soon it comes after the one before.
#[tokio::test(flavor = "multi_thread")]
async fn progress_is_told_now_and_then_and_at_the_end() {
    let server = start(10_000);
    let choice =
        ChoiceRequest { condition: Some("status = 'no such status'".into()), ..ChoiceRequest::default() };
    let request = ListingRequest { choice, tell_progress: true, ..ListingRequest::default() };
    let listing = request.start(client(&server, None), true).unwrap();
    let (began, mut told) = (Instant::now(), Vec::new());
    while let Some(page) = listing.next_page().await.unwrap() {
        assert!(page.is_empty());
        told.push(page.read);
    }
    assert!(told.is_sorted() && told.last() == Some(&10_000), "{told:?}");
    let periods = began.elapsed().as_millis() / 50;
    assert!(told.len() as u128 <= periods + 3, "{} times in {periods} periods", told.len());
}
