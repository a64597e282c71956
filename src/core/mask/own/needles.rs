//! The spellings of a session's own values, and where in a text one of them stands.

use super::fold::{fold, is_boundary, is_separator, is_unspaced};
use super::words::{COMMON, is_telling};
use crate::core::mask::detect::{Hits, country_code};
use crate::core::mask::kind::Kind;

/// A session that has more of them is looked through for these.
const MAX_NEEDLES: usize = 96;
const MIN_DIGITS: usize = 6;
/// Shorter parts of names begin many a word with a number behind it.
const MIN_COUNTED: usize = 5;

/// How a needle is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// Letters, whatever their case and accents; blanks may be any separator, or none.
    Letters,
    /// As `Letters`, but in just this case: a name that is a common word too.
    Exact,
    /// Digits, whatever stands between them.
    Digits,
}

#[derive(Debug, Clone, Copy)]
struct Needle {
    /// Its letters, in `letters`.
    start: usize,
    end: usize,
    kind: Kind,
    form: Form,
    /// A part of a name: too common to be looked for outside of texts.
    part: bool,
}

/// The needles of one session.
#[derive(Debug, Default)]
pub(super) struct Needles {
    letters: Vec<char>,
    all: Vec<Needle>,
    /// A bit for each first letter, by its lowest six bits.
    firsts: u64,
}

impl Needles {
    pub(super) fn clear(&mut self) {
        self.letters.clear();
        self.all.clear();
        self.firsts = 0;
    }

    /// Takes a value of that kind in each of its spellings.
    pub(super) fn add(&mut self, kind: Kind, value: &str) {
        match kind {
            Kind::Name => self.add_name(value),
            Kind::Phone => self.add_phone(value),
            Kind::Email => {
                self.add_letters(kind, value, false);
                self.add_handle(value);
            }
            _ => self.add_letters(kind, value, false),
        }
    }

    fn add_name(&mut self, name: &str) {
        let parts: Vec<&str> = name.split(is_separator).filter(|part| !part.is_empty()).collect();
        if name.chars().count() >= 3 && parts.len() > 1 {
            self.add_letters(Kind::Name, name, false);
            self.add_spelled(Kind::Name, name, false);
            let turned = parts.iter().rev().copied().collect::<Vec<_>>().join(" ");
            self.add_letters(Kind::Name, &turned, false);
        }
        // Names of four such letters are two and two, most of them.
        if name.chars().all(is_unspaced)
            && name.chars().count() == 4
            && let Some((halfway, _)) = name.char_indices().nth(2)
            && let Some((first, second)) = name.split_at_checked(halfway)
        {
            self.add_letters(Kind::Name, first, true);
            self.add_letters(Kind::Name, second, true);
        }
        for part in &parts {
            let single = parts.len() == 1;
            if is_telling(part) {
                self.add_letters(Kind::Name, part, !single);
                self.add_spelled(Kind::Name, part, !single);
            }
        }
    }

    /// With `ue` for `ü` and the like.
    fn add_spelled(&mut self, kind: Kind, text: &str, part: bool) {
        if text.contains(['ä', 'ö', 'ü', 'ß', 'Ä', 'Ö', 'Ü', 'ø', 'Ø', 'å', 'Å', 'æ', 'Æ']) {
            let pairs =
                [("ä", "ae"), ("ö", "oe"), ("ü", "ue"), ("ß", "ss"), ("ø", "oe"), ("å", "aa"), ("æ", "ae")];
            let lower = text.to_lowercase();
            let spelled = pairs.iter().fold(lower, |text, (letter, pair)| text.replace(letter, pair));
            self.add_letters(kind, &spelled, part);
        }
    }

    /// What stands before the `@`, where it is no common word.
    fn add_handle(&mut self, address: &str) {
        let local = address.split('@').next().unwrap_or_default();
        let joined = local.contains(['.', '_', '-']) || local.bytes().any(|byte| byte.is_ascii_digit());
        if address.contains('@') && local.len() >= 5 && joined {
            self.add_letters(Kind::Name, local, false);
        }
    }

    fn add_phone(&mut self, value: &str) {
        let digits: String = value.chars().filter(char::is_ascii_digit).collect();
        let national =
            country_code(digits.as_bytes()).and_then(|code| digits.get(code..)).unwrap_or_default();
        let trunk = format!("0{national}");
        let known = value.trim_start().starts_with('+');
        if let Some(rest) =
            digits.strip_prefix('0').filter(|rest| rest.len() > MIN_DIGITS + 1 && !rest.starts_with('0'))
        {
            self.push(Kind::Phone, rest.chars(), Form::Digits, false);
        }
        for form in [digits.as_str(), national, trunk.as_str()] {
            if form.len() >= MIN_DIGITS && (known || form == digits) {
                self.push(Kind::Phone, form.chars(), Form::Digits, false);
            }
        }
    }

