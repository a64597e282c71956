//! Writing a document: its text and its tape at once, so that it needs no reading.
//! What comes out is what reading the text would give, as long as the caller closes what it opens and writes
//! a value behind each key.

use std::fmt::Write as _;

use super::MAX_BYTES;
use super::error::{Fault, JsonError};
use super::tape::{Document, Node, Tag};
use super::text::Unescaped;
use super::value::Value;

/// A document while it is written.
#[derive(Default)]
pub struct Writer {
    source: String,
    nodes: Vec<Node>,
    unescaped: Unescaped,
}

/// An array or object that is written.
pub struct Open {
    tag: Tag,
    index: usize,
    members: usize,
}

impl Open {
    pub fn is_empty(&self) -> bool {
        self.members == 0
    }
}

/// How much was written, to come back to.
#[derive(Clone, Copy)]
pub struct Mark {
    source: usize,
    nodes: usize,
    text: usize,
    surrogates: usize,
    members: usize,
}

impl Writer {
    /// With room for a text of so many bytes.
    pub fn with_capacity(bytes: usize) -> Self {
        Self {
            source: String::with_capacity(bytes),
            nodes: Vec::with_capacity(bytes / 8 + 4),
            unescaped: Unescaped::default(),
        }
    }

    pub fn begin_object(&mut self) -> Open {
        self.begin(Tag::Object, '{')
    }

    pub fn begin_array(&mut self) -> Open {
        self.begin(Tag::Array, '[')
    }

    fn begin(&mut self, tag: Tag, sign: char) -> Open {
        let index = self.nodes.len();
        self.nodes.extend([Node::new(tag, self.source.len(), 0), Node::NULL]);
        self.source.push(sign);
        Open { tag, index, members: 0 }
    }

    #[expect(clippy::needless_pass_by_value, reason = "what is closed takes no more members")]
    pub fn end(&mut self, open: Open) {
        self.source.push(if open.tag == Tag::Object { '}' } else { ']' });
        let (end, nodes) = (self.source.len(), self.nodes.len() - open.index);
        if let Some([first, second, ..]) = self.nodes.get_mut(open.index..) {
            *first = Node::new(open.tag, first.start as usize, nodes);
            *second = Node::pair(end, open.members);
        }
    }

    /// Before each element of an array, and before the key of each member of an object.
    #[inline]
    pub fn separate(&mut self, open: &mut Open) {
        if open.members > 0 {
            self.source.push(',');
        }
        open.members += 1;
    }

    #[inline]
    pub fn mark(&self, open: &Open) -> Mark {
        Mark {
            source: self.source.len(),
            nodes: self.nodes.len(),
            text: self.unescaped.text.len(),
            surrogates: self.unescaped.surrogates.len(),
            members: open.members,
        }
    }

    /// Forgets what was written behind a mark, where the same array or object is the innermost again.
    pub fn rewind(&mut self, mark: Mark, open: &mut Open) {
        self.source.truncate(mark.source);
        self.nodes.truncate(mark.nodes);
        self.unescaped.text.truncate(mark.text);
        self.unescaped.surrogates.truncate(mark.surrogates);
        open.members = mark.members;
    }

    /// A key as it is written, with its quotes and its colon; it holds no escape.
    #[inline]
    pub fn plain_key(&mut self, written: &str) {
        self.nodes.push(Node::new(Tag::Plain, self.source.len() + 1, written.len().saturating_sub(3)));
        self.source.push_str(written);
    }

    /// A key of this text.
    pub fn key(&mut self, text: &str) {
        self.string(text);
        self.source.push(':');
    }

    /// A key of another document, as it stands there.
    pub fn copy_key(&mut self, key: Value<'_>) {
        self.copy(key);
        self.source.push(':');
    }

    /// A member of another document's object, as it stands there; white space around the colon is left out.
    #[inline]
    pub fn copy_member(&mut self, key: Value<'_>, value: Value<'_>) {
        let (from, colon, to) = (key.span(), key.span().end, value.span());
        if to.start == colon + 1
            && let Some(text) = key.document.source.get(from.start..to.end)
        {
            let shift = self.shift(from.start);
            self.source.push_str(text);
            self.copy_nodes(key, shift);
            self.copy_nodes(value, shift);
        } else {
            self.copy_key(key);
            self.copy(value);
        }
    }

    /// A value of another document, as it stands there.
    #[inline]
    pub fn copy(&mut self, value: Value<'_>) {
        let shift = self.shift(value.span().start);
        self.source.push_str(value.raw());
        self.copy_nodes(value, shift);
    }

