//! CSV (RFC 4180): the columns of a table, each session a record. Nested values are JSON text, times are
//! ISO 8601 in UTC; null is nothing, and an empty text is `""`.

use jiff::Timestamp;

use super::Render;
use super::json::push_line;
use crate::core::json::{Kind as Json, Value};
use crate::core::listing::rechunk::Page;
use crate::core::model::fields::{FIELDS, Kind, USER_FIELDS, USER_INFO};
use crate::core::model::time::parse_timestamp;

#[derive(Default)]
pub(super) struct Csv {
    begun: bool,
}

impl Render for Csv {
    fn page(&mut self, page: &Page, text: &mut Vec<u8>) {
        self.begin(text);
        for session in page.sessions() {
            record(session, text);
        }
    }

    fn finish(&mut self, text: &mut Vec<u8>) {
        self.begin(text);
    }
}

impl Csv {
    fn begin(&mut self, text: &mut Vec<u8>) {
        if !std::mem::replace(&mut self.begun, true) {
            let users = USER_FIELDS.iter().map(|(_, column)| *column);
            let names: Vec<&str> =
                FIELDS.iter().map(|(name, _)| *name).chain(users).chain(["extra"]).collect();
            text.extend_from_slice(names.join(",").as_bytes());
            text.extend_from_slice(b"\r\n");
        }
    }
}

fn record(session: Value<'_>, text: &mut Vec<u8>) {
    let mut fields = [None; FIELDS.len()];
    let mut extra: Vec<u8> = Vec::new();
    for (key, value) in session.entries().with_keys() {
        let at = key.as_str().and_then(|name| FIELDS.iter().position(|(known, _)| *known == name));
        match at.and_then(|at| fields.get_mut(at)) {
            Some(place) => *place = Some(value),
            None => keep(&mut extra, key.raw(), value),
        }
    }
    for ((name, kind), value) in FIELDS.iter().zip(fields) {
        let value = value.filter(|value| !value.is_null());
        match value.map(|value| (value, cell(*kind, value))) {
            Some((_, Some(cell))) => push(&cell, text),
            Some((value, None)) => keep(&mut extra, &format!("\"{name}\""), value),
            None => {}
        }
        text.push(b',');
    }
    let profile = fields.get(USER_INFO).copied().flatten();
    for (name, _) in USER_FIELDS {
        if let Some(value) = profile.and_then(|profile| profile.get(name)).and_then(Value::as_str) {
            push(value.as_bytes(), text);
        }
        text.push(b',');
    }
    if !extra.is_empty() {
        extra.push(b'}');
        push(&extra, text);
    }
    text.extend_from_slice(b"\r\n");
}

/// Keeps a value that has no column, or does not fit it.
fn keep(extra: &mut Vec<u8>, key: &str, value: Value<'_>) {
    extra.push(if extra.is_empty() { b'{' } else { b',' });
    extra.extend_from_slice(key.as_bytes());
    extra.push(b':');
    push_line(value, extra);
}

/// The text of a value in a column of this kind; `None` if it does not fit.
fn cell(kind: Kind, value: Value<'_>) -> Option<Vec<u8>> {
    let raw = || {
        let mut text = Vec::new();
        push_line(value, &mut text);
        text
    };
    let is_text = |value: Value<'_>| value.is_null() || value.as_str().is_some();
    match (kind, value.kind()) {
        (Kind::Text | Kind::Any, Json::String(text)) => Some(text.as_str()?.into()),
        (Kind::Moment, Json::String(text)) => Some(moment(text.as_str()?)?.into()),
        (Kind::Integer, Json::Integer(digits)) => {
            digits.parse::<i64>().ok().map(|number| number.to_string().into())
        }
        (Kind::Float, Json::Integer(_) | Json::Float(_))
        | (Kind::Bool, Json::Bool(_))
        | (Kind::Object, Json::Object(_)) => Some(raw()),
        (Kind::Texts, Json::Array(mut elements)) => elements.all(is_text).then(raw),
        (Kind::Any, _) => Some(raw()),
        _ => None,
    }
}

fn moment(text: &str) -> Option<String> {
    Some(Timestamp::from_microsecond(parse_timestamp(text)?.micros).ok()?.to_string())
}

/// In quotes where a reader would take it for something else.
fn push(cell: &[u8], text: &mut Vec<u8>) {
    let special = |byte: &u8| matches!(byte, b'"' | b',' | b'\n' | b'\r');
    let framed = |byte: Option<&u8>| byte.is_none_or(|byte| matches!(byte, b' ' | b'\t'));
    if !framed(cell.first()) && !framed(cell.last()) && !cell.iter().any(special) {
        text.extend_from_slice(cell);
        return;
    }
    text.push(b'"');
    for byte in cell {
        if *byte == b'"' {
            text.push(b'"');
        }
        text.push(*byte);
    }
    text.push(b'"');
}
