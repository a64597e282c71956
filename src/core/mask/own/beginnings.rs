//! The letters that a session's own values begin with: a text with no word that begins alike holds none
//! of them.

use super::fold::{fold, is_boundary, is_separator, is_unspaced};
use crate::core::mask::detect::country_code;
use crate::core::mask::kind::Kind;

/// How the words of a text begin: a bit for each first letter, and one for it and the second together.
#[derive(Debug, Clone, Copy, Default)]
pub(in crate::core::mask) struct Letters {
    firsts: u64,
    pairs: u64,
}

impl Letters {
    /// Of all words of a text; every letter, where it is not in the one spelling for sure.
    pub(in crate::core::mask) fn of(text: &str) -> Self {
        let (mut letters, mut begun, mut boundary) = (Self::default(), None, true);
        for byte in text.bytes() {
            if !byte.is_ascii() || matches!(byte, b'%' | b'\\' | b'&') {
                return Self { firsts: u64::MAX, pairs: u64::MAX };
            }
            let letter = char::from(byte.to_ascii_lowercase());
            if let Some(first) = begun {
                letters.pairs |= pair_bit(first, letter);
            }
            begun = boundary.then_some(letter);
            if boundary {
                letters.firsts |= bit(letter);
            }
            boundary = !byte.is_ascii_alphanumeric();
        }
        letters
    }

    /// Whether the text is in the one spelling for sure.
    pub(super) fn are_told(self) -> bool {
        self.firsts != u64::MAX
    }
}

/// First letters, alone or with the second.
#[derive(Debug, Default)]
pub(super) struct Beginnings {
    /// A bit for each first letter.
    firsts: u64,
    /// Of those of which the second letter may be any.
    alone: u64,
    /// The others, with the second letter.
    pairs: Vec<(char, char)>,
    /// A bit for each of those.
    pair_bits: u64,
}

impl Beginnings {
    pub(super) fn clear(&mut self) {
        (self.firsts, self.alone, self.pair_bits) = (0, 0, 0);
        self.pairs.clear();
    }

    /// Takes every letter with which a spelling of the value can begin.
    pub(super) fn add(&mut self, kind: Kind, value: &str) {
        match kind {
            Kind::Phone => self.add_phone(value),
            Kind::Name => {
                self.add_start(value);
                let mut starts = false;
                for (place, letter) in value.char_indices() {
                    if is_unspaced(letter) {
                        self.add_alone(letter);
                    } else if starts && !is_separator(letter) {
                        self.add_start(value.get(place..).unwrap_or_default());
                    }
                    starts = is_separator(letter);
                }
            }
            _ => self.add_start(value),
        }
    }

    /// The first two letters of a text.
    fn add_start(&mut self, text: &str) {
        let mut letters = text.chars().filter_map(|letter| Some((letter, fold(letter)?)));
        let Some((first, folded)) = letters.next() else { return };
        let second = letters.next().filter(|(second, folded)| second.is_ascii() && !is_separator(*folded));
        match second {
            Some((_, second)) if first.is_ascii() && !is_separator(folded) => {
                self.firsts |= bit(folded);
                self.pair_bits |= pair_bit(folded, second);
                if !self.pairs.contains(&(folded, second)) {
                    self.pairs.push((folded, second));
                }
            }
            // What is no ASCII may be spelled in two letters, and separators are passed over.
            _ => self.add_alone(first),
        }
    }

    fn add_alone(&mut self, first: char) {
        let folded = fold(first).unwrap_or(first);
        let spelled = match folded {
            'æ' => 'a',
            'ß' => 's',
            other => other,
        };
        let bits = bit(folded) | bit(spelled);
        (self.firsts, self.alone) = (self.firsts | bits, self.alone | bits);
    }

    /// With its country, without it, and with a zero in its place.
    fn add_phone(&mut self, value: &str) {
        let mut digits = [0_u8; 5];
        let found = value.bytes().filter(u8::is_ascii_digit);
        let held = digits.iter_mut().zip(found).map(|(place, digit)| *place = digit).count();
        let digits = digits.get(..held).unwrap_or_default();
        let national = country_code(digits).unwrap_or_default();
        for digit in [digits.first(), digits.get(1), digits.get(national), Some(&b'0')].into_iter().flatten()
        {
            self.add_alone(char::from(*digit));
        }
    }

    /// Whether none begins with any of these letters.
    #[inline]
    pub(super) fn are_apart(&self, letters: Letters) -> bool {
        self.alone & letters.firsts == 0 && self.pair_bits & letters.pairs == 0
    }

