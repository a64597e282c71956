//! The last good line counts, wherever a crash cut the manifest.

use blocks_sessions::core::storage::{Journal, Recovered};

use super::Folder;

fn line(json: &str) -> String {
    format!("{:08x} {json}\n", crc32fast::hash(json.as_bytes()))
}

fn recovered(content: &[u8]) -> Recovered {
    let folder = Folder::new();
    let path = folder.join("manifest.jsonl");
    std::fs::write(&path, content).unwrap();
    Journal::read(&path).unwrap()
}

#[test]
fn lines_are_framed_and_read_back() {
    let folder = Folder::new();
    let path = folder.join("manifest.jsonl");
    assert_eq!(Journal::read(&path).unwrap(), Recovered::Nothing);
    let mut journal = Journal::create(&path).unwrap();
    journal.append(r#"{"rows":1}"#).unwrap();
    journal.append(r#"{"rows":2}"#).unwrap();
    let content = std::fs::read_to_string(&path).unwrap();
    assert_eq!(content, line(r#"{"rows":1}"#) + &line(r#"{"rows":2}"#));
    let end = content.len() as u64;
    assert_eq!(Journal::read(&path).unwrap(), Recovered::Line { json: r#"{"rows":2}"#.to_owned(), end });
}

#[test]
fn every_cut_falls_back_to_the_line_before() {
    let (first, second) = (line(r#"{"rows":1}"#), line(r#"{"rows":2,"more":"text"}"#));
    let whole = format!("{first}{second}");
    for cut in 0..whole.len() {
        let expected = if cut < first.len() {
            Recovered::Nothing
        } else {
            Recovered::Line { json: r#"{"rows":1}"#.to_owned(), end: first.len() as u64 }
        };
        assert_eq!(recovered(&whole.as_bytes()[..cut]), expected, "cut at {cut}");
    }
}

#[test]
fn every_flipped_byte_of_the_last_line_is_seen() {
    let (first, second) = (line(r#"{"rows":1}"#), line(r#"{"rows":2}"#));
    for at in 0..second.len() {
        let mut content = format!("{first}{second}").into_bytes();
        content[first.len() + at] ^= 0x01;
        let expected = Recovered::Line { json: r#"{"rows":1}"#.to_owned(), end: first.len() as u64 };
        assert_eq!(recovered(&content), expected, "flipped at {at}");
    }
}

#[test]
fn a_block_of_zeros_is_no_line_and_several_bad_lines_are_damage() {
    assert_eq!(recovered(&[0; 512]), Recovered::Nothing);
    assert_eq!(recovered(b"one\ntwo\n"), Recovered::Damaged);
    let good = line("{}");
    let torn = [good.as_bytes(), &[0; 100]].concat();
    assert_eq!(recovered(&torn), Recovered::Line { json: "{}".to_owned(), end: good.len() as u64 });
}

#[test]
fn a_resumed_manifest_overwrites_what_a_crash_left() {
    let folder = Folder::new();
    let path = folder.join("manifest.jsonl");
    let first = line(r#"{"rows":1}"#);
    std::fs::write(&path, format!("{first}0000 torn and very long, longer than what comes")).unwrap();
    let mut journal = Journal::resume(&path, first.len() as u64).unwrap();
    journal.append(r#"{"rows":2}"#).unwrap();
    assert_eq!(std::fs::read_to_string(&path).unwrap(), first + &line(r#"{"rows":2}"#));
}
