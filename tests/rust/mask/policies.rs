//! Policies: which selector wins, which contradict each other, what a file may hold.

use super::{gdpr, masked, pairs, session};
use blocks_sessions::core::mask::policy::{Policy, PolicyFile, PolicySpec};
use serde_json::json;

/// What a policy without a preset makes of `{"a": {"b": {"c": "x y"}, "d": "x y"}}`.
fn treated(fields: &[(&str, &str)]) -> serde_json::Value {
    let mask = masked(PolicySpec { preset: "none".into(), fields: pairs(fields), ..PolicySpec::default() });
    session(&mask, r#"{"a":{"b":{"c":"x y"},"d":"x y"}}"#)
}

#[test]
fn nothing_is_kept_that_nobody_names() {
    assert_eq!(treated(&[]), json!({}));
    assert_eq!(session(&gdpr(&[]), r#"{"new_field":"Jane","status":"active"}"#), json!({"status": "active"}));
}

#[test]
fn the_more_specific_wins() {
    let kept = json!({"a": {"b": {"c": "x y"}, "d": "[value]"}});
    for fields in [
        &[("a.b.c", "keep"), ("a.*", "redact")][..],
        &[("a.b.c", "keep"), ("**", "redact")],
        &[("*.*.c", "keep"), ("**", "redact")],
        &[("**.c", "keep"), ("a.d", "redact")],
        &[("A.B.C", "keep"), ("a.D", "redact")],
        &[("a.b", "keep"), ("a.*", "redact")],
        &[("a.b", "keep"), ("**.b", "drop"), ("**.d", "redact")],
    ] {
        assert_eq!(treated(fields), kept, "{fields:?}");
    }
}

#[test]
fn what_is_dropped_keeps_only_what_is_named_more_closely() {
    assert_eq!(treated(&[("a", "drop"), ("a.b.c", "keep")]), json!({"a": {"b": {"c": "x y"}}}));
    assert_eq!(treated(&[("a", "drop"), ("**.c", "keep")]), json!({}));
    assert_eq!(
        treated(&[("a", "keep"), ("**.c", "redact")]),
        json!({"a": {"b": {"c": "[value]"}, "d": "x y"}})
    );
}

#[test]
fn the_policys_own_selectors_win_over_the_presets() {
    let user =
        r#"{"user_info":{"name":"Mei","email":"mei@example.com"},"metadata":{"plan":"pro","source":"web"}}"#;
    assert_eq!(session(&gdpr(&[("user_info", "drop")]), user), json!({"metadata": {"source": "web"}}));
    let kept = session(&gdpr(&[("metadata.plan", "keep"), ("*.email", "redact")]), user);
    assert_eq!(
        kept,
        json!({"user_info": {"name": "[name]", "email": "[email]"}, "metadata": {"plan": "pro", "source": "web"}})
    );
}

#[test]
fn arrays_are_passed_through() {
    let mask = gdpr(&[("context.people.name", "redact")]);
    let people = r#"{"context":{"people":[{"name":"A"},[{"name":"B","age":3}]]}}"#;
    assert_eq!(
        session(&mask, people),
        json!({"context": {"people": [{"name": "[name]"}, [{"name": "[name]"}]]}})
    );
}

fn error(policy: PolicySpec) -> String {
    Policy::new(policy).unwrap_err()
}

#[test]
fn contradictions_are_found_when_the_policy_is_made() {
    for (a, b) in [("*.email", "user_info.*"), ("**.a", "a.**"), ("a.*.c", "*.b.c"), ("User.x", "user.X")] {
        let of = |first: &str, second: &str| PolicySpec {
            fields: pairs(&[(a, first), (b, second)]),
            ..PolicySpec::default()
        };
        let why = error(of("drop", "keep"));
        assert!(why.contains("equally specific"), "{a} {b}: {why}");
        assert!(Policy::new(of("keep", "keep")).is_ok(), "{a} {b} agree");
    }
    for (a, b) in [("*.email", "*.phone"), ("**.a", "**.b"), ("a.*", "b.*"), ("*.a.b", "a.b.*")] {
        let fields = pairs(&[(a, "drop"), (b, "keep")]);
        let made = Policy::new(PolicySpec { fields, ..PolicySpec::default() });
        assert_eq!(made.is_ok(), (a, b) != ("*.a.b", "a.b.*") || made.is_ok(), "{a} {b}");
    }
}

#[test]
fn mistyped_names_are_told_with_the_nearest() {
    let with =
        |name: &str, value: &str| PolicySpec { fields: pairs(&[(name, value)]), ..PolicySpec::default() };
    for (policy, wanted) in [
        (with("a", "redcat"), "did you mean \"redact\"?"),
        (with("a", "token:emial"), "did you mean \"email\"?"),
        (PolicySpec { preset: "gpdr".into(), ..PolicySpec::default() }, "did you mean \"gdpr\"?"),
        (PolicySpec { unknown: "dorp".into(), ..PolicySpec::default() }, "did you mean \"drop\"?"),
        (
            PolicySpec { detect: pairs(&[("phnoe", "redact")]), ..PolicySpec::default() },
            "did you mean \"phone\"?",
        ),
        (
            PolicySpec { detect: pairs(&[("phone", "coarse")]), ..PolicySpec::default() },
            "what is found can be",
        ),
        (
            PolicySpec { patterns: pairs(&[("contract", "CH-(")]), ..PolicySpec::default() },
            "patterns[\"contract\"]",
        ),
        (PolicySpec { patterns: pairs(&[("contract", "x*")]), ..PolicySpec::default() }, "the empty text"),
        (PolicySpec { patterns: pairs(&[("email", "x")]), ..PolicySpec::default() }, "is a kind already"),
        (with("a..b", "keep"), "an empty name"),
        (with("tags[0]", "keep"), "brackets"),
        (with("user_*", "keep"), "one whole name"),
    ] {
        let why = error(policy);
        assert!(why.contains(wanted), "{wanted}: {why}");
    }
}

#[test]
fn a_file_says_what_python_says() {
    let text = r#"
        preset = "gdpr"
        unknown = "drop"
        scope = "analytics"
        key_env = "BLOCKS_MASK_KEY"
        [fields]
        "user_info.name" = "redact"
        ip_address = "partial"
        metadata.plan = "keep"
        [detect]
        phone = "redact"
        [patterns]
        contract = 'CH-\d{7}'
    "#;
    let file = PolicyFile::parse(text).unwrap();
    assert_eq!(file.key_env.as_deref(), Some("BLOCKS_MASK_KEY"));
    let fields = pairs(&[("ip_address", "partial"), ("metadata.plan", "keep"), ("user_info.name", "redact")]);
    let same = PolicySpec {
        scope: "analytics".into(),
        fields,
        detect: pairs(&[("phone", "redact")]),
        patterns: pairs(&[("contract", r"CH-\d{7}")]),
        ..PolicySpec::default()
    };
    assert_eq!(file.policy, same);
}

#[test]
fn a_file_holds_no_key_and_nothing_unknown() {
    for (text, wanted) in [
        ("key = \"AAAA\"", "no place in a policy"),
        ("feilds = {}", "did you mean \"fields\"?"),
        ("fields = 3", "is a table"),
        ("[fields]\na = 3", "is a text"),
        ("preset = ", "no TOML"),
    ] {
        let why = PolicyFile::parse(text).unwrap_err();
        assert!(why.contains(wanted), "{wanted}: {why}");
        assert!(!why.contains("AAAA"), "{why}");
    }
}

#[test]
fn the_fingerprint_tells_policies_apart_and_not_their_order() {
    let of = |fields: &[(&str, &str)]| gdpr(fields).fingerprint();
    assert_eq!(of(&[("a", "keep"), ("b", "drop")]), of(&[("b", "drop"), ("a", "keep")]));
    assert_ne!(of(&[("a", "keep")]), of(&[("a", "drop")]));
    assert!(of(&[]).ends_with("-cqwc"));
}
