//! Letters as names are compared: without case and accents.

use icu_normalizer::DecomposingNormalizerBorrowed;

use crate::core::mask::detect::ESCAPED_BLANK;

/// A letter without case and accents; `None` for a mark that only changes the letter before it.
#[inline]
pub fn fold(character: char) -> Option<char> {
    if character.is_ascii() {
        return Some(character.to_ascii_lowercase());
    }
    fold_wide(character)
}

fn fold_wide(character: char) -> Option<char> {
    if matches!(character, '\u{300}'..='\u{36f}' | '\u{200b}'..='\u{200f}' | '\u{ad}') {
        return None;
    }
    let lower = character.to_lowercase().next().unwrap_or(character);
    // Letters of Hangul would be taken apart into sounds.
    if is_unspaced(lower) {
        return Some(lower);
    }
    let plain = match lower {
        'ł' => 'l',
        'đ' | 'ð' => 'd',
        'ø' => 'o',
        'ı' => 'i',
        'ħ' => 'h',
        '\u{2018}' | '\u{2019}' | '\u{2bc}' => '\'',
        _ => {
            let mut parts = DecomposingNormalizerBorrowed::new_nfkd().normalize_iter(std::iter::once(lower));
            parts.next().unwrap_or(lower)
        }
    };
    Some(plain)
}

/// Whether a word ends before this character, and another may begin after it.
pub(super) fn is_boundary(character: char) -> bool {
    !character.is_alphanumeric() || is_unspaced(character)
}

/// What may stand between two words of a value, and between two digits.
pub(super) fn is_separator(character: char) -> bool {
    character.is_whitespace()
        || character == ESCAPED_BLANK
        || (character.is_ascii_punctuation() && character != '\'')
        || character == '\u{2019}'
}

/// Of a script that puts no blanks between words.
pub(super) fn is_unspaced(character: char) -> bool {
    matches!(character, '\u{e00}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}' | '\u{2e80}'..='\u{a4cf}' | '\u{ac00}'..='\u{d7af}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}
