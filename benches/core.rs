//! What one page costs: its bytes onto the tape, and what a listing reads from it.

#![expect(clippy::expect_used, clippy::indexing_slicing, reason = "a bench may")]

use std::fmt::Write as _;
use std::hint::black_box;

use blocks_sessions::core::answer::Answer;
use blocks_sessions::core::columns::Columns;
use bytes::Bytes;
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};

/// A page as the service writes it: compact, about 500 bytes a session.
fn page(sessions: usize) -> Bytes {
    let mut text = String::from(r#"{"sessions":["#);
    for n in 0..sessions {
        let status = ["active", "idle", "closed", "abandoned"][n % 4];
        let browser = ["Chrome", "Firefox", "Safari"][n % 3];
        let (hour, minute) = (n / 60 % 24, n % 60);
        let comma = if n == 0 { "" } else { "," };
        write!(
            text,
            r#"{comma}{{"session_id":"session_{n:08x}","agent_id":"agent_123","widget_id":"widget_456","user_id":"user_{n}","status":"{status}","created_at":"2026-01-12T{hour:02}:{minute:02}:00Z","updated_at":"2026-01-12T{hour:02}:{minute:02}:30Z","last_message_at":"2026-01-12T{hour:02}:{minute:02}:30Z","message_count":{count},"duration_seconds":{seconds},"user_info":{{"name":"User {n}","email":"user{n}@example.com"}},"metadata":{{"source":"website","page_url":"https://example.com/support","browser":"{browser}"}},"tags":["support","billing"],"rating":{rating},"response_time_avg":{average}.25,"resolved":true}}"#,
            count = n % 40,
            seconds = n * 7 % 5000,
            rating = n % 5 + 1,
            average = n % 9,
        )
        .expect("writing to memory cannot fail");
    }
    text.push_str(r#"],"total_count":247}"#);
    Bytes::from(text)
}

fn decode(c: &mut Criterion) {
    let body = page(100);
    let mut group = c.benchmark_group("page of 100");
    group.throughput(Throughput::Bytes(body.len() as u64));
    group.bench_function("decode", |b| {
        b.iter_batched(
            || Bytes::copy_from_slice(&body),
            |body| Answer::parse(body).expect("an answer"),
            BatchSize::LargeInput,
        );
    });
    let answer = Answer::parse(body.clone()).expect("an answer");
    group.bench_function("facts", |b| b.iter(|| black_box(&answer).facts(0)));
    group.bench_function("columns", |b| {
        let mut columns = Columns::default();
        b.iter(|| {
            answer.sessions().for_each(|session| columns.push(session));
            if columns.is_full() {
                black_box(columns.finish().expect("a batch"));
            }
        });
    });
    group.finish();
}

criterion_group!(benches, decode);
criterion_main!(benches);
