//! The parser: one pass over the text, without recursion, writing the tape as it goes.

use super::error::{Fault, JsonError};
use super::scan::plain_end;
use super::tape::{Document, Node, Tag};
use super::text::{Place, Unescaped};
use super::twin::Twin;
use super::{MAX_DEPTH, number, spare};

const BYTE_ORDER_MARK: &str = "\u{feff}";

/// Reads a whole document.
pub(super) fn parse(source: String) -> Result<Document, JsonError> {
    let start = if source.starts_with(BYTE_ORDER_MARK) { BYTE_ORDER_MARK.len() } else { 0 };
    // A session takes a node for every eight bytes or so; a page grows the list once at most.
    let wanted = source.len() / 8 + 4;
    let mut parser = Parser {
        source: &source,
        bytes: source.as_bytes(),
        at: start,
        nodes: spare::tape(wanted),
        unescaped: Unescaped::default(),
        open: Vec::new(),
        depth: 0,
        twin: Twin::new(),
    };
    parser.reserve(wanted)?;
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
    /// The open arrays and objects around the innermost one.
    open: Vec<Open>,
    /// How many are open, the innermost included.
    depth: usize,
    twin: Twin,
}

impl Parser<'_> {
    fn document(&mut self) -> Result<(), JsonError> {
        if self.next_token().is_none() {
            return self.fault(Fault::Empty);
        }
        self.values()?;
        match self.next_token() {
            None => Ok(()),
            Some(_) => self.fault(Fault::TrailingText),
        }
    }

    /// Reads one value after another, until nothing is open. The innermost array or object is kept
    /// at hand, those around it on the stack.
    fn values(&mut self) -> Result<(), JsonError> {
        let mut innermost = None;
        loop {
            // A value, the begin of one and a key take two nodes each: growth is fallible here, and only here.
            if self.nodes.capacity() - self.nodes.len() < 6 {
                self.reserve(6)?;
            }
            if let Some(tag) = self.value()? {
                let inner = self.begin(tag)?;
                self.open.extend(innermost.replace(inner));
            }
            loop {
                let Some(open) = &mut innermost else { return Ok(()) };
                if !self.is_end(open)? {
                    break;
                }
                self.close(*open);
                innermost = self.open.pop();
            }
            if innermost.is_some_and(|open| open.tag == Tag::Object) {
                self.key()?;
            }
        }
    }

    /// Makes room for more nodes, or says that there is no memory for it.
    #[cold]
    fn reserve(&mut self, more: usize) -> Result<(), JsonError> {
        self.nodes.try_reserve(more).map_err(|_| JsonError::new(Fault::Memory, self.at))
    }

    /// Whether the innermost array or object ends here; if not, its next member begins.
    #[inline]
    fn is_end(&mut self, open: &mut Open) -> Result<bool, JsonError> {
        let (end, expected) = match open.tag {
            Tag::Object => (b'}', Fault::ExpectedObjectEnd),
            _ => (b']', Fault::ExpectedArrayEnd),
        };
        match self.next_token() {
            Some(b',') if open.members > 0 => self.at += 1,
            Some(token) if token == end => return Ok(true),
            _ if open.members == 0 => {}
            Some(_) => return self.fault(expected),
            None => return self.fault(Fault::Truncated),
        }
        open.members += 1;
        Ok(false)
    }

    #[inline]
    fn key(&mut self) -> Result<(), JsonError> {
        if let Some(known) = self.twin.key(self.bytes, self.at) {
            self.at += known.length() + r#""":"#.len();
            self.nodes.push(known);
            return Ok(());
        }
        let index = self.nodes.len();
        match self.next_token() {
            Some(b'"') => self.string()?,
            Some(_) => return self.fault(Fault::ExpectedKey),
            None => return self.fault(Fault::Truncated),
        }
        self.twin.note(self.nodes.get(index));
        match self.next_token() {
            Some(b':') => self.at += 1,
            Some(_) => return self.fault(Fault::ExpectedColon),
            None => return self.fault(Fault::Truncated),
        }
        Ok(())
    }

    /// Reads a value; of an array or object only the tag is given, and it is yet to begin.
    #[inline]
    fn value(&mut self) -> Result<Option<Tag>, JsonError> {
        match self.next_token() {
            Some(b'"') => self.string()?,
            Some(b'-' | b'0'..=b'9') => self.number()?,
            Some(b'{') => return Ok(Some(Tag::Object)),
            Some(b'[') => return Ok(Some(Tag::Array)),
            Some(b't') => self.literal("true", Tag::True)?,
            Some(b'f') => self.literal("false", Tag::False)?,
            Some(b'n') => self.literal("null", Tag::Null)?,
            Some(b'N' | b'I') => return self.fault(Fault::NotFinite),
            Some(_) => return self.fault(Fault::ExpectedValue),
            None => return self.fault(Fault::Truncated),
        }
        Ok(None)
    }

    fn begin(&mut self, tag: Tag) -> Result<Open, JsonError> {
        if self.depth == MAX_DEPTH {
            return self.fault(Fault::TooDeep);
        }
        self.depth += 1;
        let open = Open { tag, index: self.nodes.len(), members: 0 };
        if tag == Tag::Object {
            self.twin.begin(self.depth);
        }
        self.nodes.extend([Node::new(tag, self.at, 0), Node::NULL]);
        self.at += 1;
        Ok(open)
    }

    fn close(&mut self, open: Open) {
        self.at += 1;
        self.depth -= 1;
        let nodes = self.nodes.len() - open.index;
        if let Some([first, second, ..]) = self.nodes.get_mut(open.index..) {
            *first = Node::new(open.tag, first.start as usize, nodes);
            *second = Node::pair(self.at, open.members);
        }
    }

    /// Reads the string whose opening quote is here.
    #[inline(always)]
    #[expect(
        clippy::inline_always,
        reason = "most of a page is strings: a call for each takes a fifth of the time"
    )]
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
        match self.bytes.get(self.at) {
            Some(byte) if *byte > b' ' => Some(*byte),
            _ => self.next_token_behind_space(),
        }
    }

    #[inline(never)]
    fn next_token_behind_space(&mut self) -> Option<u8> {
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
