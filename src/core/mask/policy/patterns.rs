//! The policy's own regular expressions, all in one automaton that takes linear time.

use regex_automata::meta::Regex;
use regex_automata::{Input, PatternID};

use crate::core::mask::kind::Kind;

/// The patterns by their names.
#[derive(Debug)]
pub(in crate::core::mask) struct Patterns {
    names: Vec<String>,
    regex: Option<Regex>,
}

/// The memory that one policy's patterns may take.
const MAX_AUTOMATON_BYTES: usize = 16 << 20;
const MAX_PATTERNS: usize = 1_000;

impl Patterns {
    /// # Errors
    /// One sentence about the first name or expression that is wrong.
    pub(in crate::core::mask) fn new(patterns: &[(String, String)]) -> Result<Self, String> {
        if patterns.len() > MAX_PATTERNS {
            return Err(format!("more than {MAX_PATTERNS} patterns."));
        }
        let names: Vec<String> = patterns.iter().map(|(name, _)| name.clone()).collect();
        for (place, (name, expression)) in patterns.iter().enumerate() {
            check_name(name)?;
            if names.iter().take(place).any(|other| other == name) {
                return Err(format!("patterns: {name:?} stands there twice."));
            }
            let alone = build(&[expression]).map_err(|why| format!("patterns[{name:?}]: {why}"))?;
            if alone.is_match("") {
                return Err(format!(
                    "patterns[{name:?}] matches the empty text, and so every place of every text."
                ));
            }
        }
        if patterns.is_empty() {
            return Ok(Self { names, regex: None });
        }
        let expressions: Vec<&String> = patterns.iter().map(|(_, expression)| expression).collect();
        let regex = build(&expressions).map_err(|why| format!("patterns: {why}"))?;
        Ok(Self { names, regex: Some(regex) })
    }

    pub(in crate::core::mask) fn names(&self) -> &[String] {
        &self.names
    }

    pub(in crate::core::mask) fn name(&self, pattern: u16) -> &str {
        self.names.get(usize::from(pattern)).map_or("value", String::as_str)
    }

    /// What they find, in order and without overlaps.
    pub(in crate::core::mask) fn find<'t>(
        &'t self,
        text: &'t str,
    ) -> impl Iterator<Item = (Kind, std::ops::Range<usize>)> + 't {
        let matches = self.regex.iter().flat_map(move |regex| regex.find_iter(Input::new(text)));
        let kind = |pattern: PatternID| Kind::Pattern(u16::try_from(pattern.as_usize()).unwrap_or(u16::MAX));
        matches.filter(|found| !found.is_empty()).map(move |found| (kind(found.pattern()), found.range()))
    }
}

fn build<T: AsRef<str>>(expressions: &[T]) -> Result<Regex, String> {
    let config = Regex::config().nfa_size_limit(Some(MAX_AUTOMATON_BYTES)).hybrid_cache_capacity(4 << 20);
    Regex::builder().configure(config).build_many(expressions).map_err(|error| {
        let syntax = error.syntax_error().map(ToString::to_string);
        syntax.unwrap_or_else(|| format!("{error}."))
    })
}

fn check_name(name: &str) -> Result<(), String> {
    let letters = name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
    if !letters || !name.starts_with(|first: char| first.is_ascii_lowercase()) || name.len() > 64 {
        return Err(format!(
            "patterns: the name {name:?} must be small letters, digits and `_`, a letter first: it becomes `[name]`."
        ));
    }
    if Kind::named(name).is_some() {
        return Err(format!("patterns: {name:?} is a kind already; choose another name."));
    }
    Ok(())
}
