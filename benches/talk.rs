//! Texts of chats: some ten to eighty words, and a value in one of so many. What they hold stands in
//! `talk.txt`, for `compare/masking.py` too.

/// Words; then, below an empty line, numbers and addresses that are kept for examples.
const TALK: &str = include_str!("talk.txt");

/// So many texts; `one_in`: none holds a value where that is 0.
pub fn texts(count: usize, one_in: usize) -> Vec<String> {
    let mut dice = fastrand::Rng::with_seed(3);
    let (words, values) = TALK.split_once("\n\n").unwrap_or_default();
    let (words, values): (Vec<&str>, Vec<&str>) = (words.split(' ').collect(), values.lines().collect());
    let mut text = || {
        let mut text: Vec<&str> =
            (0..dice.usize(10..80)).filter_map(|_| dice.choice(&words).copied()).collect();
        if one_in > 0 && dice.usize(..one_in) == 0 {
            let place = dice.usize(..text.len());
            text.insert(place, dice.choice(&values).copied().unwrap_or_default());
        }
        text.join(" ")
    };
    (0..count).map(|_| text()).collect()
}
