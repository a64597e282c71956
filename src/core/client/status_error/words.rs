//! What a body says went wrong, in the shapes that frameworks, gateways and identity servers are known to send.
//! Pure; it reads JSON, XML, a header or plain text, and knows no status.

use serde_json::{Map, Value};

/// No shape nests its words deeper.
const DEEPEST: usize = 6;
/// More entries than these are not quoted.
const MOST_ENTRIES: usize = 8;

/// Keys whose value says what went wrong, the most telling first; as [`plain`] writes them.
const SUMMARIES: [&str; 14] = [
    "detail",
    "message",
    "errordescription",
    "errormessage",
    "msg",
    "errormsg",
    "description",
    "reason",
    "defaultmessage",
    "faultstring",
    "title",
    "error",
    "fault",
    "statusmessage",
];
/// Keys under which several faults stand: in a list, or by the name of their field.
const LISTS: [&str; 9] = [
    "errors",
    "details",
    "violations",
    "invalidparams",
    "fielderrors",
    "issues",
    "validationerrors",
    "nonfielderrors",
    "errormessages",
];
/// Keys that name the field of a fault.
const FIELDS: [&str; 8] =
    ["field", "loc", "path", "param", "parameter", "propertyname", "name", "propertypath"];
/// Keys that name a request.
const REQUEST_IDS: [&str; 5] = ["traceid", "requestid", "correlationid", "xrequestid", "errorid"];

/// One fault: where it is, if that is told, and what is wrong.
#[derive(Debug, PartialEq, Eq)]
pub struct Fault {
    pub field: Option<String>,
    pub words: String,
}

/// What a JSON body says.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Said {
    pub summary: Option<String>,
    pub faults: Vec<Fault>,
}

impl Said {
    /// One line: the summary, and what it does not say itself.
    pub fn line(&self) -> Option<String> {
        let faults: Vec<String> = self
            .faults
            .iter()
            .filter(|fault| self.summary.as_deref() != Some(&fault.words))
            .map(|fault| match &fault.field {
                Some(field) => format!("{field}: {}", fault.words),
                None => fault.words.clone(),
            })
            .collect();
        match (&self.summary, faults.is_empty()) {
            (Some(summary), true) => Some(summary.clone()),
            (Some(summary), false) => {
                Some(format!("{}: {}", summary.trim_end_matches(['.', ':', ' ']), faults.join("; ")))
            }
            (None, false) => Some(faults.join("; ")),
            (None, true) => None,
        }
    }
}

/// What a JSON body says went wrong.
pub fn of_json(body: &Value) -> Said {
    let mut said = Said::default();
    gather(body, &mut said, 0);
    said.faults.truncate(MOST_ENTRIES);
    said
}

fn gather(value: &Value, said: &mut Said, depth: usize) {
    match value {
        _ if depth > DEEPEST => {}
        Value::Object(fields) => gather_object(fields, said, depth),
        Value::Array(entries) => {
            entries.iter().filter_map(|entry| fault(entry, None)).for_each(|fault| said.faults.push(fault));
        }
        _ => said.summary = said.summary.take().or_else(|| text(value)),
    }
}

fn gather_object(fields: &Map<String, Value>, said: &mut Said, depth: usize) {
    for key in SUMMARIES {
        match get(fields, key) {
            None | Some(Value::Null | Value::Bool(_) | Value::Number(_)) => {}
            // A text that only repeats the name of the error says less than a message beside it.
            Some(value @ Value::String(_)) => said.summary = said.summary.take().or_else(|| text(value)),
            Some(inner) => gather(inner, said, depth + 1),
        }
    }
    for value in LISTS.iter().filter_map(|key| get(fields, key)) {
        match value {
            Value::Object(inner)
                if SUMMARIES.iter().any(|key| matches!(get(inner, key), Some(Value::String(_)))) =>
            {
                gather_object(inner, said, depth + 1);
            }
            Value::Object(by_field) => by_field.iter().for_each(|(field, value)| {
                said.faults.extend(faults_of_field(field, value));
            }),
            other => gather(other, said, depth + 1),
        }
    }
}

/// `{"AgentId": ["is required"]}`: one fault for each text.
fn faults_of_field(field: &str, value: &Value) -> Vec<Fault> {
    match value {
        Value::Array(several) => several.iter().filter_map(|one| fault(one, Some(field))).collect(),
        Value::Object(inner) if fault(value, None).is_none() => inner
            .iter()
            .flat_map(|(name, value)| faults_of_field(&format!("{field}.{name}"), value))
            .collect(),
        one => fault(one, Some(field)).into_iter().collect(),
    }
}

