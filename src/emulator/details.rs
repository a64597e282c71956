//! How the framework words what is wrong: one entry of `detail` for each flaw, in the manner of
//! pydantic 1 (as on the service's page) or of pydantic 2. It decides nothing.

use serde_json::{Value, json};

use crate::emulator::check::Flaw;
use crate::emulator::options::ErrorStyle;

/// The body of a 422.
pub(super) fn body(flaws: &[Flaw], style: ErrorStyle) -> String {
    let details: Vec<Value> = flaws.iter().map(|flaw| detail(flaw, style)).collect();
    json!({ "detail": details }).to_string()
}

fn detail(flaw: &Flaw, style: ErrorStyle) -> Value {
    match (flaw, style) {
        // The page's own example, whatever the framework.
        (Flaw::UnknownAgent, _) => {
            plain("agent_id", "Agent not found or access denied", "value_error.notfound")
        }
        (Flaw::WrongKey, _) => {
            plain("project_key", "Project key is incorrect or expired", "value_error.invalid")
        }
        (flaw, ErrorStyle::Pydantic1) => pydantic_1(flaw),
        (flaw, ErrorStyle::Pydantic2) => pydantic_2(flaw),
    }
}

fn plain(field: &str, msg: &str, kind: &str) -> Value {
    json!({ "loc": ["body", field], "msg": msg, "type": kind })
}

fn pydantic_1(flaw: &Flaw) -> Value {
    match flaw {
        Flaw::NoBody => json!({ "loc": ["body"], "msg": "field required", "type": "value_error.missing" }),
        Flaw::NotJson { position, line, column } => json!({
            "loc": ["body", position],
            "msg": format!("Expecting value: line {line} column {column} (char {position})"),
            "type": "value_error.jsondecode",
            "ctx": { "msg": "Expecting value", "pos": position, "lineno": line, "colno": column },
        }),
        Flaw::NotObject(_) => {
            json!({ "loc": ["body"], "msg": "value is not a valid dict", "type": "type_error.dict" })
        }
        Flaw::Missing { field, .. } => plain(field, "field required", "value_error.missing"),
        Flaw::Null { field, .. } => {
            plain(field, "none is not an allowed value", "type_error.none.not_allowed")
        }
        Flaw::NotText { field, .. } => plain(field, "str type expected", "type_error.str"),
        Flaw::NotInteger { field, .. } => plain(field, "value is not a valid integer", "type_error.integer"),
        Flaw::Empty { field } => bounded_1(field, "has at least 1 characters", "any_str.min_length", 1),
        Flaw::TooSmall { field, least, .. } => {
            bounded_1(field, &format!("is greater than or equal to {least}"), "number.not_ge", *least)
        }
        Flaw::TooLarge { field, most, .. } => {
            bounded_1(field, &format!("is less than or equal to {most}"), "number.not_le", *most)
        }
        Flaw::UnknownAgent | Flaw::WrongKey => Value::Null,
    }
}

fn bounded_1(field: &str, rule: &str, kind: &str, limit: u64) -> Value {
    json!({
        "loc": ["body", field],
        "msg": format!("ensure this value {rule}"),
        "type": format!("value_error.{kind}"),
        "ctx": { "limit_value": limit },
    })
}

fn pydantic_2(flaw: &Flaw) -> Value {
    match flaw {
        Flaw::NoBody => with_url("missing", &json!(["body"]), "Field required", &Value::Null, None),
        Flaw::NotJson { position, .. } => json!({
            "type": "json_invalid",
            "loc": ["body", position],
            "msg": "JSON decode error",
            "input": {},
            "ctx": { "error": "Expecting value" },
        }),
        Flaw::NotObject(input) => with_url(
            "model_attributes_type",
            &json!(["body"]),
            "Input should be a valid dictionary or object to extract fields from",
            input,
            None,
        ),
        Flaw::Missing { field, body } => field_2("missing", field, "Field required", body, None),
        Flaw::Null { field, integer: true } => {
            field_2("int_type", field, "Input should be a valid integer", &Value::Null, None)
        }
        Flaw::Null { field, .. } => {
            field_2("string_type", field, "Input should be a valid string", &Value::Null, None)
        }
        Flaw::NotText { field, input } => {
            field_2("string_type", field, "Input should be a valid string", input, None)
        }
        Flaw::Empty { field } => {
            let ctx = json!({ "min_length": 1 });
            field_2(
                "string_too_short",
                field,
                "String should have at least 1 character",
                &Value::from(""),
                Some(ctx),
            )
        }
        Flaw::NotInteger { field, input } => not_integer_2(field, input),
        Flaw::TooSmall { field, least, input } => {
            let msg = format!("Input should be greater than or equal to {least}");
            field_2("greater_than_equal", field, &msg, input, Some(json!({ "ge": least })))
        }
        Flaw::TooLarge { field, most, input } => {
            let msg = format!("Input should be less than or equal to {most}");
            field_2("less_than_equal", field, &msg, input, Some(json!({ "le": most })))
        }
        Flaw::UnknownAgent | Flaw::WrongKey => Value::Null,
    }
}

fn not_integer_2(field: &str, input: &Value) -> Value {
    let (kind, rest) = match input {
        Value::String(_) => ("int_parsing", ", unable to parse string as an integer"),
        Value::Number(_) => ("int_from_float", ", got a number with a fractional part"),
        _ => ("int_type", ""),
    };
    field_2(kind, field, &format!("Input should be a valid integer{rest}"), input, None)
}

fn field_2(kind: &str, field: &str, msg: &str, input: &Value, ctx: Option<Value>) -> Value {
    with_url(kind, &json!(["body", field]), msg, input, ctx)
}

fn with_url(kind: &str, loc: &Value, msg: &str, input: &Value, ctx: Option<Value>) -> Value {
    let mut detail = json!({ "type": kind, "loc": loc, "msg": msg, "input": input });
    if let Some(fields) = detail.as_object_mut() {
        if let Some(ctx) = ctx {
            fields.insert("ctx".to_owned(), ctx);
        }
        fields.insert("url".to_owned(), format!("https://errors.pydantic.dev/2.11/v/{kind}").into());
    }
    detail
}
