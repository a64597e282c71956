//! Columns: the fixed schema, what fits it, and that nothing sent is lost.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, Int64Type, TimestampMicrosecondType};
use arrow_array::{Array, RecordBatch};
use blocks_sessions::core::arrow::{Columns, schema};
use blocks_sessions::core::model::page_body::PageBody;
use blocks_sessions::core::model::time::parse_timestamp;
use bytes::Bytes;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

fn batch(sessions: &[String]) -> RecordBatch {
    let body = format!("{{\"sessions\": [{}]}}", sessions.join(","));
    let answer = PageBody::parse(Bytes::from(body)).expect("an answer");
    let mut columns = Columns::default();
    answer.sessions().for_each(|session| columns.push(session));
    assert_eq!(columns.rows(), sessions.len());
    columns.finish().expect("a batch")
}

fn one(session: &Value) -> Map<String, Value> {
    row(&batch(&[session.to_string()]), 0)
}

/// A row as JSON: text as it is, times in microseconds, nulls left out.
fn row(batch: &RecordBatch, row: usize) -> Map<String, Value> {
    let names = batch.schema();
    let cells = batch.columns().iter().zip(names.fields());
    let cells = cells.filter(|(column, _)| column.is_valid(row)).map(|(column, field)| {
        let cell = match field.data_type().to_string().as_str() {
            "Utf8" => column.as_string::<i32>().value(row).into(),
            "Int64" => column.as_primitive::<Int64Type>().value(row).into(),
            "Float64" => column.as_primitive::<Float64Type>().value(row).into(),
            "Boolean" => column.as_boolean().value(row).into(),
            "Timestamp(µs, \"UTC\")" => column.as_primitive::<TimestampMicrosecondType>().value(row).into(),
            "List(Utf8)" => {
                let list = column.as_list::<i32>().value(row);
                list.as_string::<i32>().iter().collect()
            }
            other => panic!("{other}"),
        };
        (field.name().clone(), cell)
    });
    cells.collect()
}

#[test]
fn the_schema_is_fixed() {
    let expected = "session_id agent_id widget_id user_id status user_agent ip_address feedback created_at \
                    updated_at last_message_at closed_at message_count user_messages agent_messages \
                    duration_seconds response_time_avg rating lead_score revenue resolved escalated \
                    conversion tags user_info metadata context location sentiment user_name user_email \
                    user_phone user_location extra";
    let names: Vec<_> = schema().fields().iter().map(|field| field.name().clone()).collect();
    assert_eq!(names.join(" "), expected);
    assert!(schema().fields().iter().all(|field| field.is_nullable()));
    let types: Vec<_> = schema().fields().iter().map(|field| field.data_type().to_string()).collect();
    let expected = [
        vec!["Utf8"; 8],
        vec!["Timestamp(µs, \"UTC\")"; 4],
        vec!["Int64"; 3],
        vec!["Float64"; 5],
        vec!["Boolean"; 3],
        vec!["List(Utf8)"],
        vec!["Utf8"; 10],
    ]
    .concat();
    assert_eq!(types, expected);
    assert!(Arc::ptr_eq(&schema(), &schema()));
    assert_eq!(batch(&[]).schema(), schema());
}

#[test]
fn the_page_s_session_fits() {
    let session = json!({
        "session_id": "session_abc123", "created_at": "1970-01-01T00:00:01Z", "closed_at": "1970-01-01T01:00:00+01:00",
        "message_count": 15, "duration_seconds": 4500, "response_time_avg": 1.5, "rating": 5, "resolved": true,
        "user_info": {"name": "John Doe", "email": "john@example.com", "location": "New York, US", "age": 7},
        "metadata": {"source": "website"}, "tags": ["support", null, "billing"], "feedback": "Great!\n",
        "location": "Berlin", "sentiment": {"score": 1}
    });
    let expected = json!({
        "session_id": "session_abc123", "feedback": "Great!\n", "created_at": 1_000_000, "closed_at": 0, "message_count": 15,
        "duration_seconds": 4500.0, "response_time_avg": 1.5, "rating": 5.0, "resolved": true,
        "tags": ["support", null, "billing"], "user_info": session["user_info"].to_string(),
        "metadata": "{\"source\":\"website\"}", "location": "Berlin", "sentiment": "{\"score\":1}",
        "user_name": "John Doe", "user_email": "john@example.com", "user_location": "New York, US"
    });
    assert_eq!(Value::Object(one(&session)), expected);
}