    /// What is added to a place from `start` on, so that it lies at the end of what is written; it wraps around.
    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "a document that is longer is refused in the end")]
    fn shift(&self, start: usize) -> u32 {
        (self.source.len() as u32).wrapping_sub(start as u32)
    }

    #[inline]
    fn copy_nodes(&mut self, value: Value<'_>, shift: u32) {
        let nodes = value.nodes();
        if let [node] = nodes {
            self.nodes.push(node.shifted(shift));
        } else {
            self.copy_pairs(value.document, nodes, shift);
        }
    }

    fn copy_pairs(&mut self, document: &Document, nodes: &[Node], shift: u32) {
        let mut rest = nodes.iter().copied();
        while let Some(node) = rest.next() {
            self.nodes.push(node.shifted(shift));
            let second = match node.tag() {
                Tag::Null | Tag::False | Tag::True | Tag::Integer | Tag::Plain => continue,
                Tag::Float => rest.next(),
                Tag::Array | Tag::Object => rest.next().map(|second| second.shifted(shift)),
                Tag::Escaped => rest.next().map(|second| {
                    let start = self.unescaped.text.len();
                    self.unescaped.text.push_str(document.unescaped.get(second.span()).unwrap_or_default());
                    Node::pair(start, second.length())
                }),
                Tag::Surrogate => rest.next().map(|second| {
                    let start = self.unescaped.surrogates.len();
                    let bytes = document.surrogates.get(second.span()).unwrap_or_default();
                    self.unescaped.surrogates.extend_from_slice(bytes);
                    Node::pair(start, second.length())
                }),
            };
            self.nodes.extend(second);
        }
    }

    /// A string of this text.
    #[inline]
    pub fn string(&mut self, text: &str) {
        let special = |byte: u8| u8::from(byte < 0x20) | u8::from(byte == b'"') | u8::from(byte == b'\\');
        self.source.push('"');
        let start = self.source.len();
        if text.bytes().fold(0, |any, byte| any | special(byte)) == 0 {
            self.nodes.push(Node::new(Tag::Plain, start, text.len()));
            self.source.push_str(text);
        } else {
            push_escaped(text, &mut self.source);
            self.nodes.push(Node::new(Tag::Escaped, start, self.source.len() - start));
            self.nodes.push(Node::pair(self.unescaped.text.len(), text.len()));
            self.unescaped.text.push_str(text);
        }
        self.source.push('"');
    }

    pub fn integer(&mut self, number: i128) {
        let start = self.source.len();
        let _ = write!(self.source, "{number}");
        self.nodes.push(Node::new(Tag::Integer, start, self.source.len() - start));
    }

    pub fn null(&mut self) {
        self.nodes.push(Node::new(Tag::Null, self.source.len(), "null".len()));
        self.source.push_str("null");
    }

    /// The document.
    ///
    /// # Errors
    /// When it became longer than documents may be.
    pub fn finish(self) -> Result<Document, JsonError> {
        let Self { source, nodes, unescaped: Unescaped { text, surrogates } } = self;
        if source.len() > MAX_BYTES {
            return Err(JsonError::new(Fault::TooLarge, MAX_BYTES));
        }
        Ok(Document { source, nodes, unescaped: text, surrogates })
    }
}

fn push_escaped(text: &str, out: &mut String) {
    let mut copied = 0;
    for (at, byte) in text.bytes().enumerate() {
        let escape = match byte {
            b'"' => "\\\"",
            b'\\' => "\\\\",
            b'\n' => "\\n",
            b'\r' => "\\r",
            b'\t' => "\\t",
            0..0x20 => "",
            _ => continue,
        };
        out.push_str(text.get(copied..at).unwrap_or_default());
        out.push_str(escape);
        if escape.is_empty() {
            let _ = write!(out, "\\u{byte:04x}");
        }
        copied = at + 1;
    }
    out.push_str(text.get(copied..).unwrap_or_default());
}

#[cfg(test)]
mod tests {
    use super::*;

    const SENT: &str = r#"{"a" : [1, -0, 1.50, true, null, "plain", "e\u0301\n", "\ud800x", {}, []],
        "k\"ey": {"é": {"deep": [[["x"]]]}}, "\udfff": 1e3, "last":"b"}"#;

    /// What is written, after it was read again: the tapes must be the same, node by node.
    fn check(writer: Writer) -> String {
        let written = writer.finish().unwrap();
        let read = Document::parse(written.source.clone().into()).unwrap();
        let words = |document: &Document| -> Vec<(u64, Tag)> {
            document.nodes.iter().map(|node| (node.as_float().to_bits(), node.tag())).collect()
        };
        assert_eq!(words(&written), words(&read), "{}", written.source);
        assert_eq!((&written.unescaped, &written.surrogates), (&read.unescaped, &read.surrogates));
        written.source.clone()
    }

    #[test]
    fn what_is_written_is_what_would_be_read() {
        let sent = Document::parse(SENT.into()).unwrap();
        let mut writer = Writer::default();
        let mut outer = writer.begin_array();
        for _ in 0..2 {
            writer.separate(&mut outer);
            let mut inner = writer.begin_object();
            for (key, value) in sent.root().entries().with_keys() {
                writer.separate(&mut inner);
                writer.copy_member(key, value);
                let mark = writer.mark(&inner);
                writer.separate(&mut inner);
                writer.copy_member(key, value);
                writer.rewind(mark, &mut inner);
            }
            writer.separate(&mut inner);
            writer.plain_key("\"spelled\":");
            writer.copy(sent.root());
            writer.separate(&mut inner);
            writer.key("a \"key\"\u{1}");
            writer.string("\\ and \n, and ü");
            writer.separate(&mut inner);
            writer.key("ü");
            writer.string("as it is");
            writer.end(inner);
        }
        writer.separate(&mut outer);
        writer.integer(-12);
        writer.separate(&mut outer);
        writer.null();
        writer.end(outer);
        let text = check(writer);
        assert!(text.contains(r#""last":"b","spelled":{"#) && text.ends_with("},-12,null]"), "{text}");
        assert!(text.contains(r#"{"a":[1, -0,"#), "{text}");
    }

    #[test]
    fn nothing_is_written_that_could_not_be_read_for_its_length() {
        let mut writer = Writer::default();
        writer.string(&"x".repeat(MAX_BYTES));
        assert_eq!(writer.finish().unwrap_err().fault, Fault::TooLarge);
    }
}
