//! Pseudonyms against vectors that a reference of ten lines made, and the keys they are made with.

use super::{key, masked};
use blocks_sessions::core::mask::Mask;
use blocks_sessions::core::mask::policy::PolicySpec;
use blocks_sessions::core::mask::pseudonym::MaskKey;
use blocks_sessions::core::model::hex::hex;

fn token(scope: &str, kind: &str, value: &str) -> String {
    let policy = PolicySpec { scope: scope.to_owned(), ..PolicySpec::default() };
    masked(policy).tokens(kind, value).unwrap().remove(0)
}

#[test]
fn the_documented_vector() {
    assert_eq!(token("", "email", "jane@example.com"), "email_cqwc_cravoxlx6j76qlmaafkk");
}

#[test]
fn one_person_has_one_pseudonym_however_he_is_spelled() {
    for (kind, spellings) in [
        ("email", &["jane@example.com", " Jane@Example.COM\n", "JANE@EXAMPLE.COM"][..]),
        ("email", &["mei@münchen.example", "mei@xn--mnchen-3ya.example", "Mei@mu\u{308}nchen.example"]),
        (
            "phone",
            &[
                "+41 44 668 18 00",
                "+41446681800",
                "0041 44 668 18 00",
                "+41-44-668-18-00",
                "+４１ 44 6681800",
            ],
        ),
        ("name", &["Straße", "STRASSE", "ｓｔｒａｓｓｅ"]),
        ("ip", &["2001:db8::1", "2001:0DB8:0:0::1"]),
    ] {
        let tokens: Vec<String> = spellings.iter().map(|value| token("", kind, value)).collect();
        assert!(tokens.iter().all(|token| *token == tokens[0]), "{kind}: {tokens:?}");
    }
}

#[test]
fn dots_and_plus_in_addresses_and_case_in_ids_tell_people_apart() {
    assert_ne!(token("", "email", "j.ane@example.com"), token("", "email", "jane@example.com"));
    assert_ne!(token("", "email", "jane+a@example.com"), token("", "email", "jane@example.com"));
    assert_ne!(token("", "user", "ab"), token("", "user", "AB"));
}

#[test]
fn kinds_scopes_and_keys_keep_pseudonyms_apart() {
    let ours = token("", "email", "jane@example.com");
    assert_ne!(token("analytics", "email", "jane@example.com"), ours);
    assert_ne!(token("", "value", "jane@example.com").split('_').next_back(), ours.split('_').next_back());
    let other = MaskKey::from_bytes(&[7; 32]).unwrap();
    let mask = Mask::new(PolicySpec::default(), other.clone(), vec![key()]).unwrap();
    let tokens = mask.tokens("email", "jane@example.com").unwrap();
    assert_eq!(tokens.len(), 2);
    assert!(tokens[0].starts_with(&format!("email_{}_", other.id())));
    assert_eq!(tokens[1], ours);
}

#[test]
fn keys_are_read_as_base64_of_either_alphabet_and_as_hex() {
    let bytes: Vec<u8> = (0..32).map(|byte| 255 - byte).collect();
    let id = MaskKey::from_bytes(&bytes).unwrap().id().to_owned();
    let standard = MaskKey::from_bytes(&bytes).unwrap().expose();
    let url = standard.replace('+', "-").replace('/', "_");
    let hex = hex(&bytes).to_uppercase();
    for text in [&standard, &url, url.trim_end_matches('='), &hex, &format!(" {standard}\n")] {
        assert_eq!(MaskKey::from_text(text).unwrap().id(), id);
    }
}

#[test]
fn a_wrong_key_is_told_and_not_repeated() {
    for text in ["", "c2hvcnQ=", "not a key at all!", "00112233"] {
        let why = MaskKey::from_text(text).unwrap_err();
        assert!(why.contains("keygen"), "{why}");
        assert!(text.is_empty() || !why.contains(text), "{why}");
    }
}

#[test]
fn a_key_shows_its_id_alone() {
    let shown = format!("{:?} {:?}", key(), masked(PolicySpec::default()));
    assert!(shown.contains("cqwc") && !shown.contains(&key().expose()[..6]), "{shown}");
}

#[cfg(unix)]
#[test]
fn a_key_file_is_its_owners_alone_and_never_written_over() {
    use std::os::unix::fs::PermissionsExt;
    let folder = std::env::temp_dir().join(format!("mask-key-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join("mask.key");
    key().save(&path).unwrap();
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(MaskKey::from_file(&path).unwrap(), key());
    assert!(key().save(&path).is_err(), "written over");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
    let why = MaskKey::from_file(&path).unwrap_err();
    assert!(why.contains("chmod 600"), "{why}");
    std::fs::remove_dir_all(&folder).unwrap();
}
