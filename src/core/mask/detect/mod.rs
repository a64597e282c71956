//! Detectors: where in a text personal data and secrets stand.
//!
//! A text is first brought to one spelling ([`canon`]: full-width letters, invisible characters, `%40`
//! and the like), then passed over once by byte class ([`classes`]), each class waking the verifiers
//! that it can begin: `@` an e-mail address, a digit a number of some kind, `:` a URL or an address. A
//! second searcher looks for the literals that secrets begin with. Every verifier looks at a bounded
//! stretch, so that no text takes more than linear time. What is done to what they find is not known
//! here.

mod address;
mod canon;
mod classes;
mod context;
mod email;
mod iban;
mod issuers;
mod literals;
mod number;
mod password;
mod phone;
mod secret;
mod url;

use std::ops::Range;

use super::kind::Kind;
use super::policy::patterns::Patterns;
pub(super) use canon::{Canon, ESCAPED_BLANK};
pub(super) use phone::country_code;
pub(super) use url::secret_looking;

/// What was found, and where in the text that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    pub range: Range<usize>,
    pub kind: Kind,
}

/// What was found in one text, in its one spelling.
#[derive(Debug, Default)]
pub(super) struct Hits(Vec<Hit>);

impl Hits {
    fn push(&mut self, range: Range<usize>, kind: Kind) {
        self.0.push(Hit { range, kind });
    }

    /// Whether what was found last goes beyond a place.
    fn reaches(&self, at: usize) -> bool {
        self.0.last().is_some_and(|hit| hit.range.start <= at && at < hit.range.end)
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    pub(super) fn add(&mut self, range: Range<usize>, kind: Kind) {
        self.push(range, kind);
    }

    /// Lets those go of which nothing is wanted.
    pub(super) fn retain(&mut self, wanted: impl Fn(&Hit) -> bool) {
        self.0.retain(wanted);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn as_slice(&self) -> &[Hit] {
        &self.0
    }

    /// Brings them in order and lets none overlap: where two do, one of both takes their place, of
    /// the kind of the longer.
    pub(super) fn settle(&mut self) {
        if self.0.len() < 2 {
            return;
        }
        self.0.sort_by_key(|hit| (hit.range.start, std::cmp::Reverse(hit.range.end)));
        // Those that follow are merged into the one that is kept.
        self.0.dedup_by(|hit, last| {
            let overlaps = hit.range.start < last.range.end;
            if overlaps {
                if hit.range.len() > last.range.len() {
                    last.kind = hit.kind;
                }
                last.range.end = last.range.end.max(hit.range.end);
            }
            overlaps
        });
    }
}

/// Looks for everything in a text of one spelling; `hits` comes out unsettled. `through_urls`: URLs are
/// looked at as any text.
pub(super) fn find(text: &str, patterns: &Patterns, through_urls: bool, hits: &mut Hits) {
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some((place, class)) = classes::next(bytes, at) {
        at = match class {
            classes::Class::At => email::find(text, place, hits),
            classes::Class::Digit => number::find(text, place, hits),
            classes::Class::Colon => address::find(text, place, through_urls, hits),
            classes::Class::Query if through_urls => place + 1,
            classes::Class::Query => url::find_query(text, place, hits),
        }
        .max(place + 1);
    }
    secret::find(text, hits);
    for (kind, range) in patterns.find(text) {
        hits.push(range, kind);
    }
}

/// The byte there, or a zero behind the end.
#[inline]
fn byte(bytes: &[u8], at: usize) -> u8 {
    bytes.get(at).copied().unwrap_or_default()
}

/// The byte before, or a zero at the beginning.
#[inline]
fn before(bytes: &[u8], at: usize) -> u8 {
    at.checked_sub(1).map_or(0, |at| byte(bytes, at))
}

/// Whether a byte is part of a word: a letter, a digit, or part of a letter beyond ASCII.
#[inline]
fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte >= 0x80
}
