//! The tape: what was read, as a flat list of nodes in the order of the text.
//! It is laid out here, written by the parser and by `Writer`, and read through `Value`; it checks nothing.

use super::spare;

/// What a node stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Tag {
    Null = 0,
    False,
    True,
    Integer,
    Float,
    /// A string without escapes: its text is a part of the source.
    Plain,
    /// A string with escapes: its text is in [`Document::unescaped`].
    Escaped,
    /// A string with a lone surrogate: its text is in [`Document::surrogates`].
    Surrogate,
    Array,
    Object,
}

const TAGS: [Tag; 10] = [
    Tag::Null,
    Tag::False,
    Tag::True,
    Tag::Integer,
    Tag::Float,
    Tag::Plain,
    Tag::Escaped,
    Tag::Surrogate,
    Tag::Array,
    Tag::Object,
];
const LENGTH_BITS: u32 = 28;

/// Eight bytes of the tape. A value takes one or two of them, then those of its members:
///
/// | tag | first node | second node |
/// |---|---|---|
/// | null, false, true | start in the source | |
/// | integer, plain | start and length in the source | |
/// | float | start and length in the source | the bits of the number |
/// | escaped, surrogate | start and length in the source | start and length in its own buffer |
/// | array, object | start in the source, nodes in all | end in the source, number of members |
///
/// The span of a string is what stands between its quotes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Node {
    word: u32,
    pub(super) start: u32,
}

impl Node {
    pub(super) const NULL: Self = Self { word: 0, start: 0 };

    #[inline]
    pub(super) fn new(tag: Tag, start: usize, length: usize) -> Self {
        Self { word: (u32::from(tag as u8) << LENGTH_BITS) | narrow(length), start: narrow(start) }
    }

    /// A second node: two numbers, no tag.
    #[inline]
    pub(super) fn pair(start: usize, length: usize) -> Self {
        Self { word: narrow(length), start: narrow(start) }
    }

    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "the two halves of one number")]
    pub(super) fn float(number: f64) -> Self {
        let bits = number.to_bits();
        Self { word: (bits >> 32) as u32, start: bits as u32 }
    }

    #[inline]
    pub(super) fn as_float(self) -> f64 {
        f64::from_bits((u64::from(self.word) << 32) | u64::from(self.start))
    }

    /// The same, that many bytes further on; it wraps around.
    #[inline]
    pub(super) fn shifted(self, shift: u32) -> Self {
        Self { start: self.start.wrapping_add(shift), ..self }
    }

    #[inline]
    pub(super) fn tag(self) -> Tag {
        TAGS.get((self.word >> LENGTH_BITS) as usize).copied().unwrap_or(Tag::Null)
    }

    #[inline]
    pub(super) fn length(self) -> usize {
        (self.word & ((1 << LENGTH_BITS) - 1)) as usize
    }

    /// The part of a buffer that the node speaks of.
    #[inline]
    pub(super) fn span(self) -> std::ops::Range<usize> {
        let start = self.start as usize;
        start..start + self.length()
    }
}

/// Every length here is below `MAX_BYTES`, so nothing is lost.
#[inline]
#[expect(clippy::cast_possible_truncation, reason = "bounded by MAX_BYTES, which the parser checks first")]
fn narrow(number: usize) -> u32 {
    number as u32
}

/// A valid JSON text and its tape. Values are read from [`Document::root`] on.
pub struct Document {
    pub(super) source: String,
    pub(super) nodes: Vec<Node>,
    /// The texts of all strings that had escapes, one after another.
    pub(super) unescaped: String,
    /// Those that hold a lone surrogate, which no `str` can: UTF-8 but for those.
    pub(super) surrogates: Vec<u8>,
}

impl Document {
    /// The bytes of memory that the document takes.
    pub fn memory(&self) -> usize {
        self.source.capacity()
            + self.nodes.capacity() * size_of::<Node>()
            + self.unescaped.capacity()
            + self.surrogates.capacity()
    }

    /// The text as it was sent.
    pub fn source(&self) -> &str {
        &self.source
    }
}

impl Drop for Document {
    fn drop(&mut self) {
        spare::give_back(std::mem::take(&mut self.source).into_bytes(), std::mem::take(&mut self.nodes));
    }
}

/// Says how large it is, and nothing of what it says: it may be personal.
impl std::fmt::Debug for Document {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Document").field("bytes", &self.source.len()).finish_non_exhaustive()
    }
}
