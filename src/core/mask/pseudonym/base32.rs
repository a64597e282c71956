//! Bytes as lower-case RFC 4648 base32 without padding: the letters of pseudonyms and key ids.

const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";

/// Writes the first `letters` of the text that the bytes make.
pub(super) fn write(bytes: &[u8], letters: usize, out: &mut String) {
    let (mut bits, mut held) = (0_u32, 0);
    let mut bytes = bytes.iter();
    for _ in 0..letters {
        if held < 5 {
            bits = (bits << 8) | u32::from(bytes.next().copied().unwrap_or_default());
            held += 8;
        }
        held -= 5;
        let letter = ALPHABET.get((bits >> held) as usize & 31).copied().unwrap_or_default();
        out.push(char::from(letter));
    }
}
