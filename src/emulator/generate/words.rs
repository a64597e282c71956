//! The words that generated sessions are made of, already escaped for JSON.
//! Every address, number and host is one that is reserved for documentation.

/// A person: the name as shown, and the same in ASCII for an address.
pub(super) const FIRST_NAMES: [(&str, &str); 24] = [
    ("John", "john"),
    ("Amélie", "amelie"),
    ("Zoë", "zoe"),
    ("Priya", "priya"),
    ("Nikita", "nikita"),
    ("Søren", "soren"),
    ("Mei", "mei"),
    ("José", "jose"),
    ("Fatima", "fatima"),
    ("Łukasz", "lukasz"),
    ("Hana", "hana"),
    ("Olivia", "olivia"),
    ("Kwame", "kwame"),
    ("Дмитрий", "dmitry"),
    ("美咲", "misaki"),
    ("Tenzin", "tenzin"),
    ("Rahim", "rahim"),
    ("Chiara", "chiara"),
    ("Björk", "bjork"),
    ("Noah", "noah"),
    ("Ines", "ines"),
    ("D\\u2019Arcy", "darcy"),
    ("Sam \\\"Sunny\\\"", "sunny"),
    ("ياسمين", "yasmin"),
];

pub(super) const LAST_NAMES: [(&str, &str); 20] = [
    ("Doe", "doe"),
    ("Müller", "mueller"),
    ("Smith", "smith"),
    ("García", "garcia"),
    ("O'Brien", "obrien"),
    ("Nguyễn", "nguyen"),
    ("Kowalski", "kowalski"),
    ("Ahmed", "ahmed"),
    ("Tanaka", "tanaka"),
    ("Иванов", "ivanov"),
    ("Rahman", "rahman"),
    ("Okafor", "okafor"),
    ("Dorji", "dorji"),
    ("Rossi", "rossi"),
    ("Lindqvist", "lindqvist"),
    ("Meier-Keller", "meier"),
    ("佐藤", "sato"),
    ("Silva", "silva"),
    ("Kim", "kim"),
    ("Haddad", "haddad"),
];

pub(super) const PLACES: [&str; 12] = [
    "New York, US",
    "Zürich, CH",
    "Dhaka, BD",
    "Thimphu, BT",
    "São Paulo, BR",
    "München, DE",
    "東京, JP",
    "Kraków, PL",
    "Dubai, AE",
    "Łódź, PL",
    "Singapore, SG",
    "Reykjavík, IS",
];

pub(super) const SOURCES: [&str; 6] =
    ["website", "mobile_app", "email_campaign", "help_center", "qr_code", "partner"];
pub(super) const PAGES: [&str; 8] = [
    "support",
    "pricing",
    "checkout",
    "docs/getting-started",
    "account",
    "orders",
    "contact",
    "returns?lang=de&step=2",
];
pub(super) const DEVICES: [&str; 3] = ["desktop", "mobile", "tablet"];
pub(super) const BROWSERS: [&str; 5] = ["Chrome", "Safari", "Firefox", "Edge", "Samsung Internet"];
pub(super) const REFERRERS: [&str; 4] =
    ["https://www.example.com/", "https://search.example.org/?q=chat", "https://news.example.net/a/1", ""];
pub(super) const CAMPAIGNS: [&str; 5] = ["spring_sale", "winter-2025", "onboarding", "win_back", "été 2025"];
pub(super) const TAGS: [&str; 12] = [
    "support",
    "billing",
    "product_inquiry",
    "shipping",
    "refund",
    "bug",
    "vip",
    "onboarding",
    "feature_request",
    "complaint",
    "Rückfrage",
    "sales",
];
pub(super) const SENTIMENTS: [&str; 4] = ["positive", "neutral", "negative", "mixed"];

/// How users rate a session, and how many of a hundred do: who left says little, and little good.
pub(super) fn opinion(status: &str) -> ([u64; 10], u64) {
    match status {
        "closed" => ([5, 5, 5, 5, 4, 4, 4, 3, 3, 2], 75),
        "idle" => ([5, 5, 4, 4, 4, 3, 3, 2, 2, 1], 45),
        "abandoned" => ([5, 4, 3, 3, 2, 2, 2, 1, 1, 1], 35),
        _ => ([5, 5, 5, 4, 4, 4, 3, 3, 2, 1], 40),
    }
}

/// What users say, by their rating: three of each.
pub(super) const FEEDBACK: [[&str; 3]; 5] = [
    ["Had to repeat myself three times.", "Nobody answered 😡", "Wrong answer,\\ntwice."],
    ["Slow, but it worked.", "Not what I asked for.", "Zu langsam."],
    ["It was okay.", "Répondu, mais tard.", "Fine \\u2014 I guess."],
    ["Quick and clear.", "Très bien, merci !", "Helped me with \\\"Pro\\\" billing."],
    ["Great service!", "Perfect \\ud83d\\ude80", "とても助かりました。"],
];

pub(super) const USER_AGENTS: [&str; 3] = [
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/131.0.0.0 Safari/537.36",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15",
    "Mozilla/5.0 (Windows NT 10.0; rv:133.0) Gecko/20100101 Firefox/133.0",
];

pub(super) const CONTEXTS: [&str; 4] = [
    r#"{"language":"en","cart":{"items":3,"total":129.5},"returning":true}"#,
    r#"{"language":"de","returning":false}"#,
    r#"{"language":"bn","kb_ids":["kb_12","kb_7"],"steps":[1,2,3]}"#,
    "{}",
];

/// Fields that no page documents: a client has to keep them as they are.
pub(super) const UNKNOWN: [&str; 6] = [
    r#","crm_ticket":{"id":48213,"open":false}"#,
    r#","external_id":18446744073709551615"#,
    r#","score_raw":1.25e-7"#,
    r#","queue":null"#,
    r#","x-éxtra":"naïve \u00e9 \ud83d\ude42""#,
    r#","experiments":[{"name":"greeting","arm":"B"},{"name":"speed","arm":null}]"#,
];
