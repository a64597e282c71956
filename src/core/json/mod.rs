//! Bytes to a validated tape, with no Python object made.
//!
//! A [`Document`] holds the text as it was sent and beside it a flat list of nodes that point into
//! it. It reads what Python's `json.loads` reads, in the same way, and refuses everything that is
//! not JSON. It knows nothing of sessions.

mod error;
mod key_lengths;
mod line;
mod number;
mod parse;
mod scan;
mod spare;
mod tape;
mod text;
mod twin;
mod value;
mod walk;
mod write;

use bytes::Bytes;

pub use self::error::{Fault, JsonError};
pub use self::key_lengths::KeyLengths;
pub use self::line::push_line;
pub use self::tape::Document;
pub use self::text::Text;
pub use self::value::{Elements, Entries, Kind, Value};
pub use self::walk::{Step, Walk};
pub use self::write::{Mark, Open, Writer};

/// How deeply arrays and objects may be nested.
pub const MAX_DEPTH: usize = 128;
/// The most digits that an integer may have: Python's own limit for reading one.
pub const MAX_INTEGER_DIGITS: usize = 4_300;
/// Lengths on the tape have 28 bits.
pub const MAX_BYTES: usize = (1 << 28) - 1;

/// The bytes themselves where nobody else holds them, else a copy.
fn owned(text: Bytes) -> Result<Vec<u8>, JsonError> {
    match text.try_into_mut() {
        Ok(own) => Ok(own.into()),
        Err(shared) => {
            let mut copy = spare::text(shared.len());
            copy.try_reserve_exact(shared.len()).map_err(|_| JsonError::new(Fault::Memory, 0))?;
            copy.extend_from_slice(&shared);
            Ok(copy)
        }
    }
}

impl Document {
    /// Reads and checks a whole document.
    ///
    /// # Errors
    /// When the bytes are no JSON, or go beyond the limits of this module.
    pub fn parse(text: Bytes) -> Result<Self, JsonError> {
        if text.len() > MAX_BYTES {
            return Err(JsonError::new(Fault::TooLarge, MAX_BYTES));
        }
        if let Some(packed) = error::packed(&text) {
            return Err(JsonError::new(Fault::Packed(packed), 0));
        }
        if error::looks_wide(&text) {
            return Err(JsonError::new(Fault::WideEncoding, 0));
        }
        let source = String::from_utf8(owned(text)?)
            .map_err(|error| JsonError::new(Fault::Encoding, error.utf8_error().valid_up_to()))?;
        parse::parse(source)
    }
}
