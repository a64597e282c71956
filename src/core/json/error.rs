//! Why a text is no JSON. A fault names the rule that is broken and where, and never repeats what
//! the text says: it may be personal.

/// The rule that a text breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    #[error("the text is empty")]
    Empty,
    #[error("the text ends in the middle of the document")]
    Truncated,
    #[error("the text is not valid UTF-8")]
    Encoding,
    #[error("the text is UTF-16 or UTF-32, not UTF-8")]
    WideEncoding,
    #[error("it is packed by {0}, and nothing in its headers says so")]
    Packed(&'static str),
    #[error("expected a value")]
    ExpectedValue,
    #[error("expected a key in double quotes")]
    ExpectedKey,
    #[error("expected a colon after the key")]
    ExpectedColon,
    #[error("expected a comma or the end of the array")]
    ExpectedArrayEnd,
    #[error("expected a comma or the end of the object")]
    ExpectedObjectEnd,
    #[error("there is more text after the end of the document")]
    TrailingText,
    #[error("NaN and Infinity are no JSON numbers")]
    NotFinite,
    #[error("a number is malformed")]
    Number,
    #[error("an integer has more than 4300 digits")]
    IntegerTooLong,
    #[error("a control character in a string is not escaped")]
    ControlCharacter,
    #[error("a backslash in a string starts no known escape")]
    Escape,
    #[error("arrays and objects are nested more than 128 deep")]
    TooDeep,
    #[error("the text is larger than 256 MiB")]
    TooLarge,
    #[error("there is not enough memory to read the text")]
    Memory,
}

/// A text that is no JSON: which rule it breaks, and at which byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{fault} (at byte {offset})")]
pub struct JsonError {
    pub fault: Fault,
    pub offset: usize,
}

impl JsonError {
    pub(super) fn new(fault: Fault, offset: usize) -> Self {
        Self { fault, offset }
    }
}

/// Tells by its first bytes, which no JSON has, what a text is packed by.
pub(super) fn packed(text: &[u8]) -> Option<&'static str> {
    match text {
        [0x1F, 0x8B, 8, ..] => Some("gzip"),
        [0x28, 0xB5, 0x2F, 0xFD, ..] => Some("zstd"),
        _ => None,
    }
}

/// Tells UTF-16 and UTF-32 by their byte order marks, or by the zero bytes that a text which starts
/// with ASCII must have there.
pub(super) fn looks_wide(text: &[u8]) -> bool {
    match text {
        [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] | [0, 0, 0xFE, 0xFF, ..] => true,
        [0, 0, 0, other, ..] | [0, other, ..] | [other, 0, ..] => *other != 0,
        _ => false,
    }
}
