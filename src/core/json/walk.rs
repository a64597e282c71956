//! A walk over a tape, for whoever takes all of it: each node is looked at once, in its order.

use super::tape::Tag;
use super::value::Value;

/// One value and all within it, node after node: each is looked at once, where iterators within iterators look at
/// each again to find what follows it.
pub struct Walk<'a> {
    at: Value<'a>,
}

/// What a walk met. An array's elements follow it; so do an object's entries, key and value in turn.
pub enum Step<'a> {
    Null,
    Bool(bool),
    /// As it was sent: it may be of any size.
    Integer(&'a str),
    Float(f64),
    /// UTF-8, as bytes: whoever makes objects of it needs no `str`, which takes looks at both its ends.
    Utf8(&'a [u8]),
    /// With a lone surrogate, as [`Text::Surrogates`].
    Surrogates(&'a [u8]),
    /// So many elements.
    Array(usize),
    /// So many entries.
    Object(usize),
}

impl<'a> Walk<'a> {
    pub fn new(value: Value<'a>) -> Self {
        Self { at: value }
    }

    /// The next node; whoever met an array or object takes what follows it.
    #[inline]
    pub fn step(&mut self) -> Step<'a> {
        let (at, node) = (self.at, self.at.node());
        self.at.index += 1;
        match node.tag() {
            Tag::Null => Step::Null,
            Tag::False => Step::Bool(false),
            Tag::True => Step::Bool(true),
            Tag::Integer => Step::Integer(at.document.slice(node)),
            Tag::Plain => Step::Utf8(at.bytes(node)),
            tag => {
                self.at.index += 1;
                match tag {
                    Tag::Float => Step::Float(at.second().as_float()),
                    Tag::Array => Step::Array(at.second().length()),
                    Tag::Object => Step::Object(at.second().length()),
                    Tag::Escaped => Step::Utf8(at.bytes(node)),
                    _ => Step::Surrogates(at.bytes(node)),
                }
            }
        }
    }
}
