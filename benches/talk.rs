//! Texts of chats: some ten to eighty words, and a value in one of so many. What they hold stands in
//! `benches/compare/masking.py` too.

/// Numbers and addresses that are kept for examples.
const VALUES: [&str; 12] = [
    "jane@example.com",
    "+41 44 668 18 00",
    "4111 1111 1111 1111",
    "CH93 0076 2011 6238 5295 7",
    "203.0.113.7",
    "https://example.com/reset/8f3kd92LmQz7?x=1",
    "(212) 555-0143",
    "756.9217.0769.85",
    "219-09-9999",
    "00:1B:44:11:3A:B7",
    "ghp_16C7e42F292c6912E7710c838347Ae178B4a",
    "password: hunter2",
];
const WORDS: &str = "the order has not arrived yet and I would like to know when it will be delivered please \
check status of my account since payment was taken last week thanks support agent answered quickly but issue \
remains für größe";

/// So many texts; `one_in`: none holds a value where that is 0.
pub fn texts(count: usize, one_in: usize) -> Vec<String> {
    let mut dice = fastrand::Rng::with_seed(3);
    let words: Vec<&str> = WORDS.split_whitespace().collect();
    let mut text = || {
        let mut text: Vec<&str> =
            (0..dice.usize(10..80)).filter_map(|_| dice.choice(&words).copied()).collect();
        if one_in > 0 && dice.usize(..one_in) == 0 {
            let place = dice.usize(..text.len());
            text.insert(place, dice.choice(&VALUES).copied().unwrap_or_default());
        }
        text.join(" ")
    };
    (0..count).map(|_| text()).collect()
}
