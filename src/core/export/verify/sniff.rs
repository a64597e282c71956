//! What a file is: by its name, which an export makes say it, else by its first bytes.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use crate::core::error::{Error, Result, StorageError};
use crate::core::export::format::{Compression, Encoding, EncodingRequest, Format};

const PARQUET: &[u8] = b"PAR1";
const GZIP: &[u8] = &[0x1f, 0x8b];
const ZSTD: &[u8] = &[0x28, 0xb5, 0x2f, 0xfd];

/// # Errors
/// The file cannot be read, or is nothing that an export makes.
pub fn encoding(path: &Path) -> Result<Encoding> {
    if let Ok(named) = EncodingRequest::default().resolve(Some(path)) {
        return Ok(named);
    }
    let failed = |error: std::io::Error| StorageError::failed("Could not read", path, &error);
    let mut start = Vec::new();
    File::open(path).and_then(|file| file.take(64).read_to_end(&mut start)).map_err(failed)?;
    if start.starts_with(PARQUET) {
        return Ok(Encoding { format: Format::Parquet, compression: Compression::None, level: None });
    }
    let compression = match start.as_slice() {
        start if start.starts_with(GZIP) => Compression::Gzip,
        start if start.starts_with(ZSTD) => Compression::Zstd,
        _ => Compression::None,
    };
    let mut first = Vec::new();
    if let Ok(text) = super::content::open(path, compression) {
        // What does not decode is told when all of it is read.
        let _ = text.take(1).read_to_end(&mut first);
    }
    let format = match first.first() {
        None | Some(b'{') => Format::JsonLines,
        Some(byte) if byte.is_ascii_alphanumeric() || *byte == b'"' => Format::Csv,
        Some(_) => {
            return Err(Error::Configuration(format!(
                "{} is neither an export (JSON Lines, CSV or Parquet) nor a mirror",
                path.display()
            )));
        }
    };
    Ok(Encoding { format, compression, level: None })
}
