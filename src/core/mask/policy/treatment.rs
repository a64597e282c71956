//! What can be done to a value, as policies write it.
//! It knows neither fields nor values.

use super::nearest;
use crate::core::mask::kind::{self, Kind};

/// What is done to the values of a field, or to what a detector finds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Treatment {
    /// The key goes, or the text that was found.
    Drop,
    /// `[kind]` stands in its place.
    Redact,
    /// A pseudonym, of the field's own kind or of this one.
    Token(Option<Kind>),
    /// What says little of a person stays: a domain, a network, a country code, four digits.
    Partial,
    /// A place to its country, a browser to its family, a time to its day.
    Coarse,
    /// Scheme, host and path stay.
    Url,
    /// What the detectors find is replaced, the rest stays.
    Text,
    /// It stays, but for what the detectors find.
    Keep,
    /// Nothing is done, and the detectors do not look.
    Raw,
}

/// The names as policies write them.
const NAMES: [(&str, Treatment); 9] = [
    ("drop", Treatment::Drop),
    ("redact", Treatment::Redact),
    ("token", Treatment::Token(None)),
    ("partial", Treatment::Partial),
    ("coarse", Treatment::Coarse),
    ("url", Treatment::Url),
    ("text", Treatment::Text),
    ("keep", Treatment::Keep),
    ("raw", Treatment::Raw),
];

impl Treatment {
    /// Reads `redact`, `token`, `token:email` and the like. `patterns` are the names of the policy's own.
    ///
    /// # Errors
    /// One sentence, with the nearest name.
    pub fn parse(text: &str, patterns: &[String]) -> Result<Self, String> {
        if let Some(kind) = text.strip_prefix("token:") {
            return Ok(Self::Token(Some(parse_kind(kind, patterns)?)));
        }
        let found = NAMES.iter().find(|(name, _)| *name == text).map(|(_, treatment)| *treatment);
        found.ok_or_else(|| {
            let hint = nearest::hint(text, NAMES.iter().map(|(name, _)| *name));
            format!("unknown treatment {text:?}{hint} Known are drop, redact, token, token:kind, partial, coarse, url, text, keep, raw.")
        })
    }

    /// As policies write it.
    pub fn write(self, name_of: impl Fn(Kind) -> String) -> String {
        if let Self::Token(Some(kind)) = self {
            return format!("token:{}", name_of(kind));
        }
        let found = NAMES.iter().find(|(_, treatment)| *treatment == self);
        found.map_or("token", |(name, _)| name).to_owned()
    }

    /// Whether it makes pseudonyms, and so needs a key.
    pub fn is_token(self) -> bool {
        matches!(self, Self::Token(_))
    }
}

/// The kind of that name.
///
/// # Errors
/// One sentence, with the nearest name.
pub fn parse_kind(text: &str, patterns: &[String]) -> Result<Kind, String> {
    if let Some(place) = patterns.iter().position(|name| name == text) {
        return Ok(Kind::Pattern(u16::try_from(place).unwrap_or(u16::MAX)));
    }
    Kind::named(text).ok_or_else(|| {
        let known = kind::NAMED.iter().map(|(_, name)| *name);
        let hint = nearest::hint(text, known.clone().chain(patterns.iter().map(String::as_str)));
        let known = known.collect::<Vec<_>>().join(", ");
        format!("unknown kind {text:?}{hint} Known are {known}, and the names of the policy's own patterns.")
    })
}
