//! Faults of the connection: refused, unknown, reset, cut short, silent, stale.

use super::scripted::{Act, PAGE, Scripted, answer, page};
use super::*;
use tokio::net::TcpListener;

/// A port at which nobody listens.
async fn closed_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port()
}

#[tokio::test]
async fn refused() {
    let port = closed_port().await;
    let error = connection_error(list_from(&format!("http://127.0.0.1:{port}")).await);
    assert_eq!(
        error.message,
        format!(
            "could not connect to 127.0.0.1:{port}: connection refused. \
             Is the base_url right and the server up? (3 attempts)"
        )
    );
    assert_eq!((error.attempts, error.causes.len()), (3, 3));
}

#[tokio::test]
async fn an_unknown_host() {
    let settings = Settings { max_retries: Some(0), ..settings("http://no-such-host.invalid:81") };
    let error = connection_error(list(&client(settings)).await);
    assert!(
        error.message.starts_with("could not find the host of no-such-host.invalid:81: "),
        "{}",
        error.message
    );
    assert!(error.message.ends_with("Is the base_url right?"), "{}", error.message);
}

#[tokio::test]
async fn reset_before_the_answer() {
    let server = Scripted::start(vec![Act::AnswerAndReset(Vec::new())]).await;
    let error = connection_error(list_from(&server.url()).await);
    let there = server.address;
    assert_eq!(
        error.message,
        format!("the connection to {there} was reset before the answer was whole (3 attempts)")
    );
    assert_eq!(server.count(), 3);
}

#[tokio::test]
async fn closed_before_the_answer() {
    let server = Scripted::start(vec![Act::AnswerAndClose(Vec::new())]).await;
    let error = connection_error(list_from(&server.url()).await);
    assert_eq!(
        error.message,
        format!("{} closed the connection without an answer (3 attempts)", server.address)
    );
    assert_eq!(server.count(), 3);
}

#[tokio::test]
async fn reset_inside_the_body() {
    let begun = page()[..page().len() - 10].to_vec();
    let server = Scripted::start(vec![Act::AnswerAndReset(begun)]).await;
    let error = connection_error(list_from(&server.url()).await);
    assert!(error.message.contains("was reset before the answer was whole"), "{}", error.message);
    assert_eq!(server.count(), 3);
}

#[tokio::test]
async fn a_body_shorter_than_announced() {
    // What arrives is a whole page by itself: only the length tells that more was to come.
    let short = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{PAGE}", PAGE.len() + 1);
    let server = Scripted::start(vec![Act::AnswerAndClose(short.into())]).await;
    let error = connection_error(list_from(&server.url()).await);
    let there = server.address;
    assert_eq!(
        error.message,
        format!("the answer of {there} ended before its end; none of it was used (3 attempts)")
    );
    assert_eq!(server.count(), 3);
}

#[tokio::test]
async fn chunks_without_an_end() {
    let chunked =
        format!("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n{:x}\r\n{PAGE}\r\n", PAGE.len());
    let server = Scripted::start(vec![Act::AnswerAndClose(chunked.into())]).await;
    let error = connection_error(list_from(&server.url()).await);
    assert!(error.message.contains("ended before its end"), "{}", error.message);
    assert_eq!(server.count(), 3);
}

#[tokio::test]
async fn what_is_not_http() {
    let server = Scripted::start(vec![Act::AnswerAndClose(b"SSH-2.0-OpenSSH_9.6\r\n\r\n".to_vec())]).await;
    let error = connection_error(list_from(&server.url()).await);
    assert!(
        error.message.starts_with(&format!("what {} answered is not HTTP: ", server.address)),
        "{}",
        error.message
    );
    assert!(error.message.contains("Is the base_url right, http or https included?"), "{}", error.message);
}

/// Who speaks before it is asked is no HTTP server, whichever is seen first: its words or that they came.
#[tokio::test]
async fn what_speaks_first_is_not_http() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let _ = tokio::io::AsyncWriteExt::write_all(&mut stream, b"220 mail.example ESMTP\r\n").await;
                // Bytes that nobody read would reset the connection, and take back what was written.
                let mut asked = [0; 1024];
                while matches!(tokio::io::AsyncReadExt::read(&mut stream, &mut asked).await, Ok(1..)) {}
            });
        }
    });
    let error = connection_error(list_from(&format!("http://{address}")).await);
    assert!(
        error.message.starts_with(&format!("what {address} answered is not HTTP: ")),
        "{}",
        error.message
    );
}

