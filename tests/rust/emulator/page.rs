//! The emulator follows the service's page to the letter: its examples, its sessions, its pages.

use blocks_sessions::emulator::{Emulator, EmulatorOptions, Sessions};
use serde_json::{Value, json};

use crate::emulator::client::{Reply, body, call, connect, holding, page, parse, post, request, start};

const REQUEST: &str = include_str!("../../fixtures/page_request.json");
const ANSWER: &str = include_str!("../../fixtures/page_response_200.json");
const REFUSAL: &str = include_str!("../../fixtures/page_response_422.json");
const CURL: &str = include_str!("../../fixtures/page_curl.sh");

fn example(text: &str) -> Value {
    serde_json::from_str(text).expect("the page's example is JSON")
}

#[test]
fn the_pages_request_gets_the_pages_sessions_and_total() {
    let reply = post(&start(EmulatorOptions::default()), REQUEST);
    assert_eq!(reply.status, 200);
    let (given, wanted) = (reply.json(), example(ANSWER));
    // As text, so that the order of the keys counts too.
    for index in 0..2 {
        assert_eq!(given["sessions"][index].to_string(), wanted["sessions"][index].to_string());
    }
    assert_eq!(given["total_count"], wanted["total_count"]);
    assert_eq!(given["sessions"].as_array().map(Vec::len), Some(50));
}

#[test]
fn two_sessions_are_the_pages_answer_but_for_the_total() {
    let reply = post(&start(holding(2)), REQUEST);
    let mut wanted = example(ANSWER);
    wanted["total_count"] = json!(2);
    assert_eq!(reply.json().to_string(), wanted.to_string());
}

#[test]
fn an_unknown_agent_gets_the_pages_refusal() {
    let reply = post(&start(holding(3)), &REQUEST.replace("agent_123", "agent_999"));
    assert_eq!(reply.status, 422);
    assert_eq!(reply.json().to_string(), example(REFUSAL).to_string());
}

#[test]
fn the_pages_curl_call_works_but_for_the_host() {
    let server = start(holding(5));
    let script = CURL.replace("https://api.seliseblocks.com", &server.url());
    let Ok(done) =
        std::process::Command::new("sh").arg("-c").arg(format!("{script} -sS --noproxy '*'")).output()
    else {
        return; // no shell on this machine
    };
    if done.status.code() == Some(127) {
        return; // no curl on this machine
    }
    let answer: Value = serde_json::from_slice(&done.stdout).expect("JSON");
    assert_eq!(answer["total_count"], json!(5));
    assert_eq!(answer["sessions"][0]["session_id"], json!("session_abc123"));
}

#[test]
fn the_list_has_exactly_so_many_sessions() {
    for count in [0, 1, 2, 3, 99, 100, 101, 247] {
        let server = start(holding(count));
        let mut seen = Vec::new();
        for offset in (0..=count).step_by(100) {
            let reply = page(&server, 100, offset);
            assert_eq!(reply.json()["total_count"], json!(count));
            seen.extend(reply.sessions());
        }
        assert_eq!(seen.len() as u64, count);
        let truth: Value = serde_json::from_str(&server.expected("agent_123", 0, u64::MAX).unwrap()).unwrap();
        assert_eq!(Value::from(seen), truth);
    }
}

#[test]
fn pages_of_any_size_are_slices_of_one_list() {
    let server = start(holding(300));
    let whole: Vec<String> =
        [0, 100, 200].into_iter().flat_map(|offset| page(&server, 100, offset).ids()).collect();
    for (limit, offset) in [(1, 0), (7, 293), (7, 294), (100, 250), (3, 299), (3, 300), (50, 1_000_000)] {
        let end = (offset + limit).min(300).max(offset.min(300));
        let wanted = &whole[usize::try_from(offset.min(300)).unwrap()..usize::try_from(end).unwrap()];
        assert_eq!(page(&server, limit, offset).ids(), wanted, "limit {limit} offset {offset}");
    }
    let mut unique = whole.clone();
    unique.sort();
    unique.dedup();
    assert_eq!(unique.len(), whole.len());
}

