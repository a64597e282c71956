//! Reading a tape: a `Value` is a place on it, free to copy.
//! Where an object repeats a key, the last value counts, as it does in Python.

use super::tape::{Document, Node, Tag};
use super::text::Text;

/// One value of a document.
#[derive(Clone, Copy)]
pub struct Value<'a> {
    pub(super) document: &'a Document,
    pub(super) index: usize,
}

/// What a value is.
#[derive(Debug, Clone)]
pub enum Kind<'a> {
    Null,
    Bool(bool),
    /// As it was sent: it may be of any size.
    Integer(&'a str),
    Float(f64),
    String(Text<'a>),
    Array(Elements<'a>),
    Object(Entries<'a>),
}

impl Document {
    /// The whole document as a value.
    pub fn root(&self) -> Value<'_> {
        Value { document: self, index: 0 }
    }

    /// The value at a place that [`Value::index`] gave.
    pub fn at(&self, index: u32) -> Value<'_> {
        Value { document: self, index: index as usize }
    }

    #[inline]
    fn node(&self, index: usize) -> Node {
        self.nodes.get(index).copied().unwrap_or(Node::NULL)
    }

    #[inline]
    pub(super) fn slice(&self, node: Node) -> &str {
        self.source.get(node.span()).unwrap_or_default()
    }
}

impl<'a> Value<'a> {
    #[inline]
    pub(super) fn node(self) -> Node {
        self.document.node(self.index)
    }

    #[inline]
    pub(super) fn second(self) -> Node {
        self.document.node(self.index + 1)
    }

    /// The place of the value that follows this one on the tape.
    #[inline]
    fn next_index(self, node: Node) -> usize {
        self.index
            + match node.tag() {
                Tag::Null | Tag::False | Tag::True | Tag::Integer | Tag::Plain => 1,
                Tag::Float | Tag::Escaped | Tag::Surrogate => 2,
                Tag::Array | Tag::Object => node.length(),
            }
    }

    /// Where the value stands on the tape; see [`Document::at`].
    #[expect(clippy::cast_possible_truncation, reason = "a tape has no more nodes than the text has bytes")]
    pub fn index(self) -> u32 {
        self.index as u32
    }

    #[inline]
    pub fn kind(self) -> Kind<'a> {
        let node = self.node();
        match node.tag() {
            Tag::Null => Kind::Null,
            Tag::False => Kind::Bool(false),
            Tag::True => Kind::Bool(true),
            Tag::Integer => Kind::Integer(self.document.slice(node)),
            Tag::Float => Kind::Float(self.second().as_float()),
            Tag::Plain | Tag::Escaped | Tag::Surrogate => Kind::String(self.text(node)),
            Tag::Array => Kind::Array(Elements { rest: self.first_member(), left: self.second().length() }),
            Tag::Object => Kind::Object(Entries { rest: self.first_member(), left: self.second().length() }),
        }
    }

    /// What a string says, as bytes.
    #[inline]
    pub(super) fn bytes(self, node: Node) -> &'a [u8] {
        let document = self.document;
        let (buffer, node) = match node.tag() {
            Tag::Plain => (document.source.as_bytes(), node),
            Tag::Escaped => (document.unescaped.as_bytes(), self.second()),
            _ => (document.surrogates.as_slice(), self.second()),
        };
        buffer.get(node.span()).unwrap_or_default()
    }

    #[inline]
    fn text(self, node: Node) -> Text<'a> {
        let document = self.document;
        match node.tag() {
            Tag::Plain => Text::Str(document.slice(node)),
            Tag::Escaped => Text::Str(document.unescaped.get(self.second().span()).unwrap_or_default()),
            _ => Text::Surrogates(document.surrogates.get(self.second().span()).unwrap_or_default()),
        }
    }

    #[inline]
    fn first_member(self) -> Self {
        Self { index: self.index + 2, ..self }
    }

    pub fn is_null(self) -> bool {
        self.node().tag() == Tag::Null
    }

    pub fn is_text(self) -> bool {
        matches!(self.node().tag(), Tag::Plain | Tag::Escaped | Tag::Surrogate)
    }

    /// Whether it is neither an array nor an object.
    #[inline]
    pub fn is_scalar(self) -> bool {
        !matches!(self.node().tag(), Tag::Array | Tag::Object)
    }

    pub fn is_object(self) -> bool {
        self.node().tag() == Tag::Object
    }

    /// How long the text of a string is in bytes, where that can be told without reading it: where it
    /// holds no escape.
    #[inline]
    pub fn plain_length(self) -> Option<usize> {
        let node = self.node();
        (node.tag() == Tag::Plain).then(|| node.length())
    }

    /// The text of a string that holds no escape, as bytes.
    #[inline]
    pub fn plain_bytes(self) -> Option<&'a [u8]> {
        let node = self.node();
        if node.tag() != Tag::Plain {
            return None;
        }
        self.document.source.as_bytes().get(node.span())
    }

    /// The text of a string that holds no escape, as most hold none.
    #[inline]
    pub fn plain_str(self) -> Option<&'a str> {
        let node = self.node();
        if node.tag() != Tag::Plain {
            return None;
        }
        self.document.source.get(node.span())
    }

    /// The text of a string that holds no lone surrogate, as bytes: it takes no looks at its ends, as a `str` does.
    #[inline]
    pub fn utf8(self) -> Option<&'a [u8]> {
        let node = self.node();
        matches!(node.tag(), Tag::Plain | Tag::Escaped).then(|| self.bytes(node))
    }

    /// The text of a string that holds no lone surrogate.
    #[inline]
    pub fn as_str(self) -> Option<&'a str> {
        match self.kind() {
            Kind::String(text) => text.as_str(),
            _ => None,
        }
    }

    /// The value of an integer that is not negative and fits.
    #[inline]
    pub fn as_u64(self) -> Option<u64> {
        match self.kind() {
            Kind::Integer("-0") => Some(0),
            Kind::Integer(digits) => digits.parse().ok(),
            _ => None,
        }
    }

    /// The elements of an array; none of any other value.
    pub fn elements(self) -> Elements<'a> {
        match self.kind() {
            Kind::Array(elements) => elements,
            _ => Elements { rest: self, left: 0 },
        }
    }

    /// The entries of an object as they were sent, repeated keys and all; none of any other value.
    pub fn entries(self) -> Entries<'a> {
        match self.kind() {
            Kind::Object(entries) => entries,
            _ => Entries { rest: self, left: 0 },
        }
    }

    /// The value of a key of an object.
    pub fn get(self, key: &str) -> Option<Self> {
        self.entries().filter(|(name, _)| name.as_bytes() == key.as_bytes()).last().map(|(_, value)| value)
    }

    /// The value as it was sent, white space and escapes and all.
    #[inline]
    pub fn raw(self) -> &'a str {
        self.document.source.get(self.span()).unwrap_or_default()
    }

    /// Where it stands in the text, its quotes included.
    #[inline]
    pub(super) fn span(self) -> std::ops::Range<usize> {
        let node = self.node();
        let span = node.span();
        match node.tag() {
            Tag::Null | Tag::False | Tag::True | Tag::Integer | Tag::Float => span,
            Tag::Plain | Tag::Escaped | Tag::Surrogate => span.start.saturating_sub(1)..span.end + 1,
            Tag::Array | Tag::Object => span.start..self.second().start as usize,
        }
    }

    /// Its nodes, and those of all that lies within.
    #[inline]
    pub(super) fn nodes(self) -> &'a [Node] {
        self.document.nodes.get(self.index..self.next_index(self.node())).unwrap_or_default()
    }
}