#[test]
fn what_does_not_fit_is_kept_as_sent() {
    for (field, sent) in [
        ("session_id", "12"),
        ("status", "[\"active\"]"),
        ("feedback", "\"\\ud83d\""),
        ("user_agent", "{}"),
        ("created_at", "\"yesterday\""),
        ("created_at", "1768206600"),
        ("message_count", "15.5"),
        ("sentiment", "0.50"),
        ("sentiment", "false"),
        ("location", "[ 1 ]"),
        ("message_count", "1e300"),
        ("message_count", "\"15\""),
        ("message_count", "9223372036854775808"),
        ("rating", "\"5\""),
        ("revenue", "9007199254740993"),
        ("revenue", "true"),
        ("resolved", "1"),
        ("resolved", "\"true\""),
        ("tags", "\"support\""),
        ("tags", "[\"a\", 1]"),
        ("tags", "[\"\\udc00\"]"),
        ("user_info", "\"John\""),
        ("metadata", "[{}]"),
        ("context", "1.50"),
        ("location", "\"\\ud83d x\""),
    ] {
        let batch = batch(&[format!("{{\"{field}\": {sent}}}")]);
        let row = row(&batch, 0);
        let extra = batch.column_by_name("extra").unwrap().as_string::<i32>().value(0);
        assert_eq!((row.len(), extra), (1, &*format!("{{\"{field}\":{sent}}}")));
    }
}

#[test]
fn edges_that_fit() {
    for (field, sent, expected) in [
        ("message_count", "-9223372036854775808", json!(i64::MIN)),
        ("message_count", "-0", json!(0)),
        ("revenue", "-9007199254740992", json!(-9_007_199_254_740_992.0)),
        ("revenue", "1e-5", json!(1e-5)),
        ("tags", "[]", json!([])),
        ("location", "\"\\u00e9\"", json!("é")),
        ("context", "{ \"a\" : 1 }", json!("{ \"a\" : 1 }")),
        ("created_at", "\"1970-01-01T00:00:00.1234567Z\"", json!(123_456)),
    ] {
        let row = row(&batch(&[format!("{{\"{field}\": {sent}}}")]), 0);
        assert_eq!(row, Map::from_iter([(field.to_owned(), expected)]));
    }
}

#[test]
fn unknown_fields_are_gathered_as_sent() {
    let sessions = [
        r#"{"a": 1.50, "session_id": "s", "\u0062\"": [1, {"c": "\ud83d"}], "rating": "x", "\ud800": null}"#,
        r#"{"session_id": "t"}"#,
        r#"{"rating": "bad", "z": 1, "rating": 5, "status": "old", "status": null}"#,
        r#"{"extra": {"x": 1}, "user_name": "n"}"#,
    ]
    .map(str::to_owned);
    let batch = batch(&sessions);
    let extra = batch.column_by_name("extra").unwrap().as_string::<i32>();
    let expected = r#"{"a":1.50,"\u0062\"":[1, {"c": "\ud83d"}],"\ud800":null,"rating":"x"}"#;
    assert_eq!(extra.value(0), expected);
    assert!(extra.is_null(1));
    assert_eq!(
        row(&batch, 2),
        Map::from_iter([("rating".into(), json!(5.0)), ("extra".into(), json!("{\"z\":1}"))])
    );
    assert_eq!(extra.value(3), r#"{"extra":{"x": 1},"user_name":"n"}"#);
    assert!(batch.column_by_name("user_name").unwrap().is_null(3));
}

#[test]
fn batches_start_anew_and_end_in_time() {
    let answer =
        PageBody::parse(Bytes::from_static(b"{\"sessions\": [{\"x\": 1}, {\"status\": \"a\"}]}")).unwrap();
    let mut columns = Columns::default();
    assert!(!columns.is_full());
    columns.push(answer.session(0).unwrap());
    assert_eq!(columns.finish().unwrap().num_rows(), 1);
    columns.push(answer.session(1).unwrap());
    let second = columns.finish().unwrap();
    assert_eq!(row(&second, 0), Map::from_iter([("status".into(), json!("a"))]));
    while !columns.is_full() {
        columns.push(answer.session(1).unwrap());
    }
    assert_eq!(columns.finish().unwrap().num_rows(), 8_192);
    let large = format!("{{\"sessions\": [{{\"feedback\": \"{}\"}}]}}", "x".repeat(40 << 20));
    let large = PageBody::parse(Bytes::from(large)).unwrap();
    columns.push(large.session(0).unwrap());
    assert!(columns.is_full());
}

/// A field of any name and a value of any kind, often of the right one.
fn fields() -> impl Strategy<Value = (String, Value)> {
    let names: Vec<String> = schema().fields().iter().map(|field| field.name().clone()).collect();
    let name = prop_oneof![4 => prop::sample::select(names), 1 => any::<String>()];
    let moment = (0i64..253_402_300_800, 0u32..1_000_000).prop_map(|(second, micros)| {
        let whole = jiff::Timestamp::from_second(second).unwrap().to_string();
        json!(whole.replace('Z', &format!(".{micros:06}Z")))
    });
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (-20i64..20).prop_map(Value::from),
        any::<f64>().prop_filter("JSON has no NaN", |number| number.is_finite()).prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        moment,
    ];
    let texts = prop::collection::vec(any::<String>(), 0..4).prop_map(Value::from);
    let names = prop::sample::select(vec!["name", "email", "phone", "location", "other"]);
    let object = prop::collection::vec((names, leaf.clone()), 0..5)
        .prop_map(|entries| entries.into_iter().map(|(name, value)| (name.to_owned(), value)).collect());
    (name, prop_oneof![4 => leaf, 1 => texts, 1 => object.prop_map(Value::Object)])
}

