//! A session's own values: the names, addresses, phones and ids that its fields hold, searched for in
//! its texts. It finds names without knowing any.
//!
//! Most texts hold none of them, and most sessions have no text that could: so values are only noted
//! with the letters that they begin with (`beginnings`), and are spelled out (`needles`) for the first
//! text in which a word begins alike. The room knows neither JSON nor which fields such values come from, and
//! it does not know what is done to what it finds.

mod beginnings;
mod fold;
mod needles;
mod words;

use std::ops::Range;

use self::beginnings::Beginnings;
pub(super) use self::beginnings::Letters;
pub use self::fold::fold;
use self::needles::Needles;
use super::detect::Hits;
use super::kind::Kind;

const MAX_LENGTH: usize = 200;
/// A session that has more of them is looked through for these, and for so many names besides.
const MAX_VALUES: usize = 48;
const MAX_NAMES: usize = 16;

/// The values of one session.
#[derive(Debug, Default)]
pub(super) struct OwnValues {
    texts: String,
    /// Where in `texts` each stands.
    values: Vec<(Kind, Range<usize>)>,
    beginnings: Beginnings,
    needles: Needles,
    /// Whether the needles are of these values.
    spelled_out: bool,
}

impl OwnValues {
    pub(super) fn clear(&mut self) {
        self.texts.clear();
        self.values.clear();
        self.beginnings.clear();
        self.spelled_out = false;
    }

    pub(super) fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// Takes the value of a field of that kind.
    pub(super) fn add(&mut self, kind: Kind, value: &str) {
        let value = value.trim();
        let wanted = match kind {
            Kind::Name | Kind::Phone | Kind::Email => !value.is_empty(),
            // An id of three letters or of a few digits stands in many a text by chance.
            Kind::User | Kind::Session => value.len() >= 5,
            Kind::Location => value.len() >= 6,
            _ => false,
        };
        let most = if kind == Kind::Name { MAX_VALUES + MAX_NAMES } else { MAX_VALUES };
        if !wanted || value.len() > MAX_LENGTH || self.values.len() >= most {
            return;
        }
        let start = self.texts.len();
        self.texts.push_str(value);
        self.values.push((kind, start..self.texts.len()));
        self.beginnings.add(kind, value);
    }

    /// Whether any of them could stand in a text whose words begin with these letters.
    #[inline]
    pub(super) fn may_be_in(&self, text: &str, letters: Letters) -> bool {
        !self.beginnings.are_apart(letters) && (!letters.are_told() || self.beginnings.are_in(text))
    }

    /// Looks for all of them; `whole`: leave out parts of names.
    pub(super) fn find(&mut self, text: &str, whole: bool, hits: &mut Hits) {
        if self.values.is_empty() || text.len() < 2 || !self.beginnings.are_in(text) {
            return;
        }
        if !self.spelled_out {
            self.spelled_out = true;
            self.needles.clear();
            // Names first: nothing else finds them.
            let (names, others): (Vec<_>, Vec<_>) =
                self.values.iter().partition(|(kind, _)| *kind == Kind::Name);
            for (kind, range) in names.into_iter().chain(others) {
                self.needles.add(*kind, self.texts.get(range.clone()).unwrap_or_default());
            }
        }
        self.needles.find(text, whole, hits);
    }
}
