//! A page rewritten: its tape is walked once, what stays is copied as it was sent, what is treated is
//! written anew. What comes out is JSON text that is read again, so that nothing of the page as it
//! was sent is left.

use super::Mask;
use super::kind::Kind;
use super::own::OwnValues;
use super::paths::{NONE, PathId, Paths};
use super::policy::treatment::Treatment;
use super::repeats::Repeats;
use super::tally::Tally;
use super::value::{self, Applier, Gatherer};
use crate::core::json::{Kind as Json, Text, Value};
use crate::core::model::time::parse_timestamp;

/// Numbers of fewer digits are nobody's.
const MIN_DIGITS: usize = 8;

/// A page, masked.
pub(super) struct Rewritten {
    pub(super) json: String,
    pub(super) tally: Tally,
    pub(super) paths: Paths,
    /// The texts that a detector outside of the core is still to see, in order.
    pub(super) texts: Vec<String>,
}

/// What becomes of the texts that a detector outside of the core is to see.
pub(super) enum Outside {
    /// There is none.
    Absent,
    /// They are gathered.
    Gather(Vec<String>),
    /// They are replaced, in the order in which they were gathered; what it failed at is dropped.
    Replace(std::vec::IntoIter<Option<String>>),
}

/// Rewrites sessions one after another.
pub(super) struct Rewriter<'m> {
    mask: &'m Mask,
    applier: Applier<'m>,
    paths: Paths,
    gatherer: Gatherer,
    own: OwnValues,
    repeats: Repeats,
    out: String,
    /// A value while it is made.
    made: String,
    outside: Outside,
}

impl<'m> Rewriter<'m> {
    pub(super) fn new(mask: &'m Mask, outside: Outside, capacity: usize) -> Self {
        Self {
            mask,
            applier: Applier::new(mask.policy(), mask.pseudonyms()),
            paths: Paths::new(mask.policy()),
            gatherer: Gatherer::default(),
            own: OwnValues::default(),
            repeats: Repeats::new(),
            out: String::with_capacity(capacity),
            made: String::new(),
            outside,
        }
    }