/// One entry of a list of faults: a text, or an object that has one.
fn fault(entry: &Value, field: Option<&str>) -> Option<Fault> {
    let named = |field: &str| (!field.is_empty()).then(|| field.to_owned());
    let Value::Object(fields) = entry else {
        return text(entry).map(|words| Fault { field: field.and_then(named), words });
    };
    let words = SUMMARIES.iter().find_map(|key| text(get(fields, key)?))?;
    let own = FIELDS.iter().find_map(|key| place(get(fields, key)?));
    let pointer = || place(fields.get("source")?.get("pointer")?);
    Some(Fault { field: field.and_then(named).or(own).or_else(pointer), words })
}

/// The name of a field: a text, a JSON pointer, or a list of steps.
fn place(value: &Value) -> Option<String> {
    match value {
        Value::String(name) => {
            let name = name.trim_start_matches(['/', '#', '$', '.']).replace('/', ".");
            (!name.is_empty()).then_some(name)
        }
        Value::Array(steps) => {
            let steps: Vec<String> = steps
                .iter()
                .map(|step| step.as_str().map_or_else(|| step.to_string(), str::to_owned))
                .collect();
            (!steps.is_empty()).then(|| steps.join("."))
        }
        _ => None,
    }
}

fn text(value: &Value) -> Option<String> {
    let words = value.as_str()?.split_whitespace().collect::<Vec<_>>().join(" ");
    (!words.is_empty()).then_some(words)
}

/// A field by its name, however it is capitalised and joined.
fn get<'v>(fields: &'v Map<String, Value>, key: &str) -> Option<&'v Value> {
    fields.iter().find(|(name, _)| plain(name) == key).map(|(_, value)| value)
}

fn plain(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

/// By what name the service can find the request again, where its body has one, at the top or beside the words.
pub fn request_id(body: &Value) -> Option<String> {
    let of = |fields: &Map<String, Value>| {
        REQUEST_IDS.iter().find_map(|key| match get(fields, key)? {
            Value::String(id) if !id.trim().is_empty() => Some(id.trim().to_owned()),
            Value::Number(id) => Some(id.to_string()),
            _ => None,
        })
    };
    let fields = body.as_object()?;
    let inner = ["error", "errors", "detail", "meta", "fault", "extensions"];
    of(fields).or_else(|| inner.iter().find_map(|key| of(get(fields, key)?.as_object()?)))
}

/// What an XML or HTML body says: the words of an error element, a title, or a heading.
pub fn of_markup(body: &str) -> Option<String> {
    let lower = body.to_ascii_lowercase();
    let is_page = lower.contains("<html") || lower.contains("<!doctype");
    let errors: &[&str] =
        &["message", "faultstring", "error_description", "errormessage", "detail", "reason"];
    let tags = if is_page { &[][..] } else { errors };
    tags.iter().chain(&["title", "h1"]).find_map(|tag| element(body, &lower, tag))
}

fn element(body: &str, lower: &str, tag: &str) -> Option<String> {
    let start = lower.find(&format!("<{tag}>")).map(|at| at + tag.len() + 2);
    let start = start.or_else(|| {
        let at = lower.find(&format!("<{tag} "))?;
        Some(at + lower.get(at..)?.find('>')? + 1)
    })?;
    let length = lower.get(start..)?.find("</")?;
    let words = body.get(start..start + length)?.split_whitespace().collect::<Vec<_>>().join(" ");
    (!words.is_empty()).then_some(words)
}

/// What `WWW-Authenticate` says: its description, else its kind of error.
pub fn of_challenge(challenge: &str) -> Option<String> {
    let parameter = |name: &str| {
        let lower = challenge.to_ascii_lowercase();
        let mut from = 0;
        // Not the end of a longer name, such as `error` in `x_error`.
        let at = loop {
            let at = from + lower.get(from..)?.find(name)?;
            let before = lower.get(..at)?.chars().next_back();
            let value = lower.get(at + name.len()..)?.trim_start();
            if value.starts_with('=') && before.is_none_or(|c| c == ' ' || c == ',') {
                break at + name.len();
            }
            from = at + name.len();
        };
        let value = challenge.get(at..)?.trim_start().strip_prefix('=')?.trim_start();
        let words = match value.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"').map_or(quoted, |(words, _)| words),
            None => value.split([',', ' ']).next().unwrap_or_default(),
        };
        (!words.trim().is_empty()).then(|| words.trim().to_owned())
    };
    match (parameter("error_description"), parameter("error")) {
        (Some(words), Some(kind)) => Some(format!("{words} ({kind})")),
        (words, kind) => words.or(kind),
    }
}
