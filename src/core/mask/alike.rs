//! Whether two short texts are the same, told without a call: names of fields are compared a few dozen times a
//! session, and a call of the C library's takes longer than most of them do.

/// Longer texts are left to the library.
const SHORT: usize = 32;

/// Whether both are the same.
#[inline]
pub(super) fn alike(a: &[u8], b: &[u8]) -> bool {
    let length = a.len();
    if length != b.len() {
        return false;
    }
    match length {
        // Two words that overlap cover what is between one and two of them.
        8..=16 => a.first_chunk::<8>() == b.first_chunk() && a.last_chunk::<8>() == b.last_chunk(),
        17..=SHORT => a.first_chunk::<16>() == b.first_chunk() && a.last_chunk::<16>() == b.last_chunk(),
        4..=7 => a.first_chunk::<4>() == b.first_chunk() && a.last_chunk::<4>() == b.last_chunk(),
        0..=3 => a.iter().zip(b).all(|(a, b)| a == b),
        _ => a == b,
    }
}

#[cfg(test)]
mod tests {
    use super::alike;

    #[test]
    fn every_byte_counts() {
        let text: Vec<u8> = (0..40).collect();
        for length in 0..text.len() {
            assert!(alike(&text[..length], &text[..length]));
            assert!(!alike(&text[..length], &text[..=length]));
            for place in 0..length {
                let mut other = text[..length].to_vec();
                other[place] ^= 1;
                assert!(!alike(&text[..length], &other), "{place} of {length}");
            }
        }
    }
}
