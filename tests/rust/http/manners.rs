//! How a client behaves under load: waits that were asked for, storms, rates, concurrency.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use super::scripted::{Act, Scripted, answer, page};
use super::*;
use blocks_sessions::core::error::StatusKind;

fn busy(headers: &[(&str, &str)]) -> Act {
    Act::Answer(answer("429 Too Many Requests", headers, "slow down"))
}

#[tokio::test]
async fn retry_after_in_seconds_and_as_a_date_is_waited() {
    // The server's clock is years away from ours: only its own Date counts.
    let date = [("date", "Mon, 12 Jan 2015 08:30:00 GMT"), ("retry-after", "Mon, 12 Jan 2015 08:30:01 GMT")];
    for headers in [&[("retry-after", "1")][..], &date[..], &[("ratelimit", "\"a\";r=0;t=1")][..]] {
        let server = Scripted::start(vec![busy(headers), Act::Answer(page())]).await;
        let start = Instant::now();
        assert_eq!(list_from(&server.url()).await.unwrap().attempts, 2);
        assert!(start.elapsed() >= Duration::from_secs(1), "{headers:?} {:?}", start.elapsed());
    }
}

#[tokio::test]
async fn nonsense_is_no_wait() {
    for value in ["-1", "soon", "1e9", ""] {
        let server = Scripted::start(vec![busy(&[("retry-after", value)]), Act::Answer(page())]).await;
        assert_eq!(list_from(&server.url()).await.unwrap().attempts, 2, "{value}");
    }
}

#[tokio::test]
async fn a_wait_that_nobody_waits_is_told_at_once() {
    let server = Scripted::start(vec![busy(&[("retry-after", "1000000000")]), Act::Answer(page())]).await;
    let client = client(settings(&server.url()));
    let error = refusal(list(&client).await);
    assert_eq!((error.kind, error.retry_after, error.attempts), (StatusKind::RateLimit, Some(1e9), 1));
    let sentence = "429: Too Many Requests: slow down; the service asks to wait 1000000000 s";
    assert_eq!((error.to_string().as_str(), server.count()), (sentence, 1));
    // It holds nobody else.
    list(&client).await.unwrap();
}

#[tokio::test]
async fn a_wait_beyond_the_total_is_told_at_once() {
    let server = Scripted::start(vec![busy(&[("retry-after", "30")])]).await;
    let settings = Settings { timeout: Some(seconds(5.0, 10.0).into()), ..settings(&server.url()) };
    let start = Instant::now();
    let client = client(settings);
    let error = refusal(list(&client).await);
    assert_eq!((error.retry_after, error.attempts, server.count()), (Some(30.0), 1, 1));
    // The service asked the whole client: the next call is not even sent.
    let held = refusal(list(&client).await);
    assert_eq!((held.kind, held.status_code, server.count()), (StatusKind::RateLimit, Some(429), 1));
    assert!(held.message.starts_with("the service asked not to be called for another "), "{}", held.message);
    assert!(held.retry_after.is_some_and(|wait| (20.0..=30.0).contains(&wait)));
    assert!(start.elapsed() < Duration::from_secs(8), "{:?}", start.elapsed());
}

#[tokio::test]
async fn a_pause_holds_the_whole_client() {
    let first = Arc::new(AtomicUsize::new(0));
    let server = Scripted::answering(move |_| {
        if first.fetch_add(1, Ordering::SeqCst) == 0 {
            busy(&[("retry-after", "1")])
        } else {
            Act::Answer(page())
        }
    })
    .await;
    let client = client(settings(&server.url()));
    let start = Instant::now();
    let leader = list(&client);
    let others = async {
        while server.count() == 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        // Let the answer arrive.
        tokio::time::sleep(Duration::from_millis(300)).await;
        let all = (0..8).map(|_| list(&client));
        let all = futures_util::future::join_all(all).await;
        (all.into_iter().all(|one| one.is_ok()), start.elapsed())
    };
    let (leader, (others, elapsed)) = tokio::join!(leader, others);
    assert!(leader.is_ok() && others);
    assert!(elapsed >= Duration::from_secs(1), "{elapsed:?}");
    assert_eq!(server.count(), 10);
}

