//! The patterns of `like`: `%` stands for any text, `_` for one character, everything else for itself.
//! It works on UTF-8 in which a lone surrogate may take three bytes. Each stretch between two `%` is found once,
//! from left to right, so that no pattern makes it try every combination of places.

use memchr::memmem;

/// A pattern, read once.
#[derive(Debug, Clone)]
pub struct Pattern {
    /// What stands between the `%`.
    runs: Vec<Run>,
    /// The pattern does not begin with `%`.
    from_start: bool,
    /// The pattern does not end with `%`.
    to_end: bool,
}

/// A stretch without `%`: literal bytes and single characters.
#[derive(Debug, Clone, Default)]
struct Run {
    pieces: Vec<Piece>,
    /// How many characters it stands for.
    characters: usize,
}

#[derive(Debug, Clone)]
enum Piece {
    Literal(Vec<u8>),
    One,
}

impl Pattern {
    pub fn new(pattern: &[u8]) -> Self {
        let runs = pattern.split(|byte| *byte == b'%').filter(|run| !run.is_empty()).map(Run::new).collect();
        Self { runs, from_start: !pattern.starts_with(b"%"), to_end: !pattern.ends_with(b"%") }
    }

    pub fn matches(&self, text: &[u8]) -> bool {
        let [inner @ .., last] = self.runs.as_slice() else {
            // Nothing but `%`, or nothing at all.
            return !self.from_start || text.is_empty();
        };
        if !self.to_end {
            return self.find_all(&self.runs, text).is_some();
        }
        if self.from_start && inner.is_empty() {
            return last.end(text) == Some(text.len());
        }
        let Some(rest) = self.find_all(inner, text) else { return false };
        rest.len()
            .checked_sub(last.tail(rest))
            .and_then(|start| rest.get(start..))
            .is_some_and(|tail| last.end(tail) == Some(tail.len()))
    }

    /// What follows these runs, each at the first place where it fits.
    fn find_all<'a>(&self, runs: &[Run], text: &'a [u8]) -> Option<&'a [u8]> {
        let mut rest = text;
        for (index, run) in runs.iter().enumerate() {
            let end = if index == 0 && self.from_start { run.end(rest)? } else { run.find(rest)? };
            rest = rest.get(end..)?;
        }
        Some(rest)
    }
}

impl Run {
    fn new(run: &[u8]) -> Self {
        let mut made = Self::default();
        for (index, literal) in run.split(|byte| *byte == b'_').enumerate() {
            if index > 0 {
                made.pieces.push(Piece::One);
                made.characters += 1;
            }
            if !literal.is_empty() {
                made.characters += characters(literal);
                made.pieces.push(Piece::Literal(literal.to_vec()));
            }
        }
        made
    }

    /// Where the run ends if it begins with the text.
    fn end(&self, text: &[u8]) -> Option<usize> {
        let mut at = 0;
        for piece in &self.pieces {
            match piece {
                Piece::Literal(literal) => {
                    text.get(at..)?.starts_with(literal).then_some(())?;
                    at += literal.len();
                }
                Piece::One => at += width(*text.get(at)?),
            }
        }
        Some(at)
    }

    /// Where the run ends at the first place where it fits.
    fn find(&self, text: &[u8]) -> Option<usize> {
        let mut at = 0;
        loop {
            let rest = text.get(at..)?;
            // A run that begins with literal bytes fits nowhere before them.
            if let Some(Piece::Literal(literal)) = self.pieces.first() {
                at += memmem::find(rest, literal)?;
            }
            if let Some(end) = self.end(text.get(at..)?) {
                return Some(at + end);
            }
            at += width(*text.get(at)?);
        }
    }

    /// How many bytes the last characters of a text take, as many as the run stands for; more than the text
    /// has if it has fewer.
    fn tail(&self, text: &[u8]) -> usize {
        let mut left = self.characters;
        let mut taken = 0;
        for byte in text.iter().rev() {
            if left == 0 {
                return taken;
            }
            taken += 1;
            left -= usize::from(is_first(*byte));
        }
        if left == 0 { taken } else { usize::MAX }
    }
}

/// Whether a byte is the first of its character.
#[inline]
fn is_first(byte: u8) -> bool {
    byte & 0xC0 != 0x80
}

/// How many bytes a character takes, by its first.
#[inline]
fn width(first: u8) -> usize {
    match first {
        0xF0.. => 4,
        0xE0.. => 3,
        0xC0.. => 2,
        _ => 1,
    }
}

/// How many characters a text has; a lone surrogate is one.
pub fn characters(text: &[u8]) -> usize {
    text.iter().filter(|byte| is_first(**byte)).count()
}

/// A text in lower case, character by character: as databases do it, so without Greek's final sigma.
pub fn lower(text: &[u8]) -> Vec<u8> {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    let mut lowered = Vec::with_capacity(text.len());
    for chunk in text.utf8_chunks() {
        for character in chunk.valid().chars() {
            let lower = character.to_lowercase().next().unwrap_or(character);
            lowered.extend_from_slice(lower.encode_utf8(&mut [0; 4]).as_bytes());
        }
        lowered.extend_from_slice(chunk.invalid());
    }
    lowered
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_fit_as_they_do_in_sql() {
        for (pattern, text, fits) in [
            ("", "", true),
            ("", "a", false),
            ("%", "", true),
            ("%%", "abc", true),
            ("_", "", false),
            ("_", "é", true),
            ("__", "é", false),
            ("a%", "abc", true),
            ("%c", "abc", true),
            ("%b%", "abc", true),
            ("a%c", "abcbc", true),
            ("a%c", "ac", true),
            ("a%a", "a", false),
            ("%a_%", "ba", false),
            ("%_b", "b", false),
            ("%_b", "üb", true),
            ("%aab%", "aaab", true),
            ("%a_b%c", "aaxbaybc", true),
            ("a_c", "a😀c", true),
            ("100%", "100", true),
            ("%\\%", "a\\b", true),
        ] {
            assert_eq!(Pattern::new(pattern.as_bytes()).matches(text.as_bytes()), fits, "{pattern} {text}");
        }
    }

    #[test]
    fn a_long_text_takes_no_long_time() {
        let text = "a".repeat(200_000);
        assert!(!Pattern::new("%a%a%a%a%a%a%a%a%a%a%b".as_bytes()).matches(text.as_bytes()));
        assert!(!Pattern::new("%_a%_a%_a%b%".as_bytes()).matches(text.as_bytes()));
    }

    #[test]
    fn lower_case_goes_character_by_character() {
        assert_eq!(lower("ÀΣÉ SS İ".as_bytes()), "àσé ss i".as_bytes());
        let lone = [b'A', 0xED, 0xA0, 0x80, b'B'];
        assert_eq!(lower(&lone), [b'a', 0xED, 0xA0, 0x80, b'b']);
        assert_eq!(characters(&lone), 3);
        assert!(Pattern::new(b"A_B").matches(&lone));
    }
}
