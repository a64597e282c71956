//! Words that names share with everyday texts.

/// Parts of a name that tell nothing of whose it is.
pub(super) const TITLES: &[&str] = &["dr", "mr", "mrs", "ms", "miss", "prof", "herr", "frau", "sir", "jr", "sr", "ii", "iii", "von", "van", "der", "den", "de", "da", "di", "du", "del", "della", "la", "le", "el", "al", "bin", "ibn", "ben", "zu", "zur", "und", "and", "the", "of", "dos", "das", "do", "ter", "ten", "st", "san", "santa", "mme", "mlle", "monsieur", "madame", "signor", "señor", "phd", "user", "guest", "test", "customer", "visitor", "anonymous", "unknown", "admin", "support", "agent", "bot", "name"];

/// Names that are words of everyday texts too: looked for in their own case only.
pub(super) const COMMON: &[&str] = &["will", "may", "mark", "grace", "hope", "rose", "bill", "art", "sue", "pat", "rich", "june", "april", "august", "joy", "faith", "dawn", "summer", "autumn", "ray", "guy", "jack", "frank", "victor", "lance", "chase", "grant", "miles", "max", "young", "king", "long", "short", "small", "best", "good", "day", "park", "price", "white", "black", "green", "brown", "gray", "stone", "wood", "field", "hill", "banks", "bush", "cook", "page", "rice", "love", "more", "low", "law", "lang", "klein", "gross", "kurz", "jung", "alt", "neu", "gut", "sommer", "winter", "herbst", "sonntag", "montag", "bank", "an", "so", "in", "on", "to", "no", "do", "he", "it", "us", "or", "my", "you", "she", "kim", "sky", "gene", "drew", "bob", "cash", "major", "star", "angel", "christian", "sunny", "precious", "prince", "queen", "baker", "carter", "fisher", "mason"];

/// Whether a part of a name tells whose it is.
pub(super) fn is_telling(part: &str) -> bool {
    let letters = part.chars().count();
    letters >= 2 && !TITLES.contains(&part.to_lowercase().as_str())
}
