//! `fields=`: which fields of a session are kept, as a tree for sessions and as a list for columns.
//! It reads no session but to write what is kept of one as JSON; objects and columns are made elsewhere.

use super::absent::Unknown;
use super::names::{is_known, meant_field};
use super::path::Path;
use super::sql::Fault;
use crate::core::json::{KeyLengths, Value};
use crate::core::model::fields::{FIELDS, Kind, USER_FIELDS};

/// The column of everything that has no column of its own.
const EXTRA: &str = "extra";

/// Names to keep, in the order given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Projection {
    names: Vec<Name>,
    /// What is kept of a session.
    root: Branch,
    extra: bool,
    /// Names that are not documented.
    unknown: Vec<Unknown>,
}

/// One name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    /// As it was given: the name of its column.
    pub text: Box<str>,
    pub source: Source,
}

/// What a column is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A documented field, by its place in [`FIELDS`].
    Field(usize),
    /// A text of the user's profile, by its place in [`USER_FIELDS`].
    User(usize),
    /// Whatever else was sent.
    Extra,
    /// Any other value.
    Path(Path),
}

/// What is kept of an object.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Branch {
    /// All of it.
    pub whole: bool,
    below: Vec<(Box<str>, Branch)>,
    /// Of the names below.
    lengths: KeyLengths,
}

impl Projection {
    /// Reads the names.
    ///
    /// # Errors
    /// With everything that is wrong with them.
    pub fn parse(names: &[String]) -> Result<Self, Vec<Fault>> {
        let mut projection =
            Self { names: Vec::new(), root: Branch::default(), extra: false, unknown: Vec::new() };
        let mut faults = Vec::new();
        if names.is_empty() {
            faults.push(Fault::new(0, "at least one name is needed").hint("leave it out to keep all fields"));
        }
        for text in names {
            match read(text) {
                Ok(source) if projection.names.iter().any(|known| known.source == source) => {
                    faults.push(Fault::new(0, format!("'{text}' is named twice")));
                }
                Ok(source) => projection.add(text, source),
                Err(fault) => faults.push(fault),
            }
        }
        if faults.is_empty() { Ok(projection) } else { Err(faults) }
    }

    fn add(&mut self, text: &str, source: Source) {
        match &source {
            Source::Field(place) => {
                if let Some((name, _)) = FIELDS.get(*place) {
                    self.root.keep(name, &[]);
                }
            }
            Source::User(place) => {
                if let Some((key, _)) = USER_FIELDS.get(*place) {
                    self.root.keep("user_info", &[(*key).into()]);
                }
            }
            Source::Extra => self.extra = true,
            Source::Path(path) => {
                let (head, below) = path.split();
                if !text.contains('"') {
                    self.unknown.extend(Unknown::new("fields", path));
                }
                self.root.keep(head, below);
            }
        }
        self.names.push(Name { text: text.into(), source });
    }

    /// In the order given.
    pub fn names(&self) -> &[Name] {
        &self.names
    }

    /// Names that are not documented, and were not put in quotes.
    pub fn unknown(&self) -> &[Unknown] {
        &self.unknown
    }

    /// Whether everything is kept that has no column of its own.
    pub fn keeps_extra(&self) -> bool {
        self.extra
    }

    /// The lengths of a session's fields of which anything is kept.
    pub fn lengths(&self) -> KeyLengths {
        if self.extra { KeyLengths::ALL } else { self.root.lengths }
    }

    /// What is kept of a session's field; `None` if nothing is.
    #[inline]
    pub fn field(&self, name: &str, value: Value<'_>) -> Option<&Branch> {
        match self.root.field(name) {
            None if self.extra && is_extra(name, value) => Some(&WHOLE),
            found => found,
        }
    }

    /// What is kept of a session, as JSON.
    pub fn write(&self, session: Value<'_>, text: &mut String) {
        let kept = |name: &str, value: Value<'_>| self.field(name, value);
        if !write_object(session, self.lengths(), &kept, text) {
            text.push_str("{}");
        }
    }
}

static WHOLE: Branch = Branch { whole: true, below: Vec::new(), lengths: KeyLengths::ALL };

impl Branch {
    fn keep(&mut self, name: &str, below: &[Box<str>]) {
        if self.field(name).is_none() {
            self.below.push((name.into(), Self::default()));
            self.lengths = self.lengths.and(name);
        }
        let branch = self.below.iter_mut().find(|(known, _)| **known == *name);
        let Some((_, branch)) = branch else { return };
        match below.split_first() {
            Some((next, rest)) => branch.keep(next, rest),
            None => branch.whole = true,
        }
    }

