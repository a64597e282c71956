//! Pages rewritten: each preset on every field, what is found in texts, and what the report says.

use super::{gdpr, masked, pairs, session};
use blocks_sessions::core::mask::policy::PolicySpec;
use blocks_sessions::core::model::page_body::PageBody;
use serde_json::json;

const MEI: &str = r#"{
    "session_id": "session_abc123", "agent_id": "agent_123", "widget_id": "widget_456", "user_id": "user_789",
    "status": "active", "created_at": "2026-01-12T08:30:00Z", "message_count": 15, "duration_seconds": 4500.5,
    "user_info": {"name": "Mei Müller", "email": "Mei@Example.com", "phone": "+1-555-0100", "location": "Zürich, CH", "vip": true},
    "metadata": {"source": "website", "page_url": "https://user:pw@example.com:8443/support/mei-mueller?token=abc#x", "device": "desktop", "plan": "pro"},
    "ip_address": "203.0.113.7", "user_agent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/120.0.0.0 Safari/537.36",
    "location": {"city": "Zürich", "country": "CH"},
    "tags": ["billing", "mei@example.com"], "rating": 5, "feedback": "I am Mei, call me at 079 123 45 67. Mail: mei@example.com",
    "context": {"cart": 3}, "resolved": true, "brand_new": "x"
}"#;

#[test]
fn the_preset_for_the_gdpr() {
    let masked = session(&gdpr(&[]), MEI);
    let mei = gdpr(&[]).tokens("email", "mei@example.com").unwrap().remove(0);
    assert_eq!(masked["user_info"]["email"], json!(mei));
    assert_eq!(masked["tags"], json!(["billing", mei]));
    assert_eq!(masked["feedback"], json!(format!("I am [name], call me at [phone]. Mail: {mei}")));
    assert_eq!(masked["user_info"]["name"], json!("[name]"));
    assert!(masked["user_info"]["phone"].as_str().unwrap().starts_with("phone_cqwc_"));
    assert_eq!(masked["user_info"]["location"], json!("CH"));
    assert_eq!(masked["user_info"].get("vip"), None);
    assert!(masked["session_id"].as_str().unwrap().starts_with("session_cqwc_"));
    assert!(masked["user_id"].as_str().unwrap().starts_with("user_cqwc_"));
    for (field, kept) in [
        ("agent_id", json!("agent_123")),
        ("status", json!("active")),
        ("created_at", json!("2026-01-12T08:30:00Z")),
        ("message_count", json!(15)),
        ("duration_seconds", json!(4500.5)),
        ("ip_address", json!("203.0.113.0/24")),
        ("user_agent", json!("Chrome")),
        ("location", json!({"city": "[location]", "country": "CH"})),
        (
            "metadata",
            json!({"source": "website", "page_url": "https://example.com:8443/support/[name]", "device": "desktop"}),
        ),
        ("resolved", json!(true)),
    ] {
        assert_eq!(masked[field], kept, "{field}");
    }
    assert_eq!((masked.get("context"), masked.get("brand_new")), (None, None));
}

#[test]
fn the_preset_for_training() {
    let mask = masked(PolicySpec { preset: "training".into(), ..PolicySpec::default() });
    let text = "I am [name], call me at [phone]. Mail: [email]";
    let kept = json!({
        "status": "active", "message_count": 15, "duration_seconds": 4500.5, "tags": ["billing", "[email]"],
        "rating": 5, "feedback": text, "resolved": true
    });
    assert_eq!(session(&mask, MEI), kept);
}

#[test]
fn the_other_shape() {
    let other = r#"{"agent_id":"a","session_id":"s1","total_count":4,"last_entry_date":"2026-01-12T08:30:00Z","conversation":{
        "_id":"x","SessionId":"s1","UserId":"u1","UserEmail":"Jo@example.com","Query":"jo@example.com here","Metadata":{"total_tokens":12,"kb_ids":["k"],"odd":"x"},
        "UserRole":["admin"],"Playground":false,"Summary":"","ConversationType":"chat"}}"#;
    let masked = session(&gdpr(&[]), other);
    let talk = &masked["conversation"];
    assert_eq!(talk["SessionId"], masked["session_id"]);
    assert_eq!(talk["Query"], json!(format!("{} here", talk["UserEmail"].as_str().unwrap())));
    assert_eq!(talk["Metadata"], json!({"total_tokens": 12}));
    assert_eq!(
        (&talk["UserRole"], &talk["Playground"], &talk["Summary"]),
        (&json!(["admin"]), &json!(false), &json!(""))
    );
    assert_eq!(talk.get("_id"), None);
}

