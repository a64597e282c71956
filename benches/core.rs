//! What one page costs: its bytes onto the tape, and what a listing reads from it.

#![expect(clippy::expect_used, clippy::indexing_slicing, reason = "a bench may")]

mod sessions;

use std::hint::black_box;

use blocks_sessions::core::arrow::Columns;
use blocks_sessions::core::model::page_body::PageBody;
use bytes::Bytes;
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};

/// A page as the service writes it.
fn page(count: usize) -> Bytes {
    let mut text = String::from(r#"{"sessions":["#);
    for place in 0..count {
        if place > 0 {
            text.push(',');
        }
        sessions::write(place, &mut text);
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
            |body| PageBody::parse(body).expect("an answer"),
            BatchSize::LargeInput,
        );
    });
    let answer = PageBody::parse(body.clone()).expect("an answer");
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
