//! A labelled set, made anew from a seed: texts with one value of a kind each, and texts with what is near
//! to one. Nothing in the core was tuned to it; another seed gives another set.

use super::masked;
use blocks_sessions::core::mask::Mask;
use blocks_sessions::core::mask::policy::PolicySpec;
use std::sync::Arc;

struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit as u64) as usize
    }

    fn one_of<'a, T: ?Sized>(&mut self, all: &[&'a T]) -> &'a T {
        all[self.below(all.len())]
    }

    fn digits(&mut self, count: usize) -> String {
        (0..count).map(|_| char::from(b'0' + self.below(10) as u8)).collect()
    }

    fn letters(&mut self, count: usize, alphabet: &str) -> String {
        let alphabet: Vec<char> = alphabet.chars().collect();
        (0..count).map(|_| alphabet[self.below(alphabet.len())]).collect()
    }
}

const LOWER: &str = "abcdefghijklmnopqrstuvwxyz";
const MIXED: &str = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
const HEX: &str = "0123456789abcdef";

/// Sentences around a value, in the languages of those who write.
const AROUND: &[&str] = &[
    "Hello, {} is mine, could you check?",
    "{}",
    "I tried it twice ({}) and nothing happened.",
    "Please use {}.",
    "Guten Tag, hier ist {} wie besprochen.",
    "Bonjour, voici {}, merci beaucoup !",
    "Mi dato es {}; gracias.",
    "agent said: \"{}\" and then closed the chat",
    "see below\n{}\nthanks",
    "Ciao! {}, grazie mille",
    "It was {}, wasn't it?",
    "(as I wrote: {})",
    "お願いします {} です",
    "update -> {} <- please",
];

fn luhn(mut digits: String) -> String {
    let sum: u32 = digits
        .bytes()
        .rev()
        .enumerate()
        .map(|(i, b)| {
            let d = u32::from(b - b'0');
            if i % 2 == 0 { if d > 4 { d * 2 - 9 } else { d * 2 } } else { d }
        })
        .sum();
    digits.push(char::from(b'0' + ((10 - sum % 10) % 10) as u8));
    digits
}

fn grouped(text: &str, sizes: &[usize], separator: &str) -> String {
    let (mut parts, mut at) = (Vec::new(), 0);
    for size in sizes {
        let end = (at + size).min(text.len());
        parts.push(&text[at..end]);
        at = end;
    }
    if at < text.len() {
        parts.push(&text[at..]);
    }
    parts.retain(|part| !part.is_empty());
    parts.join(separator)
}

fn email(dice: &mut Dice) -> String {
    let first =
        dice.one_of(&["anna", "li.wei", "o'neil", "jean-luc", "x_y", "Sam.Taylor", "ravi99", "müller", "k"]);
    let plus = dice.one_of(&["", "", "+shop", "+a.b"]);
    let host = dice.one_of(&[
        "example.com",
        "mail.example.org",
        "example.co.uk",
        "bücher.example",
        "sub-domain.example.net",
        "EXAMPLE.COM",
    ]);
    let at = dice.one_of(&["@", "@", "@", "@", "%40", "＠"]);
    format!("{first}{plus}{at}{host}")
}

fn card(dice: &mut Dice) -> String {
    let (start, length) = *dice.one_of(&[
        &("4", 16),
        &("51", 16),
        &("2233", 16),
        &("37", 15),
        &("6011", 16),
        &("4", 19),
        &("3530", 16),
        &("36", 14),
    ]);
    let number = luhn(format!("{start}{}", dice.digits(length - 1 - start.len())));
    let separator = dice.one_of(&["", " ", "-", ".", "\u{a0}", "/"]);
    let sizes: &[usize] = if length == 15 {
        &[4, 6, 5]
    } else if length == 14 {
        &[4, 6, 4]
    } else {
        &[4, 4, 4, 4]
    };
    if separator.is_empty() { number } else { grouped(&number, sizes, separator) }
}

fn iban(dice: &mut Dice) -> String {
    let (country, length, bank) = *dice.one_of(&[
        &("CH", 21, 0),
        &("DE", 22, 0),
        &("GB", 22, 4),
        &("FR", 27, 0),
        &("NL", 18, 4),
        &("AT", 20, 0),
        &("IT", 27, 1),
        &("NO", 15, 0),
    ]);
    let bank = dice.letters(bank, "ABCDEFGHKLMNPRSTUVWXYZ");
    let body = format!("{bank}{}", dice.digits(length - 4 - bank.len()));
    let remainder = format!("{body}{country}00").bytes().fold(0_u32, |r, b| match b {
        b'0'..=b'9' => (r * 10 + u32::from(b - b'0')) % 97,
        _ => (r * 100 + u32::from(b - b'A') + 10) % 97,
    });
    let whole = format!("{country}{:02}{body}", 98 - remainder);
    match dice.below(4) {
        0 => grouped(&whole, &[4; 8], " "),
        1 => whole.to_lowercase(),
        2 => grouped(&whole, &[4; 8], "\u{a0}"),
        _ => whole,
    }
}

