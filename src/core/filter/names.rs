//! What a name was probably meant to be: the fields that are known, and how far a name is from each.

use crate::core::model::fields::{FIELDS, USER_FIELDS};
use crate::core::model::likeness::nearest;

/// Fields of the service's other shape that its own table does not have.
const OTHER_SHAPE: [&str; 3] = ["conversation", "last_entry_date", "total_count"];
/// The field that a name is surely a slip of the pen for; `None` if it is one, or far from all of them.
pub fn meant_field(name: &str) -> Option<&'static str> {
    if is_known(name) {
        return None;
    }
    // A name near a column that is made of `user_info` (`username`) may well be a field.
    let documented = || FIELDS.iter().map(|(field, _)| *field);
    if let Some(field) = documented().find(|field| field.eq_ignore_ascii_case(name)) {
        return Some(field);
    }
    nearest(name, documented())
}

/// Whether a name is documented, a column's, or of the service's other shape.
pub fn is_known(name: &str) -> bool {
    let documented = FIELDS.iter().map(|(field, _)| *field);
    let columns = USER_FIELDS.iter().map(|(_, column)| *column);
    documented.chain(columns).chain(OTHER_SHAPE).any(|known| known == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_of_the_pen_are_told_from_other_names() {
        for (name, meant) in [
            ("status", None),
            ("conversation", None),
            ("user_email", None),
            ("statu", Some("status")),
            ("stauts", Some("status")),
            ("Status", Some("status")),
            ("STATUS", Some("status")),
            ("tag", Some("tags")),
            ("stts", None),
            ("create_at", Some("created_at")),
            ("craeted_t", Some("created_at")),
            ("messages", None),
            ("plan", None),
            ("username", None),
        ] {
            assert_eq!(meant_field(name), meant, "{name}");
        }
    }
}
