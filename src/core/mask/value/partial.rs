//! What may be seen of a value: an e-mail's domain, an address's network, a phone's country, a card's
//! last digits.

use std::net::IpAddr;

use crate::core::mask::detect::country_code;
use crate::core::mask::kind::Kind;
use crate::core::mask::pseudonym::normalise;

const LAST_OF_CARD: usize = 4;

/// Writes the part that may be seen of a value of that kind; `false` where there is none.
pub(super) fn write(kind: Kind, value: &str, out: &mut String) -> bool {
    match kind {
        Kind::Ip => ip(value, out),
        Kind::Email => email(value, out),
        Kind::Phone => phone(value, out),
        Kind::Card => card(value, out),
        // A field whose name says nothing: its value may.
        Kind::Value => ip(value, out) || email(value, out),
        _ => false,
    }
}

/// `203.0.113.0/24`, `2001:db8:1::/48`; of several, each.
fn ip(value: &str, out: &mut String) -> bool {
    let start = out.len();
    for (place, part) in value.split(',').enumerate() {
        let Some(address) = parse_ip(part.trim()) else {
            out.truncate(start);
            return false;
        };
        if place > 0 {
            out.push_str(", ");
        }
        out.push_str(&network(address));
    }
    true
}

/// An address, with or without brackets, a zone and a port.
fn parse_ip(text: &str) -> Option<IpAddr> {
    if let Ok(address) = text.parse() {
        return Some(address);
    }
    if let Some((inner, _)) = text.strip_prefix('[').and_then(|text| text.split_once(']')) {
        return inner.parse().ok();
    }
    let (bare, _) = text.split_once('%').or_else(|| text.rsplit_once(':'))?;
    bare.parse().ok()
}

fn network(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(address) => {
            let [a, b, c, _] = address.octets();
            format!("{a}.{b}.{c}.0/24")
        }
        IpAddr::V6(address) => {
            let [a, b, c, ..] = address.segments();
            format!("{}/48", std::net::Ipv6Addr::new(a, b, c, 0, 0, 0, 0, 0))
        }
    }
}

/// `[email]@example.com`
fn email(value: &str, out: &mut String) -> bool {
    let value = normalise(Kind::Email, value);
    let Some((_, domain)) = value.rsplit_once('@') else { return false };
    let shaped = domain.contains('.')
        && domain.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-'));
    if shaped {
        out.push_str("[email]@");
        out.push_str(domain);
    }
    shaped
}

/// `+41 [phone]`
fn phone(value: &str, out: &mut String) -> bool {
    let value = normalise(Kind::Phone, value);
    let digits = value.strip_prefix('+').unwrap_or_default();
    if let Some(code) = country_code(digits.as_bytes()).and_then(|length| digits.get(..length)) {
        out.push('+');
        out.push_str(code);
        out.push(' ');
    }
    out.push_str("[phone]");
    true
}

/// `[card] 1111`
fn card(value: &str, out: &mut String) -> bool {
    let digits: String = value.chars().filter(char::is_ascii_digit).collect();
    let Some(last) = digits.len().checked_sub(LAST_OF_CARD).filter(|start| *start >= 8) else { return false };
    out.push_str("[card] ");
    out.push_str(digits.get(last..).unwrap_or_default());
    true
}