/// The session that a row was made of, but for the nulls of known fields.
fn restore(row: Map<String, Value>) -> Map<String, Value> {
    let mut session = Map::new();
    for (name, cell) in row {
        let text = cell.as_str().map(str::to_owned);
        let value = match (name.as_str(), text) {
            ("user_name" | "user_email" | "user_phone" | "user_location" | "extra", _) => continue,
            ("user_info" | "metadata" | "context", Some(text)) => serde_json::from_str(&text).unwrap(),
            _ => cell,
        };
        session.insert(name, value);
    }
    session
}

/// Whether a cell says what was sent: the same moment, the same number, the same text.
fn says(name: &str, cell: &Value, sent: &Value) -> bool {
    match (name, cell) {
        ("created_at" | "updated_at" | "last_message_at" | "closed_at", _) => {
            sent.as_str().and_then(parse_timestamp).map(|moment| json!(moment.micros)).as_ref() == Some(cell)
        }
        ("location" | "sentiment", Value::String(text)) => {
            sent.as_str() == Some(text) || serde_json::from_str::<Value>(text).ok().as_ref() == Some(sent)
        }
        (_, Value::Number(_)) => cell.as_f64() == sent.as_f64() && sent.is_number(),
        _ => cell == sent,
    }
}

proptest! {
    #[test]
    fn nothing_sent_is_lost(sessions in prop::collection::vec(prop::collection::vec(fields(), 0..12), 1..6)) {
        let sessions: Vec<Map<String, Value>> = sessions.into_iter().map(|fields| fields.into_iter().collect()).collect();
        let texts: Vec<String> = sessions.iter().map(|session| Value::Object(session.clone()).to_string()).collect();
        let batch = batch(&texts);
        for (index, session) in sessions.iter().enumerate() {
            let row = row(&batch, index);
            let extra = row.get("extra").map_or_else(Map::new, |extra| {
                serde_json::from_str(extra.as_str().unwrap()).unwrap()
            });
            let fitting = restore(row.clone());
            for (name, sent) in session {
                let kept = match (fitting.get(name), extra.get(name)) {
                    (Some(cell), None) => says(name, cell, sent),
                    (None, Some(kept)) => kept == sent,
                    (None, None) => sent.is_null(),
                    (Some(_), Some(_)) => false,
                };
                prop_assert!(kept, "{name}: {sent} became {row:?}");
            }
            prop_assert!(fitting.keys().chain(extra.keys()).all(|name| session.contains_key(name)));
            for (name, column) in [("name", "user_name"), ("email", "user_email"), ("phone", "user_phone"), ("location", "user_location")] {
                let sent = session.get("user_info").and_then(|user| user.get(name)).filter(|sent| sent.is_string());
                prop_assert_eq!(row.get(column), sent);
            }
        }
    }
}
