//! The check of a request's body, as the service's framework does it: all flaws at once.
//! It knows what is wrong, and nothing of how that is worded (see `details`).

use serde_json::{Map, Value};

/// A valid request.
#[derive(Debug)]
pub(super) struct Wanted {
    pub(super) agent: String,
    pub(super) key: String,
    pub(super) limit: u64,
    pub(super) offset: u64,
}

/// One thing that is wrong with a body. Values are what was sent.
#[derive(Debug)]
pub(super) enum Flaw {
    NoBody,
    NotJson { position: usize, line: usize, column: usize },
    NotObject(Value),
    Missing { field: &'static str, body: Value },
    Null { field: &'static str, integer: bool },
    NotText { field: &'static str, input: Value },
    Empty { field: &'static str },
    NotInteger { field: &'static str, input: Value },
    TooSmall { field: &'static str, least: u64, input: Value },
    TooLarge { field: &'static str, most: u64, input: Value },
    UnknownAgent,
    WrongKey,
}

/// Why there is no valid request.
#[derive(Debug)]
pub(super) enum Refusal {
    /// The framework cannot even decode it.
    NotText,
    Flaws(Vec<Flaw>),
}

/// # Errors
/// Everything that is wrong with the body.
pub(super) fn read_body(content_type: Option<&str>, body: &[u8]) -> Result<Wanted, Refusal> {
    let value = parse(content_type, body)?;
    let Value::Object(fields) = value else {
        return Err(Refusal::Flaws(vec![Flaw::NotObject(value)]));
    };
    let mut flaws = Vec::new();
    let wanted = Wanted {
        agent: text(&fields, "agent_id", &mut flaws),
        key: text(&fields, "project_key", &mut flaws),
        limit: integer(
            &fields,
            &Bounds { field: "limit", least: 1, most: Some(100), default: 100 },
            &mut flaws,
        ),
        offset: integer(&fields, &Bounds { field: "offset", least: 0, most: None, default: 0 }, &mut flaws),
    };
    if flaws.is_empty() { Ok(wanted) } else { Err(Refusal::Flaws(flaws)) }
}

fn parse(content_type: Option<&str>, body: &[u8]) -> Result<Value, Refusal> {
    if body.is_empty() {
        return Err(Refusal::Flaws(vec![Flaw::NoBody]));
    }
    let Ok(text) = std::str::from_utf8(body) else { return Err(Refusal::NotText) };
    if !content_type.is_none_or(is_json) {
        // A body that is not declared as JSON reaches the model as one string.
        return Err(Refusal::Flaws(vec![Flaw::NotObject(Value::from(text))]));
    }
    serde_json::from_str(text).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        let before: usize =
            text.lines().take(line.saturating_sub(1)).map(|line| line.chars().count() + 1).sum();
        let position = before + column.saturating_sub(1);
        Refusal::Flaws(vec![Flaw::NotJson { position, line, column }])
    })
}

fn is_json(content_type: &str) -> bool {
    let kind = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    kind == "application/json" || (kind.starts_with("application/") && kind.ends_with("+json"))
}

fn text(fields: &Map<String, Value>, field: &'static str, flaws: &mut Vec<Flaw>) -> String {
    let flaw = match fields.get(field) {
        Some(Value::String(text)) if !text.is_empty() => return text.clone(),
        Some(Value::String(_)) => Flaw::Empty { field },
        Some(Value::Null) => Flaw::Null { field, integer: false },
        Some(input) => Flaw::NotText { field, input: input.clone() },
        None => Flaw::Missing { field, body: Value::Object(fields.clone()) },
    };
    flaws.push(flaw);
    String::new()
}

struct Bounds {
    field: &'static str,
    least: u64,
    most: Option<u64>,
    default: u64,
}

fn integer(fields: &Map<String, Value>, bounds: &Bounds, flaws: &mut Vec<Flaw>) -> u64 {
    let field = bounds.field;
    let input = match fields.get(field) {
        None => return bounds.default,
        Some(Value::Null) => {
            flaws.push(Flaw::Null { field, integer: true });
            return bounds.default;
        }
        Some(input) => input,
    };
    let Some(number) = whole_number(input) else {
        flaws.push(Flaw::NotInteger { field, input: input.clone() });
        return bounds.default;
    };
    match u64::try_from(number) {
        Ok(number) if number >= bounds.least && bounds.most.is_none_or(|most| number <= most) => {
            return number;
        }
        Ok(number) if number >= bounds.least => {
            flaws.push(Flaw::TooLarge { field, most: bounds.most.unwrap_or_default(), input: input.clone() });
        }
        _ => flaws.push(Flaw::TooSmall { field, least: bounds.least, input: input.clone() }),
    }
    bounds.default
}

/// What the framework takes for an integer: also `"50"`, `50.0` and `true`. What is beyond 64 bits
/// stays beyond every bound.
fn whole_number(input: &Value) -> Option<i128> {
    match input {
        Value::Bool(flag) => Some(i128::from(*flag)),
        Value::String(text) => from_digits(text.trim()),
        Value::Number(number) => from_digits(&number.to_string()).or_else(|| whole_float(number.as_f64()?)),
        _ => None,
    }
}

fn from_digits(text: &str) -> Option<i128> {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let huge = if text.starts_with('-') { i128::from(i64::MIN) } else { i128::from(u64::MAX) };
    Some(text.parse().unwrap_or(huge).clamp(i128::from(i64::MIN), i128::from(u64::MAX)))
}

fn whole_float(number: f64) -> Option<i128> {
    #[expect(clippy::cast_possible_truncation, reason = "far below 2^63 here")]
    (number.fract() == 0.0 && number.abs() < 1e15).then_some(number as i128)
}
