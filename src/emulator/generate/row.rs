//! Writes one JSON object straight into a buffer. Texts come in already escaped.
//! It knows no field by name.

use std::io::Write as _;

/// An object being written.
pub(super) struct Row<'a> {
    out: &'a mut Vec<u8>,
    first: bool,
}

impl<'a> Row<'a> {
    pub(super) fn open(out: &'a mut Vec<u8>) -> Self {
        out.push(b'{');
        Self { out, first: true }
    }

    pub(super) fn close(self) {
        self.out.push(b'}');
    }

    fn key(&mut self, key: &str) {
        if !self.first {
            self.out.push(b',');
        }
        self.first = false;
        self.out.push(b'"');
        self.out.extend_from_slice(key.as_bytes());
        self.out.extend_from_slice(b"\":");
    }

    /// A field whose value is JSON already.
    pub(super) fn raw(&mut self, key: &str, value: &str) {
        self.key(key);
        self.out.extend_from_slice(value.as_bytes());
    }

    pub(super) fn text(&mut self, key: &str, value: &str) {
        self.key(key);
        self.out.push(b'"');
        self.out.extend_from_slice(value.as_bytes());
        self.out.push(b'"');
    }

    /// A text field put together from parts.
    pub(super) fn joined(&mut self, key: &str, parts: std::fmt::Arguments<'_>) {
        self.key(key);
        self.out.push(b'"');
        self.print(parts);
        self.out.push(b'"');
    }

    pub(super) fn number(&mut self, key: &str, value: u64) {
        self.key(key);
        self.print(format_args!("{value}"));
    }

    /// A number with two decimals, given in hundredths.
    pub(super) fn decimal(&mut self, key: &str, hundredths: u64) {
        self.key(key);
        self.print(format_args!("{}.{:02}", hundredths / 100, hundredths % 100));
    }

    pub(super) fn flag(&mut self, key: &str, value: bool) {
        self.raw(key, if value { "true" } else { "false" });
    }

    /// A time in microseconds since 1970, or null.
    pub(super) fn time(&mut self, key: &str, micros: Option<i64>) {
        match micros.and_then(|micros| jiff::Timestamp::from_microsecond(micros).ok()) {
            Some(time) => self.joined(key, format_args!("{time}")),
            None => self.raw(key, "null"),
        }
    }

    /// A field whose value is an object.
    pub(super) fn object(&mut self, key: &str, fill: impl FnOnce(&mut Row<'_>)) {
        self.key(key);
        let mut inner = Row::open(self.out);
        fill(&mut inner);
        inner.close();
    }

    /// A field whose value is a list of texts.
    pub(super) fn texts<'t>(&mut self, key: &str, texts: impl Iterator<Item = &'t str>) {
        self.key(key);
        self.out.push(b'[');
        for (index, text) in texts.enumerate() {
            self.out.extend_from_slice(if index == 0 { b"\"" } else { b",\"" });
            self.out.extend_from_slice(text.as_bytes());
            self.out.push(b'"');
        }
        self.out.push(b']');
    }

    /// Fields that are JSON already, with the comma before them.
    pub(super) fn append(&mut self, fields: &str) {
        self.out.extend_from_slice(fields.as_bytes());
    }

    fn print(&mut self, parts: std::fmt::Arguments<'_>) {
        // Writing to a vector cannot fail.
        let _ = self.out.write_fmt(parts);
    }
}