    /// Writes a page of these sessions.
    pub(super) fn page<'v>(
        mut self,
        sessions: impl Iterator<Item = Value<'v>>,
        total: Option<u64>,
    ) -> Rewritten {
        self.out.push_str("{\"sessions\":[");
        for (place, session) in sessions.enumerate() {
            if place > 0 {
                self.out.push(',');
            }
            self.session(session);
        }
        self.out.push_str("],\"total_count\":");
        match total {
            Some(total) => self.out.push_str(&total.to_string()),
            None => self.out.push_str("null"),
        }
        self.out.push('}');
        let texts = if let Outside::Gather(texts) = self.outside { texts } else { Vec::new() };
        Rewritten { json: self.out, tally: self.applier.tally, paths: self.paths, texts }
    }

    fn session(&mut self, session: Value<'_>) {
        self.own.clear();
        if self.mask.policy().spec().own_values {
            self.gatherer.gather(session, &mut self.own);
        }
        self.out.push('{');
        self.members(session, 0);
        self.out.push('}');
        self.applier.tally.end_session();
    }

    /// Writes what stays of an object's members; tells whether anything does.
    fn members(&mut self, object: Value<'_>, within: PathId) -> bool {
        let start = self.out.len();
        let mut previous = NONE;
        for (key, value) in object.entries().with_keys() {
            let mark = self.out.len();
            let plain = key.plain_bytes();
            let seen = plain.and_then(|name| self.paths.known(within, previous, name));
            let written = if let Some(path) = seen {
                previous = path;
                self.member(key, value, path, within, mark == start)
            } else if let Some(name) = key.as_str() {
                previous = self.path(name, within, previous);
                self.member(key, value, previous, within, mark == start)
            } else {
                let path = self.paths.others(self.mask.policy(), within);
                self.applier.tally.unmaskable(path);
                false
            };
            if !written {
                self.out.truncate(mark);
            }
        }
        self.out.len() > start
    }

    fn member(
        &mut self,
        key: Value<'_>,
        value: Value<'_>,
        path: PathId,
        within: PathId,
        is_first: bool,
    ) -> bool {
        let Some(about) = self.paths.get(path) else { return false };
        // Most members that go are told by their path.
        if about.spelled && about.is_dropped() {
            self.applier.tally.treated(path);
            return false;
        }
        if about.spelled && key.plain_bytes().is_some() {
            self.out.push_str(about.member.get(usize::from(is_first)..).unwrap_or_default());
            return self.value(value, path);
        }
        if !is_first {
            self.out.push(',');
        }
        let (path, masked) = match key.as_str() {
            Some(name) if !about.spelled => self.own_name(name, path, within),
            _ => (path, None),
        };
        match masked.as_ref().or_else(|| self.paths.get(path)?.masked.as_ref()) {
            Some(masked) => value::push_json(masked, &mut self.out),
            None => self.out.push_str(key.raw()),
        }
        self.out.push(':');
        self.value(value, path)
    }

    /// The path of a name.
    fn path(&mut self, name: &str, within: PathId, previous: PathId) -> PathId {
        if let Some(path) = self.paths.known(within, previous, name.as_bytes()) {
            return path;
        }
        let applier = &mut self.applier;
        let search = |name: &str| {
            let mut masked = String::new();
            let mark = applier.tally.mark();
            let found = applier.scan(name, &mut OwnValues::default(), true, &mut masked);
            applier.tally.rewind(mark);
            found.then_some(masked)
        };
        self.paths.discover(self.mask.policy(), within, name, search)
    }

    /// The path under which a name that no policy spells out is counted, and the name as it may be written
    /// where that is this session's alone: its own values may be in it.
    fn own_name(&mut self, name: &str, path: PathId, within: PathId) -> (PathId, Option<String>) {
        let mut masked = String::new();
        let mark = self.applier.tally.mark();
        let whole = self.paths.get(path).is_some_and(|path| path.field.is_empty());
        let found =
            (whole || !self.own.is_empty()) && self.applier.scan(name, &mut self.own, true, &mut masked);
        self.applier.tally.rewind(mark);
        let known = self.paths.get(path).is_some_and(|path| path.masked.as_deref() == Some(masked.as_str()));
        if !found || known {
            return (path, None);
        }
        (self.paths.others(self.mask.policy(), within), Some(masked))
    }

    /// Writes what stays of a value; tells whether anything does.
    fn value(&mut self, value: Value<'_>, path: PathId) -> bool {
        let Some(about) = self.paths.get(path) else { return false };
        let (named, deeper) = (about.treatment, about.deeper);
        let treatment = named.unwrap_or(self.mask.policy().unknown);
        match (treatment, deeper) {
            (Treatment::Drop, false) => {
                self.applier.tally.treated(path);
                false
            }
            (Treatment::Raw, false) => {
                self.applier.tally.treated(path);
                self.out.push_str(value.raw());
                true
            }
            _ if value.is_scalar() => self.scalar(value, path, treatment),
            _ => match value.kind() {
                Json::Object(_) => self.object(value, path, treatment),
                _ => self.array(value, path, treatment),
            },
        }
    }

    /// An object that is dropped stays for what within it is not.
    fn object(&mut self, object: Value<'_>, path: PathId, treatment: Treatment) -> bool {
        let mark = self.applier.tally.mark();
        self.out.push('{');
        let any = self.members(object, path);
        self.out.push('}');
        self.holds(any, mark, path, treatment)
    }

    fn array(&mut self, array: Value<'_>, path: PathId, treatment: Treatment) -> bool {
        let before = self.applier.tally.mark();
        self.out.push('[');
        let start = self.out.len();
        for element in array.elements() {
            let mark = self.out.len();
            if mark > start {
                self.out.push(',');
            }
            if !self.value(element, path) {
                self.out.truncate(mark);
            }
        }
        let any = self.out.len() > start;
        self.out.push(']');
        self.holds(any, before, path, treatment)
    }

    /// Whether an array or object stays; what is dropped does not, once it is empty.
    fn holds(&mut self, any: bool, mark: usize, path: PathId, treatment: Treatment) -> bool {
        let stays = any || treatment != Treatment::Drop;
        if !stays && self.applier.tally.mark() == mark {
            self.applier.tally.treated(path);
        }
        stays
    }

    fn scalar(&mut self, value: Value<'_>, path: PathId, treatment: Treatment) -> bool {
        let whole;
        let (text, is_string) = match value.kind() {
            Json::String(Text::Str(text)) => (text, true),
            Json::String(Text::Surrogates(_)) if treatment != Treatment::Raw => {
                self.applier.tally.unmaskable(path);
                return false;
            }
            Json::Null if treatment != Treatment::Drop => {
                self.out.push_str("null");
                return true;
            }
            Json::Float(number) => {
                whole = whole_digits(number);
                (whole.as_deref().unwrap_or(value.raw()), false)
            }
            _ => (value.raw(), value.is_text()),
        };
        self.applier.tally.treated(path);
        self.made.clear();
        match self.make(text, is_string, path, treatment) {
            Made::Same => self.out.push_str(value.raw()),
            Made::Text => value::push_json(&self.made, &mut self.out),
            Made::Plain => {
                self.out.push('"');
                self.out.push_str(&self.made);
                self.out.push('"');
            }
            Made::Number(number) => self.out.push_str(&number.to_string()),
            Made::Nothing => return false,
            Made::Unmaskable => {
                self.applier.tally.unmaskable(path);
                return false;
            }
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
            Treatment::Keep if is_string && parse_timestamp(text).is_some() => return Made::Same,
            // What a field of phone numbers holds needs no words before it.
            Treatment::Keep | Treatment::Text | Treatment::Url if is_string && kind != Kind::Phone => {
                return self.again(text, kind, treatment);
            }
            Treatment::Keep => return self.keep(text, is_string),
            Treatment::Text => return self.text(text, is_string, kind),
            Treatment::Redact => {
                self.applier.placeholder(kind, &mut self.made);
                return Made::Plain;
            }
            Treatment::Token(of) => {
                self.applier.token(of.unwrap_or(kind), text, &mut self.made);
                return Made::Plain;
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

/// What became of a value.
enum Made {
    Same,
    /// It stands in `made`.
    Text,
    /// The same, of letters that JSON writes as they are.
    Plain,
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
