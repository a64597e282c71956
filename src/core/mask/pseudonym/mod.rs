//! Keyed pseudonyms: `kind_keyid_letters`, the same for the same value, kind, scope and key.
//!
//! ```text
//! K_d   = HMAC-SHA256(K, "blocks-mask/1 token\0" + scope + "\0" + kind)
//! token = kind + "_" + key_id + "_" + base32(HMAC-SHA256(K_d, normalised))[:20]
//! ```
//!
//! Nothing leads back from one to its value but a guess by someone who has the key. The room knows neither
//! policies nor where values come from, and keeps none of them.

mod base32;
mod key;
mod normalise;

use ring::hmac;

pub use key::{KEY_VARIABLE, MaskKey};
pub(super) use normalise::normalise;

use super::kind::{Kind, NAMED};

const LABEL: &[u8] = b"blocks-mask/1 token\0";
/// A hundred bits.
const LETTERS: usize = 20;

/// Whether a text has the shape of a pseudonym of a named kind, as masks leave them.
pub(super) fn is_pseudonym(text: &str) -> bool {
    let mut parts = text.rsplitn(3, '_');
    let (Some(letters), Some(key), Some(kind)) = (parts.next(), parts.next(), parts.next()) else {
        return false;
    };
    let base32 =
        |part: &str| part.bytes().all(|byte| byte.is_ascii_lowercase() || (b'2'..=b'7').contains(&byte));
    let shaped = letters.len() == LETTERS && key.len() == key::ID_LENGTH && base32(letters) && base32(key);
    shaped && NAMED.iter().any(|(_, name)| *name == kind)
}

/// Makes the pseudonyms of one key and scope.
pub(super) struct Pseudonyms {
    /// By [`Kind::index`]: what its pseudonyms begin with, and its key.
    kinds: Vec<(String, hmac::Key)>,
}

impl Pseudonyms {
    /// `patterns`: the names of the policy's own patterns.
    pub(super) fn new(key: &MaskKey, scope: &str, patterns: &[String]) -> Self {
        let master = hmac::Key::new(hmac::HMAC_SHA256, key.bytes());
        let names = NAMED.iter().map(|(_, name)| *name).chain(patterns.iter().map(String::as_str));
        let derive = |kind: &str| {
            let label = [LABEL, scope.as_bytes(), b"\0", kind.as_bytes()].concat();
            (
                format!("{kind}_{}_", key.id()),
                hmac::Key::new(hmac::HMAC_SHA256, hmac::sign(&master, &label).as_ref()),
            )
        };
        Self { kinds: names.map(derive).collect() }
    }

    /// Writes the pseudonym of a value.
    pub(super) fn write(&self, kind: Kind, value: &str, out: &mut String) {
        let Some((start, key)) = self.kinds.get(kind.index()) else { return };
        let tag = hmac::sign(key, normalise(kind, value).as_bytes());
        out.push_str(start);
        base32::write(tag.as_ref(), LETTERS, out);
    }

    pub(super) fn token(&self, kind: Kind, value: &str) -> String {
        let mut token = String::new();
        self.write(kind, value, &mut token);
        token
    }
}