/// HTTP that breaks its rules is HTTP, and the base_url is right.
#[tokio::test]
async fn broken_http_is_told_from_none() {
    for (answer, words) in [
        ("HTTP/1.1 200 OK\r\ncontent-length: 5, 7\r\n\r\n", "invalid content-length"),
        ("HTTP/1.1 200 OK\r\ncontent-length: -5\r\n\r\n", "invalid content-length"),
        ("HTTP/1.1 200 OK\r\nno header at all\r\n\r\n", "invalid HTTP header"),
        ("HTTP/1.1 99 Odd\r\n\r\n", "invalid HTTP status-code"),
        ("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n", "Invalid chunk size line"),
    ] {
        let server = Scripted::start(vec![Act::AnswerAndClose(answer.as_bytes().to_vec())]).await;
        let error = connection_error(list_from(&server.url()).await);
        let begin = format!("the answer of {} is broken HTTP ({words}", server.address);
        assert!(error.message.starts_with(&begin), "{}", error.message);
        assert!(!error.message.contains("base_url"), "{}", error.message);
        assert_eq!(server.count(), 3);
    }
}

#[tokio::test]
async fn silence() {
    let server = Scripted::start(vec![Act::Silence]).await;
    let settings = Settings { timeout: Some(seconds(0.2, 60.0).into()), ..settings(&server.url()) };
    let error = timeout_error(list(&client(settings)).await);
    assert_eq!(
        error.message,
        format!(
            "no whole answer from {} within 0.2 s (timeout.attempt). Allow more time, or lower the limit (3 attempts)",
            server.address
        )
    );
    assert_eq!(server.count(), 3);
}

#[tokio::test]
async fn one_byte_at_a_time_is_no_progress() {
    let server = Scripted::start(vec![Act::Drip(page(), 100)]).await;
    let settings = Settings {
        timeout: Some(seconds(0.5, 60.0).into()),
        max_retries: Some(0),
        ..settings(&server.url())
    };
    let error = timeout_error(list(&client(settings)).await);
    assert!(error.message.contains("within 0.5 s (timeout.attempt)"), "{}", error.message);
    assert_eq!(server.count(), 1);
}

#[tokio::test]
async fn the_total_bounds_attempts_and_waits() {
    let server = Scripted::start(vec![Act::Silence]).await;
    let settings = Settings {
        timeout: Some(seconds(0.3, 0.7).into()),
        max_retries: Some(100),
        ..settings(&server.url())
    };
    let start = std::time::Instant::now();
    let error = timeout_error(list(&client(settings)).await);
    assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
    assert!(
        error.message.contains("within 0.7 s") || error.message.contains("within 0.3 s"),
        "{}",
        error.message
    );
    assert!((1..=3).contains(&server.count()));
}

#[tokio::test]
async fn a_stale_connection_costs_no_retry() {
    // The first answer of each connection is good; then the server closes it on the next request.
    let server = Scripted::answering(|seen| {
        let here = seen.last().unwrap().connection;
        let first = seen.iter().filter(|earlier| earlier.connection == here).count() == 1;
        if first { Act::Answer(page()) } else { Act::AnswerAndClose(Vec::new()) }
    })
    .await;
    let client = client(Settings { max_retries: Some(0), ..settings(&server.url()) });
    for _ in 0..3 {
        assert_eq!(list(&client).await.unwrap().attempts, 1);
    }
    let connections: Vec<usize> = server.seen().iter().map(|seen| seen.connection).collect();
    assert_eq!(connections, [0, 0, 1, 1, 2]);
}

#[tokio::test]
async fn an_idle_connection_that_was_closed_is_not_used() {
    let server = Scripted::start(vec![Act::AnswerAndClose(page())]).await;
    let client = client(Settings { max_retries: Some(0), ..settings(&server.url()) });
    for _ in 0..3 {
        list(&client).await.unwrap();
    }
    assert_eq!(server.count(), 3);
}

#[tokio::test]
async fn a_fresh_connection_that_ends_costs_retries() {
    let server = Scripted::start(vec![Act::AnswerAndClose(Vec::new())]).await;
    let client = client(Settings { max_retries: Some(0), ..settings(&server.url()) });
    connection_error(list(&client).await);
    assert_eq!(server.count(), 1);
}

#[tokio::test]
async fn a_fault_that_passes_is_survived() {
    let acts = vec![
        Act::AnswerAndReset(Vec::new()),
        Act::AnswerAndClose(answer("503 Service Unavailable", &[("retry-after", "0")], "")),
        Act::Answer(page()),
    ];
    let server = Scripted::start(acts).await;
    let response = list_from(&server.url()).await.unwrap();
    assert_eq!((response.attempts, server.count(), response.answer.len()), (3, 3, 1));
}
