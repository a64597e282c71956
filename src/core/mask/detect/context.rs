//! The words around a place: many a number is told by what stands before it.
//! One automaton knows all of them, so that a look costs the same however many there are.

use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};

/// What a word tells of a number near it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Topic {
    /// A phone is spoken of.
    Phone,
    /// A number is spoken of that is no phone's.
    Other,
    /// A social security number.
    Social,
    /// A version, or a part of a text.
    Version,
    /// A network.
    Network,
}

const TOPICS: usize = 5;

/// How much of a text is looked at.
const SPAN: usize = 40;

/// Words up to this length are looked for whole.
const SHORT: usize = 3;

const WORDS: [(Topic, &[&str]); TOPICS] = [
    (
        Topic::Phone,
        &[
            "phone",
            "telephone",
            "tel",
            "telefon",
            "téléphone",
            "teléfono",
            "telefono",
            "call",
            "ring",
            "reach",
            "mobile",
            "mobil",
            "móvil",
            "cell",
            "handy",
            "natel",
            "whatsapp",
            "sms",
            "fax",
            "text me",
            "dial",
            "contact",
            "callback",
            "portable",
            "landline",
            "festnetz",
            "rufnummer",
            "anrufen",
            "erreichbar",
            "hotline",
            "signal",
            "viber",
            "telegram",
            "numéro",
            "rückruf",
            "toll free",
            "ph",
        ],
    ),
    (
        Topic::Other,
        &[
            "order",
            "invoice",
            "ticket",
            "ref",
            "case",
            "tracking",
            "isbn",
            "id",
            "version",
            "policy",
            "account",
            "serial",
            "sku",
            "part",
            "code",
            "booking",
            "bestell",
            "rechnung",
            "kundennummer",
            "customer",
            "article",
            "artikel",
            "product",
            "item",
            "shipment",
            "parcel",
            "package",
            "amount",
            "total",
            "file",
            "issue",
            "build",
            "coordinates",
            "lat",
            "longitude",
            "date",
            "since",
            "session",
            "user",
            "auftrag",
            "no",
            "nr",
            "commit",
            "batch",
            "lot",
            "model",
            "barcode",
            "ean",
            "upc",
            "gtin",
            "vin",
            "doi",
        ],
    ),
    (Topic::Social, &["ssn", "social", "sozialversicherung", "itin", "tin", "tax id", "taxpayer"]),
    (
        Topic::Version,
        &[
            "version",
            "ver",
            "v",
            "release",
            "build",
            "firmware",
            "update",
            "upgrade",
            "downgrade",
            "driver",
            "sdk",
            "section",
            "chapter",
            "clause",
            "paragraph",
            "patch",
            "app",
            "client",
            "library",
            "package",
            "plugin",
            "kernel",
            "bios",
            "oid",
            "rev",
            "abschnitt",
            "kapitel",
            "ausgabe",
            "software",
            "installed",
            "running",
        ],
    ),
    (
        Topic::Network,
        &[
            "ip", "address", "addr", "host", "server", "ping", "dns", "gateway", "router", "subnet", "from",
            "network", "netmask", "proxy", "login", "logged", "adresse", "connect", "remote",
        ],
    ),
];

/// All words, and the topic of each.
static AUTOMATON: LazyLock<(Option<AhoCorasick>, Vec<Topic>)> = LazyLock::new(|| {
    let words = WORDS.iter().flat_map(|(topic, words)| words.iter().map(|word| (*topic, *word)));
    let (topics, words): (Vec<Topic>, Vec<&str>) = words.unzip();
    let automaton = AhoCorasick::builder()
        .match_kind(MatchKind::Standard)
        .kind(Some(AhoCorasickKind::DFA))
        .ascii_case_insensitive(true)
        .build(words);
    (automaton.ok(), topics)
});

/// Where each topic is spoken of last in a short stretch of a text.
pub(super) struct Words {
    last: [Option<usize>; TOPICS],
}

impl Words {
    /// What stands before a place, on its line.
    pub(super) fn before(bytes: &[u8], at: usize) -> Self {
        let from = at.saturating_sub(SPAN);
        let stretch = bytes.get(from..at).unwrap_or_default();
        let line = stretch.iter().rposition(|byte| *byte == b'\n').map_or(0, |stop| stop + 1);
        Self::of(bytes, from + line, at)
    }

    /// The word right before a place, with no more than a blank and a sign between them.
    pub(super) fn nearest(bytes: &[u8], at: usize) -> Self {
        let stretch = bytes.get(at.saturating_sub(SPAN)..at).unwrap_or_default();
        let gap = stretch.iter().rev().take_while(|byte| !super::is_word(**byte)).count();
        let word = stretch.iter().rev().skip(gap).take_while(|byte| super::is_word(**byte)).count();
        if gap > 2 { Self::of(bytes, at, at) } else { Self::of(bytes, at - gap - word, at - gap) }
    }

    /// What stands behind a place.
    pub(super) fn after(bytes: &[u8], at: usize, span: usize) -> Self {
        Self::of(bytes, at, (at + span.min(SPAN)).min(bytes.len()))
    }

    /// A word may go on unless it is short: `phone` is found in `phones`, but `no` not in `now`, and `tel`
    /// not in `hotel`.
    fn of(bytes: &[u8], from: usize, to: usize) -> Self {
        let mut last = [None; TOPICS];
        let (automaton, topics) = &*AUTOMATON;
        let stretch = bytes.get(from..to).unwrap_or_default();
        for found in automaton.iter().flat_map(|automaton| automaton.find_overlapping_iter(stretch)) {
            let starts = !super::is_word(super::before(bytes, from + found.start()))
                && (found.len() > SHORT || !super::is_word(super::byte(bytes, from + found.end())));
            let topic = topics.get(found.pattern().as_usize()).copied();
            if let Some(place) = topic.filter(|_| starts).and_then(|topic| last.get_mut(topic as usize)) {
                *place = (*place).max(Some(found.start()));
            }
        }
        Self { last }
    }

    /// Where a topic is spoken of last, counted from the beginning of the stretch.
    pub(super) fn last(&self, topic: Topic) -> Option<usize> {
        self.last.get(topic as usize).copied().flatten()
    }

    pub(super) fn has(&self, topic: Topic) -> bool {
        self.last(topic).is_some()
    }
}
