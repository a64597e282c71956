//! Packed answers: asked for where they save a journey, unpacked wherever they come, and bounded.

use async_compression::tokio::bufread::{BrotliEncoder, GzipEncoder, ZstdEncoder};
use tokio::io::{AsyncReadExt, BufReader};

use super::scripted::{Act, PAGE, Scripted, answer, page};
use super::*;

async fn packed(kind: &str, plain: &[u8]) -> Vec<u8> {
    let mut packed = Vec::new();
    let plain = BufReader::new(plain);
    match kind {
        "gzip" => GzipEncoder::new(plain).read_to_end(&mut packed).await,
        "br" => BrotliEncoder::new(plain).read_to_end(&mut packed).await,
        _ => ZstdEncoder::new(plain).read_to_end(&mut packed).await,
    }
    .unwrap();
    packed
}

#[tokio::test]
async fn it_is_asked_for_except_from_loopback() {
    let proxy = Scripted::start(vec![Act::Answer(page())]).await;
    let settings = Settings { proxy: Some(proxy.url()), ..settings("http://service.invalid") };
    list(&client(settings)).await.unwrap();
    let asked = proxy.seen()[0].header("accept-encoding").unwrap().to_owned();
    for kind in ["gzip", "br", "zstd"] {
        assert!(asked.contains(kind), "{asked}");
    }
}

#[tokio::test]
async fn every_kind_is_unpacked() {
    for kind in ["gzip", "br", "zstd"] {
        let body = packed(kind, PAGE.as_bytes()).await;
        let server =
            Scripted::start(vec![Act::Answer(answer("200 OK", &[("content-encoding", kind)], body))]).await;
        assert_eq!(list_from(&server.url()).await.unwrap().answer.len(), 1, "{kind}");
    }
}

#[tokio::test]
async fn what_cannot_be_unpacked_is_no_answer() {
    let whole = packed("gzip", PAGE.as_bytes()).await;
    let mut broken = whole.clone();
    broken[12..20].fill(0xff);
    for body in [b"not gzip at all".to_vec(), broken] {
        let server =
            Scripted::start(vec![Act::Answer(answer("200 OK", &[("content-encoding", "gzip")], body))]).await;
        let error = invalid(list_from(&server.url()).await);
        assert!(error.message.contains("compression is broken"), "{}", error.message);
        assert_eq!((error.attempts, server.count()), (3, 3));
    }
}

/// A packed body whose headers say nothing of it is no damaged text.
#[tokio::test]
async fn what_is_packed_without_a_word_is_told_for_what_it_is() {
    for kind in ["gzip", "zstd"] {
        let body = packed(kind, PAGE.as_bytes()).await;
        let server = Scripted::start(vec![Act::Answer(answer("200 OK", &[], body))]).await;
        let error = invalid(list_from(&server.url()).await);
        let words = format!("it is packed by {kind}, and nothing in its headers says so");
        assert!(error.message.contains(&words), "{}", error.message);
    }
}

#[tokio::test]
async fn what_is_unpacked_must_have_its_end() {
    let whole = packed("gzip", PAGE.as_bytes()).await;
    let headers = [("content-encoding", "gzip")];
    let cut = answer("200 OK", &headers, &whole[..whole.len() - 4]);
    let server = Scripted::start(vec![Act::Answer(cut)]).await;
    let error = connection_error(list_from(&server.url()).await);
    assert!(error.message.contains("ended before its end"), "{}", error.message);
}

#[tokio::test]
async fn a_bomb_is_not_unpacked_to_its_end() {
    for kind in ["gzip", "br", "zstd"] {
        let body = packed(kind, &vec![b' '; 80 << 20]).await;
        assert!(body.len() < 1 << 20);
        let server =
            Scripted::start(vec![Act::Answer(answer("200 OK", &[("content-encoding", kind)], body))]).await;
        let error = invalid(list_from(&server.url()).await);
        assert!(error.message.contains("larger than 64 MiB"), "{kind}: {}", error.message);
        assert_eq!(server.count(), 1);
    }
}

/// Names of codings are case-insensitive, and gzip has two.
#[tokio::test]
async fn codings_may_be_spelt_in_capitals() {
    let body = packed("gzip", PAGE.as_bytes()).await;
    for name in ["GZIP", "Gzip", "x-gzip", "X-GZIP"] {
        let reply = answer("200 OK", &[("content-encoding", name)], &body);
        let server = Scripted::start(vec![Act::Answer(reply)]).await;
        assert_eq!(list_from(&server.url()).await.unwrap().answer.len(), 1, "{name}");
    }
    let reply = answer("200 OK", &[("content-encoding", "compress")], &body);
    let error = invalid(list_from(&Scripted::start(vec![Act::Answer(reply)]).await.url()).await);
    assert!(error.message.contains(r#"packed as "compress", which was not asked for"#), "{}", error.message);
}
