//! Buffers of documents that are done with, for those to come. A reader that frees two buffers of 50 KB with each page
//! makes the allocator give the memory back to the system, which has to clear it before the next page gets it.

use std::sync::Mutex;

use super::tape::Node;

/// How many of each are kept: more pages are seldom under way at once.
const KEPT: usize = 8;
/// Nobody's memory is to be held for a buffer larger than this, in bytes; nor is one as small as that worth a look.
const SIZES: std::ops::RangeInclusive<usize> = 8 * 1024..=512 * 1024;

/// Never waited for: in a forked child it may be held by a thread that does not exist there.
static SPARES: Mutex<Spares> = Mutex::new(Spares { texts: Vec::new(), tapes: Vec::new() });

struct Spares {
    texts: Vec<Vec<u8>>,
    tapes: Vec<Vec<Node>>,
}

/// A buffer for so many bytes of text, if one is there that is not much too large.
pub(super) fn text(wanted: usize) -> Vec<u8> {
    SPARES.try_lock().ok().and_then(|mut spares| fitting(&mut spares.texts, wanted)).unwrap_or_default()
}

/// A tape for so many nodes, if one is there that is not much too large.
pub(super) fn tape(wanted: usize) -> Vec<Node> {
    SPARES.try_lock().ok().and_then(|mut spares| fitting(&mut spares.tapes, wanted)).unwrap_or_default()
}

/// Takes both buffers of a document that nobody reads any more.
pub(super) fn give_back(text: Vec<u8>, tape: Vec<Node>) {
    if let Ok(mut spares) = SPARES.try_lock() {
        keep(&mut spares.texts, text);
        keep(&mut spares.tapes, tape);
    }
}

/// Three times as large as wanted at most, which is what a tape grows to that was begun too small.
fn fitting<T>(spares: &mut Vec<Vec<T>>, wanted: usize) -> Option<Vec<T>> {
    let fits = |spare: &Vec<T>| (wanted..=wanted.saturating_mul(3)).contains(&spare.capacity());
    let place = spares.iter().rposition(fits)?;
    Some(spares.remove(place))
}

fn keep<T>(spares: &mut Vec<Vec<T>>, mut buffer: Vec<T>) {
    if !SIZES.contains(&(buffer.capacity() * size_of::<T>())) {
        return;
    }
    buffer.clear();
    if spares.len() == KEPT {
        // The one that nobody wanted for the longest: others than those of today's sizes go.
        spares.remove(0);
    }
    spares.push(buffer);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_buffer_is_used_again_where_it_fits() {
        let mut spares = Vec::new();
        keep(&mut spares, vec![1_u8; 60_000]);
        assert_eq!(fitting(&mut spares, 60_001), None, "too small");
        assert_eq!(fitting(&mut spares, 19_999), None, "more than three times as large");
        let again = fitting(&mut spares, 40_000).expect("it fits");
        assert!(again.is_empty() && again.capacity() >= 60_000);
        assert_eq!(fitting(&mut spares, 40_000), None, "given once");
    }

    #[test]
    fn few_are_kept_and_none_that_is_large() {
        let mut spares = Vec::new();
        for size in [100, 600_000] {
            keep(&mut spares, Vec::<u8>::with_capacity(size));
        }
        assert!(spares.is_empty());
        for size in 0..20 {
            keep(&mut spares, Vec::<u8>::with_capacity(10_000 + size));
        }
        assert_eq!(spares.len(), KEPT);
        assert!(spares.iter().all(|spare| spare.capacity() >= 10_012), "the oldest went");
    }
}
