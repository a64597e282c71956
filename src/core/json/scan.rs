//! Finding the end of a run of plain text: the next quote, backslash or control character.
//! Sixteen bytes at once; it knows no JSON beyond those three.

use wide::u8x16;

/// Bytes that are looked at together.
const WIDTH: usize = 16;

/// The position of the first byte from `start` on that is not plain text, or the end.
#[inline]
pub(super) fn plain_end(bytes: &[u8], start: usize) -> usize {
    let mut at = start;
    while let Some(chunk) = bytes.get(at..).and_then(|rest| rest.first_chunk::<WIDTH>()) {
        let marks = special(*chunk);
        if marks != 0 {
            return at + marks.trailing_zeros() as usize;
        }
        at += WIDTH;
    }
    let rest = bytes.get(at..).unwrap_or_default();
    at + rest.iter().position(|byte| matches!(byte, b'"' | b'\\' | 0..0x20)).unwrap_or(rest.len())
}

/// A bit for each byte that ends a run of plain text.
#[inline]
fn special(chunk: [u8; WIDTH]) -> i32 {
    let chunk = u8x16::new(chunk);
    let quotes = chunk.cmp_eq(u8x16::splat(b'"'));
    let backslashes = chunk.cmp_eq(u8x16::splat(b'\\'));
    // The lesser of a byte and 0x1F is the byte itself only where it is a control character.
    let controls = chunk.min(u8x16::splat(0x1F)).cmp_eq(chunk);
    (quotes | backslashes | controls).move_mask()
}

#[cfg(test)]
mod tests {
    use super::plain_end;

    /// Byte by byte, as the definition says.
    fn slowly(bytes: &[u8], start: usize) -> usize {
        (start..bytes.len()).find(|at| matches!(bytes[*at], b'"' | b'\\' | 0..0x20)).unwrap_or(bytes.len())
    }

    #[test]
    fn every_byte_at_every_place_is_told_from_plain_text() {
        for byte in 0..=u8::MAX {
            for place in 0..40 {
                let mut text = vec![b'x'; 40];
                text[place] = byte;
                for start in 0..=place {
                    assert_eq!(
                        plain_end(&text, start),
                        slowly(&text, start),
                        "{byte} at {place} from {start}"
                    );
                }
            }
        }
    }
}
