//! Every fault does on the wire what its name says.

use std::io::{ErrorKind, Read as _, Write as _};
use std::time::{Duration, Instant};

use blocks_sessions::emulator::{Emulator, EmulatorOptions, Faults, fault_kinds};
use serde_json::json;

use crate::emulator::client::{
    PATH, Reply, body, connect, holding, page, parse, post, request, start, try_call,
};

/// Every answer meets this fault.
fn always(kind: &str) -> Emulator {
    let faults = vec![Faults { rate: 1.0, kinds: vec![kind.to_owned()], retry_after: 7 }];
    start(EmulatorOptions { faults, ..holding(120) })
}

fn good() -> Reply {
    page(&start(holding(120)), 100, 0)
}

fn spoilt(kind: &str) -> Reply {
    page(&always(kind), 100, 0)
}

fn failure(kind: &str) -> ErrorKind {
    let json = [("content-type", "application/json")];
    try_call(&always(kind), "POST", PATH, &json, body(100, 0).as_bytes()).expect_err("no answer").kind()
}

#[test]
fn a_connection_may_end_before_any_answer() {
    assert_eq!(failure("reset"), ErrorKind::ConnectionReset);
    // Closed in an orderly manner: nothing was read.
    assert_eq!(failure("close"), ErrorKind::Other);
    let server = always("reset");
    let json = [("content-type", "application/json")];
    let _ = try_call(&server, "POST", PATH, &json, b"{}");
    assert_eq!((server.requests()[0].status, server.requests()[0].fault), (None, Some("reset")));
}

/// What could be read of the first answer, and how reading ended.
fn read_all(server: &Emulator) -> (Vec<u8>, std::io::Result<()>) {
    let mut stream = connect(server);
    let json = [("content-type", "application/json")];
    stream.write_all(&request("POST", PATH, &json, body(100, 0).as_bytes())).expect("sent");
    let mut raw = Vec::new();
    loop {
        let mut piece = vec![0; 65_536];
        match stream.read(&mut piece) {
            Ok(0) => return (raw, Ok(())),
            Ok(read) => raw.extend_from_slice(&piece[..read]),
            Err(error) => return (raw, Err(error)),
        }
    }
}

#[test]
fn a_connection_may_be_reset_in_the_body() {
    let (raw, end) = read_all(&always("reset_in_body"));
    let reply = parse(&raw).expect("a head");
    assert_eq!((reply.status, reply.cut_short), (200, true));
    assert!(good().body.starts_with(&reply.body) && !reply.body.is_empty());
    assert_eq!(end.expect_err("a reset").kind(), ErrorKind::ConnectionReset);
}

#[test]
fn a_body_may_be_shorter_than_declared() {
    let (raw, end) = read_all(&always("short_content_length"));
    let reply = parse(&raw).expect("a head");
    assert!(reply.cut_short && good().body.starts_with(&reply.body));
    assert_eq!(reply.header("content-length"), good().header("content-length"));
    end.expect("an orderly end");
}

#[test]
fn a_chunked_body_may_lack_its_end_after_valid_json() {
    let (raw, end) = read_all(&always("truncated_chunked"));
    let reply = parse(&raw).expect("a head");
    assert!(reply.cut_short);
    assert_eq!(reply.json(), json!({"sessions": [], "total_count": 0}));
    end.expect("an orderly end");
}

#[test]
fn a_body_may_come_one_byte_a_second() {
    let server = always("slow_body");
    let mut stream = connect(&server);
    let json = [("content-type", "application/json")];
    stream.write_all(&request("POST", PATH, &json, body(100, 0).as_bytes())).unwrap();
    let (mut raw, begun) = (Vec::new(), Instant::now());
    while parse(&raw).is_none_or(|reply| reply.body.len() < 2) {
        let mut piece = [0; 4096];
        let read = stream.read(&mut piece).expect("some bytes");
        assert_ne!(read, 0);
        raw.extend_from_slice(&piece[..read]);
    }
    assert_eq!(parse(&raw).unwrap().body, b"{\"");
    assert!(begun.elapsed() >= Duration::from_millis(900));
    assert_eq!(server.in_flight(), 1);
}

