//! What is looked for in one text: whatever the detectors know, and values that somebody knows.

use std::collections::BTreeMap;

use aho_corasick::{AhoCorasick, MatchKind};

use crate::core::mask::{Mask, fold};

/// Shorter values stand in many a text by chance.
const MIN_VALUE: usize = 3;
const MIN_DIGITS: usize = 7;
/// The kind of a value that was known.
const KNOWN: &str = "value";

/// The detectors of a mask, and the values that are known.
pub struct Finder {
    mask: Mask,
    letters: Option<AhoCorasick>,
    digits: Option<AhoCorasick>,
}

impl Finder {
    /// # Errors
    /// The values are too many for one automaton.
    pub fn new(mask: Mask, values: &[String]) -> Result<Self, String> {
        let letters = values
            .iter()
            .map(|value| folded(value.trim()))
            .filter(|value| value.chars().count() >= MIN_VALUE);
        let digits = values.iter().filter_map(|value| number(value));
        Ok(Self { mask, letters: automaton(letters.collect())?, digits: automaton(digits.collect())? })
    }

    /// What a text holds, by kind.
    pub fn find(&self, text: &str) -> BTreeMap<String, u64> {
        let mut found = BTreeMap::new();
        let spelling = self.mask.spelling(text);
        for kind in self.mask.kinds_in(text) {
            *found.entry(kind).or_default() += 1;
        }
        let letters = self.letters.iter().map(|known| known.find_iter(&folded(&spelling)).count());
        let digits = self.digits.iter().map(|known| known.find_iter(&digits_of(&spelling)).count());
        let known: usize = letters.chain(digits).max().unwrap_or_default();
        if known > 0 {
            found.insert(KNOWN.to_owned(), known as u64);
        }
        found
    }
}

fn automaton(patterns: Vec<String>) -> Result<Option<AhoCorasick>, String> {
    if patterns.is_empty() {
        return Ok(None);
    }
    let built = AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(patterns);
    built.map(Some).map_err(|error| format!("the values are too many to look for at once: {error}"))
}

/// Letters without case and accents, separators alike.
fn folded(text: &str) -> String {
    text.chars().filter_map(fold).map(|letter| if letter.is_whitespace() { ' ' } else { letter }).collect()
}

/// The digits of a value that is a number, as a phone's or a card's.
fn number(value: &str) -> Option<String> {
    let digits: String = value.chars().filter(char::is_ascii_digit).collect();
    let plain = !value.chars().any(char::is_alphabetic);
    (plain && digits.len() >= MIN_DIGITS).then_some(digits)
}

/// The digits of a text, with what stands between two groups of one number left out.
fn digits_of(text: &str) -> String {
    let mut digits = String::with_capacity(text.len());
    for character in text.chars() {
        if character.is_ascii_digit() || character.is_alphabetic() {
            digits.push(character);
        }
    }
    digits
}
