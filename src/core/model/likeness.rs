//! Which known name a mistyped one was most likely meant to be: the one measure behind every "did you mean".

/// Names with more letters than this may be two letters off.
const SHORT: usize = 6;

/// The known name that is nearest, if it is near enough: a letter changed, added, left out or swapped with its
/// neighbour; two in a longer name.
pub fn nearest<'n>(given: &str, known: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    by_distance(given, known.into_iter().map(|name| (name.to_owned(), name)))
}

/// As [`nearest`], whatever the capitals and underscores; or else a known name that has the given one as one of its
/// words: `agent` for `agent_id`. For names of ours, of which there are no others.
pub fn nearest_or_longer<'n>(
    given: &str,
    known: impl IntoIterator<Item = &'n str> + Clone,
) -> Option<&'n str> {
    let plain = |name: &str| name.replace('_', "").to_lowercase();
    let word = given.to_lowercase();
    let longer = |name: &&str| name.split(['_', '-']).any(|part| part == word);
    by_distance(&plain(given), known.clone().into_iter().map(|name| (plain(name), name)))
        .or_else(|| known.into_iter().find(longer))
}

fn by_distance<'n>(given: &str, known: impl Iterator<Item = (String, &'n str)>) -> Option<&'n str> {
    let most = if given.chars().count() > SHORT { 2 } else { 1 };
    let near = known.map(|(spelt, name)| (strsim::osa_distance(given, &spelt), name));
    near.filter(|(far, _)| *far <= most).min_by_key(|(far, _)| *far).map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_near_is_meant() {
        let known = ["status", "agent_id", "drop", "created_at"];
        for (given, meant) in [
            ("statis", Some("status")),
            ("STATUS_X", None),
            ("stauts", Some("status")),
            ("stts", None),
            ("agentid", Some("agent_id")),
            ("dorp", Some("drop")),
            ("craeted_t", Some("created_at")),
            ("agent", None),
        ] {
            assert_eq!(nearest(given, known), meant, "{given}");
        }
        assert_eq!(nearest_or_longer("agent", known), Some("agent_id"));
        assert_eq!(nearest_or_longer("Agent_ID", known), Some("agent_id"));
        assert_eq!(nearest_or_longer("gent", known), None);
    }
}
