//! The parser: one pass over the text, without recursion, writing the tape as it goes.

use super::error::{Fault, JsonError};
use super::tape::{Document, Node, Tag};
use super::text::{Place, Unescaped, plain_end};
use super::{MAX_DEPTH, number};

const BYTE_ORDER_MARK: &str = "\u{feff}";

/// Reads a whole document.
pub(super) fn parse(source: String) -> Result<Document, JsonError> {
    let start = if source.starts_with(BYTE_ORDER_MARK) { BYTE_ORDER_MARK.len() } else { 0 };
    let mut parser = Parser {
        source: &source,
        bytes: source.as_bytes(),
        at: start,
        // A session takes a node for every eight bytes or so; a page grows the list once at most.
        nodes: Vec::with_capacity(source.len() / 8 + 4),
        unescaped: Unescaped::default(),
        open: Vec::new(),
    };
    parser.document()?;
    let Parser { nodes, unescaped: Unescaped { text, surrogates }, .. } = parser;
    Ok(Document { source, nodes, unescaped: text, surrogates })
}

/// An array or object whose end was not yet seen.
#[derive(Clone, Copy)]
struct Open {
    tag: Tag,
    /// Its first node.
    index: usize,
    members: usize,
}

struct Parser<'a> {
    source: &'a str,
    bytes: &'a [u8],
    at: usize,
    nodes: Vec<Node>,
    unescaped: Unescaped,
    /// The open arrays and objects, the innermost last.
    open: Vec<Open>,
}

impl Parser<'_> {
    fn document(&mut self) -> Result<(), JsonError> {
        if self.next_token().is_none() {
            return self.fault(Fault::Empty);
        }
        self.value()?;
        while let Some(&innermost) = self.open.last() {
            self.member(innermost)?;
        }
        match self.next_token() {
            None => Ok(()),
            Some(_) => self.fault(Fault::TrailingText),
        }
    }

    /// Reads the next member of the innermost array or object, or its end.
    #[inline]
    fn member(&mut self, open: Open) -> Result<(), JsonError> {
        let (end, expected) = match open.tag {
            Tag::Object => (b'}', Fault::ExpectedObjectEnd),
            _ => (b']', Fault::ExpectedArrayEnd),
        };
        let token = self.next_token();
        if token == Some(end) {
            self.close(open);
            return Ok(());
        }
        if open.members > 0 {
            match token {
                Some(b',') => self.at += 1,
                Some(_) => return self.fault(expected),
                None => return self.fault(Fault::Truncated),
            }
        }
        if let Some(innermost) = self.open.last_mut() {
            innermost.members += 1;
        }
        if open.tag == Tag::Object {
            self.key()?;
        }
        self.value()
    }

    #[inline]
    fn key(&mut self) -> Result<(), JsonError> {
        match self.next_token() {
            Some(b'"') => self.string()?,
            Some(_) => return self.fault(Fault::ExpectedKey),
            None => return self.fault(Fault::Truncated),
        }
        match self.next_token() {
            Some(b':') => self.at += 1,
            Some(_) => return self.fault(Fault::ExpectedColon),
            None => return self.fault(Fault::Truncated),
        }
        Ok(())
    }

    /// Reads a value, or the beginning of an array or object.
    #[inline]
    fn value(&mut self) -> Result<(), JsonError> {
        match self.next_token() {
            Some(b'"') => self.string(),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b'{') => self.begin(Tag::Object),
            Some(b'[') => self.begin(Tag::Array),
            Some(b't') => self.literal("true", Tag::True),
            Some(b'f') => self.literal("false", Tag::False),
            Some(b'n') => self.literal("null", Tag::Null),
            Some(b'N' | b'I') => self.fault(Fault::NotFinite),
            Some(_) => self.fault(Fault::ExpectedValue),
            None => self.fault(Fault::Truncated),
        }
    }

    fn begin(&mut self, tag: Tag) -> Result<(), JsonError> {
        if self.open.len() == MAX_DEPTH {
            return self.fault(Fault::TooDeep);
        }
        self.open.push(Open { tag, index: self.nodes.len(), members: 0 });
        self.nodes.extend([Node::new(tag, self.at, 0), Node::NULL]);
        self.at += 1;
        Ok(())
    }

    fn close(&mut self, open: Open) {
        self.at += 1;
        self.open.pop();
        let nodes = self.nodes.len() - open.index;
        if let Some([first, second, ..]) = self.nodes.get_mut(open.index..) {
            *first = Node::new(open.tag, first.start as usize, nodes);
            *second = Node::pair(self.at, open.members);
        }
    }

    /// Reads the string whose opening quote is here.
    #[inline]
    fn string(&mut self) -> Result<(), JsonError> {
        let start = self.at + 1;
        let end = plain_end(self.bytes, start);
        if self.bytes.get(end) == Some(&b'"') {
            self.nodes.push(Node::new(Tag::Plain, start, end - start));
            self.at = end + 1;
            return Ok(());
        }
        self.string_with_escapes(start, end)
    }

    #[cold]
    fn string_with_escapes(&mut self, start: usize, stopped: usize) -> Result<(), JsonError> {
        let (end, place) = self.unescaped.read(self.source, start, stopped)?;
        let (tag, second) = match place {
            Place::Text { start } => (Tag::Escaped, (start, self.unescaped.text.len() - start)),
            Place::Surrogates { start } => (Tag::Surrogate, (start, self.unescaped.surrogates.len() - start)),
        };
        self.nodes.extend([Node::new(tag, start, end - start), Node::pair(second.0, second.1)]);
        self.at = end + 1;
        Ok(())
    }

    #[inline]
    fn number(&mut self) -> Result<(), JsonError> {
        let start = self.at;
        let number = number::read(self.bytes, start)?;
        self.at = number.end;
        let length = number.end - start;
        if !number.float {
            self.nodes.push(Node::new(Tag::Integer, start, length));
            return Ok(());
        }
        let text = self.source.get(start..number.end).unwrap_or_default();
        let float = text.parse().map_err(|_| JsonError::new(Fault::Number, start))?;
        self.nodes.extend([Node::new(Tag::Float, start, length), Node::float(float)]);
        Ok(())
    }

    #[inline]
    fn literal(&mut self, word: &str, tag: Tag) -> Result<(), JsonError> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        if !rest.starts_with(word.as_bytes()) {
            let cut = word.as_bytes().starts_with(rest);
            return self.fault(if cut { Fault::Truncated } else { Fault::ExpectedValue });
        }
        self.nodes.push(Node::new(tag, self.at, word.len()));
        self.at += word.len();
        Ok(())
    }

    /// Skips white space; returns the byte after it, which is then the current one.
    #[inline]
    fn next_token(&mut self) -> Option<u8> {
        loop {
            match self.bytes.get(self.at) {
                Some(b' ' | b'\t' | b'\n' | b'\r') => self.at += 1,
                other => return other.copied(),
            }
        }
    }

    #[cold]
    fn fault<T>(&self, fault: Fault) -> Result<T, JsonError> {
        Err(JsonError::new(fault, self.at))
    }
}
