//! The tape: every rule of JSON, and what Python makes of it.

use blocks_sessions::core::json::{Document, Fault, Kind, MAX_DEPTH, Text, Value};
use bytes::Bytes;

fn parse(text: &[u8]) -> Result<Document, (Fault, usize)> {
    Document::parse(Bytes::copy_from_slice(text)).map_err(|error| (error.fault, error.offset))
}

fn fault(text: impl AsRef<[u8]>) -> Fault {
    parse(text.as_ref()).expect_err("no JSON").0
}

fn with_root<T>(text: &str, see: impl FnOnce(Value<'_>) -> T) -> T {
    see(parse(text.as_bytes()).expect("valid").root())
}

#[test]
fn reads_every_kind() {
    with_root(r#" {"a": null, "b": [true, false], "c": -12, "d": 1.5e3, "e": "x", "f": {}} "#, |root| {
        assert!(root.get("a").unwrap().is_null());
        let flags: Vec<_> = root.get("b").unwrap().elements().map(Value::raw).collect();
        assert_eq!(flags, ["true", "false"]);
        assert!(matches!(root.get("c").unwrap().kind(), Kind::Integer("-12")));
        assert!(matches!(root.get("d").unwrap().kind(), Kind::Float(1500.0)));
        assert_eq!(root.get("e").unwrap().as_str(), Some("x"));
        assert_eq!(root.get("f").unwrap().entries().len(), 0);
        assert_eq!(root.entries().len(), 6);
        assert!(root.get("g").is_none());
    });
}