#[test]
fn an_answer_may_never_come() {
    let server = always("stall");
    let mut stream = connect(&server);
    stream.set_read_timeout(Some(Duration::from_millis(300))).unwrap();
    stream.write_all(&request("POST", PATH, &[], b"{}")).unwrap();
    let kind = stream.read(&mut [0; 16]).expect_err("silence").kind();
    assert!(matches!(kind, ErrorKind::WouldBlock | ErrorKind::TimedOut));
    drop(stream);
    // A client that goes away is no longer in flight.
    let patience = Instant::now();
    while server.in_flight() > 0 {
        assert!(patience.elapsed() < Duration::from_secs(10));
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn an_idle_connection_may_be_closed_after_a_good_answer() {
    for kind in ["idle_close", "goaway"] {
        let (raw, end) = read_all(&always(kind));
        assert_eq!(parse(&raw).expect("an answer").body, good().body, "{kind}");
        end.expect("an orderly end");
    }
}

#[test]
fn a_stale_connection_closes_upon_the_next_request() {
    let server = always("stale_connection");
    let mut stream = connect(&server);
    let json = [("content-type", "application/json")];
    let call = request("POST", PATH, &json, body(1, 0).as_bytes());
    stream.write_all(&call).unwrap();
    let mut raw = Vec::new();
    while parse(&raw).is_none_or(|reply| reply.cut_short) {
        let mut piece = [0; 4096];
        let read = stream.read(&mut piece).unwrap();
        raw.extend_from_slice(&piece[..read]);
    }
    stream.set_read_timeout(Some(Duration::from_millis(100))).unwrap();
    assert!(stream.read(&mut [0; 16]).is_err(), "still open");
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    stream.write_all(&call).unwrap();
    assert!(matches!(stream.read(&mut [0; 16]), Ok(0) | Err(_)));
    assert_eq!(server.requests().iter().map(|seen| seen.status).collect::<Vec<_>>(), [Some(200), None]);
}

#[test]
fn http_2_gets_a_goaway_and_the_answer() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let server = always("goaway");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let client = reqwest::Client::builder().no_proxy().http2_prior_knowledge().build().unwrap();
        for _ in 0..3 {
            let call =
                client.post(format!("{}{PATH}", server.url())).header("content-type", "application/json");
            assert_eq!(call.body(body(1, 0)).send().await.expect("an answer").status(), 200);
        }
    });
    let connections: Vec<u64> = server.requests().iter().map(|seen| seen.connection).collect();
    assert_eq!(connections, [0, 1, 2]);
}

#[test]
fn a_bomb_is_small_and_unpacks_to_a_gigabyte() {
    let reply = spoilt("gzip_bomb");
    assert_eq!(reply.header("content-encoding"), Some("gzip"));
    assert!(reply.body.len() < 2 << 20, "{}", reply.body.len());
    let mut unpacked = flate2::read::GzDecoder::new(reply.body.as_slice());
    let mut first = [0; 14];
    unpacked.read_exact(&mut first).unwrap();
    assert_eq!(&first, br#"{"sessions":[ "#);
    let rest = std::io::copy(&mut unpacked, &mut std::io::sink()).expect("valid gzip to its very end");
    assert_eq!(rest, (1 << 30) + 1);
}

#[test]
fn good_answers_in_strange_clothes() {
    assert_eq!(spoilt("wrong_content_type").header("content-type"), Some("text/plain"));
    assert_eq!(spoilt("wrong_content_type").body, good().body);
    assert_eq!(spoilt("bom").body, [b"\xef\xbb\xbf", good().body.as_slice()].concat());
    let wide: Vec<u16> =
        spoilt("utf16").body.chunks(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]])).collect();
    assert_eq!(String::from_utf16(&wide[1..]).unwrap(), good().text());
    assert_eq!(wide[0], 0xfeff);
    let total = |kind| {
        let text = spoilt(kind).text();
        text[text.rfind(':').unwrap() + 1..].to_owned()
    };
    assert_eq!(total("huge_total_count"), "340282366920938463463374607431768211456}");
    assert_eq!(total("negative_total_count"), "-1}");
    assert_eq!(total("not_a_number"), "NaN}");
    assert_eq!(spoilt("huge_total_count").ids(), good().ids());
}

#[test]
fn answers_that_are_none() {
    let html = spoilt("html_200");
    assert_eq!((html.status, html.header("content-type")), (200, Some("text/html; charset=utf-8")));
    assert!(html.text().starts_with("<!doctype html>"));
    assert_eq!((spoilt("empty_200").status, spoilt("empty_200").body.len()), (200, 0));
    let none = spoilt("no_content");
    assert_eq!((none.status, none.body.len(), none.header("content-length")), (204, 0, None));
    let half = spoilt("truncated_json");
    assert!(!half.cut_short && good().body.starts_with(&half.body) && half.body.len() < good().body.len());
    assert_eq!(spoilt("wrong_shape").json().get("sessions"), None);
    assert!(String::from_utf8(spoilt("invalid_utf8").body).is_err());
    assert!(spoilt("deep_nesting").text().contains(&"[".repeat(100_000)));
}

