//! The literals that secrets begin with, or that a secret follows, and where they stand in a text: found in one pass
//! over its pairs of letters. What a literal found is worth, `secret` tells.

use std::sync::LazyLock;

use super::{before, byte};

/// What follows a literal.
#[derive(Clone, Copy)]
pub(super) enum Rule {
    /// At least so many letters, digits, `_` and `-`, the literal included.
    Token(usize),
    Jwt,
    Pem,
    /// A value behind it, up to white space or a semicolon.
    Assigned,
    /// A word after which a secret may stand.
    Word,
}

use Rule::{Assigned, Jwt, Pem, Token, Word};

pub(super) const LITERALS: [(&str, Rule); 110] = [
    ("AKIA", Token(20)),
    ("ASIA", Token(20)),
    ("ABIA", Token(20)),
    ("ACCA", Token(20)),
    ("ghp_", Token(24)),
    ("gho_", Token(24)),
    ("ghu_", Token(24)),
    ("ghs_", Token(24)),
    ("ghr_", Token(24)),
    ("github_pat_", Token(30)),
    ("glpat-", Token(20)),
    ("glptt-", Token(20)),
    ("gldt-", Token(20)),
    ("glrt-", Token(20)),
    ("xoxb-", Token(16)),
    ("xoxa-", Token(16)),
    ("xoxp-", Token(16)),
    ("xoxr-", Token(16)),
    ("xoxs-", Token(16)),
    ("xoxe", Token(16)),
    ("xapp-", Token(16)),
    ("sk_live_", Token(20)),
    ("sk_test_", Token(20)),
    ("pk_live_", Token(20)),
    ("pk_test_", Token(20)),
    ("rk_live_", Token(20)),
    ("rk_test_", Token(20)),
    ("whsec_", Token(20)),
    ("sk-", Token(20)),
    ("AIza", Token(30)),
    ("ya29.", Token(20)),
    ("GOCSPX-", Token(20)),
    ("SG.", Token(30)),
    ("npm_", Token(24)),
    ("pypi-", Token(24)),
    ("hf_", Token(24)),
    ("dckr_pat_", Token(20)),
    ("shpat_", Token(24)),
    ("shpss_", Token(24)),
    ("shpca_", Token(24)),
    ("shppa_", Token(24)),
    ("sq0atp-", Token(20)),
    ("sq0csp-", Token(20)),
    ("EAAA", Token(40)),
    ("EAAC", Token(40)),
    ("dop_v1_", Token(24)),
    ("doo_v1_", Token(24)),
    ("hvs.", Token(20)),
    ("hvb.", Token(20)),
    ("AGE-SECRET-KEY-", Token(30)),
    ("PMAK-", Token(24)),
    ("NRAK-", Token(20)),
    ("rzp_live_", Token(16)),
    ("rzp_test_", Token(16)),
    ("glsa_", Token(24)),
    ("lin_api_", Token(20)),
    ("ATATT3", Token(24)),
    ("ATBB", Token(24)),
    ("figd_", Token(20)),
    ("sbp_", Token(24)),
    ("dp.pt.", Token(20)),
    ("key-", Token(30)),
    ("pat_", Token(24)),
    ("tfp_", Token(24)),
    ("nfp_", Token(24)),
    ("dapi", Token(30)),
    ("eyJ", Jwt),
    ("-----BEGIN ", Pem),
    ("AccountKey=", Assigned),
    ("SharedAccessKey=", Assigned),
    ("assw", Word),
    ("assW", Word),
    ("ASSW", Word),
    ("asscode", Word),
    ("ASSCODE", Word),
    ("assphrase", Word),
    ("ennwort", Word),
    ("ENNWORT", Word),
    ("wachtwoord", Word),
    ("ontrase", Word),
    ("de passe", Word),
    ("senha", Word),
    ("Senha", Word),
    ("pwd", Word),
    ("PWD", Word),
    ("hasł", Word),
    ("ароль", Word),
    ("密码", Word),
    ("パスワード", Word),
    ("ecret", Word),
    ("ECRET", Word),
    ("oken", Word),
    ("OKEN", Word),
    ("pi_key", Word),
    ("piKey", Word),
    ("earer ", Word),
    ("asic ", Word),
    ("pw:", Word),
    ("pw=", Word),
    ("pw ", Word),
    ("PW:", Word),
    ("PW ", Word),
    ("pass:", Word),
    ("pass=", Word),
    ("Pass:", Word),
    ("PIN:", Word),
    ("PIN ", Word),
    ("pin:", Word),
    ("otp:", Word),
    ("OTP:", Word),
];

pub(super) static PAIRS: LazyLock<Pairs> = LazyLock::new(Pairs::new);

/// The literals by pairs of letters that they hold: a text is passed over by every other pair, so each literal
/// has a pair that begins at an even place of it, and one that begins at an odd place. Few pairs of everyday
/// texts are among them, and the letters around those tell most of them apart.
pub(super) struct Pairs {
    /// By [`place`]: which of `buckets` hold such a pair, from 1 on.
    table: Box<[u8; PLACES]>,
    buckets: Vec<Bucket>,
}