#[test]
fn what_is_kept_clean_is_kept_byte_for_byte() {
    let clean = r#"{"status":"a\u00e9\/ \"q\"","agent_id":"agent_123","feedback":"Great \u263a service!\n","rating":4.50,"tags":["a","b"],"resolved":null,"metadata":{"page_url":"https://example.com/a%20b/docs"}}"#;
    let page = format!("{{\"sessions\":[{clean}],\"total_count\":1}}");
    let masked = gdpr(&[]).page(&PageBody::parse(page.clone().into()).unwrap()).unwrap();
    assert_eq!(masked.body.session(0).unwrap().raw(), clean);
}

#[test]
fn numbers_keys_and_depths_are_searched_too() {
    let mask = masked(PolicySpec { unknown: "text".into(), ..PolicySpec::default() });
    let found = session(
        &mask,
        r#"{"x":{"jane@example.com":4111111111111111,"deep":[[[{"y":"\u006aane%40example.com"}]]],"phone":5550100,"n":12}}"#,
    );
    let jane = mask.tokens("email", "jane@example.com").unwrap().remove(0);
    assert_eq!(
        found,
        json!({"x": {jane.as_str(): "[card]", "deep": [[[{"y": jane}]]], "phone": "[phone]", "n": 12}})
    );
}

#[test]
fn a_number_hides_in_no_notation() {
    let mask = gdpr(&[]);
    let found = session(
        &mask,
        r#"{"revenue":4.111111111111111e15,"rating":4111111111111111.0,"lead_score":-4111111111111111}"#,
    );
    for field in ["revenue", "rating", "lead_score"] {
        assert!(found[field].as_str().is_some_and(|text| text.contains("[card]")), "{found}");
    }
}

