//! Values that may never be shown, and the scrubbing of texts in which someone else shows them.
//! It knows nothing of where the texts come from or go to.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use crate::core::mask::Mask;

/// What stands in a text where a secret stood.
pub const MASK: &str = "***";

/// Shorter secrets are only taken for themselves where they stand alone: masking every "a" would
/// leave no message readable.
const ANYWHERE_FROM: usize = 6;

/// A text that shows itself to nobody who does not ask for it by name.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Secret(Arc<str>);

impl Secret {
    /// The text itself.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self(text.into())
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(text.into())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(MASK)
    }
}

/// Masks the secrets it was made with, in every form in which a service or a proxy may echo them.
#[derive(Clone, Default)]
pub struct Redactor {
    needles: Vec<String>,
    /// Of a client with a mask: what others say may hold personal data.
    mask: Option<Arc<Mask>>,
}

impl Redactor {
    pub fn new<'a>(secrets: impl IntoIterator<Item = &'a str>) -> Self {
        let mut redactor = Self::default();
        for secret in secrets {
            redactor.add(secret);
        }
        redactor
    }

    /// Masks this one as well.
    pub fn add(&mut self, secret: &str) {
        for form in forms(secret) {
            if !form.is_empty() && !self.needles.contains(&form) {
                self.needles.push(form);
            }
        }
        // A secret may hold another: the longest must go first.
        self.needles.sort_by_key(|needle| std::cmp::Reverse(needle.len()));
    }

    /// The text without the secrets.
    pub fn redact<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let mut clean = Cow::Borrowed(text);
        for needle in &self.needles {
            if let Some(masked) = mask(&clean, needle) {
                clean = Cow::Owned(masked);
            }
        }
        clean
    }

    /// With the client's mask, for what is not our own words.
    #[must_use]
    pub fn with_mask(self, mask: Option<Arc<Mask>>) -> Self {
        Self { mask, ..self }
    }

    /// Whether nothing of a body may be kept, since the client has a mask.
    pub fn hides_bodies(&self) -> bool {
        self.mask.is_some()
    }

    /// The words of a service or a proxy without the secrets, and without what the mask finds in them.
    pub fn screen<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let clean = self.redact(text);
        match &self.mask {
            Some(mask) => Cow::Owned(mask.text(&clean).into_owned()),
            None => clean,
        }
    }

    /// The beginning of a text, at most `limit` bytes of it, without the secrets and without the
    /// beginning of a secret at its end.
    pub fn scrub_start(&self, text: &str, limit: usize) -> String {
        let mut start = beginning(text, limit);
        if start.len() < text.len() {
            let begun = self.needles.iter().map(|needle| begun_at_end(start, needle)).max().unwrap_or(0);
            start = start.get(..start.len() - begun).unwrap_or_default();
        }
        self.redact(start).into_owned()
    }
}

impl fmt::Debug for Redactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Redactor({} texts)", self.needles.len())
    }
}

/// At most so many bytes of a text, with no character cut in two.
pub fn beginning(text: &str, limit: usize) -> &str {
    let mut end = limit.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default()
}

/// The ways in which one secret can appear: as it is, in JSON, in a URL.
fn forms(secret: &str) -> [String; 3] {
    let json = serde_json::to_string(secret).unwrap_or_default();
    let json = json.trim_matches('"').to_owned();
    let url: String = url::form_urlencoded::byte_serialize(secret.as_bytes()).collect();
    [secret.to_owned(), json, url]
}

/// The text with every occurrence masked; `None` if there is none.
fn mask(text: &str, needle: &str) -> Option<String> {
    if needle.len() >= ANYWHERE_FROM {
        return text.contains(needle).then(|| text.replace(needle, MASK));
    }
    let mut masked = String::new();
    let mut kept_to = 0;
    for (at, _) in text.match_indices(needle) {
        let end = at + needle.len();
        let before = text.get(..at).and_then(|t| t.chars().next_back());
        let after = text.get(end..).and_then(|t| t.chars().next());
        if !before.is_some_and(char::is_alphanumeric) && !after.is_some_and(char::is_alphanumeric) {
            masked.push_str(text.get(kept_to..at).unwrap_or_default());
            masked.push_str(MASK);
            kept_to = end;
        }
    }
    if kept_to == 0 {
        return None;
    }
    masked.push_str(text.get(kept_to..).unwrap_or_default());
    Some(masked)
}

/// How many bytes at the end of the text are the beginning of the needle, and not all of it.
fn begun_at_end(text: &str, needle: &str) -> usize {
    (1..needle.len())
        .rev()
        .find(|&length| needle.get(..length).is_some_and(|begun| text.ends_with(begun)))
        .unwrap_or(0)
}