#[test]
fn limit_and_offset_have_the_pages_defaults() {
    let server = start(holding(150));
    let reply = post(&server, r#"{"agent_id":"agent_123","project_key":"demo-key"}"#);
    assert_eq!(reply.ids(), page(&server, 100, 0).ids());
}

#[test]
fn the_seed_alone_decides_what_is_generated() {
    let with_seed = |seed| page(&start(EmulatorOptions { seed, ..holding(200) }), 100, 50).text();
    assert_eq!(with_seed(7), with_seed(7));
    assert_ne!(with_seed(7), with_seed(8));
}

#[test]
fn a_session_of_the_middle_of_a_million_is_made_at_once() {
    let server = start(holding(1_000_000));
    let reply = page(&server, 100, 999_950);
    assert_eq!(reply.ids().len(), 50);
    assert_eq!(reply.json()["total_count"], json!(1_000_000));
}

#[test]
fn generated_sessions_are_as_varied_as_the_page_says() {
    let server = start(holding(3000));
    let sessions: Vec<Value> = (0..30).flat_map(|n| page(&server, 100, n * 100).sessions()).collect();
    for field in [
        "session_id agent_id widget_id user_id status created_at updated_at last_message_at closed_at",
        "message_count duration_seconds response_time_avg user_messages agent_messages user_info user_agent",
        "ip_address location metadata tags context rating feedback resolved escalated sentiment lead_score",
        "conversion revenue",
    ]
    .into_iter()
    .flat_map(str::split_whitespace)
    {
        assert!(sessions.iter().any(|session| !session[field].is_null()), "{field} never occurs");
    }
    for status in ["active", "idle", "closed", "abandoned"] {
        assert!(sessions.iter().any(|session| session["status"] == *status), "no {status} session");
    }
    let bytes: usize = sessions.iter().map(|session| session.to_string().len()).sum();
    let mean = bytes / sessions.len();
    assert!((470..=540).contains(&mean), "{mean} bytes a session");
}

#[test]
fn several_agents_have_lists_of_their_own() {
    let agents = [("a", 3), ("b", 120)];
    let agents = agents.map(|(name, count)| (name.to_owned(), Sessions::Count(count))).to_vec();
    let server = start(EmulatorOptions { agents, ..Default::default() });
    let of = |agent: &str| post(&server, &body(100, 0).replace("agent_123", agent));
    assert_eq!((of("a").ids().len(), of("b").ids().len()), (3, 100));
    assert!(of("a").ids().iter().all(|id| !of("b").ids().contains(id)));
    assert_eq!(of("a").sessions()[0]["agent_id"], json!("a"));
    assert_eq!(of("agent_123").status, 422);
}

#[test]
fn sessions_of_the_users_own_are_served_word_for_word() {
    let texts = [r#"{"session_id": "x", "n": 1e400, "lone": "\ud800"}"#, r#"{"no": "id"}"#];
    let given = Sessions::Given(texts.map(str::to_owned).to_vec());
    let agents = vec![("agent_123".to_owned(), given)];
    let server = start(EmulatorOptions { agents, ..Default::default() });
    let wanted = format!(r#"{{"sessions":[{},{}],"total_count":2}}"#, texts[0], texts[1]);
    assert_eq!(page(&server, 100, 0).text(), wanted);
}

#[test]
fn wrong_options_are_explained() {
    let refuse = |options| Emulator::start(options).err().expect("refused").to_string();
    let given = |text: &str| vec![("a".to_owned(), Sessions::Given(vec![text.to_owned()]))];
    assert!(refuse(EmulatorOptions { ties: 2.0, ..Default::default() }).contains("ties: 2"));
    assert!(refuse(EmulatorOptions { page_limit: 0, ..Default::default() }).contains("page_limit"));
    assert!(refuse(EmulatorOptions { rate_limit: Some(0.0), ..Default::default() }).contains("rate_limit"));
    assert!(refuse(EmulatorOptions { agents: given("[1]"), ..Default::default() }).contains("index 0"));
    assert!(
        refuse(EmulatorOptions { agents: given("{\"a\":NaN}"), ..Default::default() }).contains("index 0")
    );
}

#[test]
fn a_port_in_use_is_named() {
    let server = start(holding(1));
    let options = EmulatorOptions { port: server.address().port(), ..Default::default() };
    let error = Emulator::start(options).err().expect("refused");
    assert_eq!(error.kind(), std::io::ErrorKind::AddrInUse);
    assert!(error.to_string().starts_with(&format!("{}: ", server.address())), "{error}");
}

#[test]
fn every_answer_has_a_date_and_an_id_of_its_own() {
    let server = start(holding(1));
    let replies: Vec<Reply> = vec![
        page(&server, 1, 0),
        page(&server, 0, 0),
        call(&server, "GET", "/", &[], b""),
        page(&server, 1, 0),
    ];
    for reply in &replies {
        assert!(reply.header("date").is_some_and(|date| date.ends_with("GMT")));
    }
    let mut ids: Vec<&str> = replies.iter().filter_map(|reply| reply.header("x-request-id")).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), replies.len());
}

#[test]
fn the_path_may_have_any_prefix() {
    let server = start(holding(3));
    let json = [("content-type", "application/json")];
    let path = "/blocksai-api/v1/conversation/sessions";
    assert_eq!(call(&server, "POST", path, &json, body(1, 0).as_bytes()).ids().len(), 1);
    assert_eq!(
        call(&server, "POST", "/conversation/sessionss", &json, b"{}").json(),
        json!({"detail": "Not Found"})
    );
}

#[test]
fn gzip_comes_only_where_it_is_asked_for() {
    use std::io::Read as _;
    let server = start(holding(100));
    let headers = [("content-type", "application/json"), ("accept-encoding", "br, gzip;q=0.8")];
    let packed = call(&server, "POST", "/conversation/sessions", &headers, body(100, 0).as_bytes());
    assert_eq!(packed.header("content-encoding"), Some("gzip"));
    let plain = page(&server, 100, 0);
    assert_eq!(plain.header("content-encoding"), None);
    let mut unpacked = Vec::new();
    flate2::read::GzDecoder::new(packed.body.as_slice()).read_to_end(&mut unpacked).expect("gzip");
    assert_eq!(unpacked, plain.body);
    assert!(packed.body.len() * 3 < plain.body.len());
}

#[test]
fn what_arrived_can_be_read() {
    let server = start(holding(3));
    let headers = [("Content-Type", "application/json"), ("X-Blocks-Key", "demo-key")];
    call(&server, "POST", "/v1/conversation/sessions?q=1", &headers, body(2, 1).as_bytes());
    post(&server, "nonsense");
    let seen = server.requests();
    assert_eq!(seen.len(), 2);
    assert_eq!((seen[0].method.as_str(), seen[0].path.as_str()), ("POST", "/v1/conversation/sessions?q=1"));
    assert!(seen[0].headers.contains(&("x-blocks-key".to_owned(), "demo-key".to_owned())));
    assert_eq!((seen[0].body.clone(), seen[0].status), (body(2, 1), Some(200)));
    assert_eq!((seen[1].status, seen[1].connection), (Some(422), 1));
    assert!(seen[0].answered.is_some_and(|at| at >= seen[0].received && at <= seen[1].received));
    assert!(!format!("{:?}", seen[0]).contains("demo-key"));
}

#[test]
fn one_connection_carries_many_requests() {
    use std::io::{Read as _, Write as _};
    let server = start(holding(3));
    let mut stream = connect(&server);
    for _ in 0..3 {
        let json = [("content-type", "application/json")];
        stream.write_all(&request("POST", "/conversation/sessions", &json, body(1, 0).as_bytes())).unwrap();
        let mut raw = Vec::new();
        while parse(&raw).is_none_or(|reply| reply.cut_short) {
            let mut piece = [0; 4096];
            let read = stream.read(&mut piece).expect("an answer");
            assert_ne!(read, 0);
            raw.extend_from_slice(&piece[..read]);
        }
        assert_eq!(parse(&raw).unwrap().status, 200);
    }
    assert!(server.requests().iter().all(|request| request.connection == 0));
}

#[test]
fn it_ends_inside_another_runtime_and_frees_its_port() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let server = start(holding(1));
        let address = server.address();
        server.close();
        server.close();
        assert!(std::net::TcpStream::connect(address).is_err());
        assert!(server.requests().is_empty());
        let again = start(EmulatorOptions { port: address.port(), ..holding(1) });
        assert_eq!(again.address(), address);
        drop(again);
    });
}

#[test]
fn http_2_works_over_a_plain_socket() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let server = start(holding(247));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let answer = runtime.block_on(async {
        let client = reqwest::Client::builder().no_proxy().http2_prior_knowledge().build().unwrap();
        let call = client.post(format!("{}/conversation/sessions", server.url()));
        let answer = call.header("content-type", "application/json").body(body(100, 0)).send().await.unwrap();
        assert_eq!(answer.version(), reqwest::Version::HTTP_2);
        answer.text().await.unwrap()
    });
    assert_eq!(answer, page(&server, 100, 0).text());
    assert_eq!(server.requests()[0].version, "HTTP/2.0");
}
