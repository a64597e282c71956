//! What is remembered from one session to the next: the objects of keys, and of short values that repeat.
//! How they are found is for the builder.

use pyo3::prelude::*;
use pyo3::types::PyString;

/// The longest value that is remembered.
pub(super) const MAX_VALUE_BYTES: usize = 30;
/// After so many values, a key whose values hardly repeat has none remembered any more.
const TRIAL: u32 = 64;

/// A key that sessions have, and its object.
pub(super) struct Key {
    pub(super) text: Box<[u8]>,
    pub(super) object: Py<PyString>,
    /// The key that followed this one the last time.
    pub(super) next: usize,
    pub(super) tried: u32,
    pub(super) repeated: u32,
}

/// A short value and its text.
pub(super) struct Short {
    length: u8,
    bytes: [u8; MAX_VALUE_BYTES],
    pub(super) object: Py<PyString>,
}

impl Key {
    /// The key, where it is worth looking for a value of it among those remembered.
    #[inline]
    pub(super) fn if_repeating(&mut self) -> Option<&mut Self> {
        if self.tried >= TRIAL && self.repeated < self.tried / 4 {
            return None;
        }
        self.tried = self.tried.saturating_add(1);
        Some(self)
    }
}

impl Short {
    pub(super) fn new(text: &[u8], object: &Bound<'_, PyString>) -> Option<Self> {
        let mut bytes = [0; MAX_VALUE_BYTES];
        bytes.get_mut(..text.len())?.copy_from_slice(text);
        Some(Self { length: u8::try_from(text.len()).ok()?, bytes, object: object.clone().unbind() })
    }

    #[inline]
    pub(super) fn holds(&self, text: &[u8]) -> bool {
        self.bytes.get(..usize::from(self.length)) == Some(text)
    }
}

/// Whether two short texts are the same. Keys are too short for a call of `memcmp` to be worth it.
#[inline]
pub(super) fn is_same(a: &[u8], b: &[u8]) -> bool {
    if a.len() != b.len() {
        return false;
    }
    match (a.first_chunk::<8>(), a.last_chunk::<8>(), b.first_chunk::<8>(), b.last_chunk::<8>()) {
        (Some(a_first), Some(a_last), Some(b_first), Some(b_last)) if a.len() <= 16 => {
            u64::from_ne_bytes(*a_first) == u64::from_ne_bytes(*b_first)
                && u64::from_ne_bytes(*a_last) == u64::from_ne_bytes(*b_last)
        }
        (None, ..) => a.iter().zip(b).all(|(a, b)| a == b),
        _ => a == b,
    }
}

/// A cheap hash of a short text: its length, beginning and end.
#[inline]
pub(super) fn spread(bytes: &[u8]) -> u64 {
    let ends = match (bytes.first_chunk::<8>(), bytes.last_chunk::<8>()) {
        (Some(first), Some(last)) => u64::from_le_bytes(*first) ^ u64::from_le_bytes(*last).rotate_left(23),
        _ => bytes.iter().fold(0, |sum, byte| (sum << 8) | u64::from(*byte)),
    };
    // The best bits of a product are its upper ones.
    (ends ^ bytes.len() as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(24)
}
