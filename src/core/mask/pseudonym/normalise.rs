//! One spelling for each value, so that the same person gets the same pseudonym wherever he is named.
//! It is part of the format of pseudonyms: a change here breaks every join with older ones.

use std::borrow::Cow;
use std::net::IpAddr;

use icu_casemap::CaseMapper;
use icu_normalizer::ComposingNormalizerBorrowed;

use crate::core::mask::kind::Kind;

/// The spelling that is hashed.
pub(in crate::core::mask) fn normalise(kind: Kind, value: &str) -> Cow<'_, str> {
    match kind {
        Kind::Email => email(value),
        Kind::Phone => phone(value),
        Kind::Name => name(value),
        Kind::Ip => value.trim().parse::<IpAddr>().map_or(Cow::Borrowed(value), |ip| ip.to_string().into()),
        Kind::Card | Kind::Ahv | Kind::Ssn => {
            value.chars().filter(char::is_ascii_digit).collect::<String>().into()
        }
        Kind::Iban => value
            .chars()
            .filter(char::is_ascii_alphanumeric)
            .map(|c| c.to_ascii_uppercase())
            .collect::<String>()
            .into(),
        _ => Cow::Borrowed(value),
    }
}

/// NFC, trimmed, in lower case, the domain as the DNS has it. Dots and what follows a plus stay.
fn email(value: &str) -> Cow<'_, str> {
    let value = value.trim();
    if value.bytes().all(|byte| byte.is_ascii() && !byte.is_ascii_uppercase()) && !value.contains("xn--") {
        return Cow::Borrowed(value);
    }
    let composed = ComposingNormalizerBorrowed::new_nfc().normalize(value);
    let lower = composed.trim().to_lowercase();
    let Some((local, domain)) = lower.rsplit_once('@') else { return lower.into() };
    match idna::domain_to_ascii(domain) {
        Ok(domain) if !domain.is_empty() => format!("{local}@{domain}").into(),
        _ => lower.into(),
    }
}

/// The digits, behind a plus where there was one or the international `00`; as it is where there is none.
fn phone(value: &str) -> Cow<'_, str> {
    let value = ComposingNormalizerBorrowed::new_nfkc().normalize(value);
    let digits: String = value.chars().filter(char::is_ascii_digit).collect();
    if digits.is_empty() {
        return value.trim().to_owned().into();
    }
    if value.trim_start().starts_with('+') {
        return format!("+{digits}").into();
    }
    match digits.strip_prefix("00") {
        Some(rest) => format!("+{rest}").into(),
        None => digits.into(),
    }
}

/// NFKC, and without case.
fn name(value: &str) -> Cow<'_, str> {
    let composed = ComposingNormalizerBorrowed::new_nfkc().normalize(value);
    CaseMapper::new().fold_string(&composed).into_owned().into()
}