    fn add_letters(&mut self, kind: Kind, value: &str, part: bool) {
        let common = part && COMMON.contains(&value.to_lowercase().as_str()) || value.chars().count() < 3;
        if common && !value.chars().any(is_unspaced) {
            self.push(kind, value.chars(), Form::Exact, part);
        } else {
            let value: Vec<char> = value.chars().filter_map(fold).collect();
            self.push(kind, value.into_iter(), Form::Letters, part);
        }
    }

    fn push(&mut self, kind: Kind, letters: impl Iterator<Item = char>, form: Form, part: bool) {
        if self.all.len() >= MAX_NEEDLES {
            return;
        }
        let start = self.letters.len();
        self.letters.extend(letters);
        let end = self.letters.len();
        let Some(first) = self.letters.get(start).copied() else { return };
        let same = |needle: &Needle| {
            needle.form == form && self.letters.get(needle.start..needle.end) == self.letters.get(start..end)
        };
        if self.all.iter().any(same) {
            self.letters.truncate(start);
            return;
        }
        self.firsts |= bit(fold(first).unwrap_or(first));
        self.all.push(Needle { start, end, kind, form, part });
    }

    /// Looks for all of them; `whole`: leave out parts of names.
    pub(super) fn find(&self, text: &str, whole: bool, hits: &mut Hits) {
        let (mut at, mut boundary) = (0, true);
        while let Some(character) = text.get(at..).and_then(|rest| rest.chars().next()) {
            let folded = fold(character);
            let begins = boundary || is_unspaced(character);
            if begins
                && folded.is_some_and(|folded| self.firsts & bit(folded) != 0)
                && let Some((end, kind)) = self.longest(text, at, whole)
            {
                hits.add(at..end, kind);
                (at, boundary) = (end, true);
                continue;
            }
            if folded.is_some() {
                boundary = is_boundary(character);
            }
            at += character.len_utf8();
        }
    }

    /// The longest needle that stands at a place: its end, and its kind.
    fn longest(&self, text: &str, at: usize, whole: bool) -> Option<(usize, Kind)> {
        let needles = self.all.iter().filter(|needle| !(whole && needle.part));
        let ends =
            needles.filter_map(|needle| Some((self.end_of(*needle, text.get(at..)?)? + at, needle.kind)));
        ends.max_by_key(|(end, _)| *end)
    }

    /// Where a needle ends that begins where the text does.
    fn end_of(&self, needle: Needle, text: &str) -> Option<usize> {
        let letters = self.letters.get(needle.start..needle.end)?;
        let end = match needle.form {
            Form::Digits => digits_end(letters, text)?,
            Form::Letters => letters_end(letters, text, fold)?,
            Form::Exact => letters_end(letters, text, Some)?,
        };
        let last = letters.last().copied()?;
        let next = text.get(end..)?.chars().next();
        // A year, or whatever number, is added to a whole name, or to a part that is no short word.
        let whole = !needle.part || needle.form == Form::Letters && letters.len() >= MIN_COUNTED;
        let counted = whole && last.is_alphabetic() && next.is_some_and(|next| next.is_ascii_digit());
        let alone = is_unspaced(last) || counted || next.is_none_or(is_boundary);
        alone.then_some(end)
    }
}

fn bit(letter: char) -> u64 {
    1 << (u32::from(letter) & 63)
}

/// Compares letter by letter; a separator of the needle may be up to three in the text, or none.
fn letters_end(needle: &[char], text: &str, fold: impl Fn(char) -> Option<char>) -> Option<usize> {
    let mut rest = text.char_indices().peekable();
    let mut end = 0;
    for wanted in needle {
        if is_separator(*wanted) {
            let mut skipped = 0;
            while skipped < 3
                && rest.next_if(|(_, found)| is_separator(*found) || fold(*found).is_none()).is_some()
            {
                skipped += 1;
            }
            continue;
        }
        loop {
            let (place, found) = rest.next()?;
            end = place + found.len_utf8();
            match fold(found) {
                Some(found) if found == *wanted => break,
                Some(_) => return None,
                None => {}
            }
        }
    }
    Some(end)
}

/// Compares digit by digit; up to three separators may stand between two.
fn digits_end(needle: &[char], text: &str) -> Option<usize> {
    let mut rest = text.char_indices();
    let (mut end, mut skipped) = (0, 0);
    for wanted in needle {
        loop {
            let (place, found) = rest.next()?;
            end = place + found.len_utf8();
            if found == *wanted {
                skipped = 0;
                break;
            }
            skipped += 1;
            if skipped > 3 || found.is_alphanumeric() {
                return None;
            }
        }
    }
    Some(end)
}
