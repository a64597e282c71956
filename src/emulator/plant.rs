//! Marks for whoever tests a mask: made-up personal data, unlike anything else that is sent, in every place
//! of every session and of every refusal. Addresses, numbers and hosts are of the ranges that are reserved
//! for documentation and tests. It knows no socket.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::emulator::answer::{Answer, JSON};
use crate::emulator::rng::Rng;

/// Stands for a character that is to be escaped in JSON.
const ESCAPED: [(char, &str); 2] = [('\u{e000}', "\\u0040"), ('\u{e001}', "\\u0061")];
/// A longer body that is no page is a bomb of some kind, and stays one.
const QUOTED: usize = 64 << 10;
/// How deeply a mark may lie: with what is around it, the deepest that JSON is read to.
const DEEPEST: u64 = 120;

/// The marks of one session or refusal.
pub struct Marks {
    email: String,
    name: String,
    phone: String,
    card: String,
    iban: String,
    ip: String,
    secret: String,
    password: String,
    token: String,
}

impl Marks {
    fn new(seed: u64, of: &str) -> Self {
        let hash = of.bytes().fold(seed ^ 0x0070_6c61_6e74, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        let mut rng = Rng::new(&[hash]);
        let mut letters = |count: usize| -> String {
            (0..count).map(|_| char::from(b'a' + u8::try_from(rng.below(26)).unwrap_or(0))).collect()
        };
        let (email, first, last) = (letters(12), letters(8), letters(9));
        let (secret, password, token) = (letters(34), letters(9), letters(22));
        let mut digits = |count: u32| rng.below(10_u64.pow(count));
        let bank = format!("00762{:012}", digits(12));
        Self {
            email: format!("canary.{email}@example.com"),
            name: format!("Q{first} Z{last}"),
            phone: format!("+1 {} 555 01{:02}", 201 + digits(2), digits(2)),
            card: with_check_digit(&format!("411111{:09}", digits(9))),
            iban: format!("CH{:02}{bank}", iban_check(&bank)),
            ip: format!("2001:db8:{:x}:{:x}::{:x}", digits(4) + 1, digits(4) + 1, digits(4) + 1),
            secret: format!("ghp_{secret}A7"),
            password: format!("{password}9!"),
            token: format!("{token}K8"),
        }
    }

    /// Each kind and its mark.
    fn all(&self) -> [(&'static str, &str); 9] {
        [
            ("email", &self.email),
            ("name", &self.name),
            ("phone", &self.phone),
            ("card", &self.card),
            ("iban", &self.iban),
            ("ip", &self.ip),
            ("secret", &self.secret),
            ("password", &self.password),
            ("url", &self.token),
        ]
    }

    fn text(&self) -> String {
        let Self { email, name, phone, card, iban, ip, secret, password, token } = self;
        format!(
            "I am {name}, mail {email}, call {phone}, card {card}, IBAN {iban}, from {ip}, key {secret}, \
             password: {password}, see https://example.com/cb?token={token}."
        )
    }

    fn url(&self) -> String {
        let name = self.name.replace(' ', "%20");
        format!(
            "https://u:{}@example.com/{}/{name}/{}?q={}#{}",
            self.password,
            self.email.replace('@', "%40"),
            self.token,
            self.email,
            self.secret
        )
    }
}

/// An answer with marks in it; those that were set are added to `planted`.
pub(super) fn into(
    answer: Answer,
    seed: u64,
    number: u64,
    planted: &mut BTreeSet<(String, String)>,
) -> Answer {
    let mut note = |marks: &Marks| {
        planted.extend(marks.all().map(|(kind, value)| (kind.to_owned(), value.to_owned())));
    };
    if answer.status.is_success() && answer.content_type == JSON {
        let Ok(mut page) = serde_json::from_slice::<Value>(&answer.body) else {
            return no_page(answer, seed, number, &mut note);
        };
        for session in page.get_mut("sessions").and_then(Value::as_array_mut).into_iter().flatten() {
            if let Some(session) = session.as_object_mut() {
                let id = session.get("session_id").map(Value::to_string).unwrap_or_default();
                let marks = Marks::new(seed, &id);
                note(&marks);
                plant(session, &marks, seed);
            }
        }
        return Answer { body: escaped(&page.to_string()).into(), ..answer };
    }
    let marks = Marks::new(seed, &format!("refusal {number}"));
    note(&marks);
    refusal(answer, &marks)
}

/// What is no page, and is quoted in errors for that.
fn no_page(answer: Answer, seed: u64, number: u64, note: &mut impl FnMut(&Marks)) -> Answer {
    if answer.body.len() > QUOTED {
        return answer;
    }
    let marks = Marks::new(seed, &format!("refusal {number}"));
    note(&marks);
    let body = [marks.text().as_bytes(), &answer.body].concat();
    Answer { body: body.into(), ..answer }
}

/// Puts marks into a session wherever something of the kind may stand, and where nothing may.
fn plant(session: &mut Map<String, Value>, marks: &Marks, seed: u64) {
    let Marks { email, name, phone, card, ip, .. } = marks;
    let wide: String = email.chars().map(fullwidth).collect();
    let hidden = email.replacen('.', "\u{200b}.", 1);
    let spaced: String = grouped(card, "\u{a0}");
    let escaped = email.replace('@', "\u{e000}").replacen('a', "\u{e001}", 1);
    let percent = email.replace('@', "%40");
    session.insert("user_info".into(), json!({
        "name": name, "email": email, "phone": phone, "location": format!("{name} Street, {email}"), "note": email, email.as_str(): name,
    }));
    session.insert("metadata".into(), json!({
        "source": percent, "device": name, "browser": phone, "page_url": marks.url(), "referrer": marks.url(), "plan": email, card.as_str(): 1,
    }));
    session.insert("feedback".into(), marks.text().into());
    session.insert(
        "tags".into(),
        json!([wide, spaced, [hidden, {"x": email}], card.parse::<u64>().ok(), marks.iban.to_lowercase()]),
    );
    session.insert("sentiment".into(), escaped.into());
    session.insert("ip_address".into(), ip.as_str().into());
    session.insert("user_agent".into(), format!("Mozilla/5.0 ({email})").into());
    session.insert("location".into(), json!({"city": email, "country": name}));
    session.insert("lead_score".into(), card.parse::<u64>().unwrap_or_default().into());
    session.insert("message_count".into(), email.as_str().into());
    session.insert("resolved".into(), phone.as_str().into());
    session.insert("context".into(), nested(email, 1 + seed % DEEPEST));
    session.insert(format!("unknown {email}"), nested(&marks.text(), 1 + (seed / 7) % DEEPEST));
    session.insert("conversation".into(), json!({
        "UserEmail": email, "Query": marks.text(), "Response": [wide, {"deep": spaced}], "Summary": percent,
        "UserRole": [name], "Metadata": {"total_tokens": card.parse::<u64>().ok(), "odd": email},
    }));
}

fn nested(inner: &str, depth: u64) -> Value {
    (0..depth).fold(
        Value::from(inner),
        |inner, level| if level % 2 == 0 { json!([inner]) } else { json!({ "in": inner }) },
    )
}

/// Puts marks into a refusal's body and headers.
fn refusal(answer: Answer, marks: &Marks) -> Answer {
    let mut answer = answer;
    for name in ["x-user", "x-forwarded-for", "set-cookie", "x-request-id"] {
        if let Ok(name) = http::HeaderName::from_bytes(name.as_bytes()) {
            answer = answer.with(name, &format!("id-{}", marks.email));
        }
    }
    let body = match serde_json::from_slice::<Value>(&answer.body) {
        Ok(mut body) => {
            if let Some(details) = body.get_mut("detail").and_then(Value::as_array_mut) {
                for detail in details.iter_mut().filter_map(Value::as_object_mut) {
                    detail.insert("input".into(), marks.text().into());
                    detail.insert("ctx".into(), json!({"given": marks.name}));
                    append(detail.get_mut("msg"), &marks.email);
                    if let Some(place) = detail.get_mut("loc").and_then(Value::as_array_mut) {
                        place.push(marks.email.as_str().into());
                    }
                }
            }
            append(body.get_mut("detail"), &marks.email);
            append(body.get_mut("Message"), &marks.email);
            if let Some(body) = body.as_object_mut() {
                body.insert("user".into(), marks.text().into());
            }
            body.to_string().into()
        }
        Err(_) if answer.body.starts_with(b"<") => {
            let page = String::from_utf8_lossy(&answer.body).replacen(
                "<title>",
                &format!("<title>{} ", marks.name),
                1,
            );
            format!("{page}<!-- {} -->", marks.text()).into()
        }
        Err(_) => answer.body.clone(),
    };
    Answer { body, ..answer }
}

#[expect(clippy::needless_pass_by_value, reason = "what `get_mut` gives")]
fn append(text: Option<&mut Value>, mark: &str) {
    if let Some(Value::String(text)) = text {
        text.extend([" (of ", mark, ")"]);
    }
}

fn escaped(text: &str) -> String {
    ESCAPED.iter().fold(text.to_owned(), |text, (letter, escape)| text.replace(*letter, escape))
}

fn fullwidth(character: char) -> char {
    match character {
        '!'..='~' => char::from_u32(u32::from(character) + 0xfee0).unwrap_or(character),
        other => other,
    }
}

fn grouped(digits: &str, separator: &str) -> String {
    let groups = digits.as_bytes().chunks(4).map(|group| String::from_utf8_lossy(group).into_owned());
    groups.collect::<Vec<_>>().join(separator)
}

fn with_check_digit(digits: &str) -> String {
    let weighed = |(place, byte): (usize, u8)| {
        let digit = u32::from(byte - b'0');
        if place % 2 == 1 {
            digit
        } else if digit > 4 {
            digit * 2 - 9
        } else {
            digit * 2
        }
    };
    let sum: u32 = digits.bytes().rev().enumerate().map(weighed).sum();
    format!("{digits}{}", (10 - sum % 10) % 10)
}

/// The check digits of a Swiss account.
fn iban_check(bank: &str) -> u32 {
    let remainder =
        format!("{bank}121700").bytes().fold(0, |rest, byte| (rest * 10 + u32::from(byte - b'0')) % 97);
    98 - remainder
}
