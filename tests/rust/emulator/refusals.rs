//! The emulator refuses as the service does: statuses, bodies, and all flaws at once.

use std::time::Duration;

use blocks_sessions::emulator::{EmulatorOptions, ErrorStyle};
use serde_json::{Value, json};

use crate::emulator::client::{PATH, Reply, body, call, holding, page, post, start};

fn details(style: ErrorStyle, body: &str) -> Value {
    let reply = post(&start(EmulatorOptions { error_style: style, ..holding(3) }), body);
    assert_eq!(reply.status, 422, "{}", reply.text());
    reply.json()["detail"].clone()
}

/// What of a detail every style has.
fn brief(details: &Value) -> Vec<(String, String)> {
    let one = |detail: &Value| {
        (detail["loc"][1].as_str().unwrap_or("").to_owned(), detail["type"].as_str().unwrap().to_owned())
    };
    details.as_array().unwrap().iter().map(one).collect()
}

fn pairs(wanted: &[(&str, &str)]) -> Vec<(String, String)> {
    wanted.iter().map(|(field, kind)| ((*field).to_owned(), (*kind).to_owned())).collect()
}

#[test]
fn a_wrong_key_is_a_fault_of_project_key() {
    let wrong = details(ErrorStyle::Pydantic1, &body(1, 0).replace("demo-key", "other"));
    assert_eq!(wrong[0]["loc"], json!(["body", "project_key"]));
    assert_eq!(wrong[0]["msg"], "Project key is incorrect or expired");
    let both = body(1, 0).replace("demo-key", "other").replace("agent_123", "x");
    assert_eq!(details(ErrorStyle::Pydantic2, &both).as_array().unwrap().len(), 2);
}