    /// Whether some word of the text begins with any of them.
    pub(super) fn are_in(&self, text: &str) -> bool {
        let bytes = text.as_bytes();
        let (mut at, mut boundary) = (0, true);
        while let Some(byte) = bytes.get(at) {
            if byte.is_ascii() {
                let letter = char::from(byte.to_ascii_lowercase());
                if boundary && self.firsts & bit(letter) != 0 && self.begin(letter, text, at + 1) {
                    return true;
                }
                boundary = !byte.is_ascii_alphanumeric();
                at += 1;
                continue;
            }
            let Some(character) = text.get(at..).and_then(|rest| rest.chars().next()) else { return true };
            at += character.len_utf8();
            if let Some(folded) = fold(character) {
                let begins = boundary || is_unspaced(character);
                if begins && self.firsts & bit(folded) != 0 && self.begin(folded, text, at) {
                    return true;
                }
                boundary = is_boundary(character);
            }
        }
        false
    }

    /// Whether any begins with this letter and the one that stands at `next`.
    fn begin(&self, first: char, text: &str, next: usize) -> bool {
        if self.alone & bit(first) != 0 {
            return true;
        }
        let Some(second) = text.get(next..).and_then(|rest| rest.chars().next()) else { return false };
        // A mark that changes a letter, or is not seen, may stand between the two.
        fold(second).is_none_or(|second| self.pairs.contains(&(first, second)))
    }
}

/// Small letters and digits have a bit each.
fn bit(letter: char) -> u64 {
    let code = u32::from(letter);
    1 << (code & (31 | (code & 0x40) >> 1))
}

/// A bit for two letters together; some share one.
fn pair_bit(first: char, second: char) -> u64 {
    1 << ((u32::from(first).wrapping_mul(31).wrapping_add(u32::from(second))) & 63)
}

#[cfg(test)]
mod tests {
    use super::{Beginnings, Letters};
    use crate::core::mask::detect::Hits;
    use crate::core::mask::kind::Kind;
    use crate::core::mask::own::needles::Needles;

    const VALUES: [(Kind, &str); 16] = [
        (Kind::Name, "Mei Chen"),
        (Kind::Name, "Jörg Müller-Ærø"),
        (Kind::Name, "O’Brien, Ann"),
        (Kind::Name, "(Jo) x Østergård"),
        (Kind::Name, "山田太郎"),
        (Kind::Name, "Åse ßen"),
        (Kind::Name, "Will"),
        (Kind::Name, "e\u{301}lise d'Arc"),
        (Kind::Email, "Mei.Chen@example.com"),
        (Kind::Phone, "+41 44 668 18 00"),
        (Kind::Phone, "0044 20 7946 0958"),
        (Kind::Phone, "555-0143"),
        (Kind::Phone, "+1 (212) 555 0143"),
        (Kind::User, "user_789"),
        (Kind::Session, "-dash-1"),
        (Kind::Location, "Bahnhofstrasse 1"),
    ];
    const SPELLINGS: [&str; 24] = [
        "MEI-CHEN",
        "chen,  mei!",
        "x joerg y",
        "MUELLER",
        "muller",
        "aero",
        "ærø",
        "o'brien",
        "Ann O",
        "oestergaard",
        "ostergard",
        "jo",
        "山田さん",
        "太郎",
        "aase",
        "ssen",
        "Will you",
        "e\u{301}lise",
        "mei.chen1",
        "044 668 18 00",
        "44-668-18-00",
        "207946 0958",
        "tel:2125550143 5550143",
        "(user_789) --dash-1 BAHNHOFSTRASSE1",
    ];

    #[test]
    fn no_text_is_passed_over_that_holds_a_value() {
        for (kind, value) in VALUES {
            let (mut beginnings, mut needles) = (Beginnings::default(), Needles::default());
            beginnings.add(kind, value);
            needles.add(kind, value);
            for text in SPELLINGS.into_iter().chain([value]) {
                let mut hits = Hits::default();
                needles.find(text, false, &mut hits);
                assert!(hits.is_empty() || beginnings.are_in(text), "{value:?} in {text:?}");
                let apart = beginnings.are_apart(Letters::of(text));
                assert!(!(apart && beginnings.are_in(text)), "{value:?} in {text:?}");
            }
            assert!(beginnings.are_in(value), "{value:?}");
            assert!(!value.is_ascii() || !beginnings.are_in("zzz qqq"), "{value:?}");
        }
    }
}
