//! The values of a session that tell whose it is, wherever they lie.

use crate::core::json::{Entries, Kind as Json, Value};
use crate::core::mask::kind::{self, Kind};
use crate::core::mask::own::OwnValues;

/// Objects in which a bare `name` is a person's.
const PERSONS: [&str; 12] = [
    "user_info",
    "user",
    "customer",
    "contact",
    "profile",
    "visitor",
    "person",
    "account",
    "client",
    "lead",
    "caller",
    "conversation",
];
/// Names of fields that hold a postal address.
const ADDRESSES: [&str; 5] = ["address", "street", "street_address", "postal_address", "home_address"];
const MAX_DEPTH: usize = 6;

/// Takes the names, addresses, phones and ids of a session.
pub(in crate::core::mask) fn gather_own(session: Value<'_>, own: &mut OwnValues) {
    members(session.entries(), "", 0, own);
}

fn members(entries: Entries<'_>, within: &str, depth: usize, own: &mut OwnValues) {
    for (key, value) in entries {
        let Some(key) = key.as_str() else { continue };
        match value.kind() {
            Json::String(text) => {
                if let Some(text) = text.as_str() {
                    take(key, text, within, own);
                }
            }
            Json::Integer(digits) if digits.len() >= 5 => take(key, digits, within, own),
            Json::Object(inner) if depth < MAX_DEPTH => members(inner, key, depth + 1, own),
            _ => {}
        }
    }
}

fn take(key: &str, text: &str, within: &str, own: &mut OwnValues) {
    let lower;
    let name = if key.bytes().any(|byte| byte.is_ascii_uppercase() || byte >= 0x80) {
        lower = key.to_lowercase();
        lower.as_str()
    } else {
        key
    };
    match kind::of_field(name) {
        Kind::Name if name == "name" && !is_person(within) => {}
        Kind::Value if ADDRESSES.contains(&name) => own.add(Kind::Location, text),
        Kind::Value => {}
        found => own.add(found, text),
    }
}

fn is_person(within: &str) -> bool {
    PERSONS.iter().any(|person| within.eq_ignore_ascii_case(person))
}
