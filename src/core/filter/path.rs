//! Where in a session a value stands: names joined by dots, an odd one in double quotes.
//! `fields=` and `where=` write and print them the same way; nothing is looked up here.

use std::fmt::{Display, Formatter};

use super::names::meant_field;
use crate::core::json::Value;

/// Words that mean something else where they stand in a condition without quotes.
const RESERVED: [&str; 13] = [
    "and", "between", "contains", "escape", "false", "ilike", "in", "is", "like", "not", "null", "or", "true",
];

/// One name or more, from the session's own fields downwards.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Path(Vec<Box<str>>);

impl Path {
    /// A path of these names, of which there is at least one.
    pub fn new(names: impl IntoIterator<Item = impl Into<Box<str>>>) -> Self {
        Self(names.into_iter().map(Into::into).collect())
    }

    /// Reads a path as `fields=` takes it: what is neither a dot nor a double quote stands for itself.
    ///
    /// # Errors
    /// With what is wrong, and at which character from 1 on.
    pub fn parse(text: &str) -> Result<Self, (&'static str, usize)> {
        let mut names = Vec::new();
        let mut rest = text;
        loop {
            let at = text.chars().count() - rest.chars().count() + 1;
            let (name, behind) = if let Some(quoted) = rest.strip_prefix('"') {
                unquote(quoted).ok_or(("a double quote that is never closed", at))?
            } else {
                let end = rest.find(['.', '"']).unwrap_or(rest.len());
                let (name, behind) = rest.split_at_checked(end).unwrap_or((rest, ""));
                (name.to_owned(), behind)
            };
            if name.is_empty() {
                return Err(("an empty name", at));
            }
            names.push(name.into_boxed_str());
            match (behind.strip_prefix('.'), behind.is_empty()) {
                (Some(more), _) => rest = more,
                (None, true) => return Ok(Self(names)),
                (None, false) => return Err(("a double quote inside a name", at)),
            }
        }
    }

    /// The value at the end of the path, if each name but the last is that of an object.
    pub fn find<'a>(&self, session: Value<'a>) -> Option<Value<'a>> {
        self.0.iter().try_fold(session, |value, name| value.get(name))
    }

    /// The session's own field, and the names below it.
    pub fn split(&self) -> (&str, &[Box<str>]) {
        self.0.split_first().map_or(("", &[]), |(first, rest)| (first, rest))
    }
}

/// What stands before the closing quote, and what follows it.
fn unquote(text: &str) -> Option<(String, &str)> {
    let mut name = String::new();
    let mut rest = text;
    loop {
        let (before, behind) = rest.split_once('"')?;
        name.push_str(before);
        match behind.strip_prefix('"') {
            Some(more) => {
                name.push('"');
                rest = more;
            }
            None => return Some((name, behind)),
        }
    }
}

impl Display for Path {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        for (index, name) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str(".")?;
            }
            // What would be taken for a slip of the pen was in quotes.
            let stands_for_itself = index > 0 || meant_field(name).is_none();
            if is_plain(name) && stands_for_itself {
                f.write_str(name)?;
            } else {
                write!(f, "\"{}\"", name.replace('"', "\"\""))?;
            }
        }
        Ok(())
    }
}

/// Whether a name needs no quotes in a condition.
fn is_plain(name: &str) -> bool {
    let begins = name.chars().next().is_some_and(|first| first.is_alphabetic() || first == '_');
    let goes_on = name.chars().all(|character| character.is_alphanumeric() || character == '_');
    begins && goes_on && !RESERVED.iter().any(|word| word.eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_and_prints() {
        for (text, printed) in [
            ("status", "status"),
            ("metadata.source", "metadata.source"),
            ("metadata.page-url", "metadata.\"page-url\""),
            ("metadata.\"odd \"\" key\".x", "metadata.\"odd \"\" key\".x"),
            ("\"a.b\"", "\"a.b\""),
            ("größe", "größe"),
            ("in", "\"in\""),
        ] {
            let path = Path::parse(text).unwrap();
            assert_eq!(path.to_string(), printed);
            assert_eq!(Path::parse(printed), Ok(path));
        }
    }

    #[test]
    fn says_what_is_wrong() {
        for (text, fault, at) in [
            ("", "an empty name", 1),
            ("a..b", "an empty name", 3),
            ("a.", "an empty name", 3),
            ("a.\"b", "a double quote that is never closed", 3),
            ("ab\"c", "a double quote inside a name", 1),
            ("\"\"", "an empty name", 1),
        ] {
            assert_eq!(Path::parse(text), Err((fault, at)), "{text}");
        }
    }
}