#[tokio::test]
async fn a_limit_that_is_used_up_holds_the_next_call() {
    let used_up = [("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "1")];
    let acts = vec![Act::Answer(answer("200 OK", &used_up, super::scripted::PAGE)), Act::Answer(page())];
    let server = Scripted::start(acts).await;
    let client = client(settings(&server.url()));
    list(&client).await.unwrap();
    let start = Instant::now();
    list(&client).await.unwrap();
    assert!(start.elapsed() >= Duration::from_millis(900), "{:?}", start.elapsed());
}

#[tokio::test]
async fn a_storm_stays_within_the_budget() {
    // A budget of 500 pays for 100 retries, whatever each call may have of its own.
    let server = Scripted::start(vec![Act::Answer(answer("502 Bad Gateway", &[], ""))]).await;
    let client = client(Settings { max_retries: Some(3), ..settings(&server.url()) });
    let calls = futures_util::future::join_all((0..200).map(|_| list(&client))).await;
    assert!(calls.into_iter().all(|call| refusal(call).status_code == Some(502)));
    assert_eq!(server.count(), 300);
}

#[tokio::test]
async fn a_storm_of_429_stays_within_the_budget() {
    let server = Scripted::start(vec![busy(&[])]).await;
    let client = client(Settings {
        max_retries: Some(1),
        timeout: Some(seconds(30.0, 100.0).into()),
        ..settings(&server.url())
    });
    let calls = futures_util::future::join_all((0..150).map(|_| list(&client))).await;
    assert!(calls.into_iter().all(|call| refusal(call).kind == StatusKind::RateLimit));
    assert_eq!(server.count(), 250);
}

#[tokio::test]
async fn a_busy_service_is_asked_half_as_much_at_once() {
    // Every answer takes a moment; the first round of eight is refused.
    let server = Scripted::answering(|seen| {
        if seen.len() <= 8 {
            Act::Delay(100, answer("429 Too Many Requests", &[("retry-after", "1")], ""))
        } else {
            Act::Delay(30, page())
        }
    })
    .await;
    let client = client(Settings { max_retries: Some(4), ..settings(&server.url()) });
    let most = AtomicUsize::new(0);
    let watch = async {
        loop {
            if server.count() > 8 {
                most.fetch_max(server.under_way(), Ordering::SeqCst);
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    let calls = futures_util::future::join_all((0..8).map(|_| list(&client)));
    tokio::select! {
        calls = calls => assert!(calls.iter().all(Result::is_ok)),
        () = watch => {}
    }
    assert!((1..=5).contains(&most.load(Ordering::SeqCst)), "{most:?}");
    assert_eq!(server.count(), 16);
}

#[tokio::test]
async fn the_rate_is_the_clients_and_not_the_calls() {
    let server = Scripted::start(vec![Act::Answer(page())]).await;
    let client = client(Settings { max_requests_per_second: Some(20.0), ..settings(&server.url()) });
    let start = Instant::now();
    let calls = futures_util::future::join_all((0..9).map(|_| list(&client))).await;
    assert!(calls.iter().all(Result::is_ok));
    assert!(start.elapsed() >= Duration::from_millis(399), "{:?}", start.elapsed());
}

#[tokio::test]
async fn a_rate_that_leaves_no_room_is_told() {
    let server = Scripted::start(vec![Act::Answer(page())]).await;
    let client = client(Settings {
        max_requests_per_second: Some(0.01),
        timeout: Some(seconds(1.0, 2.0).into()),
        ..settings(&server.url())
    });
    list(&client).await.unwrap();
    let error = timeout_error(list(&client).await);
    assert!(error.message.contains("max_requests_per_second"), "{}", error.message);
    assert_eq!(server.count(), 1);
}
