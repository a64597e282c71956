//! Keys that are told by the object before: one session has the keys of the other, in the same order and spelling.
//! A key is then compared with the one that stood in its place, which is quicker than to read it; where it is
//! another, it is read.

use wide::u8x16;

use super::tape::{Node, Tag};

/// Keys are compared in one step, with the quotes and the colon around them.
const WIDTH: usize = 32;
/// So many keys of an object are known to the next, those of objects within it included.
const KNOWN: usize = 64;

/// The keys of a list's latest object, in their order.
pub(super) struct Twin {
    keys: [Node; KNOWN],
    /// How many keys of the object that is read now were seen; behind them are those of the object before.
    seen: usize,
    /// How deep the objects are whose keys these are.
    depth: usize,
}

impl Twin {
    pub(super) fn new() -> Self {
        Self { keys: [Node::NULL; KNOWN], seen: 0, depth: usize::MAX }
    }

    /// An object begins. As deep as the others it is the next of the list, and deeper a part of one.
    #[inline]
    pub(super) fn begin(&mut self, depth: usize) {
        // The root has none beside it.
        if depth > 1 && depth <= self.depth {
            (self.seen, self.depth) = (0, depth);
        }
    }

    /// The key that begins at `at`, if it and the colon behind it are spelled as in the object before.
    #[inline]
    pub(super) fn key(&mut self, bytes: &[u8], at: usize) -> Option<Node> {
        let place = self.keys.get_mut(self.seen)?;
        if place.tag() != Tag::Plain {
            return None;
        }
        let known = bytes.get((place.start as usize).checked_sub(1)?..)?.first_chunk::<WIDTH>()?;
        let here = bytes.get(at..)?.first_chunk::<WIDTH>()?;
        let length = place.length() + r#""":"#.len();
        // A key longer than can be compared ends beyond the chunk.
        if known.get(length - 1) != Some(&b':') || equal(known, here) < length {
            return None;
        }
        *place = Node::new(Tag::Plain, at + 1, place.length());
        self.seen += 1;
        Some(*place)
    }

    /// A key was read. One with escapes is none that could be compared.
    #[inline]
    pub(super) fn note(&mut self, key: Option<&Node>) {
        if let Some(place) = self.keys.get_mut(self.seen) {
            *place = key.copied().filter(|key| key.tag() == Tag::Plain).unwrap_or(Node::NULL);
            self.seen += 1;
        }
    }
}

/// How many bytes are the same from the first on.
#[inline]
fn equal(one: &[u8; WIDTH], two: &[u8; WIDTH]) -> usize {
    let (halves, _) = one.as_chunks::<16>();
    let (others, _) = two.as_chunks::<16>();
    let mut same = 0;
    for (place, (half, other)) in halves.iter().zip(others).enumerate() {
        same |= u8x16::new(*half).cmp_eq(u8x16::new(*other)).move_mask().cast_unsigned() << (16 * place);
    }
    same.trailing_ones() as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_told_how_many_bytes_are_the_same() {
        let one = *b"0123456789abcdefghijklmnopqrstuv";
        assert_eq!(equal(&one, &one), WIDTH);
        for place in 0..WIDTH {
            let mut other = one;
            other[place] ^= 0x80;
            assert_eq!(equal(&one, &other), place);
        }
    }
}