#[test]
fn all_flaws_come_at_once_in_the_manner_of_pydantic_1() {
    let flaws = details(ErrorStyle::Pydantic1, r#"{"project_key":"","limit":101,"offset":-1}"#);
    let wanted = [
        ("agent_id", "value_error.missing"),
        ("project_key", "value_error.any_str.min_length"),
        ("limit", "value_error.number.not_le"),
        ("offset", "value_error.number.not_ge"),
    ];
    assert_eq!(brief(&flaws), pairs(&wanted));
    assert_eq!(flaws[2]["msg"], "ensure this value is less than or equal to 100");
    assert_eq!(flaws[2]["ctx"], json!({"limit_value": 100}));
    let types =
        details(ErrorStyle::Pydantic1, r#"{"agent_id":null,"project_key":[],"limit":"x","offset":{}}"#);
    let wanted = [
        ("agent_id", "type_error.none.not_allowed"),
        ("project_key", "type_error.str"),
        ("limit", "type_error.integer"),
        ("offset", "type_error.integer"),
    ];
    assert_eq!(brief(&types), pairs(&wanted));
}

#[test]
fn all_flaws_come_at_once_in_the_manner_of_pydantic_2() {
    let flaws = details(ErrorStyle::Pydantic2, r#"{"project_key":"","limit":0,"offset":1.5}"#);
    let wanted = [
        ("agent_id", "missing"),
        ("project_key", "string_too_short"),
        ("limit", "greater_than_equal"),
        ("offset", "int_from_float"),
    ];
    assert_eq!(brief(&flaws), pairs(&wanted));
    assert_eq!(flaws[0]["input"], json!({"project_key": "", "limit": 0, "offset": 1.5}));
    assert_eq!(flaws[2]["ctx"], json!({"ge": 1}));
    assert!(flaws[2]["url"].as_str().unwrap().ends_with("/v/greater_than_equal"));
    let types =
        details(ErrorStyle::Pydantic2, r#"{"agent_id":null,"project_key":7,"limit":"x","offset":null}"#);
    let wanted = [
        ("agent_id", "string_type"),
        ("project_key", "string_type"),
        ("limit", "int_parsing"),
        ("offset", "int_type"),
    ];
    assert_eq!(brief(&types), pairs(&wanted));
}

#[test]
fn bounds_hold_on_both_sides_and_for_numbers_of_any_size() {
    let server = start(holding(3));
    for (limit, status) in [("1", 200), ("100", 200), ("0", 422), ("101", 422), ("-1", 422), ("9e9", 422)] {
        let text = format!(r#"{{"agent_id":"agent_123","project_key":"demo-key","limit":{limit}}}"#);
        assert_eq!(post(&server, &text).status, status, "limit {limit}");
    }
    for (offset, status) in
        [("0", 200), ("99999999999999999999999999", 200), ("-99999999999999999999999999", 422)]
    {
        let text = format!(r#"{{"agent_id":"agent_123","project_key":"demo-key","offset":{offset}}}"#);
        assert_eq!(post(&server, &text).status, status, "offset {offset}");
    }
    for limit in [r#""2""#, "2.0"] {
        let text = format!(r#"{{"agent_id":"agent_123","project_key":"demo-key","limit":{limit}}}"#);
        assert_eq!(post(&server, &text).ids().len(), 2, "limit {limit}");
    }
}

#[test]
fn what_is_no_json_object_is_said_to_be_none() {
    let first = |style, text: &str| details(style, text)[0].clone();
    assert_eq!(first(ErrorStyle::Pydantic1, "{\"a\":\n ]")["loc"], json!(["body", 7]));
    assert_eq!(first(ErrorStyle::Pydantic1, "{")["type"], "value_error.jsondecode");
    assert_eq!(first(ErrorStyle::Pydantic2, "{")["type"], "json_invalid");
    assert_eq!(first(ErrorStyle::Pydantic1, "[]")["type"], "type_error.dict");
    assert_eq!(first(ErrorStyle::Pydantic2, "3")["type"], "model_attributes_type");
    assert_eq!(first(ErrorStyle::Pydantic2, "")["type"], "missing");
    let server = start(holding(3));
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let reply = call(&server, "POST", PATH, &form, body(1, 0).as_bytes());
    assert_eq!(reply.json()["detail"][0]["type"], "type_error.dict");
    let reply = call(&server, "POST", PATH, &[], b"\xff");
    assert_eq!((reply.status, reply.json()), (400, json!({"detail": "There was an error parsing the body"})));
}

#[test]
fn other_methods_and_paths_are_refused_as_the_framework_does() {
    let server = start(holding(3));
    for method in ["GET", "PUT", "DELETE"] {
        let reply = call(&server, method, PATH, &[], b"");
        assert_eq!((reply.status, reply.json()), (405, json!({"detail": "Method Not Allowed"})));
        assert_eq!(reply.header("allow"), Some("POST"));
    }
    let reply = call(&server, "POST", "/conversation", &[], b"{}");
    assert_eq!((reply.status, reply.json()), (404, json!({"detail": "Not Found"})));
}

#[test]
fn a_wrong_blocks_key_meets_the_tenant_check() {
    let server = start(holding(3));
    let with = |key| {
        call(
            &server,
            "POST",
            PATH,
            &[("content-type", "application/json"), ("x-blocks-key", key)],
            body(1, 0).as_bytes(),
        )
    };
    assert_eq!(with("demo-key").status, 200);
    assert_eq!(with("YOUR_PROJECT_KEY").status, 200);
    let wanted = json!({"is_success": false, "errors": {"message": "BadRequest: Missing_Tenant_Key_Or_Id"}});
    assert_eq!((with("other").status, with("other").json()), (400, wanted));
}

#[test]
fn a_large_body_is_stopped_by_the_proxy() {
    let server = start(EmulatorOptions { max_body: 100, ..holding(3) });
    let reply = post(&server, &" ".repeat(101));
    assert_eq!((reply.status, reply.header("content-type")), (413, Some("text/html; charset=utf-8")));
    assert_eq!(page(&server, 1, 0).status, 200);
}

fn with_token(server: &blocks_sessions::emulator::Emulator, authorization: &str) -> Reply {
    let headers = [("content-type", "application/json"), ("authorization", authorization)];
    call(server, "POST", PATH, &headers, body(1, 0).as_bytes())
}

#[test]
fn a_token_is_asked_for_where_one_is_needed() {
    let server = start(EmulatorOptions { require_token: true, ..holding(3) });
    let reply = page(&server, 1, 0);
    assert_eq!((reply.status, reply.json()), (401, json!({"detail": "Token missing"})));
    for wrong in ["Bearer other", "Basic demo-token", "Bearer", "demo-token"] {
        assert_eq!(with_token(&server, wrong).status, 401, "{wrong}");
    }
    assert_eq!(with_token(&server, "Bearer demo-token").status, 200);
    server.revoke_tokens();
    assert_eq!(with_token(&server, "Bearer demo-token").status, 401);
}

fn ask_for_token(
    server: &blocks_sessions::emulator::Emulator,
    grant: &str,
    secret: &str,
    key: &str,
) -> Reply {
    let fields = [("grant_type", grant), ("client_id", "demo-client"), ("client_secret", secret)];
    let part = |(name, value)| {
        format!("--XyZ\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
    };
    let form = fields.map(part).concat() + "--XyZ--\r\n";
    let headers = [("content-type", "multipart/form-data; boundary=XyZ"), ("x-blocks-key", key)];
    call(server, "POST", "/authentication/v1/OAuth/Token", &headers, form.as_bytes())
}

#[test]
fn client_credentials_are_granted_a_token() {
    let server = start(EmulatorOptions { require_token: true, expires_in: Some(1), ..holding(3) });
    let granted = ask_for_token(&server, "client_credential", "demo-secret", "demo-key").json();
    assert_eq!((&granted["token_type"], &granted["expires_in"]), (&json!("Bearer"), &json!(1)));
    let bearer = format!("Bearer {}", granted["access_token"].as_str().unwrap());
    assert_eq!(with_token(&server, &bearer).status, 200);
    std::thread::sleep(Duration::from_millis(1100));
    assert_eq!(with_token(&server, &bearer).status, 401);
    let second = ask_for_token(&server, "client_credential", "demo-secret", "demo-key").json();
    assert_ne!(second["access_token"], granted["access_token"]);
}

#[test]
fn a_wrong_call_for_a_token_is_refused() {
    let server = start(EmulatorOptions { expires_in: None, ..holding(3) });
    let ask = |grant, secret, key| {
        let reply = ask_for_token(&server, grant, secret, key);
        (reply.status, reply.json()["error"].clone())
    };
    assert_eq!(ask("client_credential", "wrong", "demo-key"), (401, json!("invalid_client")));
    assert_eq!(ask("client_credentials", "demo-secret", "demo-key"), (400, json!("unsupported_grant_type")));
    assert_eq!(ask("client_credential", "demo-secret", "other"), (400, Value::Null));
    let granted = ask_for_token(&server, "client_credential", "demo-secret", "demo-key").json();
    assert_eq!(granted.get("expires_in"), None);
    let headers = [("content-type", "application/json"), ("x-blocks-key", "demo-key")];
    let reply = call(&server, "POST", "/authentication/v1/OAuth/Token", &headers, b"{}");
    assert_eq!((reply.status, reply.json()), (400, json!({"error": "invalid_request"})));
}
