//! Bytes as lower-case RFC 4648 base32 without padding: the letters of pseudonyms and key ids.

const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";

/// Bytes whose letters are made together, and how many letters those are.
const BYTES: usize = 5;
const LETTERS: usize = 8;

/// Writes the first `letters` of the text that the bytes make.
pub(super) fn write(bytes: &[u8], letters: usize, out: &mut String) {
    let end = out.len() + letters;
    for chunk in bytes.chunks(BYTES) {
        let bits = chunk.iter().fold(0_u64, |bits, byte| (bits << 8) | u64::from(*byte));
        let bits = bits << (8 * (BYTES - chunk.len()));
        let mut text = [0; LETTERS];
        for (place, letter) in text.iter_mut().rev().enumerate() {
            *letter = ALPHABET.get((bits >> (5 * place)) as usize & 31).copied().unwrap_or_default();
        }
        let wanted = text.get(..LETTERS.min(end - out.len())).unwrap_or_default();
        out.push_str(std::str::from_utf8(wanted).unwrap_or_default());
        if out.len() >= end {
            return;
        }
    }
}