/// The literals of one place in the table.
#[derive(Default)]
struct Bucket {
    /// A bit for each letter that stands right before such a pair in one of the literals, and right behind it.
    before: u64,
    behind: u64,
    /// The literal, and where in it the pair stands.
    literals: Vec<(u8, u8)>,
}

const PLACES: usize = 4_096;
/// Bytes that are looked at together.
const WIDTH: usize = 16;
/// The letters of everyday texts, the most frequent first.
const FREQUENT: &[u8] = b" etaoinsrhldcumgpfwybvkjxqzETAOINSRHLDCUMGPFWYBVKJXQZ";

#[inline]
fn place(first: u8, second: u8) -> usize {
    // Two pairs of letters that share a place have letters that stand far from each other.
    (usize::from(first) * 61 + usize::from(second)) & (PLACES - 1)
}

/// How rare a byte is in everyday texts.
fn rarity(byte: u8) -> usize {
    FREQUENT.iter().position(|letter| *letter == byte).unwrap_or(FREQUENT.len()) + 1
}

#[inline]
fn bit(byte: u8) -> u64 {
    1 << (byte & 63)
}

impl Pairs {
    fn new() -> Self {
        let mut pairs = Self { table: Box::new([0; PLACES]), buckets: Vec::new() };
        for (literal, (text, _)) in (0..).zip(&LITERALS) {
            let text = text.as_bytes();
            for first in [0, 1] {
                let rarest = (first..text.len().saturating_sub(1))
                    .step_by(2)
                    .max_by_key(|at| rarity(byte(text, *at)) * rarity(byte(text, at + 1)));
                if let Some(at) = rarest {
                    pairs.add(text, at, literal);
                }
            }
        }
        pairs
    }

    fn add(&mut self, text: &[u8], at: usize, literal: u8) {
        let place = place(byte(text, at), byte(text, at + 1));
        let Some(number) = self.table.get_mut(place) else { return };
        if *number == 0 {
            self.buckets.push(Bucket::default());
            *number = u8::try_from(self.buckets.len()).unwrap_or_default();
        }
        let bucket = usize::from(*number).checked_sub(1).and_then(|place| self.buckets.get_mut(place));
        if let Some(bucket) = bucket {
            // What stands around the literal may be anything.
            bucket.before |= at.checked_sub(1).map_or(u64::MAX, |at| bit(byte(text, at)));
            bucket.behind |= text.get(at + 2).map_or(u64::MAX, |byte| bit(*byte));
            bucket.literals.push((literal, u8::try_from(at).unwrap_or_default()));
        }
    }

    #[inline]
    fn number(&self, first: u8, second: u8) -> u8 {
        self.table.get(place(first, second)).copied().unwrap_or_default()
    }

    /// Calls for each literal that stands in a text: with where it begins, and which it is.
    #[inline]
    pub(super) fn each(&self, bytes: &[u8], mut call: impl FnMut(usize, usize)) {
        let mut at = 0;
        while let Some(chunk) = bytes.get(at..).and_then(|rest| rest.first_chunk::<WIDTH>()) {
            let mut found = 0_u32;
            for (place, pair) in chunk.chunks_exact(2).enumerate() {
                found |= u32::from(self.number(byte(pair, 0), byte(pair, 1)) != 0) << (2 * place);
            }
            while found != 0 {
                self.each_around(bytes, at + found.trailing_zeros() as usize, &mut call);
                found &= found - 1;
            }
            at += WIDTH;
        }
        for at in (at..bytes.len().saturating_sub(1)).step_by(2) {
            self.each_around(bytes, at, &mut call);
        }
    }

    /// Calls for each literal that stands around the pair at a place.
    #[inline]
    fn each_around(&self, bytes: &[u8], at: usize, call: &mut impl FnMut(usize, usize)) {
        let number = usize::from(self.number(byte(bytes, at), byte(bytes, at + 1)));
        let Some(bucket) = number.checked_sub(1).and_then(|place| self.buckets.get(place)) else { return };
        if bucket.before & bit(before(bytes, at)) == 0 || bucket.behind & bit(byte(bytes, at + 2)) == 0 {
            return;
        }
        for (literal, within) in &bucket.literals {
            let literal = usize::from(*literal);
            let Some(start) = at.checked_sub(usize::from(*within)) else { continue };
            if stands(bytes, start, literal) {
                call(start, literal);
            }
        }
    }
}

/// Whether that literal begins at a place.
fn stands(bytes: &[u8], start: usize, literal: usize) -> bool {
    let (Some((text, _)), Some(rest)) = (LITERALS.get(literal), bytes.get(start..)) else { return false };
    rest.starts_with(text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::{LITERALS, PAIRS};

    #[test]
    fn each_literal_is_found_wherever_it_stands() {
        for (number, (literal, _)) in LITERALS.iter().enumerate() {
            for before in 0..40 {
                for behind in [0, 1, 17] {
                    let text = format!("{}{literal}{}", "~".repeat(before), "~".repeat(behind));
                    let mut found = Vec::new();
                    PAIRS.each(text.as_bytes(), |start, literal| found.push((start, literal)));
                    let times = found.iter().filter(|place| **place == (before, number)).count();
                    assert_eq!(times, 1, "{text:?}: {found:?}");
                }
            }
        }
    }
}
