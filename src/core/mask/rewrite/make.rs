//! What becomes of one value that is no array and no object.

use super::{Outside, Rewriter};
use crate::core::json::{Kind as Json, Text, Value};
use crate::core::mask::kind::Kind;
use crate::core::mask::paths::PathId;
use crate::core::mask::policy::treatment::Treatment;
use crate::core::mask::value;
use crate::core::model::time::parse_timestamp;

/// Numbers of fewer digits are nobody's.
const MIN_DIGITS: usize = 8;
/// Clocks tell nanoseconds at most.
const CLOCK_DIGITS: usize = 9;
/// The shortest way to write a time with so many behind its seconds: `20260112T083000.123456789`.
const MAX_PLAIN_TIME: usize = 25;

impl Rewriter<'_> {
    /// What becomes of a value: it is counted, and nothing is written.
    pub(super) fn scalar(&mut self, value: Value<'_>, path: PathId) -> Made {
        let Some(about) = self.paths.get(path) else { return Made::Nothing };
        let (treatment, deeper) = (about.treatment.unwrap_or(self.mask.policy().unknown), about.deeper);
        if !deeper && matches!(treatment, Treatment::Drop | Treatment::Raw) {
            self.applier.tally.treated(path);
            return if treatment == Treatment::Drop { Made::Nothing } else { Made::Same };
        }
        if let Some(text) = value.plain_str() {
            return self.counted(text, true, path, treatment);
        }
        let whole;
        let (text, is_string) = match value.kind() {
            Json::String(Text::Str(text)) => (text, true),
            Json::String(Text::Surrogates(_)) if treatment != Treatment::Raw => return self.unmaskable(path),
            Json::Null if treatment != Treatment::Drop => return Made::Same,
            Json::Float(number) => {
                whole = whole_digits(number);
                (whole.as_deref().unwrap_or(value.raw()), false)
            }
            _ => (value.raw(), value.is_text()),
        };
        self.counted(text, is_string, path, treatment)
    }

    fn counted(&mut self, text: &str, is_string: bool, path: PathId, treatment: Treatment) -> Made {
        self.applier.tally.treated(path);
        self.made.clear();
        match self.make(text, is_string, path, treatment) {
            Made::Unmaskable => self.unmaskable(path),
            made => made,
        }
    }

    fn unmaskable(&mut self, path: PathId) -> Made {
        self.applier.tally.unmaskable(path);
        Made::Nothing
    }

    /// Writes what became of a value; tells whether anything did.
    #[inline]
    pub(super) fn put(&mut self, made: &Made, value: Value<'_>) -> bool {
        match made {
            Made::Same => self.out.copy(value),
            Made::Text => self.out.string(&self.made),
            Made::Number(number) => self.out.integer((*number).into()),
            Made::Nothing | Made::Unmaskable => return false,
        }
        true
    }

    /// Makes what stands in the place of a value, in `made`.
    fn make(&mut self, text: &str, is_string: bool, path: PathId, treatment: Treatment) -> Made {
        let Some(about) = self.paths.get(path) else { return Made::Nothing };
        let kind = about.kind;
        match treatment {
            Treatment::Drop => return Made::Nothing,
            Treatment::Raw => return Made::Same,
            _ if text.is_empty() => return Made::Same,
            // Most of what is kept are times.
            Treatment::Keep if is_string && parse_timestamp(text).is_some() => return self.time(text),
            // What a field of phone numbers holds needs no words before it.
            Treatment::Keep | Treatment::Text | Treatment::Url if is_string && kind != Kind::Phone => {
                return self.again(text, kind, treatment);
            }
            Treatment::Keep => return self.keep(text, is_string),
            Treatment::Text => return self.text(text, is_string, kind),
            Treatment::Redact => {
                self.applier.placeholder(kind, &mut self.made);
                return Made::Text;
            }
            Treatment::Token(of) => {
                self.applier.token(of.unwrap_or(kind), text, &mut self.made);
                return Made::Text;
            }
            Treatment::Partial => self.applier.partial(kind, text, &mut self.made),
            Treatment::Coarse => {
                if !is_string && let Some(day) = value::day_of_number(text) {
                    return Made::Number(day);
                }
                self.applier.coarse(&about.field, kind, text, &mut self.made);
            }
            Treatment::Url => return self.url(text, is_string),
        }
        if is_string && self.made == text { Made::Same } else { Made::Text }
    }

    /// A text: what was made of it before is made again, unless something of the session's own may be in it.
    fn again(&mut self, text: &str, kind: Kind, treatment: Treatment) -> Made {
        let searched = treatment == Treatment::Text;
        if let Some(known) = self.repeats.get(treatment, text)
            && !self.own.may_be_in(text, known.letters)
        {
            return match &known.made {
                None if searched => self.outside(text, false),
                None => Made::Same,
                Some(made) => {
                    self.made.push_str(made);
                    Made::Text
                }
            };
        }
        let mark = self.applier.tally.mark();
        let made = match treatment {
            Treatment::Keep => self.keep(text, true),
            Treatment::Text => self.text(text, true, kind),
            _ => self.url(text, true),
        };
        // What was found is counted each time, and may be the session's own.
        if self.applier.tally.mark() == mark {
            match made {
                Made::Same => self.repeats.put(treatment, text, None),
                Made::Text if !searched => self.repeats.put(treatment, text, Some(&self.made)),
                _ => {}
            }
        }
        made
    }

    /// A time. Its fraction may have any number of digits, and so hold any number: it is cut where clocks end.
    fn time(&mut self, text: &str) -> Made {
        if text.len() <= MAX_PLAIN_TIME {
            return Made::Same;
        }
        let mut behind = None;
        for character in text.chars() {
            behind = match character {
                '.' | ',' => Some(0),
                '0'..='9' => behind.map(|digits| digits + 1),
                _ => None,
            };
            if behind.is_none_or(|digits| digits <= CLOCK_DIGITS) {
                self.made.push(character);
            }
        }
        if self.made == text { Made::Same } else { Made::Text }
    }

    fn url(&mut self, text: &str, is_string: bool) -> Made {
        self.applier.url(text, &mut self.own, &mut self.made);
        if is_string && self.made == text { Made::Same } else { Made::Text }
    }

    fn keep(&mut self, text: &str, is_string: bool) -> Made {
        if !is_string && text.len() < MIN_DIGITS {
            return Made::Same;
        }
        let found = self.applier.scan(text, &mut self.own, false, &mut self.made);
        if found { Made::Text } else { Made::Same }
    }

    fn text(&mut self, text: &str, is_string: bool, kind: Kind) -> Made {
        if !is_string && text.len() < MIN_DIGITS && kind != Kind::Phone {
            return Made::Same;
        }
        let mut found = self.applier.scan(text, &mut self.own, true, &mut self.made);
        // A field of phone numbers needs no words before one.
        if !found && kind == Kind::Phone && is_number(text) {
            self.applier.found_whole(kind, text, &mut self.made);
            found = true;
        }
        if is_string {
            return self.outside(text, found);
        }
        if found { Made::Text } else { Made::Same }
    }

    /// Hands a text on to the detector outside of the core, or takes back what it made of it.
    fn outside(&mut self, text: &str, found: bool) -> Made {
        match &mut self.outside {
            Outside::Absent => {}
            Outside::Gather(texts) => texts.push(if found { self.made.clone() } else { text.to_owned() }),
            Outside::Replace(texts) => {
                let Some(Some(masked)) = texts.next() else { return Made::Unmaskable };
                self.made = masked;
                return if self.made == text { Made::Same } else { Made::Text };
            }
        }
        if found { Made::Text } else { Made::Same }
    }
}

/// What becomes of a value.
pub(super) enum Made {
    Same,
    /// It stands in `made`.
    Text,
    Number(i64),
    Nothing,
    Unmaskable,
}

/// The digits of a whole number that is written as a float, as in `4.1e15`.
fn whole_digits(number: f64) -> Option<String> {
    (number.fract() == 0.0 && number.abs() < 1e19).then(|| format!("{number:.0}"))
}

/// Digits enough, and no letters.
fn is_number(text: &str) -> bool {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    digits >= 6 && !text.chars().any(char::is_alphabetic)
}