#[test]
fn a_number_hides_in_no_fraction_of_a_time() {
    let mask = gdpr(&[]);
    for (sent, kept) in [
        ("2026-01-12T08:30:00.4111111111111111Z", "2026-01-12T08:30:00.411111111Z"),
        ("2026-01-12T08:30:00,41446681800+01:00", "2026-01-12T08:30:00,414466818+01:00"),
        ("20260112T083000.756921707698500", "20260112T083000.756921707"),
        ("2026-01-12T08:30:00.123456789+00:00", "2026-01-12T08:30:00.123456789+00:00"),
    ] {
        let page = format!(r#"{{"created_at":"{sent}","last_message_at":"{sent}"}}"#);
        let found = session(&mask, &page);
        assert_eq!((&found["created_at"], &found["last_message_at"]), (&json!(kept), &json!(kept)));
    }
}

#[test]
fn a_number_hides_in_no_segments_of_a_path() {
    let found = session(
        &gdpr(&[]),
        r#"{"metadata":{"page_url":"https://example.com/pay/4111/1111/1111/1111/now","referrer":"https://example.com/2026/01/12/news"}}"#,
    );
    assert_eq!(found["metadata"]["page_url"], json!("https://example.com/pay/[card]/now"));
    assert_eq!(found["metadata"]["referrer"], json!("https://example.com/2026/01/12/news"));
}

#[test]
fn a_person_is_found_in_every_spelling_of_the_name() {
    let mask = gdpr(&[]);
    for (name, text) in [
        ("Mei Chen", r"meichen1990 Chen,Mei MEI-CHEN mei%20chen M\u0065i Ch\u200ben"),
        ("山田太郎", "山田さん、太郎です"),
        ("Hans Müller", "Herr Mueller, HANS MULLER, mueller77, Müller1985"),
    ] {
        let session = session(&mask, &format!(r#"{{"user_info":{{"name":"{name}"}},"feedback":"{text}"}}"#));
        let left = session["feedback"].as_str().unwrap().replace("[name]", "").to_lowercase();
        assert!(
            !["mei", "chen", "山田", "太郎", "hans", "müller", "mueller", "muller"]
                .iter()
                .any(|part| left.contains(part)),
            "{left}"
        );
    }
}

#[test]
fn a_persons_values_are_found_wherever_they_are_kept() {
    let mask = gdpr(&[]);
    let many: Vec<String> = (0..90).map(|n| format!("\"mail_{n}@example.com\"")).collect();
    for session_text in [
        r#"{"context":{"contacts":[{"name":"Mei Chen"}]},"feedback":"Mei Chen!"}"#.to_owned(),
        r#"{"user_info":{"name":["Mei","Chen"]},"feedback":"Mei or Chen"}"#.to_owned(),
        r#"{"user_info":{"first_\u006eame":"Mei","LastName":"Chen"},"feedback":"Chen, Mei"}"#.to_owned(),
        format!(
            r#"{{"context":{{"emails":[{}]}},"user_info":{{"name":"Mei Chen"}},"feedback":"Mei Chen"}}"#,
            many.join(",")
        ),
    ] {
        let found = session(&mask, &session_text);
        let feedback = found["feedback"].as_str().unwrap();
        assert!(!feedback.contains("Mei") && !feedback.contains("Chen"), "{session_text}: {feedback}");
    }
}

#[test]
fn what_came_before_on_a_page_changes_nothing() {
    let mask = gdpr(&[("context.phone", "text")]);
    let rows = [
        r#"{"tags":["Mei","5550143"],"metadata":{"source":"Mei","page_url":"https://example.com/mei?x=1"}}"#,
        r#"{"tags":["Mei","5550143"],"context":{"phone":"5550143"},"user_info":{"name":"Mei"},"metadata":{"source":"Mei","page_url":"https://example.com/mei?x=1"}}"#,
        r#"{"metadata":{"page_url":"https://example.com/mei?x=1","source":"Mei"},"tags":["5550143","Mei"]}"#,
        r#"{"tags":["jane@example.com"],"brand":{"new":1}}"#,
        r#"{"brand":{"new":1},"tags":["jane@example.com"]}"#,
    ];
    let alone: Vec<_> = rows.iter().map(|row| session(&mask, row)).collect();
    let page = format!("{{\"sessions\":[{}]}}", [rows, rows].concat().join(","));
    let masked = mask.page(&PageBody::parse(page.into()).unwrap()).unwrap();
    for (row, found) in masked.body.sessions().enumerate() {
        let found: serde_json::Value = serde_json::from_str(found.raw()).unwrap();
        assert_eq!(found, alone[row % rows.len()], "row {row}");
    }
    assert_eq!(alone[1]["tags"], json!(["[name]", "[phone]"]));
    assert_eq!(alone[1]["context"]["phone"], json!("[phone]"));
    assert_eq!(alone[0]["tags"], json!(["Mei", "5550143"]));
}

#[test]
fn what_cannot_be_masked_is_dropped_and_counted() {
    let mask = gdpr(&[]);
    let page = r#"{"sessions":[{"feedback":"\ud800 jane@example.com","rating":1,"\ud800":"x"}]}"#;
    let masked = mask.page(&PageBody::parse(page.into()).unwrap()).unwrap();
    assert_eq!(masked.body.session(0).unwrap().raw(), r#"{"rating":1}"#);
    let mut report = mask.report();
    masked.tally.add_to(&mut report, 0..1);
    assert_eq!(report.paths["feedback"].unmaskable, 1);
}

#[test]
fn the_report_tells_paths_and_counts_and_no_value() {
    let mask = gdpr(&[("metadata.plan", "keep"), ("never.there", "raw")]);
    let page = format!("{{\"sessions\":[{MEI},{MEI}],\"total_count\":2}}");
    let masked = mask.page(&PageBody::parse(page.into()).unwrap()).unwrap();
    let mut report = mask.report();
    masked.tally.add_to(&mut report, 1..2);
    assert_eq!(
        (report.sessions, report.paths["tags"].values, report.paths["user_info.email"].values),
        (1, 2, 1)
    );
    assert_eq!(report.paths["user_info.email"].treatment, "token:email");
    assert!(report.paths["brand_new"].unknown && report.paths["brand_new"].treatment == "drop");
    assert_eq!(report.unmatched.iter().collect::<Vec<_>>(), ["never.there"]);
    assert_eq!(report.found["email"], 2);
    let shown = report.to_string();
    assert!(!shown.to_lowercase().contains("mei") && !shown.contains('@'), "{shown}");
}

#[test]
fn a_masks_own_patterns_and_detectors_are_set_by_kind() {
    let mask = masked(PolicySpec {
        patterns: pairs(&[("contract", r"CH-\d{7}")]),
        detect: pairs(&[("contract", "token"), ("email", "partial"), ("phone", "keep")]),
        ..PolicySpec::default()
    });
    let found = session(&mask, r#"{"feedback":"CH-1234567 a@example.com +41 44 668 18 00"}"#);
    let text = found["feedback"].as_str().unwrap();
    assert!(
        text.starts_with("contract_cqwc_") && text.ends_with(" [email]@example.com +41 44 668 18 00"),
        "{text}"
    );
}