#[test]
fn raw_is_the_text_as_sent() {
    let text = r#"[ 1.50E1 ,"a\u0041" , {"k" : [ ] }, null ]"#;
    with_root(text, |root| {
        let raw: Vec<_> = root.elements().map(Value::raw).collect();
        assert_eq!(raw, ["1.50E1", r#""a\u0041""#, r#"{"k" : [ ] }"#, "null"]);
        assert_eq!(root.raw(), text);
    });
}

#[test]
fn escapes_and_surrogates() {
    let text = |json: &str| with_root(json, |root| root.as_str().map(str::to_owned));
    assert_eq!(text(r#""\"\\\/\b\f\n\r\t\u00e9""#).unwrap(), "\"\\/\u{8}\u{c}\n\r\té");
    assert_eq!(text(r#""long enough for a word: \ud83d\ude00!""#).unwrap(), "long enough for a word: 😀!");
    for (json, bytes) in [
        (r#""\ud83d""#, &b"\xed\xa0\xbd"[..]),
        (r#""\ude00\ud83d""#, b"\xed\xb8\x80\xed\xa0\xbd"),
        (r#""a\n\ud83d\ud83d\ude00z""#, b"a\n\xed\xa0\xbd\xf0\x9f\x98\x80z"),
        (r#""\ud83dA""#, b"\xed\xa0\xbdA"),
        (r#""\ud83d\u0041""#, b"\xed\xa0\xbdA"),
    ] {
        with_root(json, |root| match root.kind() {
            Kind::String(Text::Surrogates(found)) => assert_eq!(found, bytes, "{json}"),
            other => panic!("{json}: {other:?}"),
        });
    }
    // A string after one with a lone surrogate is not touched by it.
    with_root(r#"["\n", "\ud800x", "\t"]"#, |root| {
        let texts: Vec<_> = root.elements().map(Value::as_str).collect();
        assert_eq!(texts, [Some("\n"), None, Some("\t")]);
    });
}

#[test]
fn the_last_of_a_repeated_key_counts() {
    with_root(r#"{"a": 1, "b": 2, "\u0061": 3}"#, |root| {
        assert_eq!(root.get("a").and_then(Value::as_u64), Some(3));
        assert_eq!(root.entries().len(), 3);
    });
}

#[test]
fn numbers() {
    let float = |json: &str| -> f64 {
        with_root(json, |root| match root.kind() {
            Kind::Float(number) => number,
            other => panic!("{json}: {other:?}"),
        })
    };
    assert!(float("1e999").is_infinite());
    assert!(float("-0.0").is_sign_negative() && float("-0e5").is_sign_negative());
    for (json, number) in [
        ("5e-324", 5e-324_f64),
        ("0e99999999999999999999", 0.0),
        ("2.2250738585072011e-308", 2.225_073_858_507_201e-308),
    ] {
        assert_eq!(float(json).to_bits(), number.to_bits(), "{json}");
    }
    with_root("18446744073709551615", |root| assert_eq!(root.as_u64(), Some(u64::MAX)));
    with_root("18446744073709551616", |root| {
        assert_eq!(root.as_u64(), None);
        assert!(matches!(root.kind(), Kind::Integer("18446744073709551616")));
    });
    with_root("-0", |root| assert_eq!(root.as_u64(), Some(0)));
    with_root("-1", |root| assert_eq!(root.as_u64(), None));
    let digits = "9".repeat(4_300);
    assert!(parse(format!("-{digits}").as_bytes()).is_ok());
    assert!(parse(format!("{digits}9.0").as_bytes()).is_ok());
    assert_eq!(fault(format!("{digits}9")), Fault::IntegerTooLong);
}

#[test]
fn refuses_what_is_no_json() {
    for (text, expected) in [
        ("", Fault::Empty),
        (" \n\u{feff}", Fault::ExpectedValue),
        ("\u{feff}", Fault::Empty),
        ("tru", Fault::Truncated),
        ("trux", Fault::ExpectedValue),
        ("True", Fault::ExpectedValue),
        ("NaN", Fault::NotFinite),
        ("[Infinity]", Fault::NotFinite),
        ("-Infinity", Fault::NotFinite),
        ("01", Fault::Number),
        ("-01", Fault::Number),
        ("-", Fault::Truncated),
        ("1.", Fault::Truncated),
        ("[1.]", Fault::Number),
        ("[.5]", Fault::ExpectedValue),
        ("[+1]", Fault::ExpectedValue),
        ("1e+", Fault::Truncated),
        ("[1e]", Fault::Number),
        ("[1 2]", Fault::ExpectedArrayEnd),
        ("[1,]", Fault::ExpectedValue),
        ("[,1]", Fault::ExpectedValue),
        ("{\"a\":1,}", Fault::ExpectedKey),
        ("{,}", Fault::ExpectedKey),
        ("{1:2}", Fault::ExpectedKey),
        ("{\"a\" 1}", Fault::ExpectedColon),
        ("{\"a\":1 \"b\":2}", Fault::ExpectedObjectEnd),
        ("{\"a\":1]", Fault::ExpectedObjectEnd),
        ("[1}", Fault::ExpectedArrayEnd),
        ("1 2", Fault::TrailingText),
        ("{}\u{0}", Fault::TrailingText),
        ("\"a\u{1f}\"", Fault::ControlCharacter),
        ("\"\\n and then some\nmore\"", Fault::ControlCharacter),
        ("\"\\x\"", Fault::Escape),
        ("\"\\u12g4\"", Fault::Escape),
        ("\"\\u123", Fault::Truncated),
        ("\"\\ud83d\\u12\"", Fault::Escape),
        ("\"\\", Fault::Truncated),
        ("\"abc", Fault::Truncated),
        ("[", Fault::Truncated),
        ("{\"a\"", Fault::Truncated),
        ("{\"a\":", Fault::Truncated),
        ("'a'", Fault::ExpectedValue),
        ("/* no */ 1", Fault::ExpectedValue),
        ("\u{a0}1", Fault::ExpectedValue),
    ] {
        assert_eq!(fault(text), expected, "{text:?}");
    }
}

#[test]
fn refuses_other_encodings() {
    for text in [&b"\xff"[..], b"\"\xc0\x80\"", b"\"\xed\xa0\x80\"", b"\"\xf4\x90\x80\x80\"", b"\"\xe2\x82\""]
    {
        assert_eq!(fault(text), Fault::Encoding);
    }
    let wide = |unit: fn(u16) -> [u8; 2]| "{\"a\":1}".encode_utf16().flat_map(unit).collect::<Vec<_>>();
    assert_eq!(fault(wide(u16::to_le_bytes)), Fault::WideEncoding);
    assert_eq!(fault(wide(u16::to_be_bytes)), Fault::WideEncoding);
    assert_eq!(fault(b"\xff\xfe{\0"), Fault::WideEncoding);
    assert_eq!(fault(b"{\0\0\0}\0\0\0"), Fault::WideEncoding);
    assert_eq!(fault(b"\0\0\0{\0\0\0}"), Fault::WideEncoding);
}

#[test]
fn a_byte_order_mark_is_skipped() {
    let document = parse("\u{feff}[1]".as_bytes()).unwrap();
    assert_eq!(document.root().raw(), "[1]");
}

#[test]
fn nesting_is_bounded() {
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    assert!(parse(nested(MAX_DEPTH).as_bytes()).is_ok());
    assert_eq!(parse(nested(MAX_DEPTH + 1).as_bytes()).unwrap_err(), (Fault::TooDeep, MAX_DEPTH));
    assert_eq!(fault("{\"a\":".repeat(1_000_000)), Fault::TooDeep);
}

#[test]
fn errors_say_where_and_echo_nothing() {
    let error = Document::parse(Bytes::from_static(b"{\"secret\": s3cr3t}")).unwrap_err();
    assert_eq!(error.offset, 11);
    assert_eq!(error.to_string(), "expected a value (at byte 11)");
    let document = parse(b"[\"s3cr3t\"]").unwrap();
    assert!(!format!("{document:?} {:?}", document.root()).contains("s3cr3t"));
}

/// Special bytes at every place of a word, and every byte at the first place.
#[test]
fn the_end_of_a_string_is_found_wherever_it_is() {
    for length in 0..40 {
        let plain = "ä".repeat(length / 2) + &"x".repeat(length);
        with_root(&format!("\"{plain}\""), |root| assert_eq!(root.as_str(), Some(&*plain)));
        with_root(&format!("\"{plain}\\n{plain}\""), |root| {
            assert_eq!(root.as_str(), Some(&*format!("{plain}\n{plain}")));
        });
        assert_eq!(fault(format!("\"{plain}\u{1f}{plain}\"")), Fault::ControlCharacter);
        assert_eq!(fault(format!("\"{plain}")), Fault::Truncated);
    }
    for character in (0x20..0x250).filter_map(char::from_u32).filter(|c| !matches!(c, '"' | '\\')) {
        let text = format!("{character}2345678{character}");
        with_root(&format!("\"{text}\""), |root| assert_eq!(root.as_str(), Some(&*text)));
    }
}
