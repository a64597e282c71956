//! The words around a place: many a number is told by what stands before it.

/// How much of a text is looked at.
const SPAN: usize = 40;

/// A short stretch of a text in lower case.
pub(super) struct Words {
    text: [u8; SPAN],
    length: usize,
}

impl Words {
    /// What stands before a place, up to the end of the sentence before.
    pub(super) fn before(bytes: &[u8], at: usize) -> Self {
        let from = at.saturating_sub(SPAN);
        let stretch = bytes.get(from..at).unwrap_or_default();
        let stop = stretch.iter().rposition(|byte| *byte == b'\n').map_or(0, |stop| stop + 1);
        Self::of(stretch.get(stop..).unwrap_or_default())
    }

    /// What stands behind a place.
    pub(super) fn after(bytes: &[u8], at: usize, span: usize) -> Self {
        let end = (at + span.min(SPAN)).min(bytes.len());
        Self::of(bytes.get(at..end).unwrap_or_default())
    }

    fn of(stretch: &[u8]) -> Self {
        let mut text = [0; SPAN];
        for (place, byte) in text.iter_mut().zip(stretch) {
            *place = byte.to_ascii_lowercase();
        }
        Self { text, length: stretch.len().min(SPAN) }
    }

    fn bytes(&self) -> &[u8] {
        self.text.get(..self.length).unwrap_or_default()
    }

    /// Where the last of these words begins, counted from the beginning of the stretch. A word may go
    /// on: `phone` is found in `phones`, and `tel` not in `hotel`.
    pub(super) fn last_of(&self, words: &[&str]) -> Option<usize> {
        words.iter().filter_map(|word| self.last(word.as_bytes())).max()
    }

    pub(super) fn has(&self, words: &[&str]) -> bool {
        self.last_of(words).is_some()
    }

    fn last(&self, word: &[u8]) -> Option<usize> {
        let bytes = self.bytes();
        let starts = |at: &usize| !super::is_word(super::before(bytes, *at));
        let mut windows = bytes.windows(word.len().max(1)).enumerate().rev();
        windows.by_ref().filter(|(_, window)| *window == word).map(|(at, _)| at).find(starts)
    }
}
