//! The values of a session that tell whose it is, wherever they lie.

use crate::core::json::{Entries, Kind as Json, Value};
use crate::core::mask::alike::alike;
use crate::core::mask::kind::{self, Kind};
use crate::core::mask::own::OwnValues;

/// Objects in which a bare `name` is a person's.
const PERSONS: [&[u8]; 12] = [
    b"user_info",
    b"user",
    b"customer",
    b"contact",
    b"profile",
    b"visitor",
    b"person",
    b"account",
    b"client",
    b"lead",
    b"caller",
    b"conversation",
];
/// Names of fields that hold a postal address.
const ADDRESSES: [&[u8]; 5] = [b"address", b"street", b"street_address", b"postal_address", b"home_address"];
const MAX_DEPTH: usize = 6;
/// A number of fewer stands in many a text by chance.
const MIN_DIGITS: usize = 5;

/// The most places of a session that are remembered.
const MAX_PLACES: usize = 256;

/// Takes the names, addresses, phones and ids of sessions, one after another. Most have the same fields in
/// the same order, so what each place held is remembered.
#[derive(Debug, Default)]
pub(in crate::core::mask) struct Gatherer {
    places: Vec<Place>,
    /// The place that comes next.
    at: usize,
}

/// A field as it came last time.
#[derive(Debug)]
struct Place {
    key: Vec<u8>,
    /// The place that it lies within.
    within: usize,
    /// The kind of what it holds, where that is looked for.
    kind: Option<Kind>,
}

/// A field of which others lie within.
#[derive(Clone, Copy)]
struct Within<'k> {
    place: usize,
    key: &'k [u8],
    depth: usize,
}

impl Gatherer {
    pub(in crate::core::mask) fn gather(&mut self, session: Value<'_>, own: &mut OwnValues) {
        self.at = 0;
        self.members(session.entries(), Within { place: usize::MAX, key: b"", depth: 0 }, own);
    }

    fn members(&mut self, entries: Entries<'_>, within: Within<'_>, own: &mut OwnValues) {
        for (key, value) in entries.with_keys() {
            let name = key.utf8();
            let key = name.unwrap_or_default();
            let (place, kind) = self.place(key, within);
            if !value.is_scalar() {
                if within.depth < MAX_DEPTH {
                    self.inside(key, value, place, within, own);
                }
            } else if let Some(kind) = kind {
                take(kind, value, own);
            }
        }
    }

    /// The next place, and the kind of what lies there. A field may be missing that came last time.
    #[inline]
    fn place(&mut self, key: &[u8], within: Within<'_>) -> (usize, Option<Kind>) {
        for at in [self.at, self.at + 1] {
            if let Some(place) = self.places.get(at)
                && place.within == within.place
                && alike(&place.key, key)
            {
                self.at = at + 1;
                return (at, place.kind);
            }
        }
        self.remember(key, within)
    }

    fn remember(&mut self, key: &[u8], within: Within<'_>) -> (usize, Option<Kind>) {
        let (at, kind) = (self.at, kind(key, within.key));
        if at < MAX_PLACES {
            let place = Place { key: key.to_vec(), within: within.place, kind };
            match self.places.get_mut(at) {
                Some(before) => *before = place,
                None => self.places.push(place),
            }
        }
        self.at += 1;
        (at, kind)
    }

    fn inside(
        &mut self,
        key: &[u8],
        value: Value<'_>,
        place: usize,
        within: Within<'_>,
        own: &mut OwnValues,
    ) {
        let depth = within.depth + 1;
        match value.kind() {
            Json::Object(inner) => self.members(inner, Within { place, key, depth }, own),
            Json::Array(elements) => {
                // `contacts` are persons as a `contact` is, and `emails` addresses.
                let one = if is_address(key) { key } else { key.strip_suffix(b"s").unwrap_or(key) };
                for element in elements {
                    match element.kind() {
                        Json::Object(inner) => {
                            self.members(inner, Within { place, key: one, depth }, own);
                        }
                        _ => {
                            if let Some(kind) = kind(one, within.key) {
                                take(kind, element, own);
                            }
                        }
                    }
                }
            }
            _ => {}
        }
    }
}

/// The kind of what a field holds, where that is looked for.
fn kind(key: &[u8], within: &[u8]) -> Option<Kind> {
    match kind::of_field(key) {
        Kind::Name if key.eq_ignore_ascii_case(b"name") && !is_person(within) => None,
        Kind::Value if is_address(key) => Some(Kind::Location),
        Kind::Value => None,
        found => Some(found),
    }
}

fn take(kind: Kind, value: Value<'_>, own: &mut OwnValues) {
    if let Some(text) = value.plain_str() {
        return own.add(kind, text);
    }
    match value.kind() {
        Json::String(text) => own.add(kind, text.as_str().unwrap_or_default()),
        Json::Integer(digits) if digits.len() >= MIN_DIGITS => own.add(kind, digits),
        _ => {}
    }
}

fn is_address(key: &[u8]) -> bool {
    let last = key.last().map(u8::to_ascii_lowercase);
    matches!(last, Some(b's' | b't')) && ADDRESSES.iter().any(|known| known.eq_ignore_ascii_case(key))
}

fn is_person(within: &[u8]) -> bool {
    PERSONS.iter().any(|person| within.eq_ignore_ascii_case(person))
}
