//! Telling keys by their length, before any of their text is looked at.

use super::value::Value;

/// The lengths of the names that somebody looks for: a bit for each, all from 63 on the same. Most keys of a session
/// are none of those, and told so by this.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct KeyLengths(u64);

impl KeyLengths {
    /// Any key may be one.
    pub const ALL: Self = Self(u64::MAX);

    #[must_use]
    pub fn and(self, name: &str) -> Self {
        Self(self.0 | bit(name.len()))
    }

    /// Whether a key may be one of the names; one with escapes may.
    #[inline]
    pub fn may_be(self, key: Value<'_>) -> bool {
        key.plain_length().is_none_or(|length| self.0 & bit(length) != 0)
    }
}

#[inline]
fn bit(length: usize) -> u64 {
    1 << length.min(63)
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::KeyLengths;
    use crate::core::json::Document;

    #[test]
    fn a_key_of_another_length_is_none() {
        let long = "n".repeat(64);
        let lengths = KeyLengths::default().and("ab").and("").and(&long);
        for (key, may_be) in
            [("", true), ("a", false), ("xy", true), ("\\u0061", true), (&"m".repeat(90), true)]
        {
            let document = Document::parse(Bytes::from(format!("{{\"{key}\":1}}"))).unwrap();
            let (key, _) = document.root().entries().with_keys().next().unwrap();
            assert_eq!(lengths.may_be(key), may_be, "{}", key.raw());
            assert!(KeyLengths::ALL.may_be(key));
        }
    }
}
