//! JSON Lines, exactly as sent, and one JSON array of the same.

use memchr::memchr2;

use super::Render;
use crate::core::json::Value;
use crate::core::listing::rechunk::Page;

/// One session a line.
pub(super) struct JsonLines;

impl Render for JsonLines {
    fn page(&mut self, page: &Page, text: &mut Vec<u8>) {
        for session in page.sessions() {
            push_line(session, text);
            text.push(b'\n');
        }
    }

    fn finish(&mut self, _text: &mut Vec<u8>) {}
}

/// One array, a session a line.
#[derive(Default)]
pub(super) struct Json {
    begun: bool,
}

impl Render for Json {
    fn page(&mut self, page: &Page, text: &mut Vec<u8>) {
        for session in page.sessions() {
            text.extend_from_slice(if self.begun { b",\n" } else { b"[\n" });
            self.begun = true;
            push_line(session, text);
        }
    }

    fn finish(&mut self, text: &mut Vec<u8>) {
        text.extend_from_slice(if self.begun { b"\n]\n" } else { b"[]\n" });
    }
}

/// The bytes of a value as they were sent, on one line: white space that holds a line break is left out.
/// It can only stand between tokens, since a string of JSON holds no raw line break.
pub fn push_line(value: Value<'_>, text: &mut Vec<u8>) {
    let raw = value.raw().as_bytes();
    if memchr2(b'\n', b'\r', raw).is_none() {
        text.extend_from_slice(raw);
        return;
    }
    let mut rest = raw;
    let is_space = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\n' | b'\r');
    while let Some(at) = memchr2(b'\n', b'\r', rest) {
        let (before, from) = rest.split_at(at);
        // Spaces before the line break, as far as no token stands between.
        let kept = before.iter().rposition(|byte| !is_space(byte)).map_or(0, |last| last + 1);
        text.extend_from_slice(before.get(..kept).unwrap_or_default());
        let next = from.iter().position(|byte| !is_space(byte)).unwrap_or(from.len());
        rest = from.get(next..).unwrap_or_default();
    }
    text.extend_from_slice(rest);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::json::Document;

    #[test]
    fn a_line_is_what_was_sent_without_its_line_breaks() {
        let line = |sent: &str| {
            let document = Document::parse(sent.to_owned().into()).unwrap();
            let mut text = Vec::new();
            push_line(document.root(), &mut text);
            String::from_utf8(text).unwrap()
        };
        assert_eq!(line(r#"{"a" : "b \n c",  "é":1.50}"#), r#"{"a" : "b \n c",  "é":1.50}"#);
        assert_eq!(
            line("{\n  \"a\" : [ 1,\r\n\t2 ],  \"b\": \"x  y\"\n}"),
            r#"{"a" : [ 1,2 ],  "b": "x  y"}"#
        );
    }
}