#[test]
fn statuses_come_in_the_shapes_of_those_who_send_them() {
    for kind in fault_kinds().iter().filter(|kind| kind.name.starts_with("status_")) {
        let reply = spoilt(kind.name);
        assert_eq!(reply.status.to_string(), kind.name[7..10], "{}", kind.name);
    }
    assert_eq!(spoilt("status_401").json(), json!({"detail": "Token missing"}));
    assert_eq!(spoilt("status_406").json()["is_success"], json!(false));
    assert_eq!(spoilt("status_422").json()["detail"][0]["type"], "value_error.notfound");
    assert!(spoilt("status_500").json()["TraceId"].is_string());
    assert!(spoilt("status_502").text().starts_with("<html>"));
    assert_eq!(spoilt("status_503").header("retry-after"), Some("7"));
}

#[test]
fn too_many_requests_in_every_form() {
    let wait = |kind: &str| spoilt(kind).header("retry-after").map(str::to_owned);
    assert_eq!(wait("status_429").as_deref(), Some("7"));
    assert_eq!(wait("status_429_bare"), None);
    assert_eq!(wait("status_429_garbage").as_deref(), Some("soon"));
    assert_eq!(wait("status_429_negative").as_deref(), Some("-1"));
    assert_eq!(wait("status_429_huge").as_deref(), Some("1000000000"));
    let reply = spoilt("status_429_date");
    let time = |name| httpdate::parse_http_date(reply.header(name).expect("a date")).expect("a date");
    let apart = time("retry-after").duration_since(time("date")).expect("later than now").as_secs();
    assert!((7..=9).contains(&apart), "{apart}");
}

#[test]
fn redirects_lead_to_another_host() {
    for code in [301, 302, 303, 307, 308] {
        let reply = spoilt(&format!("redirect_{code}"));
        assert_eq!(reply.status, code);
        assert!(reply.header("location").is_some_and(|place| place.starts_with("http://elsewhere.invalid/")));
    }
}

#[test]
fn faults_are_seeded_and_as_frequent_as_asked_for() {
    let run = |seed| {
        let faults = vec![
            Faults {
                rate: 0.1,
                kinds: vec!["status_500".to_owned(), "status_502".to_owned()],
                retry_after: 1,
            },
            Faults { rate: 0.1, kinds: vec!["rate_limit".to_owned()], retry_after: 1 },
        ];
        let server = start(EmulatorOptions { seed, faults, ..holding(1) });
        (0..400).map(|_| page(&server, 1, 0).status).collect::<Vec<u16>>()
    };
    let statuses = run(5);
    assert_eq!(statuses, run(5));
    assert_ne!(statuses, run(6));
    let count = |wanted: u16| statuses.iter().filter(|status| **status == wanted).count();
    assert!((8..=35).contains(&count(500)) && (8..=35).contains(&count(502)), "{statuses:?}");
    assert!((20..=60).contains(&count(429)), "{statuses:?}");
    assert_eq!(count(200) + count(500) + count(502) + count(429), 400);
}

#[test]
fn faults_without_kinds_are_those_that_pass() {
    let faults = vec![Faults { rate: 1.0, ..Faults::default() }];
    let server = start(EmulatorOptions { faults, ..holding(1) });
    let json = [("content-type", "application/json")];
    for _ in 0..60 {
        let _ = try_call(&server, "POST", PATH, &json, body(1, 0).as_bytes());
    }
    let transient = |name| fault_kinds().iter().any(|kind| kind.name == name && kind.transient);
    let requests = server.requests();
    assert!(requests.iter().all(|seen| seen.fault.is_some_and(transient)), "{requests:?}");
}

#[test]
fn an_unknown_kind_is_explained() {
    let faults = vec![Faults { rate: 0.5, kinds: vec!["rest".to_owned()], retry_after: 1 }];
    let error = Emulator::start(EmulatorOptions { faults, ..holding(1) }).err().expect("refused").to_string();
    assert!(error.contains("\"rest\"") && error.contains("transient"), "{error}");
}

#[test]
fn names_are_unique_and_only_pages_are_spoilt() {
    let mut names: Vec<&str> = fault_kinds().iter().map(|kind| kind.name).collect();
    let count = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), count);
    let server = always("status_500");
    assert_eq!(crate::emulator::client::call(&server, "GET", PATH, &[], b"").status, 405);
    assert_eq!(post(&server, "{}").status, 500);
}
