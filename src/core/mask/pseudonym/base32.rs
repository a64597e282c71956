//! Bytes as lower-case RFC 4648 base32 without padding: the letters of pseudonyms and key ids.

const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";

/// Bytes whose letters are made together, and how many letters those are.
const BYTES: usize = 5;
const LETTERS: usize = 8;
/// The most letters that are written at once.
const MOST: usize = 32;

/// Writes the first `letters` of the text that the bytes make; at most 32.
pub(super) fn write(bytes: &[u8], letters: usize, out: &mut String) {
    let mut text = [0; MOST];
    for (chunk, places) in bytes.chunks(BYTES).zip(text.chunks_mut(LETTERS)).take(letters.div_ceil(LETTERS)) {
        let bits = chunk.iter().fold(0_u64, |bits, byte| (bits << 8) | u64::from(*byte));
        let bits = bits << (8 * (BYTES - chunk.len()));
        for (place, letter) in places.iter_mut().rev().enumerate() {
            let five = usize::try_from((bits >> (5 * place)) & 31).unwrap_or_default();
            *letter = ALPHABET.get(five).copied().unwrap_or_default();
        }
    }
    let wanted = text.get(..letters).unwrap_or(&text);
    out.push_str(std::str::from_utf8(wanted).unwrap_or_default());
}
