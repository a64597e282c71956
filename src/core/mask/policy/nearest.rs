//! The known name that a mistyped one was most likely meant to be.

/// `; did you mean "redact"?`, or nothing where no known name is near.
pub fn hint<'n>(given: &str, known: impl Iterator<Item = &'n str>) -> String {
    let given = given.to_lowercase();
    let near = known
        .map(|name| (strsim::damerau_levenshtein(&given, name), name))
        .filter(|(distance, name)| *distance <= name.len().max(given.len()).div_ceil(3))
        .min_by_key(|(distance, _)| *distance);
    near.map(|(_, name)| format!("; did you mean {name:?}?")).unwrap_or_default()
}