/// Says what kind of value it is, and nothing of what it says: it may be personal.
impl std::fmt::Debug for Value<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Value({:?})", self.node().tag())
    }
}

/// The elements of an array, in order.
#[derive(Debug, Clone)]
pub struct Elements<'a> {
    rest: Value<'a>,
    left: usize,
}

impl<'a> Iterator for Elements<'a> {
    type Item = Value<'a>;

    #[inline]
    fn next(&mut self) -> Option<Value<'a>> {
        self.left = self.left.checked_sub(1)?;
        let element = self.rest;
        self.rest.index = element.next_index(element.node());
        Some(element)
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl ExactSizeIterator for Elements<'_> {}

/// The keys and values of an object, in the order sent. A key may come again.
#[derive(Debug, Clone)]
pub struct Entries<'a> {
    rest: Value<'a>,
    left: usize,
}

impl<'a> Entries<'a> {
    /// The entries with their keys as values, so that a key can be had as it was sent.
    pub fn with_keys(mut self) -> impl Iterator<Item = (Value<'a>, Value<'a>)> {
        std::iter::from_fn(move || self.advance())
    }

    #[inline]
    fn advance(&mut self) -> Option<(Value<'a>, Value<'a>)> {
        self.left = self.left.checked_sub(1)?;
        let key = self.rest;
        let value = Value { index: key.next_index(key.node()), ..key };
        self.rest.index = value.next_index(value.node());
        Some((key, value))
    }
}

impl<'a> Iterator for Entries<'a> {
    type Item = (Text<'a>, Value<'a>);

    #[inline]
    fn next(&mut self) -> Option<(Text<'a>, Value<'a>)> {
        self.advance().map(|(key, value)| (key.text(key.node()), value))
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl ExactSizeIterator for Entries<'_> {}
