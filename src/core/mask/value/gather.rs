//! The values of a session that tell whose it is, wherever they lie.

use crate::core::json::{Entries, Kind as Json, Value};
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

/// Takes the names, addresses, phones and ids of a session.
pub(in crate::core::mask) fn gather_own(session: Value<'_>, own: &mut OwnValues) {
    members(session.entries(), b"", 0, own);
}

fn members(entries: Entries<'_>, within: &[u8], depth: usize, own: &mut OwnValues) {
    for (key, value) in entries.with_keys() {
        let name = key.plain_bytes().or_else(|| key.as_str().map(str::as_bytes));
        let key = name.unwrap_or_default();
        if value.is_scalar() {
            take(key, value, within, own);
        } else if depth < MAX_DEPTH {
            inside(key, value, within, depth + 1, own);
        }
    }
}

fn inside(key: &[u8], value: Value<'_>, within: &[u8], depth: usize, own: &mut OwnValues) {
    match value.kind() {
        Json::Object(inner) => members(inner, key, depth, own),
        Json::Array(elements) => {
            // `contacts` are persons as a `contact` is, and `emails` addresses.
            let one = if is_address(key) { key } else { key.strip_suffix(b"s").unwrap_or(key) };
            for element in elements {
                match element.kind() {
                    Json::Object(inner) => members(inner, one, depth, own),
                    _ => take(one, element, within, own),
                }
            }
        }
        _ => {}
    }
}

#[inline]
fn take(key: &[u8], value: Value<'_>, within: &[u8], own: &mut OwnValues) {
    let kind = match kind::of_field(key) {
        Kind::Name if key.eq_ignore_ascii_case(b"name") && !is_person(within) => return,
        Kind::Value if is_address(key) => Kind::Location,
        Kind::Value => return,
        found => found,
    };
    match value.kind() {
        Json::String(text) => own.add(kind, text.as_str().unwrap_or_default()),
        Json::Integer(digits) if digits.len() >= MIN_DIGITS => own.add(kind, digits),
        _ => {}
    }
}

#[inline]
fn is_address(key: &[u8]) -> bool {
    let last = key.last().map(u8::to_ascii_lowercase);
    matches!(last, Some(b's' | b't')) && ADDRESSES.iter().any(|known| known.eq_ignore_ascii_case(key))
}

fn is_person(within: &[u8]) -> bool {
    PERSONS.iter().any(|person| within.eq_ignore_ascii_case(person))
}
