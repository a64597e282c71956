//! What one page costs: its bytes onto the tape, what a listing reads from it, and what a mask adds;
//! and how quickly a mask searches free text.

#![expect(clippy::expect_used, clippy::indexing_slicing, reason = "a bench may")]

mod sessions;
mod talk;

use std::hint::black_box;
use std::sync::Arc;

use blocks_sessions::core::arrow::Columns;
use blocks_sessions::core::mask::Mask;
use blocks_sessions::core::mask::policy::PolicySpec;
use blocks_sessions::core::mask::pseudonym::MaskKey;
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

fn mask(preset: &str) -> Arc<Mask> {
    let key = MaskKey::from_bytes(&[7; 32]).expect("a key");
    let policy = PolicySpec { preset: preset.to_owned(), ..PolicySpec::default() };
    Arc::new(Mask::new(policy, key, Vec::new()).expect("a mask"))
}

fn masking(c: &mut Criterion) {
    let body = page(100);
    let mut group = c.benchmark_group("page of 100");
    group.throughput(Throughput::Bytes(body.len() as u64));
    let (gdpr, answer) = (mask("gdpr"), PageBody::parse(body.clone()).expect("an answer"));
    group.bench_function("mask", |b| b.iter(|| gdpr.page(black_box(&answer)).expect("a page")));
    group.finish();
    let training = mask("training");
    for (name, one_in) in [("no value", 0), ("a value in one of four", 4), ("a value in each", 1)] {
        let texts = talk::texts(2_000, one_in);
        let mut group = c.benchmark_group("free text");
        group.throughput(Throughput::Bytes(texts.iter().map(|text| text.len() as u64).sum()));
        group.bench_function(name, |b| {
            b.iter(|| texts.iter().for_each(|text| drop(black_box(training.text(text)))));
        });
        group.finish();
    }
}

criterion_group!(benches, decode, masking);
criterion_main!(benches);