fn ip(dice: &mut Dice) -> String {
    if dice.below(3) > 0 {
        let o: Vec<usize> = (0..4).map(|_| dice.below(256)).collect();
        return format!("{}.{}.{}.{}", o[0].max(31), o[1], o[2], o[3]);
    }
    let g: Vec<String> = (0..8).map(|_| format!("{:x}", dice.below(65_536))).collect();
    if dice.below(2) == 0 { g.join(":") } else { format!("2001:db8:{}::{}:{}", g[0], g[1], g[2]) }
}

fn phone(dice: &mut Dice) -> String {
    let d = |dice: &mut Dice, n| dice.digits(n);
    match dice.below(9) {
        0 => format!("+41 {} {} {} {}", 44 + dice.below(40), d(dice, 3), d(dice, 2), d(dice, 2)),
        1 => format!("+1-{}-555-01{}", 200 + dice.below(799), d(dice, 2)),
        2 => format!("({}) 555-01{}", 200 + dice.below(799), d(dice, 2)),
        3 => format!("+49 (0)30 {}", d(dice, 7)),
        4 => format!("+44 20 7946 0{}", d(dice, 3)),
        5 => format!("0{} {} {} {}", 21 + dice.below(70), d(dice, 3), d(dice, 2), d(dice, 2))
            .replacen('0', "04", 1)
            .chars()
            .take(13)
            .collect(),
        6 => format!("call me: {}{}", 2 + dice.below(8), d(dice, 8)),
        7 => {
            format!("0033 {} {} {} {} {}", 1 + dice.below(8), d(dice, 2), d(dice, 2), d(dice, 2), d(dice, 2))
        }
        _ => format!("+91{}{}", 6 + dice.below(4), d(dice, 9)),
    }
}

fn ahv(dice: &mut Dice) -> String {
    let body = format!("756{}", dice.digits(9));
    let sum: u32 =
        body.bytes().enumerate().map(|(i, b)| u32::from(b - b'0') * if i % 2 == 0 { 1 } else { 3 }).sum();
    let whole = format!("{body}{}", (10 - sum % 10) % 10);
    if dice.below(2) == 0 { grouped(&whole, &[3, 4, 4, 2], ".") } else { whole }
}

fn ssn(dice: &mut Dice) -> String {
    format!("{:03}-{:02}-{:04}", 1 + dice.below(665), 1 + dice.below(99), 1 + dice.below(9_999))
}

fn mac(dice: &mut Dice) -> String {
    let pairs: Vec<String> = (0..6).map(|_| dice.letters(2, HEX)).collect();
    let joined = pairs.join(dice.one_of(&[":", ":", "-"]));
    if dice.below(2) == 0 { joined.to_uppercase() } else { joined }
}

