//! The secret that pseudonyms are made with: how it is read, made and kept.
//! It is never shown: `Debug` tells its id alone.

use std::fmt;
use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use ring::hmac;
use ring::rand::{SecureRandom as _, SystemRandom};

use super::base32;

/// The fewest random bytes that a key may have.
const MIN_BYTES: usize = 32;
/// More than any key has: a larger file is something else.
const MAX_FILE_BYTES: u64 = 16 * 1024;
const ID_LABEL: &[u8] = b"blocks-mask/1 id";
pub(super) const ID_LENGTH: usize = 4;
/// Where the key is looked for when nothing else is said.
pub const KEY_VARIABLE: &str = "BLOCKS_MASK_KEY";

/// A key for pseudonyms. Cheap to clone.
#[derive(Clone, PartialEq, Eq)]
pub struct MaskKey {
    bytes: Arc<[u8]>,
    id: Arc<str>,
    ephemeral: bool,
}

impl MaskKey {
    /// A key of these bytes.
    ///
    /// # Errors
    /// When they are fewer than 32.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, String> {
        if bytes.len() < MIN_BYTES {
            let has = bytes.len();
            return Err(format!(
                "a mask key needs at least {MIN_BYTES} random bytes, and this one has {has}. {MAKE_ONE}"
            ));
        }
        Ok(Self::of(bytes.into(), false))
    }

    /// Reads base64 (either alphabet, padding optional) or hexadecimal digits.
    ///
    /// # Errors
    /// When it is neither, or too short. The text is not repeated.
    pub fn from_text(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let bytes = from_hex(text).or_else(|| from_base64(text));
        let bytes = bytes.ok_or_else(|| {
            format!(
                "a mask key is written as base64 or as hexadecimal digits, and this is neither. {MAKE_ONE}"
            )
        })?;
        Self::from_bytes(&bytes)
    }

    /// Reads a key from an environment variable.
    ///
    /// # Errors
    /// When it is not set or holds no key.
    pub fn from_env(name: &str) -> Result<Self, String> {
        match std::env::var(name) {
            Ok(text) if !text.trim().is_empty() => {
                Self::from_text(&text).map_err(|error| format!("{name}: {error}"))
            }
            _ => Err(format!("{name} is not set. {MAKE_ONE}")),
        }
    }

    /// Reads a key file, which nobody but its owner may read.
    ///
    /// # Errors
    /// When it cannot be read, is open to others, or holds no key.
    pub fn from_file(path: &Path) -> Result<Self, String> {
        let shown = path.display();
        let told = |error: std::io::Error| format!("the mask key file {shown} cannot be read: {error}.");
        // Somebody gave the key where its file's path is wanted.
        if !path.exists() && Self::from_text(&path.to_string_lossy()).is_ok() {
            return Err(
                "the path of a mask key file is needed, and not the key, which is not shown".to_owned()
            );
        }
        let about = std::fs::metadata(path).map_err(told)?;
        if is_open_to_others(&about) {
            return Err(format!(
                "the mask key file {shown} can be read by others than its owner: chmod 600 {shown}"
            ));
        }
        if !about.is_file() || about.len() > MAX_FILE_BYTES {
            return Err(format!(
                "{shown} is no mask key file: a key is one line of base64 or hexadecimal digits."
            ));
        }
        let bytes = std::fs::read(path).map_err(told)?;
        let text = String::from_utf8(bytes).unwrap_or_default();
        Self::from_text(&text).map_err(|error| format!("{shown}: {error}"))
    }

    /// A new random key.
    ///
    /// # Errors
    /// When the system has no random bytes to give.
    pub fn generate() -> Result<Self, String> {
        Ok(Self::of(random()?.into(), false))
    }

    /// A new random key that is kept nowhere: its pseudonyms join within one mask only.
    ///
    /// # Errors
    /// When the system has no random bytes to give.
    pub fn ephemeral() -> Result<Self, String> {
        Ok(Self::of(random()?.into(), true))
    }

    /// The same key, as one that is kept nowhere.
    #[must_use]
    pub fn as_ephemeral(self) -> Self {
        Self { ephemeral: true, ..self }
    }

    /// Writes the key to a new file of mode 0600.
    ///
    /// # Errors
    /// When the file exists, whatever it is, or cannot be written.
    pub fn save(&self, path: &Path) -> Result<(), std::io::Error> {
        let mut options = std::fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(path)?;
        file.write_all(self.expose().as_bytes())?;
        file.write_all(b"\n")?;
        file.sync_all()
    }

    /// The key as `BLOCKS_MASK_KEY` and key files hold it: whoever has it can make the pseudonym of
    /// any address he guesses.
    pub fn expose(&self) -> String {
        base64::engine::general_purpose::STANDARD.encode(&self.bytes)
    }

    /// Four letters that tell keys apart, and nothing of them.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Whether it is kept nowhere.
    pub fn is_ephemeral(&self) -> bool {
        self.ephemeral
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    fn of(bytes: Arc<[u8]>, ephemeral: bool) -> Self {
        let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &bytes), ID_LABEL);
        let mut id = String::with_capacity(ID_LENGTH);
        base32::write(tag.as_ref(), ID_LENGTH, &mut id);
        Self { bytes, id: id.into(), ephemeral }
    }
}

impl fmt::Debug for MaskKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kept = if self.ephemeral { ", ephemeral" } else { "" };
        write!(f, "MaskKey(id='{}'{kept})", self.id)
    }
}

const MAKE_ONE: &str = "`blocks-sessions mask keygen` and `MaskKey.generate()` make one.";

fn random() -> Result<[u8; MIN_BYTES], String> {
    let mut bytes = [0; MIN_BYTES];
    let made = SystemRandom::new().fill(&mut bytes);
    made.map_err(|_| "the system has no random bytes to give.".to_owned())?;
    Ok(bytes)
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    let pairs = text.as_bytes().chunks(2);
    let digit = |byte: &u8| char::from(*byte).to_digit(16);
    let byte = |pair: &[u8]| match pair {
        [high, low] => u8::try_from(digit(high)? * 16 + digit(low)?).ok(),
        _ => None,
    };
    (text.len() >= 2).then(|| pairs.map(byte).collect()).flatten()
}

fn from_base64(text: &str) -> Option<Vec<u8>> {
    let lenient = GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true);
    let alphabet = if text.contains(['-', '_']) { alphabet::URL_SAFE } else { alphabet::STANDARD };
    GeneralPurpose::new(&alphabet, lenient).decode(text).ok()
}

#[cfg(unix)]
fn is_open_to_others(about: &std::fs::Metadata) -> bool {
    std::os::unix::fs::MetadataExt::mode(about) & 0o077 != 0
}

#[cfg(not(unix))]
fn is_open_to_others(_: &std::fs::Metadata) -> bool {
    false
}