    /// The lengths of the fields of this object of which anything is kept.
    pub fn lengths(&self) -> KeyLengths {
        self.lengths
    }

    /// What is kept of a field of this object; `None` if nothing is.
    #[inline]
    pub fn field(&self, name: &str) -> Option<&Self> {
        self.below.iter().find(|(known, _)| **known == *name).map(|(_, branch)| branch)
    }

    /// Whether anything of a value is kept: the whole, or something at the end of a path below it.
    pub fn reaches(&self, value: Value<'_>) -> bool {
        self.whole
            || self
                .below
                .iter()
                .any(|(name, branch)| value.get(name).is_some_and(|value| branch.reaches(value)))
    }
}

/// Writes what is kept of an object, if anything is; says whether.
fn write_object<'b>(
    object: Value<'_>,
    lengths: KeyLengths,
    kept: &dyn Fn(&str, Value<'_>) -> Option<&'b Branch>,
    text: &mut String,
) -> bool {
    let begin = text.len();
    for (key, value) in object.entries().with_keys().filter(|(key, _)| lengths.may_be(*key)) {
        let Some(branch) = key.as_str().and_then(|name| kept(name, value)) else { continue };
        // Of a key that repeats, only the last value counts; a whole one may stand there twice, as sent.
        let counts = || {
            key.as_str().and_then(|name| object.get(name)).is_some_and(|last| last.index() == value.index())
        };
        let kept = branch.whole || branch.reaches(value) && counts();
        if !kept {
            continue;
        }
        text.push(if text.len() == begin { '{' } else { ',' });
        text.push_str(key.raw());
        text.push(':');
        if branch.whole {
            text.push_str(value.raw());
        } else {
            write_object(value, branch.lengths, &|name, _| branch.field(name), text);
        }
    }
    let any = text.len() > begin;
    if any {
        text.push('}');
    }
    any
}

/// Whether a field of a session goes to the column `extra`: it has none of its own, or does not fit it.
fn is_extra(name: &str, value: Value<'_>) -> bool {
    FIELDS.iter().find(|(known, _)| *known == name).is_none_or(|(_, kind)| !kind.fits(value))
}

/// What looks like an expression, which stands for nothing here; a name in quotes may look like anything.
fn computed(text: &str) -> Option<Fault> {
    let unquoted: String = text.split('"').step_by(2).collect();
    if unquoted.contains('[') {
        let fault = Fault::new(0, format!("'{text}' is no name: array elements are not addressed"));
        return Some(fault.hint("a path is written with dots, and an odd name in it in double quotes"));
    }
    let (function, _) = unquoted.strip_suffix(')')?.split_once('(')?;
    let is_name = !function.is_empty() && function.chars().all(|c| c.is_alphanumeric() || c == '_');
    let fault = || Fault::new(0, format!("'{text}' is no name: nothing is computed here"));
    is_name.then(|| fault().hint("name the field itself; an odd name stands in double quotes"))
}

fn read(text: &str) -> Result<Source, Fault> {
    if let Some(fault) = computed(text) {
        return Err(fault);
    }
    let path = Path::parse(text)
        .map_err(|(said, at)| Fault::new(0, format!("{said} at character {at} of '{text}'")))?;
    let (head, below) = path.split();
    if below.is_empty() {
        if let Some(place) = FIELDS.iter().position(|(name, _)| *name == head) {
            return Ok(Source::Field(place));
        }
        if let Some(place) = USER_FIELDS.iter().position(|(_, column)| *column == head) {
            return Ok(Source::User(place));
        }
        if head == EXTRA {
            return Ok(Source::Extra);
        }
    }
    if let Some((first, rest)) = head.split_once(char::is_whitespace)
        && is_known(first)
    {
        let fault = Fault::new(0, format!("unknown field '{head}'"));
        return Err(fault.hint(format!("these are several names: '{first}', '{}'", rest.trim())));
    }
    // A name in quotes was meant as it stands.
    if let Some(meant) = meant_field(head).filter(|_| !text.starts_with('"')) {
        return Err(Fault::new(0, format!("unknown field '{head}'")).meant(Some(format!("'{meant}'"))));
    }
    let documented = FIELDS.iter().find(|(name, _)| *name == head);
    match documented {
        Some((_, Kind::Object | Kind::Any)) | None => Ok(Source::Path(path)),
        Some(_) => Err(Fault::new(0, format!("'{head}' has no fields of its own, as '{text}' would need"))),
    }
}
