//! Texts that come again on a page: most of its fields hold one of a few words, whose looks are told once.
//! It is forgotten with the page.

use super::alike::alike;
use super::own::Letters;
use super::policy::treatment::Treatment;

/// Longer texts are looked at each time.
const MAX_LENGTH: usize = 128;
const PLACES: usize = 128;

/// A text, and what stands in its place wherever nothing of a session's own is in it.
#[derive(Debug, Default)]
pub(super) struct Known {
    treatment: Option<Treatment>,
    text: String,
    /// `None` where the text stays as it is.
    pub(super) made: Option<String>,
    /// The letters that its words begin with.
    pub(super) letters: Letters,
}

/// The texts that came last: two in each of the places that their letters choose.
#[derive(Debug)]
pub(super) struct Repeats(Vec<[Known; 2]>);

impl Repeats {
    pub(super) fn new() -> Self {
        let mut places = Vec::new();
        places.resize_with(PLACES, Default::default);
        Self(places)
    }

    /// What is known of a text.
    #[inline]
    pub(super) fn get(&self, treatment: Treatment, text: &str) -> Option<&Known> {
        let both = self.0.get(place(text))?;
        both.iter()
            .find(|known| known.treatment == Some(treatment) && alike(known.text.as_bytes(), text.as_bytes()))
    }

    /// Remembers what stands in the place of a text in which nothing was found.
    pub(super) fn put(&mut self, treatment: Treatment, text: &str, made: Option<&str>) {
        if text.len() > MAX_LENGTH {
            return;
        }
        if let Some(both) = self.0.get_mut(place(text)) {
            both.swap(0, 1);
            let [known, _] = both;
            known.treatment = Some(treatment);
            known.text.clear();
            known.text.push_str(text);
            known.made = made.map(str::to_owned);
            known.letters = Letters::of(text);
        }
    }
}

/// By its length and its letters at both ends.
#[inline]
fn place(text: &str) -> usize {
    let bytes = text.as_bytes();
    let eight = |part: Option<&[u8; 8]>| part.map_or(0, |part| u64::from_le_bytes(*part));
    let (first, last) = if bytes.len() >= 8 {
        (eight(bytes.first_chunk()), eight(bytes.last_chunk()))
    } else {
        (bytes.iter().fold(0, |all, byte| (all << 8) | u64::from(*byte)), 0)
    };
    let mixed = (first ^ last.rotate_left(23) ^ bytes.len() as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    (mixed >> 57) as usize
}
