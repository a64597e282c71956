//! A client that does nothing by itself: it writes bytes and reads bytes, so that the tests of the
//! emulator see just what it sends.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use blocks_sessions::emulator::{Emulator, EmulatorOptions, Sessions};
use serde_json::Value;

pub const PATH: &str = "/conversation/sessions";

/// One answer, as it came.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    /// Without the framing of chunks.
    pub body: Vec<u8>,
    /// The framing said that there was more.
    pub cut_short: bool,
}

impl Reply {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub fn text(&self) -> String {
        String::from_utf8(self.body.clone()).expect("UTF-8")
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    pub fn sessions(&self) -> Vec<Value> {
        self.json()["sessions"].as_array().expect("sessions").clone()
    }

    pub fn ids(&self) -> Vec<String> {
        self.sessions().iter().map(|session| session["session_id"].as_str().expect("id").to_owned()).collect()
    }
}

pub fn start(options: EmulatorOptions) -> Emulator {
    Emulator::start(options).expect("the emulator starts")
}

/// With so many sessions for the default agent.
pub fn holding(count: u64) -> EmulatorOptions {
    EmulatorOptions { agents: vec![("agent_123".to_owned(), Sessions::Count(count))], ..Default::default() }
}

pub fn body(limit: u64, offset: u64) -> String {
    format!(r#"{{"agent_id":"agent_123","project_key":"demo-key","limit":{limit},"offset":{offset}}}"#)
}

pub fn page(server: &Emulator, limit: u64, offset: u64) -> Reply {
    post(server, &body(limit, offset))
}

pub fn post(server: &Emulator, body: &str) -> Reply {
    call(server, "POST", PATH, &[("content-type", "application/json")], body.as_bytes())
}

pub fn call(server: &Emulator, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Reply {
    try_call(server, method, path, headers, body).expect("an answer")
}

pub fn try_call(
    server: &Emulator,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> std::io::Result<Reply> {
    let mut stream = connect(server);
    let mut all = headers.to_vec();
    all.push(("connection", "close"));
    stream.write_all(&request(method, path, &all, body))?;
    let mut raw = Vec::new();
    stream.read_to_end(&mut raw)?;
    parse(&raw).ok_or_else(|| std::io::Error::other("no answer"))
}

pub fn connect(server: &Emulator) -> TcpStream {
    let stream = TcpStream::connect(server.address()).expect("connects");
    stream.set_read_timeout(Some(Duration::from_secs(20))).expect("a timeout");
    stream
}

pub fn request(method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Vec<u8> {
    let headers: String = headers.iter().flat_map(|(name, value)| [name, ": ", value, "\r\n"]).collect();
    let length = body.len();
    let head =
        format!("{method} {path} HTTP/1.1\r\nhost: localhost\r\ncontent-length: {length}\r\n{headers}\r\n");
    [head.as_bytes(), body].concat()
}

pub fn parse(raw: &[u8]) -> Option<Reply> {
    let end = raw.windows(4).position(|window| window == b"\r\n\r\n")?;
    let head = String::from_utf8_lossy(&raw[..end]).into_owned();
    let mut lines = head.lines();
    let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
        .collect();
    let rest = &raw[end + 4..];
    let mut reply = Reply { status, headers, body: rest.to_vec(), cut_short: false };
    if reply.header("transfer-encoding") == Some("chunked") {
        (reply.body, reply.cut_short) = dechunk(rest);
    } else if let Some(length) = reply.header("content-length") {
        reply.cut_short = reply.body.len() < length.parse().ok()?;
    }
    Some(reply)
}

fn dechunk(mut raw: &[u8]) -> (Vec<u8>, bool) {
    let mut body = Vec::new();
    loop {
        let Some(line) = raw.windows(2).position(|window| window == b"\r\n") else { return (body, true) };
        let size = usize::from_str_radix(&String::from_utf8_lossy(&raw[..line]), 16).expect("a size");
        if size == 0 {
            return (body, false);
        }
        let start = line + 2;
        body.extend_from_slice(&raw[start..start + size]);
        raw = &raw[start + size + 2..];
    }
}
