//! Detectors on single texts: what is found, what is near and is not, and what would take long.

use super::masked;
use blocks_sessions::core::mask::policy::PolicySpec;

fn training() -> std::sync::Arc<blocks_sessions::core::mask::Mask> {
    masked(PolicySpec { preset: "training".into(), ..PolicySpec::default() })
}

#[test]
fn each_kind_is_found_however_it_is_written() {
    let mask = training();
    for (text, wanted) in FOUND {
        assert_eq!(mask.text(text), *wanted, "{text}");
    }
}

const FOUND: &[(&str, &str)] = &[
    ("mail jane@example.com, please", "mail [email], please"),
    ("jane.doe+x@mail.example.co.uk.", "[email]."),
    ("jane%40example.com", "[email]"),
    ("jane%2540example.com", "[email]"),
    ("jane＠example．com", "[email]"),
    ("ja\u{200b}ne@exam\u{ad}ple.com!", "[email]!"),
    ("jörg@münchen.example und", "[email] und"),
    ("<mailto:jane@example.com>", "<mailto:[email]>"),
    ("\"jane doe\"@example.com", "[email]"),
    ("请联系jane@example.com谢谢", "请联系[email]谢谢"),
    ("{\"e\":\"jane\\u0040example.com\"}", "{\"e\":\"[email]\"}"),
    ("jane&#64;example.com", "[email]"),
    ("jane@[203.0.113.7]", "[email]"),
    ("jane@@example.com", "[email]"),
    ("see https://example.com/help/billing.", "see https://example.com/help/billing."),
    ("https://example.com/reset/8f3kd92LmQz7?x=1 ok", "https://example.com/reset/[secret] ok"),
    ("https://example.com/a%20b/8f3kd92LmQz7?x=1 ok", "https://example.com/a%20b/[secret] ok"),
    ("https://example.com/a%20b/c ok", "https://example.com/a%20b/c ok"),
    ("go to example.com/a?token=abc123 now", "go to example.com/a now"),
    ("ftp://bob:hunter2@203.0.113.9/x", "ftp://[ip]/x"),
    ("from 203.0.113.7 and 2001:db8::8a2e:370:7334.", "from [ip] and [ip]."),
    ("203.0.113.0/24", "203.0.113.0/24"),
    ("card 4111 1111 1111 1111 exp 12/27", "card [card] exp 12/27"),
    ("4111-1111-1111-1111", "[card]"),
    ("4111\u{a0}1111\u{a0}1111\u{a0}1111", "[card]"),
    ("4111.1111.1111.1111 378282246310005", "[card] [card]"),
    ("４１１１１１１１１１１１１１１１", "[card]"),
    ("IBAN CH93 0076 2011 6238 5295 7 danke", "IBAN [iban] danke"),
    ("de89370400440532013000", "[iban]"),
    ("GB82-WEST-1234-5698-7654-32", "[iban]"),
    ("call +41 44 668 18 00 today", "call [phone] today"),
    ("+1 (555) 010-0199", "[phone]"),
    ("(212) 555-0143 or 212-555-0143", "[phone] or [phone]"),
    ("0041446681800", "[phone]"),
    ("079 123 45 67", "[phone]"),
    ("my phone is 5550143", "my phone is [phone]"),
    ("AHV 756.9217.0769.85", "AHV [ahv]"),
    ("7569217076985", "[ahv]"),
    ("SSN 219-09-9999", "SSN [ssn]"),
    ("mac 00:1B:44:11:3A:B7 or 00-1b-44-11-3a-b7", "mac [mac] or [mac]"),
    ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl here", "[jwt] here"),
    ("-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY----- x", "[pem] x"),
    ("AKIAIOSFODNN7EXAMPLE", "[secret]"),
    ("ghp_16C7e42F292c6912E7710c838347Ae178B4a", "[secret]"),
    ("password: hunter2", "password: [password]"),
    ("my password is Tr0ub4dor&3, ok", "my password is [password], ok"),
    ("Passwort lautet geheim99", "Passwort lautet [password]"),
    ("pwd=letmein;", "pwd=[password];"),
    ("mein pw ist hunter2!", "mein pw ist [password]"),
    ("pass: hunter2, PIN: 4711", "pass: [password], PIN: [password]"),
    ("Authorization: Bearer abcdef1234567890abcdef", "Authorization: Bearer [password]"),
    ("Authorization: Basic dXNlcjpwYXNz", "Authorization: Basic [password]"),
];

#[test]
fn what_is_near_is_left() {
    let mask = training();
    for text in LEFT {
        assert_eq!(mask.text(text), *text);
    }
}

const LEFT: &[&str] = &[
    "",
    "Order 4521987 shipped on 2026-01-12 at 08:30:00.",
    "ISBN 978-3-16-148410-0",
    "IMG_20240115_143022.jpg",
    "47.3769, 8.5417",
    "51.507351, -0.127758",
    "version 2.10.14.3",
    "upgrade to 10.0.19045.1",
    "Chrome/120.0.0.0",
    "1.2.3.4.5",
    "std::vector and a::b",
    "10:20:30",
    "I forgot my password, please reset it",
    "the password is required",
    "Password reset link",
    "a basic question, on the upward path we bypass: nothing",
    "@jane on slack, name@company",
    "a@b",
    "1234567890123456",
    "550e8400-e29b-41d4-a716-446655440000",
    "risk-based task-management-and-more",
    "3 + 4 = 7, 100% sure? yes!",
    "2026-01-12T08:30:00+01:00",
];

#[test]
fn hostile_texts_take_linear_time() {
    let mask = training();
    for piece in [
        "@",
        "1",
        "1 ",
        "[",
        ":",
        "a@",
        "::",
        "4111 ",
        "%40",
        "eyJ",
        "password ",
        "-----BEGIN ",
        "+1",
        "?a=",
        "://",
        "\u{200b}",
        "e",
        "0:",
        "1.1.1.1.",
        "a:b:",
    ] {
        let text = piece.repeat((1 << 17) / piece.len());
        let _ = mask.text(&text);
    }
}