fn secret(dice: &mut Dice) -> String {
    let part = |dice: &mut Dice, n| dice.letters(n, MIXED);
    match dice.below(8) {
        0 => format!("AKIA{}", dice.letters(16, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")),
        1 => format!("ghp_{}", part(dice, 36)),
        2 => format!("xoxb-{}-{}-{}", dice.digits(11), dice.digits(11), part(dice, 24)),
        3 => format!("sk_live_{}", part(dice, 24)),
        4 => format!("AIza{}", part(dice, 35)),
        5 => format!("glpat-{}", part(dice, 20)),
        6 => format!("eyJ{}.eyJ{}.{}", part(dice, 20), part(dice, 40), part(dice, 43)),
        _ => format!("sk-proj-{}", part(dice, 40)),
    }
}

fn password(dice: &mut Dice) -> (String, String) {
    let value = format!("{}{}{}", dice.letters(5, LOWER), dice.one_of(&["!", "#", "", "_"]), dice.digits(3));
    let lead = dice.one_of(&[
        "password: ",
        "Password = ",
        "my password is ",
        "pwd:",
        "Passwort: ",
        "mot de passe : ",
        "contraseña: ",
        "PASSWORD=",
        "das Passwort lautet ",
    ]);
    (format!("{lead}{value}"), value)
}

fn url_secret(dice: &mut Dice) -> (String, String) {
    let secret = dice.letters(24, MIXED);
    let url = match dice.below(6) {
        0 => format!("https://example.com/login?token={secret}"),
        1 => format!("https://example.com/reset/{secret}"),
        2 => format!("https://user:{secret}@example.com/files"),
        3 => format!("https://example.com/cb#access_token={secret}&x=1"),
        4 => format!("example.com/s?sig={secret}"),
        _ => format!("http://203.0.113.9:8080/a/b/{secret}/c"),
    };
    (url, secret)
}

/// The share of values of which nothing telling is left.
fn recall(
    mask: &Arc<Mask>,
    seed: u64,
    mut make: impl FnMut(&mut Dice) -> (String, String),
) -> (f64, Vec<String>) {
    let mut dice = Dice(seed);
    let (mut found, mut missed) = (0, Vec::new());
    for _ in 0..TEXTS {
        let (value, telling) = make(&mut dice);
        let text = dice.one_of(AROUND).replace("{}", &value);
        if mask.text(&text).contains(&telling) { missed.push(text) } else { found += 1 }
    }
    (f64::from(found) / f64::from(TEXTS), missed)
}

const TEXTS: u32 = 2_000;
const SEEDS: [u64; 2] = [7, 20_260];

#[test]
fn what_is_there_is_found() {
    let mask = masked(PolicySpec { preset: "training".into(), ..PolicySpec::default() });
    type Make = fn(&mut Dice) -> (String, String);
    let kinds: [(&str, f64, Make); 11] = [
        ("email", 0.99, |d| {
            let v = email(d);
            (v.clone(), v)
        }),
        ("card", 0.99, |d| {
            let v = card(d);
            (v.clone(), v)
        }),
        ("iban", 0.99, |d| {
            let v = iban(d);
            (v.clone(), v)
        }),
        ("ip", 0.99, |d| {
            let v = ip(d);
            (v.clone(), v)
        }),
        ("secret", 0.99, |d| {
            let v = secret(d);
            (v.clone(), v)
        }),
        ("url secret", 0.99, url_secret),
        ("phone", 0.99, |d| {
            let v = phone(d);
            let t = v.trim_start_matches("call me: ").to_owned();
            (v, t)
        }),
        ("ahv", 0.99, |d| {
            let v = ahv(d);
            (v.clone(), v)
        }),
        ("ssn", 0.99, |d| {
            let v = ssn(d);
            (v.clone(), v)
        }),
        ("mac", 0.99, |d| {
            let v = mac(d);
            (v.clone(), v)
        }),
        ("password", 0.99, password),
    ];
    let mut low = Vec::new();
    for (kind, wanted, make) in kinds {
        for seed in SEEDS {
            let (share, missed) = recall(&mask, seed, make);
            println!("{kind:>12}  {share:.4}  {:?}", missed.iter().take(4).collect::<Vec<_>>());
            if share < wanted {
                low.push((kind, share));
            }
        }
    }
    assert!(low.is_empty(), "{low:?}");
}

fn near(class: &str, d: &mut Dice) -> String {
    match class {
        "order numbers" => match d.below(5) {
            0 => format!("order {}", d.digits(8)),
            1 => format!("ORD-{}-{}", d.digits(4), d.digits(6)),
            2 => format!("order number {}", d.digits(10)),
            3 => format!("#{}", d.digits(7)),
            _ => format!("invoice 2026-{}", d.digits(5)),
        },
        "ids" => match d.below(5) {
            0 => format!(
                "{}-{}-4{}-a{}-{}",
                d.letters(8, HEX),
                d.letters(4, HEX),
                d.letters(3, HEX),
                d.letters(3, HEX),
                d.letters(12, HEX)
            ),
            1 => d.letters(24, HEX),
            2 => format!("session_{}", d.letters(16, HEX)),
            3 => format!("user_{}", d.digits(5)),
            _ => format!("TCK-{}", d.digits(6)),
        },
        "file names" => match d.below(4) {
            0 => format!("IMG_20{}01{}_{}.jpg", 10 + d.below(16), 10 + d.below(18), d.digits(6)),
            1 => format!("report-2026-0{}-1{}.pdf", 1 + d.below(9), d.below(10)),
            2 => format!("scan{}.png", d.digits(4)),
            _ => format!("backup.2026.0{}.tar.gz", 1 + d.below(9)),
        },
        "dates" => match d.below(5) {
            0 => format!(
                "2026-0{}-1{}T0{}:3{}:0{}Z",
                1 + d.below(9),
                d.below(10),
                d.below(10),
                d.below(10),
                d.below(10)
            ),
            1 => format!("1{}.0{}.2026 um 1{}:4{}", d.below(10), 1 + d.below(9), d.below(10), d.below(10)),
            2 => format!("0{}/1{}/2026", 1 + d.below(9), d.below(10)),
            3 => format!("1{}:{}0:0{}", d.below(10), d.below(6), d.below(10)),
            _ => format!("0{} 0{} 2026", 1 + d.below(9), 1 + d.below(9)),
        },
        "coordinates" => match d.below(2) {
            0 => format!("{}.{}, {}.{}", 30 + d.below(30), d.digits(6), d.below(30), d.digits(6)),
            _ => format!("{}.{}, -{}.{}", 30 + d.below(30), d.digits(4), d.below(120), d.digits(4)),
        },
        "isbn" => format!("978-{}-{}-{}-{}", d.digits(1), d.digits(2), d.digits(6), d.digits(1)),
        "no issuer" => luhn(format!("{}{}", d.one_of(&["1", "7", "8", "90"]), d.digits(14))),
        "random 16 digits" => d.digits(16),
        "versions" => match d.below(3) {
            0 => format!("version {}.{}.{}.{}", d.below(20), d.below(200), d.below(200), d.below(200)),
            1 => format!("v{}.{}.{}.{}", d.below(20), d.below(20), d.below(200), d.below(20)),
            _ => format!("{}.{}.{}.{}", 1 + d.below(9), d.below(20), d.below(20), d.below(20)),
        },
        other => panic!("{other}"),
    }
}

#[test]
fn what_is_near_is_left_alone() {
    let mask = masked(PolicySpec { preset: "training".into(), ..PolicySpec::default() });
    let mut high = Vec::new();
    for (class, most) in [
        ("order numbers", 0.01),
        ("ids", 0.01),
        ("file names", 0.01),
        ("dates", 0.01),
        ("coordinates", 0.01),
        ("isbn", 0.01),
        ("no issuer", 0.01),
        ("random 16 digits", 0.03),
        ("versions", 0.10),
    ] {
        for seed in SEEDS {
            let mut dice = Dice(seed);
            let mut wrong = Vec::new();
            for _ in 0..TEXTS {
                let value = near(class, &mut dice);
                let text = dice.one_of(AROUND).replace("{}", &value);
                if mask.text(&text) != text {
                    wrong.push(text);
                }
            }
            let share = wrong.len() as f64 / f64::from(TEXTS);
            println!("{class:>18}  {share:.4}  {:?}", wrong.iter().take(4).collect::<Vec<_>>());
            if share > most {
                high.push((class, share));
            }
        }
    }
    assert!(high.is_empty(), "{high:?}");
}

#[test]
fn a_session_finds_its_own_values() {
    let mask = masked(PolicySpec { preset: "training".into(), ..PolicySpec::default() });
    let names = [
        ("Anna", "Kowalska"),
        ("José", "García"),
        ("Zoë", "Müller"),
        ("Li", "Wei Chen"),
        ("Søren", "Kjær"),
        ("Дмитрий", "Иванов"),
        ("美咲", "佐藤"),
        ("Fatima", "Al-Rashid"),
        ("Jean-Luc", "Moreau"),
        ("Łukasz", "Nowak"),
        ("Priya", "Patel"),
        ("Conor", "O'Brien"),
    ];
    let (mut found, mut missed) = (0, Vec::new());
    let mut dice = Dice(11);
    for round in 0..TEXTS {
        let (first, last) = names[dice.below(names.len())];
        let phone = format!("+41 79 {} {} {}", dice.digits(3), dice.digits(2), dice.digits(2));
        let user = format!("cust-{}", dice.digits(6));
        let spoken = match dice.below(8) {
            0 => first.to_owned(),
            1 => last.to_owned(),
            2 => format!("{first} {last}"),
            3 => format!("{last}, {first}"),
            4 => format!("{first} {last}").to_uppercase(),
            5 => format!("{first} {last}").to_lowercase(),
            6 => phone.replace("+41 ", "0").replace(' ', ""),
            _ => user.clone(),
        };
        let text = dice.one_of(AROUND).replace("{}", &spoken);
        let session = serde_json::json!({"user_id": user, "user_info": {"name": format!("{first} {last}"), "phone": phone}, "feedback": text});
        let masked = super::session(&mask, &session.to_string());
        if masked["feedback"].as_str().unwrap().contains(&spoken) {
            missed.push((round, text));
        } else {
            found += 1;
        }
    }
    let share = f64::from(found) / f64::from(TEXTS);
    println!("own values {share:.4} {:?}", missed.iter().take(6).collect::<Vec<_>>());
    assert!(share >= 0.95, "{share}");
}
